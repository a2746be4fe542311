/** What is wrong with the rows: errors and warnings, a page at a time. */
import { api } from "core/config";
import { element, icon } from "core/dom";
import { get } from "core/http";
import { number, plural } from "core/format";
import { toastError } from "core/toast";

const AT_ONCE = 100;

export class Findings {
  #rows = [];
  #next = null;
  #errors = true;

  /** `page` is the import page, `counts` {errors, warnings}: rows with each. */
  constructor(page, counts) {
    Object.assign(this, { page, counts });
    this.#errors = counts.errors > 0 || counts.warnings === 0;
    this.list = element("div", { class: "import-findings" });
    this.tabs = element("div", { class: "chips", role: "group", "aria-label": "Which rows" });
    const files = counts.errors && page.job.has_file ? element("span", { class: "row small" }, "Rows that are held back: ", this.#file("xlsx", "Excel"), this.#file("csv", "CSV")) : null;
    this.node = element("section", { class: "card flush", "aria-label": "Rows to look at" }, element("div", { class: "card-head" }, this.tabs, files), this.list);
  }

  #file(format, word) {
    return element("a", { class: "btn small", href: `${api(this.page.path("error-file/"))}?format=${format}`, download: "" }, icon("download"), word);
  }

  async load({ more = false } = {}) {
    try {
      const page = await get(this.page.path("findings/"), { errors: this.#errors, limit: AT_ONCE, cursor: more ? this.#next : "" });
      this.#rows = more ? [...this.#rows, ...page.results] : page.results;
      this.#next = page.next_cursor;
      this.#draw();
    } catch (error) {
      toastError(error);
    }
  }

  #draw() {
    const { errors, warnings } = this.counts;
    const tab = (word, count, isErrors) => element("button", { class: "chip", type: "button", "aria-pressed": String(this.#errors === isErrors), onclick: () => this.#choose(isErrors) }, `${word} `, element("span", { class: "count" }, number(count)));
    this.tabs.replaceChildren(tab("Held back", errors, true), ...(warnings ? [tab("With a warning", warnings, false)] : []));
    if (!this.#rows.length) {
      this.list.replaceChildren(element("div", { class: "empty" }, icon("success"), element("p", {}, this.#errors ? "Every row is right." : "No warnings.")));
      return;
    }
    const heads = ["Row", "Column", "In the file", this.#errors ? "What is wrong" : "What to know"].map((name) => element("th", { scope: "col", class: name === "Row" ? "number" : null }, name));
    const rows = this.#rows.map((finding) => element("tr", {}, element("td", { class: "number strong" }, number(finding.row)), element("td", { class: "nowrap" }, finding.column || "–"), element("td", { class: "import-cell" }, finding.value ? element("span", { class: "truncate", title: finding.value }, finding.value) : element("span", { class: "muted" }, "–")), element("td", { class: "reason" }, finding.message)));
    const table = element("table", { class: "plain-table" }, element("thead", {}, element("tr", {}, ...heads)), element("tbody", {}, ...rows));
    const more = this.#next && element("div", { class: "more" }, element("button", { class: "btn small", type: "button", onclick: () => this.load({ more: true }) }, `Show more than ${plural(this.#rows.length, "line")}`));
    this.list.replaceChildren(table, ...(more ? [more] : []));
  }

  #choose(isErrors) {
    this.#errors = isErrors;
    this.load();
  }
}
