/** A text field with a list of suggestions: arrows walk, Enter takes, Escape closes the list and nothing else. */
import { debounce, element } from "core/dom";
import { place } from "core/menu";

const PAUSE = 130;
let serial = 0;

export class Combobox {
  #items = [];
  #active = -1;
  #running = null;
  #open = false;

  /**
   * `search(text, signal)` resolves with `{ groups: [{ title, items }], note }`; an item has `label`, and may have
   * `detail`, `end` (a node), `blocked` (a sentence: shown, but cannot be taken). `choose(item)` hears the choice.
   */
  constructor(input, { search, choose, empty = "Nothing found.", openOnFocus = true }) {
    serial += 1;
    Object.assign(this, { input, search, choose, empty });
    this.list = element("div", { id: `options-${serial}`, class: "popover options", popover: "manual", role: "listbox", "aria-label": `Suggestions: ${input.labels[0]?.textContent.trim() ?? ""}` });
    input.after(this.list);
    input.setAttribute("aria-controls", this.list.id);
    input.addEventListener("input", () => this.#ask());
    input.addEventListener("keydown", (event) => this.#key(event));
    input.addEventListener("blur", () => this.close());
    if (openOnFocus) input.addEventListener("focus", () => this.#ask());
    input.addEventListener("click", () => !this.#open && this.#ask());
    // A press on an option must not take the focus from the field first.
    this.list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) this.#take(Number(option.dataset.index));
    });
  }

  destroy() {
    this.#running?.abort();
    this.#ask.cancel();
  }

  close() {
    this.#running?.abort();
    this.#ask.cancel();
    this.#open = false;
    if (this.list.matches(":popover-open")) this.list.hidePopover();
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  #ask = debounce(async () => {
    if (this.input.disabled || document.activeElement !== this.input) return;
    this.#running?.abort();
    const running = (this.#running = new AbortController());
    try {
      const answer = await this.search(this.input.value.trim(), running.signal);
      if (!running.signal.aborted && document.activeElement === this.input) this.#show(answer);
    } catch (error) {
      if (error.name !== "AbortError") this.#show({ groups: [], note: error.message });
    }
  }, PAUSE);

  #show({ groups, note = "" }) {
    this.#items = groups.flatMap((group) => group.items);
    let index = 0;
    const option = (item) => {
      const made = element(
        "div",
        { id: `${this.list.id}-${index}`, class: `option${item.blocked ? " blocked" : ""}`, role: "option", "aria-selected": "false", "aria-disabled": item.blocked ? "true" : null, dataset: { index } },
        element("span", { class: "option-words" }, element("span", { class: "truncate" }, item.label), item.detail && element("span", { class: "muted small truncate" }, item.detail), item.blocked && element("span", { class: "late small" }, item.blocked)),
        item.end && element("span", { class: "end" }, item.end),
      );
      index += 1;
      return made;
    };
    const shown = groups.filter((group) => group.items.length).map((group) => element("div", { role: "group", "aria-label": group.title }, element("div", { class: "group-title", "aria-hidden": "true" }, group.title), ...group.items.map(option)));
    const remark = note || (this.#items.length || !this.input.value.trim() ? "" : this.empty);
    if (!shown.length && !remark) return this.close();
    this.list.replaceChildren(...shown, ...(remark ? [element("p", { class: "muted small option-note" }, remark)] : []));
    this.list.style.width = `${this.input.offsetWidth}px`;
    if (!this.list.matches(":popover-open")) this.list.showPopover();
    place(this.list, this.input);
    this.#open = true;
    this.input.setAttribute("aria-expanded", "true");
    this.#activate(this.input.value.trim() ? this.#items.findIndex((item) => !item.blocked) : -1);
    return undefined;
  }

  #activate(index) {
    this.#active = index;
    for (const option of this.list.querySelectorAll("[role=option]")) option.setAttribute("aria-selected", String(Number(option.dataset.index) === index));
    const active = this.list.querySelector(`[data-index="${index}"]`);
    if (active) {
      this.input.setAttribute("aria-activedescendant", active.id);
      active.scrollIntoView({ block: "nearest" });
    } else this.input.removeAttribute("aria-activedescendant");
  }

  #key(event) {
    const last = this.#items.length - 1;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!this.#open) return this.#ask();
      const next = event.key === "ArrowDown" ? this.#active + 1 : this.#active - 1;
      return this.#activate(next > last ? 0 : next < 0 ? last : next);
    }
    if (!this.#open) return undefined;
    if (event.key === "Enter" && !event.ctrlKey && !event.metaKey && this.#active >= 0) {
      event.preventDefault();
      this.#take(this.#active);
    } else if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      this.close();
    }
    return undefined;
  }

  #take(index) {
    const item = this.#items[index];
    if (!item || item.blocked) return;
    this.close();
    this.choose(item);
  }
}
