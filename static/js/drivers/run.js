/* One driver's run as it is now: the open stops in the driver's own order, and what was finished today. */

import { on } from "core/bus";
import { may } from "core/config";
import { debounce } from "core/dom";
import { dayOf } from "core/format";
import { get } from "core/http";

const PAUSE = 250;
const DONE_SHOWN = 50;

/** `changed()` is called after every reading; `stops` is null until the first, `reading` counts them. */
export class Run {
  id = null;
  stops = null;
  version = null;
  hidden = 0;
  done = null;
  doneTotal = 0;
  error = null;
  reading = 0;
  #driverVersion = 0;
  #asked = 0;
  #stops;
  #readSoon = debounce(() => this.read(), PAUSE);

  constructor({ changed }) {
    this.changed = changed;
    this.#stops = [
      on("live:events", ({ items }) => this.#concerns(items) && this.#readSoon()),
      on("live:etas", ({ items }) => this.#expect(items)),
      on("live:drivers", ({ items }) => {
        const row = items.find(({ id }) => id === this.id);
        if (row && row.version > this.#driverVersion) {
          this.#driverVersion = row.version;
          this.#readSoon();
        }
      }),
      on("live:reload", ({ until }) => this.id !== null && until(this.read())),
    ];
  }

  destroy() {
    this.#stops.forEach((stop) => stop());
    this.#readSoon.cancel();
    this.#asked += 1;
  }

  /** Orders that a dispatcher may put elsewhere in the sequence. */
  get movable() {
    return this.stops?.filter(({ is_fixed: isFixed }) => !isFixed) ?? [];
  }

  show(row) {
    const isOther = row?.id !== this.id;
    if (!isOther) return;
    this.id = row?.id ?? null;
    this.#driverVersion = row?.version ?? 0;
    Object.assign(this, { stops: null, version: null, hidden: 0, done: null, doneTotal: 0, error: null });
    this.#asked += 1;
    this.reading += 1;
    if (this.id !== null) this.read();
  }

  async read() {
    if (this.id === null || !may("orders.view")) return;
    const asked = ++this.#asked;
    try {
      const [run, done] = await Promise.all([
        get(`drivers/${this.id}/sequence/`),
        get("orders/", { driver: this.id, status: "done", closed_after: dayOf(), ordering: "-closed_at", limit: DONE_SHOWN }),
      ]);
      if (asked !== this.#asked) return;
      Object.assign(this, { stops: run.stops, version: run.version, hidden: run.hidden, done: done.results, doneTotal: done.total, error: null });
    } catch (error) {
      if (asked !== this.#asked) return;
      this.error = error;
    }
    this.reading += 1;
    this.changed();
  }

  #expect(items) {
    const news = new Map(items.map(({ id, eta }) => [id, eta]));
    const mine = (this.stops ?? []).filter(({ order }) => news.has(order.id));
    if (!mine.length) return;
    for (const stop of mine) stop.order = { ...stop.order, eta: news.get(stop.order.id) };
    this.reading += 1;
    this.changed();
  }

  /** An order came to the driver, left, or changed on the way. */
  #concerns(items) {
    if (this.id === null) return false;
    const codes = new Set([...(this.stops ?? []), ...(this.done ?? [])].map(({ code }) => code));
    return items.some(({ row, code }) => row?.driver?.id === this.id || codes.has(code));
  }
}
