/** The list of past runs, the newest first; it hears of runs that go on. */
import { config } from "core/config";
import { on } from "core/bus";
import { element, icon } from "core/dom";
import { get } from "core/http";
import { number, time } from "core/format";
import { outcomePill, figures } from "bulk/words";

const AT_ONCE = 12;

export class PastRuns {
  #runs = [];
  #next = null;

  constructor(box) {
    this.box = box;
    this.stop = on("work", (work) => work.kind === "bulk" && this.load());
    this.load();
  }

  destroy() {
    this.stop();
  }

  async load({ more = false } = {}) {
    try {
      const page = await get("bulk-runs/", { limit: AT_ONCE, cursor: more ? this.#next : "" });
      this.#runs = more ? [...this.#runs, ...page.results] : page.results;
      this.#next = page.next_cursor;
      this.#draw();
    } catch (error) {
      this.box.replaceChildren(element("div", { class: "empty" }, icon("error"), element("p", {}, error.message), element("button", { class: "btn", type: "button", onclick: () => this.load() }, "Try again")));
    }
  }

  #draw() {
    if (!this.#runs.length) {
      this.box.replaceChildren(element("div", { class: "empty" }, icon("history"), element("h3", {}, "No runs yet"), element("p", {}, "Every run is kept here, with what became of each order.")));
      return;
    }
    const heads = ["Run", "What", "Outcome", "Orders", "By", "When"].map((name) => element("th", { scope: "col", class: name === "Orders" ? "number" : null }, name));
    const rows = this.#runs.map((run) =>
      element(
        "tr",
        {},
        element("td", {}, element("a", { href: `${location.pathname}${run.number}/` }, number(run.number))),
        element("td", { class: "what" }, run.label),
        element("td", {}, outcomePill(run)),
        element("td", { class: "number" }, figures(run)),
        element("td", {}, run.is_own ? "You" : run.actor),
        element("td", {}, time(run.created_at)),
      ),
    );
    const table = element("table", { class: "plain-table" }, element("thead", {}, element("tr", {}, ...heads)), element("tbody", {}, ...rows));
    const more = this.#next && element("div", { class: "more" }, element("button", { class: "btn small", type: "button", onclick: () => this.load({ more: true }) }, "Show older runs"));
    this.box.replaceChildren(table, ...(more ? [more] : []));
  }
}

export const workspace = () => config.destinations.find(({ name }) => name === "bulk")?.url ?? "/console/bulk/";
