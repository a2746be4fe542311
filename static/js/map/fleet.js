/* The drivers of the tenant as the map knows them: who they are, how loaded, where, and how old that knowledge is. */

import { config } from "core/config";
import { plural } from "core/format";
import { get } from "core/http";
import { Track } from "map/motion";

const STALE_AFTER = (config.tenant?.stale_position_minutes ?? 5) * 60_000;
const PAGE = 500;
// Bits of a position's flags, see docs/sockets.md
const COARSE = 1;
const CLOCK_AHEAD = 2;
const JUMP = 4;
const MOCKED = 8;
const CLOCK_BEHIND = 16;
const seconds = () => performance.now() / 1000;

/** The rows of all drivers this person may see, following the pages of the API. */
export async function readFleet() {
  const rows = [];
  let page = { next_cursor: "" };
  while (page.next_cursor !== null) {
    page = await get("drivers/", { limit: PAGE, cursor: page.next_cursor });
    rows.push(...page.results);
  }
  return rows;
}

export class Driver {
  constructor(row) {
    this.id = row.id;
    this.track = new Track();
    this.flags = 0;
    this.speed = null;
    this.row = null;
    this.changes = 0;
    this.update(row);
  }

  /** Takes a row of the API (`orders/fleet.py`), unless a newer one is known. */
  update(row) {
    const isNews = !this.row || row.version >= this.row.version;
    if (isNews) this.row = row;
    this.changes += 1;
    const { position } = row;
    if (position) {
      const { lat, lng, heading, speed, recorded_at: recordedAt, flags } = position;
      this.place({ latitude: lat, longitude: lng, heading, speed, recordedAt: Date.parse(recordedAt), flags, still: !this.track.placed });
    }
  }

  get name() {
    return this.row.name;
  }

  get online() {
    return this.row.is_online;
  }

  /** Takes a position; false when a newer one is known. */
  place({ latitude, longitude, heading, speed, recordedAt, flags = 0, still = false }) {
    const taken = this.track.fix({ latitude, longitude, heading, speed: speed ?? 0, recordedAt }, seconds(), { still });
    if (taken) this.speed = speed;
    // The same position can come again with a new doubt about it.
    if (taken || recordedAt === this.track.recordedAt) this.flags = flags;
    return taken;
  }

  get seenAt() {
    return this.track.recordedAt || null;
  }

  /** fresh, stale or offline, at this moment. */
  get state() {
    if (!this.online) return "offline";
    return this.track.placed && Date.now() - this.track.recordedAt <= STALE_AFTER ? "fresh" : "stale";
  }

  get load() {
    return this.row.open_orders ? plural(this.row.open_orders, "order") : "";
  }

  /** Share of the vehicle in use, 0 to 1; null without a vehicle. */
  get fill() {
    const capacity = this.row.vehicle?.capacity_units;
    return capacity ? Math.min(1, this.row.load_units / capacity) : null;
  }

  /** What to doubt about the position, as a sentence, or "". */
  get doubt() {
    if (this.flags & MOCKED) return "The device says that an app made this position up.";
    if (this.flags & JUMP) return "The device has reported a place since that nobody can reach in the time. It waits for a second report from there.";
    if (this.flags & CLOCK_BEHIND) return "The clock of this device runs behind, so the position is newer than its age says.";
    if (this.flags & CLOCK_AHEAD) return "The clock of this device runs ahead, so the age of its position is not certain.";
    if (this.flags & COARSE) return "The device places itself to no better than 100 m.";
    return "";
  }
}

export class Fleet {
  #drivers = new Map();
  #shown = [];
  #show = () => true;

  get size() {
    return this.#drivers.size;
  }

  all() {
    return [...this.#drivers.values()];
  }

  get(id) {
    return this.#drivers.get(id) ?? null;
  }

  /** The drivers that have a place and belong to the chosen tab; the driver layer walks this list in every frame. */
  onMap() {
    return this.#shown;
  }

  showOnly(test) {
    this.#show = test;
    this.#refilter();
  }

  /** Replaces the whole fleet, keeping the tracks of drivers that are still in it. */
  load(rows) {
    const kept = new Map();
    for (const row of rows) {
      const driver = this.#drivers.get(row.id);
      driver?.update(row);
      kept.set(row.id, driver ?? new Driver(row));
    }
    this.#drivers = kept;
    this.#refilter();
  }

  /** Drivers whose row changed. */
  update(rows) {
    for (const row of rows) {
      const driver = this.#drivers.get(row.id);
      if (driver) driver.update(row);
      else this.#drivers.set(row.id, new Driver(row));
    }
    this.#refilter();
  }

  /** A frame of positions: [id, latitude, longitude, heading, speed, recorded at in ms, flags] each. */
  positions(rows) {
    let placed = false;
    for (const [id, latitude, longitude, heading, speed, recordedAt, flags] of rows) {
      const driver = this.#drivers.get(id);
      if (!driver) continue;
      placed ||= !driver.track.placed;
      driver.place({ latitude, longitude, heading, speed, recordedAt, flags });
    }
    if (placed) this.#refilter();
  }

  #refilter() {
    this.#shown = this.all().filter((driver) => driver.track.placed && this.#show(driver));
  }
}
