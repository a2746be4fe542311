/* The grid: Tabulator dressed as the console, one row per order, cells drawn from the order row. */

import { TabulatorFull as Tabulator } from "tabulator";

import { element } from "core/dom";
import { COLUMNS } from "table/columns";
import { asNode, gridColumns } from "table/grid_columns";

const ROW_HEIGHT = 34;
const FLASH_MS = 1600;
const MORE_BEFORE_END = 600;

/** `events`: open(code), menu(code, anchor), focus(code), tick(codes), sort(word), layout(entries), more() */
export class Grid {
  #table;
  #events;
  #ready;
  #ticked = new Set();
  #lastTicked = null;
  #shownFilters = false;

  constructor(host, { layout, ordering, events }) {
    this.host = host;
    this.#events = events;
    this.ordering = ordering;
    this.current = null;
    this.#table = new Tabulator(host, {
      index: "code",
      height: "100%",
      layout: "fitDataFill",
      rowHeight: ROW_HEIGHT,
      movableColumns: true,
      headerSortClickElement: "icon",
      columnDefaults: { headerSort: false, resizable: "header", minWidth: 60 },
      placeholder: element("div", { class: "table-placeholder" }),
      columns: this.#columns(layout),
      rowFormatter: (row) => this.#dress(row),
      data: [],
    });
    this.#ready = new Promise((resolve) => this.#table.on("tableBuilt", resolve));
    this.#ready.then(() => this.#name());
    for (const moment of ["columnsLoaded", "renderComplete"]) this.#table.on(moment, () => this.#name());
    const changed = () => this.#events.layout(this.layout());
    this.#table.on("columnMoved", changed);
    this.#table.on("columnResized", changed);
    this.#table.on("rowClick", (event, row) => this.#clicked(event, row.getData().code));
    this.#table.on("rowContext", (event, row) => {
      event.preventDefault();
      this.focus(row.getData().code);
      this.#events.menu(row.getData().code, row.getElement().querySelector(".row-menu"));
    });
    host.addEventListener("scroll", () => this.#nearEnd(), { capture: true, passive: true });
  }

  destroy() {
    this.#table.destroy();
  }

  async reset(rows) {
    await this.#ready;
    const top = this.#holder()?.scrollTop ?? 0;
    await this.#table.setData(rows);
    const holder = this.#holder();
    if (holder) holder.scrollTop = top;
    this.#mark();
  }

  async append(rows) {
    await this.#ready;
    await this.#table.addData(rows);
  }

  async insert(row, index) {
    await this.#ready;
    const after = this.#table.getRows()[index];
    await (after ? this.#table.addRow(row, true, after) : this.#table.addRow(row));
    this.#flash(row.code);
  }

  async change(row, before) {
    await this.#ready;
    const known = this.#table.getRow(row.code);
    if (!known) return;
    await known.update(row);
    known.reformat();
    this.#flash(row.code, changedColumns(row, before));
  }

  async remove(row) {
    await this.#ready;
    const known = this.#table.getRow(row.code);
    if (known) await known.delete();
    if (this.#ticked.delete(row.code)) this.#events.tick(this.ticked);
    if (this.current === row.code) this.focus(null);
  }

  /** Late times grow without any event. */
  tickTimes() {
    for (const row of this.#table.getRows("visible")) {
      const cell = row.getCell("due");
      if (cell?.getElement().isConnected && row.getData().due_at) fill(cell.getElement(), COLUMNS.due.cell(row.getData()));
    }
  }

  // The current row and ticked rows

  focus(code, { reveal = false } = {}) {
    const before = this.current;
    this.current = code;
    for (const each of [before, code]) if (each) this.#dressByCode(each);
    if (code && reveal) this.#table.scrollToRow(code, "nearest", false).catch(() => {});
    this.host.querySelector(".tabulator-tableholder")?.setAttribute("aria-activedescendant", code ? `row-${code}` : "");
  }

  /** The code so many rows further on. */
  neighbour(by) {
    const codes = this.#table.getRows().map((row) => row.getData().code);
    if (!codes.length) return null;
    const at = codes.indexOf(this.current);
    if (at < 0) return by > 0 ? codes[0] : codes.at(-1);
    return codes[Math.min(codes.length - 1, Math.max(0, at + by))];
  }

  get ticked() {
    return [...this.#ticked];
  }

  tick(code, { range = false, on = !this.#ticked.has(code) } = {}) {
    const codes = range && this.#lastTicked ? this.#between(this.#lastTicked, code) : [code];
    for (const each of codes) this.#ticked[on ? "add" : "delete"](each);
    this.#lastTicked = code;
    codes.forEach((each) => this.#dressByCode(each));
    this.#mark();
    this.#events.tick(this.ticked);
  }

  tickAll(on) {
    const codes = this.#table.getRows().map((row) => row.getData().code);
    this.#ticked = new Set(on ? codes : []);
    codes.forEach((each) => this.#dressByCode(each));
    this.#mark();
    this.#events.tick(this.ticked);
  }

  // Columns

  layout() {
    return this.#table
      .getColumns()
      .filter((column) => COLUMNS[column.getField()])
      .map((column) => ({ id: column.getField(), width: column.getWidth(), shown: column.isVisible(), pinned: Boolean(column.getDefinition().frozen) }));
  }

  async setLayout(layout) {
    await this.#ready;
    this.#table.setColumns(this.#columns(layout));
    this.#name();
    this.#mark();
  }

  async setOrdering(ordering) {
    this.ordering = ordering;
    await this.setLayout(this.layout());
  }

  get showsFilters() {
    return this.#shownFilters;
  }

  async showFilters(shown) {
    this.#shownFilters = shown;
    await this.setLayout(this.layout());
    if (shown) this.host.querySelector(".tabulator-header-filter input, .tabulator-header-filter button")?.focus();
  }

  #columns(layout) {
    return gridColumns(layout, {
      ordering: this.ordering,
      showsFilters: this.#shownFilters,
      isTicked: (code) => this.#ticked.has(code),
      events: {
        sort: (word) => this.#events.sort(word),
        tick: (code, options) => this.tick(code, options),
        tickAll: (on) => this.tickAll(on),
        menu: (code, anchor) => {
          this.focus(code);
          this.#events.menu(code, anchor);
        },
      },
    });
  }

  #clicked(event, code) {
    if (event.target.closest("button, a, input")) return;
    if (event.shiftKey || event.ctrlKey || event.metaKey) {
      getSelection()?.removeAllRanges();
      this.tick(code, { range: event.shiftKey });
      return;
    }
    if (String(getSelection() ?? "").length > 3) return; // somebody is copying text
    this.focus(code);
    this.#events.open(code);
  }

  #between(from, to) {
    const codes = this.#table.getRows().map((row) => row.getData().code);
    const [start, end] = [codes.indexOf(from), codes.indexOf(to)].sort((a, b) => a - b);
    return start < 0 ? [to] : codes.slice(start, end + 1);
  }

  #dress(row) {
    const { code } = row.getData();
    const node = row.getElement();
    node.id = `row-${code}`;
    node.dataset.code = code;
    node.classList.toggle("current", code === this.current);
    node.classList.toggle("ticked", this.#ticked.has(code));
    node.setAttribute("aria-selected", String(this.#ticked.has(code)));
    const box = node.querySelector(".row-tick");
    if (box) box.checked = this.#ticked.has(code);
  }

  #dressByCode(code) {
    const row = this.#table.getRow(code);
    if (row) this.#dress(row);
  }

  #flash(code, columns = null) {
    const row = this.#table.getRow(code);
    if (!row || !row.getElement().isConnected) return;
    const nodes = columns ? columns.map((id) => row.getCell(id)?.getElement()).filter(Boolean) : [row.getElement()];
    for (const node of nodes) {
      node.classList.add("just-changed");
      setTimeout(() => node.classList.remove("just-changed"), FLASH_MS);
    }
  }

  #mark() {
    const box = this.host.querySelector(".tick-all");
    if (!box) return;
    const count = this.#table.getDataCount();
    box.checked = count > 0 && this.#ticked.size >= count;
    box.indeterminate = this.#ticked.size > 0 && !box.checked;
  }

  /** What Tabulator leaves unsaid for a screen reader. */
  #name() {
    this.host.setAttribute("aria-label", "Orders");
    // Tabulator nests row groups and leaves its scroller without a role; a grid may hold rows and row groups only.
    this.host.querySelector(".tabulator-header-contents")?.setAttribute("role", "presentation");
    this.#holder()?.setAttribute("role", "rowgroup");
    this.host.querySelector(".tabulator-table")?.setAttribute("role", "presentation");
    for (const head of this.host.querySelectorAll(".tabulator-col[tabulator-field]")) {
      const column = COLUMNS[head.getAttribute("tabulator-field")];
      if (!column?.sort || this.ordering?.replace(/^-/, "") !== column.sort) head.removeAttribute("aria-sort");
      else head.setAttribute("aria-sort", this.ordering.startsWith("-") ? "descending" : "ascending");
    }
  }

  #holder() {
    return this.host.querySelector(".tabulator-tableholder");
  }

  #nearEnd() {
    const holder = this.#holder();
    // At the top it is the grid that "scrolled", while it laid out its rows anew.
    if (holder?.scrollTop > 0 && holder.scrollHeight - holder.scrollTop - holder.clientHeight < MORE_BEFORE_END) this.#events.more();
  }
}

function fill(node, content) {
  node.replaceChildren(asNode(content));
}

/** The shown columns whose content differs between two versions of a row. */
function changedColumns(row, before) {
  const said = (column, each) => {
    const content = column.cell(each);
    return content instanceof Node ? content.textContent : content;
  };
  return Object.entries(COLUMNS)
    .filter(([, column]) => said(column, row) !== said(column, before))
    .map(([id]) => id);
}
