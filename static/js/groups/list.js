/** The list of one kind of group: everything that is looked for stands in the address, and the list follows live. */
import { on } from "core/bus";
import { registerCommand } from "core/commands";
import { debounce } from "core/dom";
import { get } from "core/http";
import { prepare } from "core/menu";
import { pick } from "core/palette";
import { toastError } from "core/toast";
import { replaceKeepingFocus } from "groups/redraw";
import { Rows } from "groups/rows";

const PAUSE = 250;
const LIVE_PAUSE = 400;
const YEAR = 365 * 24 * 3600;

export function mount(root) {
  const list = new GroupList(root);
  return () => list.destroy();
}

class GroupList {
  #asked = 0;
  #going = null;
  #stops;

  constructor(root) {
    this.root = root;
    this.kind = root.dataset.kind;
    const section = document.title.split(" · ")[0];
    this.rows = new Rows(root, { section, name: "group", open: (label, row) => location.assign(row.querySelector("a.code").href) });
    root.addEventListener("click", (event) => this.#click(event));
    root.addEventListener("input", (event) => event.target.closest(".group-filters") && event.target.matches("[type=search], [type=number]") && this.#applySoon());
    root.addEventListener("change", (event) => this.#changed(event));
    root.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#apply();
    });
    const popped = () => this.load(location.href);
    addEventListener("popstate", popped);
    this.#stops = [
      () => removeEventListener("popstate", popped),
      () => this.rows.destroy(),
      on("live:groups", ({ items }) => items.some(({ kind }) => kind === this.kind || (this.kind === "route" && kind === "session")) && this.#refreshSoon()),
      on("live:reload", ({ until }) => until(this.load(location.href))),
      registerCommand({ id: "group.search", title: "Search by number", keys: "/", icon: "search", section, run: () => root.querySelector("[name=search]").focus() }),
    ];
    if (root.dataset.new) this.#stops.push(registerCommand({ id: "group.new", title: `New ${section.toLowerCase().replace(/s$/, "")}`, keys: "n", icon: "plus", section, run: () => location.assign(root.dataset.new) }));
  }

  destroy() {
    this.#stops.forEach((stop) => stop());
    this.#applySoon.cancel();
    this.#refreshSoon.cancel();
  }

  #applySoon = debounce(() => this.#apply(), PAUSE);
  // A change elsewhere must not call back somebody who is on the way to another address of the list.
  // An open menu is not taken away either.
  #refreshSoon = debounce(() => {
    if (this.root.querySelector(":popover-open")) this.#refreshSoon();
    else this.load(this.#going?.href ?? location.href, { push: Boolean(this.#going) });
  }, LIVE_PAUSE);

  /** Reads the list of an address, and shows it there. */
  async load(href, { push = false } = {}) {
    const asked = ++this.#asked;
    const url = new URL(href, location.href);
    this.#going = push ? url : null;
    try {
      const html = await get(url.pathname + url.search);
      if (asked !== this.#asked) return;
      this.#going = null;
      if (push && url.href !== location.href) history.pushState(null, "", url);
      replaceKeepingFocus(this.root, html);
      prepare(this.root);
      this.rows.mark();
    } catch (error) {
      if (asked !== this.#asked) return;
      this.#going = null;
      toastError(error);
    }
  }

  /** The form of filters as an address; what is empty stays out of it. */
  #apply() {
    this.#applySoon.cancel();
    const form = this.root.querySelector(".group-filters");
    const query = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (value) query.set(name, value);
    const url = new URL(form.action);
    url.search = query;
    return this.load(url, { push: true });
  }

  #changed({ target }) {
    if (target.matches("[data-column]")) return this.#chooseColumns();
    if (target.matches("[data-day-moment]")) return this.#chooseMoment(target);
    if (target.closest(".group-filters") && !target.matches("[type=search], [type=number]")) this.#apply();
    return undefined;
  }

  #chooseColumns() {
    const names = [...this.root.querySelectorAll("[data-column]:checked")].map((box) => box.dataset.column);
    document.cookie = `${this.root.dataset.columnsCookie}=${names.join(".") || "label"}; path=/; max-age=${YEAR}; samesite=lax`;
    const menu = document.getElementById("group-columns");
    const isOpen = menu.matches(":popover-open");
    const anchor = this.root.querySelector("[data-menu=group-columns]");
    this.load(location.href).then(() => isOpen && (this.root.querySelector("[data-menu=group-columns]") ?? anchor).click());
  }

  /** The two days belong to another date now. */
  #chooseMoment(select) {
    const box = select.closest("[data-days]");
    const days = [...box.querySelectorAll("[data-day]")];
    for (const day of days) day.name = `${select.value}_${day.dataset.day}`;
    if (days.some((day) => day.value)) this.#apply();
  }

  async #click(event) {
    const link = event.target.closest("[data-list-link]");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      this.load(link.href, { push: true });
    }
    const button = event.target.closest("[data-pick-driver]");
    if (button) this.#pickDriver(button);
  }

  async #pickDriver(button) {
    const everybody = [
      { id: "any", title: "Any driver", value: "" },
      { id: "none", title: "No driver", value: "none" },
    ];
    const chosen = await pick({
      placeholder: "Show those of which driver?",
      section: "Drivers",
      search: async (query, signal) => {
        const { results } = await get("drivers/", { search: query, limit: 20 }, { signal });
        const found = results.map(({ id, name }) => ({ id: `driver-${id}`, title: name, value: String(id), icon: "driver" }));
        return query ? found : [...everybody, ...found];
      },
    });
    if (!chosen) return;
    this.root.querySelector(`[name=${button.dataset.pickDriver}]`).value = chosen.value;
    this.#apply();
  }
}
