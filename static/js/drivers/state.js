/* What a driver's state is called: on duty is not the same as available, and old news is said to be old. */

import { number, plural } from "core/format";
import { assignmentPill, statusPill } from "core/words";

export const LOW_BATTERY = 0.15;

const STATES = { fresh: ["Online", "good"], stale: ["Online, no recent position", "warn"], offline: ["Offline", "quiet"] };
const STATUSES = { inactive: ["Inactive", "quiet"], on_leave: ["On leave", "accent"], suspended: ["Suspended", "bad"] };

/** [word, tone] */
export const stateOf = (driver) => STATES[driver.state];

/** [word, tone] of a profile that is not active; null for one that is. */
export const statusOf = (row) => STATUSES[row.status] ?? null;

/** Can be given work and be found: on duty, active, and heard of lately. */
export const isAvailable = (driver) => driver.state === "fresh" && driver.row.status === "active";

export const isLow = (row) => row.position?.battery !== null && row.position?.battery !== undefined && row.position.battery <= LOW_BATTERY;

/** An order in a run: that the driver has not answered yet matters more than that it is assigned. */
export const stopPill = (row) => (row.assignment_status === "pending" ? assignmentPill("pending") : statusPill(row.status));

/** The fleet in one line. */
export function summaryOf(drivers) {
  const online = drivers.filter((driver) => driver.online);
  if (!online.length) return drivers.length ? "Nobody is on duty." : "";
  const silent = online.filter((driver) => driver.state === "stale").length;
  const free = online.filter((driver) => isAvailable(driver) && !driver.row.open_orders).length;
  const open = drivers.reduce((sum, driver) => sum + driver.row.open_orders, 0);
  const parts = [`${number(online.length)} on duty`, `${number(free)} free`, plural(open, "open order")];
  if (silent) parts.splice(1, 0, `${number(silent)} without a recent position`);
  return `${parts.join(" · ")}.`;
}
