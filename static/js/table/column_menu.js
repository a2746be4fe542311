/* The column chooser: show, hide, pin and move columns, by mouse or keyboard. */

import { element, icon } from "core/dom";
import { COLUMNS } from "table/columns";
import { defaultLayout } from "table/layout";

export class ColumnMenu {
  constructor(popover, { grid, changed }) {
    this.popover = popover;
    this.grid = grid;
    this.changed = changed;
    popover.addEventListener("menu:open", () => this.#draw());
    popover.addEventListener("beforetoggle", (event) => event.newState === "open" && this.#draw());
  }

  #draw(focus = null) {
    const layout = this.grid.layout();
    const list = element("ul", { class: "column-list" });
    layout.forEach((entry, index) => list.append(this.#entry(entry, index, layout)));
    this.popover.replaceChildren(
      element("div", { class: "menu-head" }, "Columns"),
      list,
      element("div", { class: "menu-line" }),
      element("button", { class: "menu-item", type: "button", onclick: () => this.#apply(defaultLayout()) }, icon("undo"), "Back to the usual columns"),
    );
    if (focus) this.popover.querySelector(focus)?.focus();
  }

  #entry(entry, index, layout) {
    const { id, shown, pinned } = entry;
    const { title, fixed } = COLUMNS[id];
    const put = (change) => layout.map((each) => (each.id === id ? { ...each, ...change } : each));
    return element(
      "li",
      {},
      element(
        "label",
        { class: "column-name" },
        element("input", { type: "checkbox", id: `column-${id}`, checked: shown, disabled: fixed, onchange: (event) => this.#apply(put({ shown: event.target.checked }), `#column-${id}`) }),
        title,
      ),
      this.#button({ id: `column-pin-${id}`, name: "pin", label: `Pin ${title}`, pressed: pinned, run: () => this.#apply(put({ pinned: !pinned }), `#column-pin-${id}`) }),
      this.#button({ id: `column-up-${id}`, name: "chevron-down", label: `Move ${title} to the left`, turned: true, disabled: index === 0, run: () => this.#apply(moved(layout, index, -1), `#column-up-${id}`) }),
      this.#button({ id: `column-down-${id}`, name: "chevron-down", label: `Move ${title} to the right`, disabled: index === layout.length - 1, run: () => this.#apply(moved(layout, index, 1), `#column-down-${id}`) }),
    );
  }

  #button({ id, name, label, pressed, turned, disabled, run }) {
    return element(
      "button",
      { id, class: `icon-btn small${turned ? " turned" : ""}`, type: "button", title: label, "aria-label": label, "aria-pressed": pressed === undefined ? null : String(pressed), disabled, onclick: run },
      icon(name),
    );
  }

  async #apply(layout, focus = null) {
    await this.changed(layout);
    this.#draw(focus);
  }
}

function moved(layout, index, by) {
  const next = [...layout];
  const [entry] = next.splice(index, 1);
  next.splice(index + by, 0, entry);
  return next;
}
