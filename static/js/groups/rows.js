/** A table whose rows are walked with j and k and opened with Enter or a click; the choice survives a redraw. */
import { registerCommand } from "core/commands";
import { leaveControl } from "core/dom";

export class Rows {
  #chosen = "";

  /** `open(label, row)` hears what is opened; `section` is where the keys stand in the list of shortcuts. */
  constructor(root, { open, section, name }) {
    Object.assign(this, { root, open });
    root.addEventListener("click", (event) => this.#click(event));
    const move = { section, inPalette: false, repeats: true };
    const forget = [
      registerCommand({ ...move, id: `${name}.next`, title: "Next row", keys: "j", run: () => this.step(1) }),
      registerCommand({ ...move, id: `${name}.previous`, title: "Previous row", keys: "k", run: () => this.step(-1) }),
      registerCommand({ ...move, id: `${name}.open`, title: "Open the row", keys: "Enter", repeats: false, when: () => Boolean(this.#row), run: () => this.open(this.#chosen, this.#row) }),
    ];
    this.destroy = () => forget.forEach((stop) => stop());
  }

  get rows() {
    return [...this.root.querySelectorAll("tr[data-row]")];
  }

  get #row() {
    return this.rows.find((row) => row.dataset.row === this.#chosen) ?? null;
  }

  step(by) {
    const { rows } = this;
    leaveControl();
    if (!rows.length) return;
    const at = rows.indexOf(this.#row);
    this.choose(rows[at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.max(0, Math.min(rows.length - 1, at + by))]);
  }

  choose(row) {
    this.#chosen = row.dataset.row;
    this.mark();
    row.scrollIntoView({ block: "nearest" });
  }

  /** Shows the choice again after the rows were replaced. */
  mark() {
    for (const row of this.rows) row.classList.toggle("current", row.dataset.row === this.#chosen);
  }

  #click(event) {
    const row = event.target.closest("tr[data-row]");
    if (!row || event.target.closest("button, input, label") || String(getSelection())) return;
    const link = event.target.closest("a");
    if (link && (event.ctrlKey || event.metaKey || event.shiftKey || event.button)) return;
    if (link && !link.classList.contains("code")) return;
    event.preventDefault();
    this.choose(row);
    this.open(row.dataset.row, row);
  }
}
