/* A short menu for a place where several orders meet: which of them is meant? */

import { element } from "core/dom";
import { openMenu } from "core/menu";
import { statusPill } from "core/words";

const SHOWN_AT_MOST = 40;

export class PickMenu {
  constructor(stage, { set, open }) {
    Object.assign(this, { set, open });
    this.anchor = element("span", { class: "map-anchor", tabindex: "-1" });
    this.menu = element("div", { class: "popover", popover: "", role: "menu", "aria-label": "Orders at this place" });
    stage.append(this.anchor, this.menu);
  }

  show(codes, point) {
    const rows = codes.map((code) => this.set.rows.get(code)).filter(Boolean);
    const rest = rows.length - SHOWN_AT_MOST;
    this.menu.replaceChildren(
      ...rows.slice(0, SHOWN_AT_MOST).map((row) =>
        element("button", { class: "menu-item", type: "button", role: "menuitem", onclick: () => this.open(row.code) }, element("span", { class: "code" }, row.code), statusPill(row.status), element("span", { class: "end small" }, row.customer.name)),
      ),
      ...(rest > 0 ? [element("div", { class: "menu-head muted" }, `and ${rest} more: find them in the list`)] : []),
    );
    this.anchor.style.transform = `translate(${point.x}px, ${point.y}px)`;
    openMenu(this.menu, this.anchor);
  }
}
