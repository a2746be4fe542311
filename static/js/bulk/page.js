/** The bulk workspace: who is selected, what is to be done, and what was done before. */
import { on } from "core/bus";
import { registerCommand } from "core/commands";
import { element, icon } from "core/dom";
import { newKey, post } from "core/http";
import { number, plural } from "core/format";
import { toast, toastError } from "core/toast";
import { statusPill } from "core/words";
import { printOrders } from "order/print";
import { ActionForm } from "bulk/action_form";
import { Adding } from "bulk/adding";
import { orderLine } from "bulk/lines";
import { PastRuns } from "bulk/past_runs";
import { Selection } from "bulk/selection";

export function mount(root) {
  const page = new Workspace(root);
  return () => page.destroy();
}

class Workspace {
  #busy = false;

  constructor(root) {
    const find = (selector) => root.querySelector(selector);
    this.root = root;
    this.most = Number(root.dataset.most);
    this.list = find(".bulk-selected");
    this.set = find(".bulk-set");
    this.count = find(".bulk-count");
    this.clearButton = find(".bulk-clear");
    this.printButton = find(".bulk-print");
    this.selection = new Selection();
    this.adding = new Adding(root, this.selection);
    this.form = new ActionForm(find(".bulk-choices"), find(".bulk-form"), {
      actions: JSON.parse(document.getElementById("bulk-actions").textContent),
      submit: (action, params) => this.#validate(action, params),
    });
    this.runs = new PastRuns(find(".bulk-runs"));
    this.stops = [
      this.selection.changed.watch(() => this.#draw()),
      on("live:events", ({ items }) => items.forEach(({ row }) => row && this.selection.update(row))),
      registerCommand({ id: "bulk.clear", title: "Clear the selection", section: "Ticked orders", icon: "close", when: () => this.selection.size > 0, run: () => this.#clear() }),
      registerCommand({ id: "bulk.print", title: "Print the selected orders", section: "Ticked orders", keys: "p", icon: "print", when: () => this.selection.size > 0, run: () => this.#print() }),
      registerCommand({ id: "bulk.tab-search", title: "Add orders by search", section: "Ticked orders", keys: "/", icon: "search", run: () => this.adding.tabs.choose("search") }),
      registerCommand({ id: "bulk.tab-codes", title: "Add orders by typing or pasting codes", section: "Ticked orders", keys: "e", icon: "edit", run: () => this.adding.tabs.choose("codes") }),
      registerCommand({ id: "bulk.tab-scan", title: "Add orders by scanning", section: "Ticked orders", keys: "s", icon: "crosshair", run: () => this.adding.tabs.choose("scan") }),
    ];
    this.#begin();
  }

  destroy() {
    this.stops.forEach((stop) => stop());
    this.adding.destroy();
    this.runs.destroy();
  }

  async #begin() {
    const asked = new URLSearchParams(location.search);
    const isSet = asked.has("set");
    const action = asked.get("action");
    asked.delete("set");
    asked.delete("action");
    try {
      if (isSet) await this.selection.chooseSet(asked.toString());
      else await this.selection.restore();
    } catch (error) {
      toastError(error);
    }
    if (action) this.form.choose(action);
    else document.getElementById("bulk-search")?.focus();
  }

  #clear() {
    const before = [...this.selection.orders.keys()];
    this.selection.clear();
    if (location.search) history.replaceState(null, "", location.pathname);
    if (before.length) toast({ text: `${plural(before.length, "order")} taken out of the selection.`, tone: "accent", undo: () => this.selection.add(before, { quietly: true }).then(() => ({ message: "Selected again." })) });
  }

  #print() {
    const { set, orders } = this.selection;
    return set ? printOrders({ query: set.query || "ordering=-created_at", count: set.total }) : printOrders({ codes: [...orders.keys()] });
  }

  #draw() {
    const { selection } = this;
    const size = selection.size;
    this.count.textContent = selection.set ? `${number(size)}${selection.set.capped ? "+" : ""} by filters` : plural(size, "order");
    this.clearButton.hidden = this.printButton.hidden = size === 0 && !selection.set;
    this.form.setCount(size);
    this.adding.redraw();
    this.set.hidden = !selection.set;
    if (selection.set) this.#drawSet();
    this.list.hidden = Boolean(selection.set);
    this.list.replaceChildren(...(size ? [...selection.orders.values()].reverse().map((order) => this.#line(order)) : [emptyList()]));
    if (!selection.set && size > this.most) this.count.textContent += `: a run takes ${this.most} codes at most`;
  }

  #drawSet() {
    const { query, total, capped } = this.selection.set;
    const table = `${document.querySelector("[data-destination=table]")?.pathname ?? "/console/table/"}${query ? `?${query}` : ""}`;
    const many = `${number(total)}${capped ? "+" : ""}`;
    this.set.replaceChildren(
      element("div", {}, element("b", {}, `All ${many} orders`), " that the table's filters leave now. The set is fixed when you validate it."),
      element("div", { class: "row" }, element("a", { class: "btn small", href: table }, icon("table"), "Look at them"), element("button", { class: "btn small quiet", type: "button", onclick: () => this.#dropSet() }, "Pick single orders instead")),
    );
  }

  #dropSet() {
    history.replaceState(null, "", location.pathname);
    this.selection.dropSet();
  }

  #line(order) {
    const remove = element("button", { class: "icon-btn small", type: "button", "aria-label": `Take out ${order.code}`, title: "Take out", onclick: () => this.selection.remove(order.code) }, icon("close", "small"));
    return element("li", {}, orderLine(order, { mark: statusPill(order.status) }), remove);
  }

  async #validate(action, params) {
    if (this.#busy) return;
    this.#busy = true;
    this.form.busy(true);
    try {
      this.key ??= newKey();
      const run = await post("bulk-runs/", { action: action.name, params, ...this.selection.content() }, { key: this.key });
      location.assign(`${location.pathname}${run.number}/`);
    } catch (error) {
      // Nothing was made under this key unless the answer was lost on the way: then the same key finds the run again.
      if (error.status !== 0) this.key = null;
      if (!this.form.showErrors(error.fields ?? {})) toastError(error);
      this.#busy = false;
      this.form.busy(false);
    }
  }
}

const emptyList = () =>
  element("li", {}, element("div", { class: "empty" }, icon("layers"), element("h3", {}, "No orders selected"), element("p", {}, "Search for them, paste their codes, scan their barcodes, or tick them in the table.")));
