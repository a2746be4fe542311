/** The driver picker: every available driver with what speaks for and against, searched by name, driven by arrows. */
import { debounce, element, icon, pill } from "core/dom";
import { distance, number, plural, tick } from "core/format";
import { get } from "core/http";
import { highlighted, rank } from "core/rank";
import { toastError } from "core/toast";

const PAUSE = 180;

/** When the driver would be at the door, or at the pickup where the door is not known. */
export function arrival({ pickup_minutes: pickup, door_minutes: door }) {
  if (pickup === null) return false;
  const words = door === null ? `pickup in ${number(Math.round(pickup))} min` : `door in ${number(Math.round(door))} min`;
  return element("b", { class: "nowrap", title: `At the pickup in ${number(Math.round(pickup))} min` }, words);
}

export class DriverPicker {
  #all = [];
  #total = 0;
  #judged = 0;
  #measuredFrom = "";
  #change = null;
  #shown = [];
  #active = -1;
  #running = null;
  #loaded = false;
  value = null;

  /** `chosen(driver, {sure})` hears each choice; `sure` when it was made with Enter or a double click. */
  constructor(box, { chosen }) {
    Object.assign(this, { box, chosen });
    this.input = box.querySelector("[role=combobox]");
    this.list = box.querySelector("[role=listbox]");
    this.summary = box.querySelector("[role=status]");
    this.url = box.dataset.candidatesUrl;
    const embedded = box.querySelector("#picker-candidates");
    if (embedded) this.#take(JSON.parse(embedded.textContent));
    this.input.addEventListener("input", () => {
      this.#render({ first: true });
      this.#searchMore();
    });
    this.input.addEventListener("keydown", (event) => this.#key(event));
    this.list.addEventListener("click", (event) => this.#click(event, { sure: false }));
    this.list.addEventListener("dblclick", (event) => this.#click(event, { sure: true }));
  }

  destroy() {
    this.#running?.abort();
    this.#searchMore.cancel();
  }

  /** Asks for the drivers where the page did not bring them. */
  async load() {
    if (this.#loaded) return;
    this.#loaded = true;
    try {
      this.#take(await get(this.url));
    } catch (error) {
      this.#loaded = false;
      toastError(error);
    }
  }

  #take({ candidates, total, judged, measured_from: from, change }) {
    this.#loaded = true;
    this.#all = candidates;
    this.#total = total;
    this.#judged = judged;
    this.#measuredFrom = from;
    this.#change = change;
    this.#render({ first: true });
  }

  /** Where not all drivers were sent, the server is searched too. */
  #searchMore = debounce(async () => {
    const search = this.input.value.trim();
    if (this.#all.length >= this.#total || !search) return;
    this.#running?.abort();
    this.#running = new AbortController();
    try {
      const { candidates } = await get(this.url, { search }, { signal: this.#running.signal });
      const known = new Set(this.#all.map((each) => each.id));
      this.#all.push(...candidates.filter((each) => !known.has(each.id)));
      this.#render();
    } catch (error) {
      toastError(error);
    }
  }, PAUSE);

  #matching() {
    const query = this.input.value.trim();
    if (!query) return this.#all.map((candidate) => ({ candidate, marks: [] }));
    return this.#all
      .map((candidate) => ({ candidate, match: rank(candidate.name, query) }))
      .filter(({ match }) => match)
      // Who cannot take it stays last, however well the name fits.
      .sort((one, other) => one.candidate.is_blocked - other.candidate.is_blocked || other.match.score - one.match.score)
      .map(({ candidate, match }) => ({ candidate, marks: match.marks }));
  }

  #render({ first = false } = {}) {
    const activeId = this.#shown[this.#active]?.candidate.id;
    this.#shown = this.#matching();
    this.list.replaceChildren(...this.#shown.map(({ candidate, marks }, index) => this.#option(candidate, marks, index)));
    if (!this.#shown.length) this.list.append(element("p", { class: "muted nothing" }, this.input.value.trim() ? "No driver in service has this name." : "No driver is in service now."));
    const kept = first ? -1 : this.#shown.findIndex(({ candidate }) => candidate.id === activeId);
    this.#activate(kept >= 0 ? kept : this.#shown.findIndex(({ candidate }) => !candidate.is_blocked), { scroll: first });
    this.#summarise();
  }

  #summarise() {
    const possible = this.#shown.filter(({ candidate }) => !candidate.is_blocked).length;
    const hidden = this.#total - this.#all.length;
    const parts = [`${number(possible)} of ${number(this.#shown.length)} can take it`];
    if (this.#judged < this.#total) parts.push(`only the ${number(this.#judged)} nearest of ${number(this.#total)} were looked at`);
    if (hidden > 0) parts.push(`${number(hidden)} more are not listed: type a name to find them`);
    if (this.#measuredFrom) parts.push(`distances are as the crow flies to ${this.#measuredFrom}`);
    this.summary.textContent = `${parts.join("; ")}.${this.#change ? ` ${this.#change.sentence}` : ""}`;
  }

  #option(candidate, marks, index) {
    const { name, vehicle, used, limit, open_orders: open, metres, deciding, seen_at: seenAt, is_online: isOnline, is_stale: isStale, is_blocked: isBlocked } = candidate;
    const load = [open ? plural(open, "open order", "open orders") : "no open order", limit === null ? "no vehicle" : `${number(used)} of ${number(limit)} units used`];
    return element(
      "div",
      { id: `driver-option-${candidate.id}`, class: `picker-option${isBlocked ? " blocked" : ""}`, role: "option", "aria-selected": String(candidate.id === this.value), "aria-disabled": isBlocked ? "true" : null, dataset: { index } },
      element(
        "div",
        { class: "row" },
        element("b", { class: "truncate" }, ...highlighted(name, marks)),
        vehicle && element("span", { class: "muted small truncate" }, `${vehicle.kind.toLowerCase()} · ${vehicle.name}`),
        element("span", { class: "end row tight" }, arrival(candidate), metres !== null && element("span", { class: "muted small nowrap" }, distance(metres)), isBlocked ? pill("Not possible", "bad") : !isOnline ? pill("Offline", "quiet") : isStale ? pill("Position old", "warn") : pill("Online", "good")),
      ),
      element("div", { class: "muted small row tight" }, load.join(" · "), " · ", seenAt ? element("span", {}, "seen ", tick(seenAt)) : "no position received"),
      !isBlocked && element("div", { class: "small" }, deciding),
      ...candidate.blocks.map((sentence) => element("div", { class: "small late" }, sentence)),
      ...candidate.warnings.map((sentence) => element("div", { class: "small soon row tight" }, icon("warning", "small"), sentence)),
    );
  }

  #activate(index, { scroll = true } = {}) {
    this.#active = index;
    for (const [place, option] of [...this.list.querySelectorAll("[role=option]")].entries()) option.classList.toggle("active", place === index);
    const candidate = this.#shown[index]?.candidate;
    if (candidate) {
      this.input.setAttribute("aria-activedescendant", `driver-option-${candidate.id}`);
      if (scroll) this.list.querySelector(".active")?.scrollIntoView({ block: "nearest" });
    } else this.input.removeAttribute("aria-activedescendant");
  }

  #key(event) {
    const last = this.#shown.length - 1;
    const moves = { ArrowDown: Math.min(last, this.#active + 1), ArrowUp: Math.max(0, this.#active - 1), PageDown: Math.min(last, this.#active + 5), PageUp: Math.max(0, this.#active - 5) };
    if (event.key in moves && last >= 0) {
      event.preventDefault();
      this.#activate(moves[event.key]);
    } else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey && !event.isComposing) {
      event.preventDefault();
      this.#choose(this.#shown[this.#active]?.candidate, { sure: true });
    }
  }

  #click(event, options) {
    const option = event.target.closest("[role=option]");
    if (!option) return;
    this.#activate(Number(option.dataset.index), { scroll: false });
    this.#choose(this.#shown[this.#active].candidate, options);
    this.input.focus();
  }

  #choose(candidate, options) {
    const place = this.box.querySelector("[data-error]");
    if (!candidate || candidate.is_blocked) {
      place.textContent = candidate ? candidate.blocks[0] : "Choose a driver from the list.";
      return;
    }
    place.textContent = "";
    this.value = candidate.id;
    for (const option of this.list.querySelectorAll("[role=option]")) option.setAttribute("aria-selected", String(option.id === `driver-option-${candidate.id}`));
    this.chosen(candidate, options);
  }
}
