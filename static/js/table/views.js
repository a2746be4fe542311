/* Saved views: a person's named filters and columns for a queue. */

import { element, icon } from "core/dom";
import { confirm, showDialog } from "core/dialog";
import { filters } from "core/filters";
import { get, patch, post, remove } from "core/http";
import { toast, toastError } from "core/toast";
import { sound } from "table/layout";

const ADDRESS = "views/";

export class ViewMenu {
  #views = [];
  #loaded = false;

  constructor(root, { queue, layout, apply }) {
    this.popover = root.querySelector("#table-views");
    this.button = root.querySelector("[data-menu=table-views]");
    this.queue = queue;
    this.layout = layout;
    this.apply = apply;
    this.popover.addEventListener("menu:open", () => this.#draw());
    this.#load().then(() => {
      this.draw();
      if (this.popover.matches(":popover-open")) this.#draw();
      this.#useDefault();
    }, toastError);
  }

  /** The button names the view that is in use. */
  draw() {
    const current = this.#current();
    this.button.querySelector(".view-name").textContent = current ? `View: ${current.name}` : "Views";
  }

  async #load() {
    const { results } = await get(ADDRESS);
    this.#views = results;
    this.#loaded = true;
  }

  #ofQueue() {
    return this.#views.filter((view) => view.queue === this.queue());
  }

  #current() {
    return this.#ofQueue().find((view) => view.query === filters.query()) ?? null;
  }

  /** A page opened without any filter starts with the person's default view. */
  #useDefault() {
    if (filters.query()) return;
    const view = this.#ofQueue().find((each) => each.is_default);
    if (view) this.#use(view, { history: "replace" });
  }

  #use(view, options = {}) {
    if (view.columns.length) this.apply(sound(view.columns));
    filters.replaceWith(view.query, { source: "view", ...options });
    this.draw();
    this.popover.hidePopover();
  }

  #draw() {
    const views = this.#ofQueue();
    const current = this.#current();
    const items = views.map((view) => this.#item(view, view === current));
    this.popover.replaceChildren(
      element("div", { class: "menu-head" }, "Views of this queue"),
      ...(items.length ? items : [element("p", { class: "menu-note muted" }, this.#loaded ? "None yet. Set filters and columns, then save them under a name." : "Loading…")]),
      element("div", { class: "menu-line" }),
      element("button", { class: "menu-item", type: "button", onclick: () => this.#save() }, icon("plus"), "Save this as a view…"),
      ...(current ? [element("button", { class: "menu-item", type: "button", onclick: () => this.#update(current) }, icon("bookmark"), `Keep these columns in “${current.name}”`)] : []),
    );
  }

  #item(view, isCurrent) {
    return element(
      "div",
      { class: "view-item" },
      element("button", { class: "menu-item", type: "button", "aria-current": isCurrent ? "true" : null, onclick: () => this.#use(view) }, icon(isCurrent ? "check" : "bookmark"), view.name, view.is_default && element("span", { class: "muted" }, " · default")),
      element("button", { class: "icon-btn small", type: "button", "aria-pressed": String(view.is_default), title: "Start with this view", "aria-label": `Start with ${view.name}`, onclick: () => this.#change(view, { is_default: !view.is_default }) }, icon("pin")),
      element("button", { class: "icon-btn small", type: "button", title: "Delete", "aria-label": `Delete ${view.name}`, onclick: () => this.#delete(view) }, icon("trash")),
    );
  }

  async #save() {
    this.popover.hidePopover();
    const name = element("input", { class: "input", id: "view-name", maxlength: 60, required: true, autocomplete: "off" });
    name.addEventListener("keydown", (event) => event.key === "Enter" && name.closest("dialog").close("save"));
    const answer = await showDialog({
      title: "Save this as a view",
      body: [element("label", { class: "label", for: "view-name" }, "Name"), name, element("p", { class: "muted" }, "Keeps the filters, the sorting and the columns on screen, for you, in this queue.")],
      buttons: [
        { value: "", label: "Back" },
        { value: "save", label: "Save view", tone: "primary" },
      ],
      focus: name,
    });
    if (answer !== "save" || !name.value.trim()) return;
    try {
      const view = await post(ADDRESS, { name: name.value.trim(), queue: this.queue(), query: filters.query(), columns: this.layout(), is_default: false });
      this.#views.push(view);
      this.draw();
      toast({ text: `Saved the view “${view.name}”.`, tone: "good" });
    } catch (error) {
      toastError(error);
    }
  }

  #update(view) {
    return this.#change(view, { columns: this.layout() });
  }

  async #change(view, change) {
    try {
      Object.assign(view, await patch(`${ADDRESS}${view.id}/`, change));
      if (change.is_default) this.#ofQueue().forEach((each) => (each.is_default = each === view));
      this.draw();
      this.#draw();
    } catch (error) {
      toastError(error);
    }
  }

  async #delete(view) {
    this.popover.hidePopover();
    if (!(await confirm({ title: `Delete the view “${view.name}”?`, text: "Its filters and columns are forgotten. No order changes.", action: "Delete view", danger: true }))) return;
    try {
      await remove(`${ADDRESS}${view.id}/`);
      this.#views = this.#views.filter((each) => each !== view);
      this.draw();
    } catch (error) {
      toastError(error);
    }
  }
}
