/** Why an order needs a person now: says the same as `orders.attention`, again and again as time passes. */
import { config } from "core/config";

const RISK = (config.tenant?.late_risk_minutes ?? 15) * 60_000;
const OPEN = new Set(config.words?.groups?.open ?? []);

const isOpen = (row) => OPEN.has(row.status);
/** A draft has promised nothing yet, so it cannot be late. */
const due = (row) => (row.due_at && isOpen(row) && row.status !== "draft" ? Date.parse(row.due_at) : NaN);

/** When the driver is expected at the door. */
const expected = (row) => (row.eta?.dropoff_at ? Date.parse(row.eta.dropoff_at) : NaN);

/** name -> (row, now) -> boolean, the most urgent reason first; a row may have several. */
export const REASONS = {
  package_with_driver: (row) => row.package_with_driver,
  holder_dropped: (row) => row.holder_dropped,
  attempt_failed: (row) => isOpen(row) && row.attempt_failed,
  exception: (row) => isOpen(row) && row.open_exceptions > 0,
  late: (row, now) => due(row) < now,
  held: (row) => isOpen(row) && row.on_hold,
  at_risk: (row, now) => due(row) >= now && (due(row) < now + RISK || due(row) < expected(row)),
};

/** The most urgent reason, or null. */
export function attention(row, now = Date.now()) {
  for (const name in REASONS) if (REASONS[name](row, now)) return name;
  return null;
}
