/* The orders of the address's filter set, as rows: loaded in pages, then kept right by live changes. */

import { debounce } from "core/dom";
import { filters } from "core/filters";
import { get, queryString } from "core/http";
import { dependsOnTime, matches } from "core/matches";
import { config } from "core/config";

const PAGE = 500;
/** A list and a map of more are of no use to a person: the page then says how many there are in all. */
const MOST = 5000;
const DONE_PAGE = 100;
const DONE_WORDS = ["done", ...(config.words?.groups?.done ?? [])];
const ASK_AFTER = 250;
const ASK_AT_MOST = 25;

/**
 * Holds `rows` (code -> row). `changed()` is called after every change, `state` is loading, ready or failed.
 *
 * Open orders and packages that are still with a driver are loaded whole; orders that are done are loaded only when
 * `loadDone` asks, because they are history and there may be a million of them.
 */
export class OrderSet {
  rows = new Map();
  state = "loading";
  error = null;
  /** How many the server has ({count, isCapped}), where that is more than was loaded; null when everything is here. */
  total = null;
  done = { loaded: false, loading: false, next: null };
  #changed;
  #running = null;
  #late = null;
  #unsure = new Set();
  #askSoon = debounce(() => this.#ask(), ASK_AFTER);

  constructor({ changed }) {
    this.#changed = changed;
  }

  /** Fetches the set anew; the old rows stay on screen until the new ones are complete. */
  async load() {
    this.#running?.abort();
    const running = new AbortController();
    this.#running = running;
    this.#late = new Map();
    this.#unsure.clear();
    if (!this.rows.size) this.state = "loading";
    this.#changed();
    const wasDone = this.done.loaded;
    try {
      const found = new Map();
      const total = { count: 0, isCapped: false };
      for (const part of this.#parts()) {
        const { count, isCapped } = await this.#pages(part, found, running.signal);
        total.count += count;
        total.isCapped ||= isCapped;
      }
      this.rows = found;
      this.total = total.count > found.size ? total : null;
      this.done = { loaded: false, loading: false, next: null };
      this.state = "ready";
      this.error = null;
      const late = [...this.#late.values()];
      this.#late = null;
      this.apply(late);
      if (wasDone || !this.holdsOpen) await this.loadDone();
    } catch (error) {
      if (error.name === "AbortError") return;
      this.#late = null;
      this.state = "failed";
      this.error = error;
    }
    this.#changed();
  }

  /** Another set is asked for: what is on screen no longer belongs there. */
  reset() {
    this.rows = new Map();
    this.total = null;
    this.done = { loaded: false, loading: false, next: null };
    return this.load();
  }

  /** The next page of orders that are done, newest first. */
  async loadDone() {
    const status = this.#doneStatus();
    if (!status || this.done.loading || (this.done.loaded && !this.done.next)) return;
    this.done.loading = true;
    const running = this.#running;
    try {
      const query = this.#query({ status, ordering: "-closed_at", limit: DONE_PAGE, cursor: this.done.next });
      const page = await get("orders/", query, { signal: running?.signal });
      for (const row of page.results) this.#keep(row);
      this.done = { loaded: true, loading: false, next: page.next_cursor };
    } catch (error) {
      this.done.loading = false;
      if (error.name === "AbortError") return;
      throw error;
    } finally {
      this.#changed();
    }
  }

  /** Rows from the live stream. Those that only the server can place are asked about, all at once. */
  apply(rows, now = Date.now()) {
    let touched = false;
    for (const row of rows) {
      if (this.#late) this.#late.set(row.code, row);
      const known = this.rows.get(row.code);
      if (known && known.version >= row.version) continue;
      const belongs = matches(row, filters.value(), now);
      if (belongs === false) touched = this.rows.delete(row.code) || touched;
      else if (belongs || known) {
        this.rows.set(row.code, row);
        touched = true;
      }
      if (belongs === null) {
        this.#unsure.add(row.code);
        this.#askSoon();
      }
    }
    if (touched) this.#changed();
    return touched;
  }

  /** Drivers are expected at other times: the rows change without a new version. */
  expect(items) {
    const news = new Map(items.map(({ id, eta }) => [id, eta]));
    let touched = false;
    for (const [code, row] of this.rows) {
      if (!news.has(row.id)) continue;
      const fresh = { ...row, eta: news.get(row.id) };
      if (matches(fresh, filters.value()) === false) this.rows.delete(code);
      else this.rows.set(code, fresh);
      touched = true;
    }
    if (touched) this.#changed();
  }

  forget(codes) {
    let gone = false;
    for (const code of codes) gone = this.rows.delete(code) || gone;
    if (gone) this.#changed();
  }

  /** Time passes: rows of a set that depends on the clock may no longer belong. True when any left. */
  expire(now = Date.now()) {
    if (!dependsOnTime(filters.value())) return false;
    let gone = false;
    for (const [code, row] of this.rows) {
      if (matches(row, filters.value(), now) !== false) continue;
      this.rows.delete(code);
      gone = true;
    }
    return gone;
  }

  /** Whether time alone can bring rows into the set: then it must be fetched again now and then. */
  get isTimed() {
    return dependsOnTime(filters.value());
  }

  #keep(row) {
    const known = this.rows.get(row.code);
    if (!known || known.version < row.version) this.rows.set(row.code, row);
  }

  async #pages(query, found, signal) {
    let page = await get("orders/", query, { signal });
    const total = { count: page.total, isCapped: page.total_is_capped };
    for (;;) {
      for (const row of page.results) found.set(row.code, row);
      if (!page.next_cursor || found.size >= MOST) return total;
      page = await get("orders/", `${query}&cursor=${encodeURIComponent(page.next_cursor)}`, { signal });
    }
  }

  #parts() {
    const chosen = filters.get("status");
    const open = this.#openStatus();
    const parts = [];
    if (open) parts.push(this.#query({ status: open, ordering: "due_at", limit: PAGE }));
    const attention = filters.get("attention");
    const withDriver = !attention.length || attention.includes("package_with_driver") || attention.includes("any");
    const cancelled = !chosen.length || chosen.includes("done") || chosen.includes("cancelled");
    if (withDriver && cancelled) parts.push(this.#query({ status: ["cancelled"], attention: ["package_with_driver"], ordering: "due_at", limit: PAGE }));
    return parts;
  }

  #openStatus() {
    const chosen = filters.get("status");
    const open = chosen.length ? chosen.filter((word) => !DONE_WORDS.includes(word)) : ["open"];
    return open.length ? open : null;
  }

  #doneStatus() {
    const chosen = filters.get("status");
    const done = chosen.length ? chosen.filter((word) => DONE_WORDS.includes(word)) : ["done"];
    return done.length ? done : null;
  }

  /** Whether the filters leave room for orders that are open, and for orders that are done. */
  get holdsOpen() {
    return this.#openStatus() !== null;
  }

  get holdsDone() {
    return this.#doneStatus() !== null;
  }

  #query(over) {
    return queryString({ ...filters.value(), ...over });
  }

  async #ask() {
    const codes = [...this.#unsure];
    this.#unsure.clear();
    if (codes.length > ASK_AT_MOST) {
      this.load();
      return;
    }
    const signal = this.#running?.signal;
    for (const code of codes) {
      try {
        const page = await get("orders/", queryString({ ...filters.value(), code, ordering: "", limit: PAGE }), { signal });
        const row = page.results.find((each) => each.code === code);
        if (row) this.#keep(row);
        else this.rows.delete(code);
      } catch (error) {
        if (error.name === "AbortError") return;
        // Unknown is not the same as gone: the row stays until the next picture of the whole set.
      }
    }
    this.#changed();
  }
}
