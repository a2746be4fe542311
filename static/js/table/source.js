/* The rows of the table: pages from the server in its order, kept right by live changes. */

import { debounce } from "core/dom";
import { filters } from "core/filters";
import { get, queryString } from "core/http";
import { dependsOnTime, matches } from "core/matches";
import { comparator, DEFAULT_ORDERING } from "table/columns";

const PAGE = 100;
const ASK_AFTER = 300;
const ASK_AT_MOST = 25;

/**
 * `listener` hears: reset(rows), append(rows), insert(row, index), change(row, before), remove(row), state().
 * `rows` are the loaded rows in the order of the server; `total` counts all, loaded or not.
 */
export class RowSource {
  rows = [];
  state = "loading";
  error = null;
  total = null;
  totalIsCapped = false;
  #listener;
  #next = null;
  #running = null;
  #loadingMore = false;
  #late = null;
  #unsure = new Set();
  #askSoon = debounce(() => this.#ask(), ASK_AFTER);

  constructor(listener) {
    this.#listener = listener;
  }

  get isComplete() {
    return this.#next === null;
  }

  get isTimed() {
    return dependsOnTime(filters.value());
  }

  find(code) {
    return this.rows.find((row) => row.code === code) ?? null;
  }

  /** Fetches as many rows as are shown now, anew; the old ones stay until then unless the set itself changed. */
  async load({ keep = false } = {}) {
    this.#running?.abort();
    const running = new AbortController();
    this.#running = running;
    this.#late = [];
    const wanted = keep ? Math.min(500, Math.max(PAGE, this.rows.length)) : PAGE;
    if (!keep) {
      this.state = "loading";
      this.#listener.state();
    }
    try {
      const page = await get("orders/", queryString({ ...filters.value(), limit: wanted }), { signal: running.signal });
      this.rows = page.results;
      this.#next = page.next_cursor;
      this.total = page.total;
      this.totalIsCapped = page.total_is_capped;
      this.state = "ready";
      this.error = null;
      this.#listener.reset(this.rows);
      const late = this.#late;
      this.#late = null;
      this.apply(late);
    } catch (error) {
      if (error.name === "AbortError") return;
      this.#late = null;
      this.state = "failed";
      this.error = error;
    }
    this.#listener.state();
  }

  /** The next page, when the person scrolls near the end. */
  async more() {
    if (this.#loadingMore || this.#next === null || this.state !== "ready") return;
    this.#loadingMore = true;
    const running = this.#running;
    try {
      const page = await get("orders/", queryString({ ...filters.value(), limit: PAGE, cursor: this.#next }), { signal: running.signal });
      if (running !== this.#running) return;
      const known = new Set(this.rows.map((row) => row.code));
      const fresh = page.results.filter((row) => !known.has(row.code));
      this.rows.push(...fresh);
      this.#next = page.next_cursor;
      this.#listener.append(fresh);
      this.#listener.state();
    } finally {
      this.#loadingMore = false;
    }
  }

  /** Rows of the live stream. */
  apply(rows) {
    for (const row of rows) {
      if (this.#late) this.#late.push(row);
      const known = this.find(row.code);
      if (known && known.version >= row.version) continue;
      const belongs = matches(row, filters.value());
      if (belongs === false) {
        if (known) this.#remove(known);
      } else if (known) this.#change(known, row);
      else if (belongs) this.#insert(row);
      if (belongs === null) {
        this.#unsure.add(row.code);
        this.#askSoon();
      }
    }
  }

  /** Drivers are expected at other times: the rows change without a new version, and may move or leave the set. */
  expect(items) {
    const news = new Map(items.map(({ id, eta }) => [id, eta]));
    for (const known of this.rows.filter(({ id }) => news.has(id))) {
      const row = { ...known, eta: news.get(known.id) };
      if (matches(row, filters.value()) === false) this.#remove(known);
      else this.#change(known, row);
    }
  }

  /** The server's count of the whole set, fresher than the one that came with the rows. */
  recount(total, isCapped) {
    if (this.state !== "ready") return;
    this.total = total;
    this.totalIsCapped = isCapped;
  }

  /** Orders that are no longer this person's to see. */
  forget(codes) {
    for (const code of codes) {
      const row = this.find(code);
      if (row) this.#remove(row);
    }
  }

  /** Rows that only time has taken out of the set. */
  expire() {
    if (!this.isTimed) return;
    for (const row of [...this.rows]) if (matches(row, filters.value()) === false) this.#remove(row);
  }

  #place(row) {
    const compare = comparator(filters.get("ordering") || DEFAULT_ORDERING);
    if (!compare) return null;
    const index = this.rows.findIndex((other) => compare(row, other) < 0);
    if (index >= 0) return index;
    // Behind everything that is loaded: it is there only when nothing follows on the server.
    return this.isComplete ? this.rows.length : null;
  }

  #insert(row) {
    // While rows are missing here, only the server knows whether this one was counted before.
    if (this.total !== null && this.isComplete) this.total += 1;
    const index = this.#place(row);
    if (index === null) return;
    this.rows.splice(index, 0, row);
    this.#listener.insert(row, index);
  }

  #change(before, row) {
    const compare = comparator(filters.get("ordering") || DEFAULT_ORDERING);
    const index = this.rows.indexOf(before);
    const fits =
      !compare ||
      ((index === 0 || compare(this.rows[index - 1], row) <= 0) && (index === this.rows.length - 1 || compare(row, this.rows[index + 1]) <= 0));
    this.rows[index] = row;
    if (fits) {
      this.#listener.change(row, before);
      return;
    }
    this.rows.splice(index, 1);
    this.#listener.remove(before);
    const place = this.#place(row);
    if (place === null) return;
    this.rows.splice(place, 0, row);
    this.#listener.insert(row, place);
  }

  #remove(row) {
    this.rows.splice(this.rows.indexOf(row), 1);
    if (this.total !== null) this.total -= 1;
    this.#listener.remove(row);
  }

  /** Asks the server about rows whose place only it knows. */
  async #ask() {
    const codes = [...this.#unsure];
    this.#unsure.clear();
    if (codes.length > ASK_AT_MOST) {
      this.load({ keep: true });
      return;
    }
    const signal = this.#running?.signal;
    for (const code of codes) {
      try {
        const page = await get("orders/", queryString({ ...filters.value(), code, limit: PAGE }), { signal });
        const row = page.results.find((each) => each.code === code);
        const known = this.find(code);
        if (row && !known) this.#insert(row);
        else if (!row && known) this.#remove(known);
      } catch (error) {
        if (error.name === "AbortError") return;
        // Unknown is not the same as gone: the row stays until the next picture of the whole set.
      }
    }
    this.#listener.state();
  }
}
