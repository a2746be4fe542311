/** The table of package items: rows are added, filled and removed without the mouse. */
import { itemOf } from "order/form/state";

const PARTS = ["name", "quantity", "weight", "length", "width", "height"];

export class ItemsField {
  constructor(root, { changed }) {
    Object.assign(this, { root, changed });
    this.table = root.querySelector(".items-table");
    this.body = this.table.querySelector("tbody");
    this.template = root.querySelector("[data-item-row]");
    this.add = root.querySelector("[data-add-item]");
    this.add.addEventListener("click", () => {
      this.#append().querySelector("[data-item=name]").focus();
      this.changed();
    });
    this.body.addEventListener("click", (event) => {
      const row = event.target.closest("[data-remove-item]")?.closest("tr");
      if (row) this.#remove(row);
    });
    this.body.addEventListener("keydown", (event) => this.#key(event));
  }

  read() {
    return [...this.body.rows].map((row) => itemOf({ description: row.dataset.description, ...Object.fromEntries(PARTS.map((part) => [part, this.#input(row, part).value])) }));
  }

  write(items) {
    this.body.replaceChildren();
    for (const item of items) {
      const row = this.#append();
      row.dataset.description = item.description ?? "";
      for (const part of PARTS) this.#input(row, part).value = item[part] ?? "";
    }
    this.#show();
  }

  /** The control that an error such as `items.2.weight` speaks of. */
  control(index, part) {
    const row = this.body.rows[index];
    return row ? this.#input(row, PARTS.includes(part) ? part : "name") : this.add;
  }

  #input(row, part) {
    return row.querySelector(`[data-item=${part}]`);
  }

  #append() {
    this.body.append(this.template.content.cloneNode(true));
    this.#show();
    return this.body.lastElementChild;
  }

  #remove(row) {
    const next = row.nextElementSibling ?? row.previousElementSibling;
    row.remove();
    this.#show();
    (next?.querySelector("[data-item=name]") ?? this.add).focus();
    this.changed();
  }

  #key(event) {
    if (event.key !== "Enter" || event.ctrlKey || event.metaKey || !event.target.matches("input")) return;
    event.preventDefault();
    const row = event.target.closest("tr");
    (row.nextElementSibling ?? this.#append()).querySelector("[data-item=name]").focus();
    this.changed();
  }

  #show() {
    this.table.hidden = this.body.rows.length === 0;
  }
}
