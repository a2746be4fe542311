/* Table View: brings rows, columns, views and selection together, and says who hears of what. */

import { emit, on } from "core/bus";
import { findCommand, registerCommand } from "core/commands";
import { config, may } from "core/config";
import { counts, countText } from "core/counts";
import { element, leaveControl } from "core/dom";
import { filters } from "core/filters";
import { focusedOrder } from "core/focus";
import { money, number, plural } from "core/format";
import { openMenu } from "core/menu";
import { toast, toastError } from "core/toast";
import { mayPlan, planTrips } from "planning/asking";
import { printOrders } from "order/print";
import { actOnMany, bulkActions, openWorkspace, openWorkspaceWithSet } from "table/bulk";
import { ColumnMenu } from "table/column_menu";
import { DEFAULT_ORDERING } from "table/columns";
import { exportOrders } from "table/export";
import { Grid } from "table/grid";
import { loadLayout, saveLayout } from "table/layout";
import { RowSource } from "table/source";
import { ViewMenu } from "table/views";
import { addToTrip, mayAddToTrip } from "trips/adding";
import { addToWaybill, mayAddToWaybill } from "waybills/adding";

const TICK_EVERY = 5000;
const RELOAD_TIMED_SET_EVERY = 30_000;

export function mount(root) {
  const page = new TablePage(root);
  return () => page.destroy();
}

class TablePage {
  #stops = [];

  constructor(root) {
    this.root = root;
    this.find = (selector) => root.querySelector(selector);
    this.queue = queueOf();
    this.source = new RowSource({
      reset: (rows) => this.grid.reset(rows),
      append: (rows) => this.grid.append(rows),
      insert: (row, index) => this.grid.insert(row, index).then(() => this.#drawFoot()),
      change: (row, before) => {
        this.grid.change(row, before);
        if (focusedOrder.get()?.code === row.code) focusedOrder.set(row);
      },
      remove: (row) => this.grid.remove(row).then(() => this.#drawFoot()),
      state: () => this.#drawState(),
    });
    this.grid = new Grid(this.find(".table-grid"), {
      layout: loadLayout(this.queue),
      ordering: filters.get("ordering") || DEFAULT_ORDERING,
      events: {
        open: (code) => this.open(code),
        focus: (code) => this.focus(code),
        menu: (code, anchor) => {
          this.focus(code);
          emit("order:menu", { code, anchor });
        },
        tick: (codes) => this.#drawTicks(codes),
        sort: (word) => filters.set({ ordering: word === DEFAULT_ORDERING ? "" : word }, { source: "table" }),
        layout: (layout) => saveLayout(this.queue, layout),
        more: () => this.source.more().catch(toastError),
      },
    });
    this.columnMenu = new ColumnMenu(this.find("#table-columns"), { grid: this.grid, changed: (layout) => this.#setLayout(layout) });
    this.views = new ViewMenu(root, { queue: () => this.queue, layout: () => this.grid.layout(), apply: (layout) => this.#setLayout(layout) });
    this.#statusChips();
    this.#stops.push(...this.#commands(), ...this.#listen());
    this.source.load();
  }

  destroy() {
    this.#stops.forEach((stop) => stop());
    this.grid.destroy();
  }

  focus(code) {
    this.grid.focus(code, { reveal: true });
    focusedOrder.set(code ? this.source.find(code) : null);
  }

  open(code) {
    this.focus(code);
    if (findCommand("order.open")) emit("order:open", { code });
    else location.assign(`${config.addresses.home}orders/${encodeURIComponent(code)}/`);
  }

  #setLayout(layout) {
    saveLayout(this.queue, layout);
    return this.grid.setLayout(layout);
  }

  #listen() {
    const timers = [
      setInterval(() => {
        if (document.hidden) return;
        this.source.expire();
        this.grid.tickTimes();
      }, TICK_EVERY),
      setInterval(() => !document.hidden && this.source.isTimed && this.source.load({ keep: true }), RELOAD_TIMED_SET_EVERY),
    ];
    return [
      () => timers.forEach(clearInterval),
      filters.subscribe(() => this.#filtersChanged()),
      counts.watch((found) => {
        if (found) this.source.recount(found.total, found.total_is_capped);
        this.#drawCounts();
      }),
      on("live:events", ({ items }) => {
        this.source.apply(items.map(({ row }) => row).filter(Boolean));
        // Without a row: the order has left what this person may see.
        this.source.forget(items.filter(({ row }) => row === null).map(({ code }) => code));
      }),
      on("live:etas", ({ items }) => this.source.expect(items)),
      on("live:reload", ({ until }) => until(this.source.load({ keep: true }))),
      focusedOrder.watch((row) => row && row.code !== this.grid.current && this.source.find(row.code) && this.grid.focus(row.code, { reveal: true })),
    ];
  }

  async #filtersChanged() {
    const queue = queueOf();
    const ordering = filters.get("ordering") || DEFAULT_ORDERING;
    if (queue !== this.queue) {
      this.queue = queue;
      await this.grid.setLayout(loadLayout(queue));
    }
    if (ordering !== this.grid.ordering) await this.grid.setOrdering(ordering);
    this.#drawCounts();
    this.views.draw();
    this.grid.tickAll(false);
    this.source.load();
  }

  #commands() {
    const chosen = () => this.grid.current !== null;
    const list = { section: "Order list", inPalette: false, repeats: true };
    const step = (by) => {
      const code = this.grid.neighbour(by);
      leaveControl();
      if (code) this.focus(code);
    };
    // Keys that act on one order act on all that are ticked, unless the drawer shows one to act on.
    const severalTicked = { priority: 1, when: () => this.grid.ticked.length > (document.getElementById("drawer").hidden ? 1 : Infinity) };
    const commands = [
      { ...list, id: "list.next", title: "Next order", keys: "j", run: () => step(1) },
      { ...list, id: "list.previous", title: "Previous order", keys: "k", run: () => step(-1) },
      { ...list, id: "list.open", title: "Open the order", keys: "Enter", when: chosen, run: () => this.open(this.grid.current) },
      { ...list, id: "list.tick", title: "Tick the order", keys: "x", when: chosen, run: () => this.grid.tick(this.grid.current) },
      { ...list, id: "list.tick-range", title: "Tick all from the last tick to here", keys: "shift+x", when: chosen, run: () => this.grid.tick(this.grid.current, { range: true }) },
      { ...list, id: "list.menu", title: "Actions of the order", keys: ".", when: chosen, run: () => this.#openRowMenu() },
      { id: "table.deselect", title: "Deselect", section: "Table", keys: "Escape", inPalette: false, priority: -1, when: () => chosen() || this.grid.ticked.length > 0, run: () => this.#deselect() },
      { id: "table.filters", title: "Filter by column", section: "Table", icon: "filter", keys: "f", run: () => this.#toggleFilters() },
      { id: "table.columns", title: "Choose columns", section: "Table", icon: "columns", run: () => openMenu(this.find("#table-columns"), this.find("[data-menu=table-columns]")) },
      { id: "table.clear-ticks", title: "Untick all orders", section: "Table", when: () => this.grid.ticked.length > 0, run: () => this.grid.tickAll(false) },
      { id: "bulk.print", title: "Ticked orders: print", section: "Ticked orders", icon: "print", when: () => this.grid.ticked.length > 0, run: () => printOrders({ codes: this.grid.ticked }) },
      { ...severalTicked, id: "bulk.print-keys", title: "Print the ticked orders", section: "Ticked orders", keys: "p", inPalette: false, run: () => printOrders({ codes: this.grid.ticked }) },
      { id: "table.print", title: "Print all orders that match the filters", section: "Table", icon: "print", run: () => printOrders({ query: filters.query({ without: ["ordering"] }) || "ordering=-created_at", count: this.source.total ?? 0 }) },
      { id: "bulk.workspace", title: "Ticked orders: open in the bulk workspace", section: "Ticked orders", icon: "layers", when: () => this.grid.ticked.length > 0, run: () => openWorkspace(this.grid.ticked) },
      { id: "bulk.all-matching", title: "Act on all orders that match the filters", section: "Ticked orders", icon: "layers", run: () => openWorkspaceWithSet(filters.query({ without: ["ordering"] })) },
      { id: "planning.ticked", title: "Ticked orders: plan trips", section: "Ticked orders", icon: "plan", when: () => mayPlan() && this.grid.ticked.length > 0, run: () => planTrips(this.grid.ticked) },
      { id: "waybills.add-ticked", title: "Ticked orders: add to a waybill", section: "Ticked orders", icon: "waybill", when: () => mayAddToWaybill() && this.grid.ticked.length > 0, run: () => addToWaybill(this.grid.ticked) },
      { id: "trips.add-ticked", title: "Ticked orders: add to a trip", section: "Ticked orders", icon: "trip", when: () => mayAddToTrip() && this.grid.ticked.length > 0, run: () => addToTrip(this.grid.ticked) },
      { id: "table.copy-codes", title: "Copy the codes of the ticked orders", section: "Table", icon: "copy", when: () => this.grid.ticked.length > 0, run: () => this.#copyCodes() },
    ];
    for (const { name, title, keys } of bulkActions()) {
      if (keys) commands.push({ ...severalTicked, id: `bulk.${name}-keys`, title, section: "Ticked orders", keys, inPalette: false, run: () => this.#actOnTicked(name) });
      commands.push({ id: `bulk.${name}`, title: `Ticked orders: ${title.toLowerCase()}`, section: "Ticked orders", icon: "check", when: () => this.grid.ticked.length > 0, run: () => this.#actOnTicked(name) });
    }
    if (may("orders.export")) {
      for (const [format, name] of [["csv", "CSV"], ["xlsx", "Excel"]]) {
        commands.push({ id: `table.export-${format}`, title: `Export the list to ${name}`, section: "Table", icon: "download", run: () => exportOrders({ format, layout: this.grid.layout() }) });
        commands.push({ id: `table.export-import-${format}`, title: `Export the list to ${name}, to be imported again`, section: "Table", icon: "download", run: () => exportOrders({ format }) });
        commands.push({
          id: `table.export-ticked-${format}`,
          title: `Export the ticked orders to ${name}`,
          section: "Table",
          icon: "download",
          when: () => this.grid.ticked.length > 0,
          run: () => exportOrders({ format, layout: this.grid.layout(), codes: this.grid.ticked }),
        });
      }
    }
    return commands.map(registerCommand);
  }

  #openRowMenu() {
    const anchor = document.getElementById(`row-${this.grid.current}`)?.querySelector(".row-menu");
    if (anchor) emit("order:menu", { code: this.grid.current, anchor });
  }

  #deselect() {
    if (this.grid.ticked.length) this.grid.tickAll(false);
    else this.focus(null);
  }

  async #toggleFilters() {
    await this.grid.showFilters(!this.grid.showsFilters);
    this.find("[data-command='table.filters']").setAttribute("aria-pressed", String(this.grid.showsFilters));
  }

  async #actOnTicked(name) {
    const done = await actOnMany(name, this.grid.ticked);
    for (const code of done) this.grid.tick(code, { on: false });
  }

  async #copyCodes() {
    await navigator.clipboard.writeText(this.grid.ticked.join("\n"));
    toast({ text: `Copied ${plural(this.grid.ticked.length, "code")}.` });
  }

  // The chips over the table: quick filters with their counts

  #statusChips() {
    for (const chip of this.find(".table-toolbar").querySelectorAll("[data-status], [data-attention]")) {
      chip.addEventListener("click", () => {
        const on = chip.getAttribute("aria-pressed") === "true";
        const { status, attention } = chip.dataset;
        filters.set({ status: !on && status ? [status] : [], attention: !on && attention ? [attention] : [] }, { source: "table" });
      });
    }
    this.#drawCounts();
  }

  #drawCounts() {
    for (const chip of this.find(".table-toolbar").querySelectorAll("[data-status], [data-attention]")) {
      const [name, value] = chip.dataset.status ? ["status", chip.dataset.status] : ["attention", chip.dataset.attention];
      const chosen = filters.get(name);
      chip.setAttribute("aria-pressed", String(chosen.length === 1 && chosen[0] === value));
      chip.querySelector(".count").textContent = countText("statuses", value);
    }
    this.#drawFoot();
  }

  #drawFoot() {
    const { total, totalIsCapped, rows } = this.source;
    const known = total !== null;
    const all = known ? `${number(total)}${totalIsCapped ? "+" : ""}` : "";
    this.find(".table-total").textContent = known ? `${all} ${total === 1 && !totalIsCapped ? "order" : "orders"}` : "";
    this.find(".table-loaded").textContent = known && rows.length < total ? `${number(rows.length)} loaded` : "";
    const cash = counts.get()?.cod_to_collect;
    this.find(".table-cash").textContent = Number(cash) ? `${money(cash)} to collect` : "";
  }

  #drawTicks(codes) {
    const bar = this.find(".float-bar");
    bar.hidden = codes.length === 0;
    bar.querySelector(".tick-count").textContent = `${plural(codes.length, "order")} ticked`;
    const { total, totalIsCapped } = this.source;
    const isMore = total !== null && total > codes.length;
    const all = bar.querySelector(".act-on-all");
    all.hidden = !isMore;
    all.textContent = isMore ? `All ${number(total)}${totalIsCapped ? "+" : ""} matching…` : "";
  }

  /** Loading, nothing found, or a failure, in the place of the rows. */
  #drawState() {
    this.#drawFoot();
    const { state, rows, error } = this.source;
    const place = this.find(".table-state");
    this.root.classList.toggle("is-loading", state === "loading");
    place.hidden = state === "ready" && rows.length > 0;
    if (place.hidden) return;
    if (state === "loading") {
      place.replaceChildren(
        element("p", { class: "visually-hidden" }, "Loading orders…"),
        ...Array.from({ length: 14 }, () => element("div", { class: "skeleton-row", "aria-hidden": "true" }, element("i", { class: "skeleton" }))),
      );
    } else if (state === "failed") {
      place.replaceChildren(empty("The orders could not be loaded.", error.message, element("button", { class: "btn", type: "button", onclick: () => this.source.load() }, "Try again")));
    } else {
      const narrowed = filters.query({ without: ["ordering"] });
      place.replaceChildren(
        narrowed
          ? empty("No order fits these filters.", "Take a filter off to see more.", element("button", { class: "btn", type: "button", onclick: () => filters.clear() }, "Clear all filters"))
          : empty("There are no orders yet.", "Press c to create the first one; orders from the API appear here by themselves.", null),
      );
    }
  }
}

const queueOf = () => (filters.get("type").length === 1 ? filters.get("type")[0] : "");
const empty = (title, text, action) => element("div", { class: "empty" }, element("h2", {}, title), element("p", {}, text), action);
