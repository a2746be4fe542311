/**
 * The selected orders: one list that search, typed codes and scans feed, kept for this browser tab until it is cleared;
 * or instead of it one whole set of the table's filters.
 */
import { store } from "core/bus";
import { get, post } from "core/http";

const KEPT = "bulk-selection";
const AT_ONCE = 500;

/** Codes for the workspace, from another page: it is opened after. */
export function keepSelection(codes) {
  sessionStorage.setItem(KEPT, JSON.stringify({ codes }));
}

export class Selection {
  /** code -> { code, status, customer, driver, dropoff, warehouse, held_by } */
  orders = new Map();
  /** null, or { query, total, capped }: every order that these filters leave */
  set = null;
  changed = store(0);

  async restore() {
    const codes = readKept();
    if (codes.length) await this.add(codes, { quietly: true });
  }

  /**
   * Looks the texts up and adds what are orders.
   * @returns {{added: object[], twice: object[], others: object[]}} `others` say in `message` what they are instead
   */
  async add(texts, { quietly = false } = {}) {
    const said = { added: [], twice: [], others: [] };
    for (let start = 0; start < texts.length; start += AT_ONCE) {
      const { results } = await post("scans/", { texts: texts.slice(start, start + AT_ONCE) });
      for (const found of results) {
        if (found.kind !== "order") said.others.push(found);
        else if (this.orders.has(found.order.code)) said.twice.push(found);
        else {
          this.orders.set(found.order.code, found.order);
          said.added.push(found);
        }
      }
    }
    this.#touch();
    return quietly ? { ...said, twice: [], others: [] } : said;
  }

  addOrder(order) {
    if (this.orders.has(order.code)) return false;
    this.orders.set(order.code, order);
    this.#touch();
    return true;
  }

  remove(code) {
    this.orders.delete(code);
    this.#touch();
  }

  /** What the live stream says of a selected order. */
  update(row) {
    const known = this.orders.get(row.code);
    if (!known || known.status === row.status) return;
    this.orders.set(row.code, { ...known, status: row.status, driver: row.driver?.name ?? null });
    this.#touch();
  }

  async chooseSet(query) {
    const { total, total_is_capped: capped } = await get("orders/", `${query}${query ? "&" : ""}limit=1`);
    this.set = { query, total, capped };
    this.#touch();
  }

  dropSet() {
    this.set = null;
    this.#touch();
  }

  clear() {
    this.orders.clear();
    this.set = null;
    this.#touch();
  }

  get size() {
    return this.set ? this.set.total : this.orders.size;
  }

  /** What a run is made of. */
  content() {
    if (this.set) return { filters: Object.fromEntries(new URLSearchParams(this.set.query)) };
    return { codes: [...this.orders.keys()] };
  }

  #touch() {
    sessionStorage.setItem(KEPT, JSON.stringify({ codes: [...this.orders.keys()] }));
    this.changed.set(this.changed.get() + 1);
  }
}

function readKept() {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT))?.codes ?? [];
  } catch {
    return [];
  }
}
