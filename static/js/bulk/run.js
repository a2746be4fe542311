/** One run: what it would do, does, or did, order by order; read from the server, so that a refresh shows the same. */
import { emit, on } from "core/bus";
import { confirm } from "core/dialog";
import { element, icon } from "core/dom";
import { get, newKey, post } from "core/http";
import { fullTime, number, plural, time } from "core/format";
import { followWork } from "core/progress";
import { toast, toastError } from "core/toast";
import { api } from "core/config";
import { statusPill } from "core/words";
import { printOrders } from "order/print";
import { workspace } from "bulk/past_runs";
import { keepSelection } from "bulk/selection";
import { isAtWork, isOver, outcomePill, verdictPill, verdictWord } from "bulk/words";

const PAGE = 200;
const ORDER_OF_VERDICTS = ["failed", "possible", "done", "skipped", "waiting"];

export function mount(root) {
  const page = new RunPage(root);
  return () => page.destroy();
}

class RunPage {
  #filter = "";
  #rows = [];
  #next = null;
  #serial = 0;
  #keys = new Map();
  run = null;

  constructor(root) {
    this.number = Number(root.dataset.number);
    this.action = JSON.parse(document.getElementById("bulk-actions").textContent)[0] ?? null;
    this.summary = root.querySelector(".bulk-summary");
    this.chips = root.querySelector(".bulk-verdicts");
    this.rows = root.querySelector(".bulk-run-rows");
    this.meter = element("progress", { class: "progress", max: 1, "aria-label": "Progress of the run" });
    this.said = element("div", { role: "status", "aria-live": "polite", class: "muted" });
    this.stops = [
      followWork({ kind: "bulk", id: this.number, listener: (work) => this.#heard(work), read: async () => this.#asWork(await this.#read()) }),
      on("live:reload", ({ until }) => until(this.load())),
    ];
    this.load();
  }

  destroy() {
    this.stops.forEach((stop) => stop());
  }

  address(part = "") {
    return `bulk-runs/${this.number}/${part}`;
  }

  async load() {
    try {
      await this.#read();
      await this.#readRows();
    } catch (error) {
      this.summary.replaceChildren(element("div", { class: "notice", "data-tone": "bad", role: "alert" }, icon("error"), element("span", {}, error.message)));
    }
  }

  async #read() {
    this.run = await get(this.address());
    this.#drawSummary();
    return this.run;
  }

  #asWork(run) {
    const done = run.state === "validating" ? run.possible + run.failed : run.done + run.failed;
    return { done, total: run.total, label: run.label, url: location.pathname, state: isAtWork(run) ? "running" : isOver(run) ? run.state : "success" };
  }

  #heard(work) {
    if (work.total) this.meter.value = work.done / work.total;
    this.said.textContent = `${number(work.done)} of ${number(work.total ?? 0)} orders`;
    const isRunning = ["waiting", "running"].includes(work.state);
    if (this.run && isAtWork(this.run) !== isRunning) this.load();
  }

  async #readRows({ more = false } = {}) {
    const mine = (this.#serial += 1);
    const page = await get(this.address("rows/"), { limit: PAGE, verdict: this.#filter, cursor: more ? this.#next : "" });
    if (mine !== this.#serial) return;
    this.#rows = more ? [...this.#rows, ...page.results] : page.results;
    this.#next = page.next_cursor;
    this.#drawRows();
  }

  #drawSummary() {
    const { run } = this;
    const links = [run.retry_of && ["Retry of run", run.retry_of], run.undo_of && ["Undo of run", run.undo_of], ...run.undone_by.map((back) => ["Taken back by run", back])].filter(Boolean);
    this.summary.replaceChildren(
      element("div", { class: "bulk-title" }, element("h2", {}, run.label), outcomePill(run)),
      element("div", { class: "bulk-about small" },
        element("span", { title: fullTime(run.created_at) }, `${run.is_own ? "You" : run.actor}, ${time(run.created_at)}`),
        run.params?.reason ? element("span", {}, ` · Reason: ${run.params.reason}`) : null,
        run.params?.note ? element("span", {}, ` · Note: ${run.params.note}`) : null,
        ...links.map(([words, of]) => element("span", {}, " · ", element("a", { href: `${workspace()}${of}/` }, `${words} ${of}`))),
      ),
      ...(isAtWork(run) ? [this.meter, this.said] : [this.#figures()]),
      ...this.#explanation(),
      element("div", { class: "bulk-acts" }, ...this.#acts()),
    );
    this.#drawChips();
  }

  #figures() {
    const { run } = this;
    const skipped = run.total - run.done - run.failed - run.possible;
    const shown = run.state === "validated" ? [["can be done", run.possible], ["cannot", run.failed]] : [["done", run.done], ["failed", run.failed], ...(skipped ? [["not tried", skipped]] : [])];
    return element("div", { class: "bulk-figures" }, ...shown.map(([words, count]) => element("div", {}, element("b", {}, number(count)), element("span", {}, words))));
  }

  #explanation() {
    const { run } = this;
    const notice = (tone, picture, text) => [element("div", { class: "notice", "data-tone": tone }, icon(picture), element("span", {}, text))];
    if (run.state === "validated" && !run.possible) return notice("bad", "error", "None of these orders can be changed this way. The reasons stand beside them.");
    if (run.state === "validated") return notice("accent", "info", "Nothing has been changed yet. Every order is checked again when its turn comes.");
    if (run.state === "partial") return notice("warn", "warning", `${plural(run.failed, "order")} stayed as ${run.failed === 1 ? "it was" : "they were"}; the reasons stand beside ${run.failed === 1 ? "it" : "them"}.`);
    if (run.state === "failed") return notice("bad", "error", "No order was changed.");
    return [];
  }

  #acts() {
    const { run } = this;
    const button = (words, press, { tone = "", picture = "" } = {}) => element("button", { class: `btn ${tone}`, type: "button", onclick: press }, picture ? icon(picture) : null, words);
    const codes = button("Select these orders", () => this.#select(), { picture: "layers" });
    if (isAtWork(run)) return [run.stop_wanted ? button("Stopping…", () => {}) : button("Stop", () => this.#act("cancel/"), { picture: "pause" })];
    if (run.state === "validated") {
      if (!run.is_own) return [];
      const many = plural(run.possible, "order");
      const label = this.action?.label ?? run.label;
      return [
        run.possible ? button(`Execute: ${label.toLowerCase()}, ${many}`, () => this.#execute(), { tone: `primary${this.action?.danger ? " danger" : ""}` }) : null,
        run.failed ? button(`Take out the ${run.failed === 1 ? "failure" : `${number(run.failed)} failures`}`, () => this.#act("remove/", { failed: true })) : null,
        button("Change the selection", () => this.#select(), { picture: "edit" }),
        button("Discard", () => this.#act("cancel/")),
      ].filter(Boolean);
    }
    const skipped = run.total - run.done - run.failed - run.possible;
    const again = run.undo_of ? 0 : run.failed + skipped;
    return [
      again ? button(`Retry ${plural(again, "failure")}`, () => this.#make("retry/", { at_once: false }), { picture: "refresh" }) : null,
      run.done ? button("Undo the run", () => this.#undo(), { picture: "undo" }) : null,
      element("a", { class: "btn", href: api(this.address("file/")), download: "" }, icon("download"), "Result as CSV"),
      run.done ? button("Print", () => this.#print(), { picture: "print" }) : null,
      codes,
    ].filter(Boolean);
  }

  async #execute() {
    const { run } = this;
    const label = this.action?.label ?? run.label;
    const rest = run.failed ? ` ${plural(run.failed, "order")} that cannot be done ${run.failed === 1 ? "stays" : "stay"} as ${run.failed === 1 ? "it is" : "they are"}.` : "";
    const go = await confirm({ title: `${label}: ${plural(run.possible, "order")}?`, text: `${run.label}.${rest}`, action: `Execute ${plural(run.possible, "order")}`, danger: this.action?.danger });
    if (!go) return;
    this.run = { ...run, state: "running" };
    this.meter.value = 0;
    this.#drawSummary();
    await this.#act("execute/", { count: run.possible });
    if (isOver(this.run)) this.#tellEnd();
  }

  #tellEnd() {
    const { run } = this;
    const tone = { success: "good", partial: "warn", failed: "bad" }[run.state] ?? "accent";
    toast({ text: `${run.label}: ${number(run.done)} done${run.failed ? `, ${number(run.failed)} failed` : ""}.`, tone, sticky: false });
  }

  async #undo() {
    const before = this.run.undone_by.length ? "What was taken back before stays so. " : "";
    const go = await confirm({ title: `Undo ${plural(this.run.done, "change")}?`, text: `${before}Each order's change is taken back where nobody has changed the order since. You see per order what became of it.`, action: "Undo the run" });
    if (go) await this.#make("undo/");
  }

  /** An act that makes another run, which is then looked at. */
  async #make(part, body) {
    try {
      const made = await post(this.address(part), body, { key: this.#key(part) });
      location.assign(`${workspace()}${made.number}/`);
    } catch (error) {
      if (error.status !== 0) this.#keys.delete(part);
      toastError(error);
    }
  }

  async #act(part, body) {
    try {
      this.run = await post(this.address(part), body, { key: this.#key(part) });
    } catch (error) {
      toastError(error);
    }
    this.#keys.delete(part);
    await this.load();
  }

  /** The same press sent twice is one act. */
  #key(part) {
    if (!this.#keys.has(part)) this.#keys.set(part, newKey());
    return this.#keys.get(part);
  }

  async #codes(verdict) {
    const codes = [];
    let cursor = "";
    do {
      const page = await get(this.address("rows/"), { limit: 500, verdict, cursor });
      codes.push(...page.results.map(({ code }) => code));
      cursor = page.next_cursor ?? "";
    } while (cursor);
    return [...new Set(codes)];
  }

  async #print() {
    try {
      await printOrders({ codes: await this.#codes("done") });
    } catch (error) {
      toastError(error);
    }
  }

  async #select() {
    try {
      keepSelection(await this.#codes(this.#filter));
      location.assign(`${workspace()}?action=${this.run.action}`);
    } catch (error) {
      toastError(error);
    }
  }

  #drawChips() {
    const { run } = this;
    const waiting = run.total - run.done - run.failed - run.possible;
    const counts = { failed: run.failed, possible: run.possible, done: run.done, [isAtWork(run) ? "waiting" : "skipped"]: waiting };
    const shown = ORDER_OF_VERDICTS.filter((verdict) => counts[verdict] || verdict === this.#filter);
    const chip = (value, words, count) => element("button", { class: "chip", type: "button", "aria-pressed": String(this.#filter === value), onclick: () => this.#show(value) }, words, " ", element("span", { class: "count" }, number(count)));
    this.chips.replaceChildren(chip("", "All", run.total), ...shown.map((verdict) => chip(verdict, verdictWord(verdict), counts[verdict] ?? 0)));
  }

  #show(verdict) {
    this.#filter = verdict;
    this.#drawChips();
    this.#readRows().catch(toastError);
  }

  #drawRows() {
    if (!this.#rows.length) {
      this.rows.replaceChildren(element("div", { class: "empty" }, icon("layers"), element("p", {}, "No order here.")));
      return;
    }
    const heads = ["", "Order", "Outcome", "Why", "Status"].map((name) => element("th", { scope: "col" }, name));
    const lines = this.#rows.map((row) =>
      element(
        "tr",
        {},
        element("td", { class: "number muted" }, number(row.position)),
        element("td", {}, row.error_code === "unknown_code" ? element("span", { class: "code" }, row.code) : element("button", { class: "link code", type: "button", onclick: () => emit("order:open", { code: row.code }) }, row.code)),
        element("td", {}, verdictPill(row.verdict)),
        element("td", { class: "reason" }, row.message, row.error_code ? element("div", { class: "small muted mono" }, row.error_code) : null),
        element("td", {}, row.status ? statusPill(row.status) : ""),
      ),
    );
    const table = element("table", { class: "plain-table" }, element("thead", {}, element("tr", {}, ...heads)), element("tbody", {}, ...lines));
    const more = this.#next && element("div", { class: "more" }, element("button", { class: "btn small", type: "button", onclick: () => this.#readRows({ more: true }).catch(toastError) }, "Show more orders"));
    this.rows.replaceChildren(table, ...(more ? [more] : []));
  }
}
