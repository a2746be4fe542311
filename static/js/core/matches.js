/**
 * Does an order row belong to a filter set? The same answers as orders/filters.py, for rows that arrive live.
 * tests/browser/test_matches.py holds the two together.
 */
import { REASONS, attention } from "core/attention";
import { config } from "core/config";
import { dayOf } from "core/format";

const words = config.words ?? {};
const OPEN = new Set(words.groups?.open ?? []);
const DONE = new Set(words.groups?.done ?? []);
const MOVING = new Set(["picked_up", "in_transit"]);

/** Names an order: then staged orders are found besides their legs, see orders/filters.py. */
const NAMING = ["search", "code", "codes", "barcode", "external_reference", "return_status"];
const partsOf = (filters) => filters.parts || (NAMING.some((name) => filters[name]?.length) ? "all" : "work");
const PARTS = { all: () => true, work: (row) => !row.is_parent, booked: (row) => !row.leg };

const isOpen = (row) => OPEN.has(row.status) || (row.is_parent && row.status === "staged");

export const isUnassigned = (row) => !row.is_parent && !row.is_locked && !row.driver && row.carrier_type === "internal" && (row.status === "pending" || MOVING.has(row.status));

const STATUS_GROUPS = {
  open: isOpen,
  done: (row) => DONE.has(row.status) && !isOpen(row),
  moving: (row) => MOVING.has(row.status),
  unassigned: isUnassigned,
};

const YES = new Set(["true", "1", "yes"]);
const word = (column) => (row, values) => values.includes(String(row[column]));
const id = (...read) => (row, values) => read.some((one) => values.includes(String(one(row) ?? "none")));
const from = (column) => (row, bound) => within(row[column], bound, (at, limit) => at >= limit, (day, limit) => day >= limit);
const until = (column) => (row, bound) => within(row[column], bound, (at, limit) => at < limit, (day, limit) => day <= limit);

/** name -> (row, value, now) -> true, false, or null where only the server knows. */
const TESTS = {
  parts: () => true,
  leg: word("leg"),
  locked: (row, value) => row.is_locked === YES.has(value),
  flow: word("flow"),
  return_status: word("return_status"),
  type: word("type"),
  status: (row, values) => values.some((value) => (STATUS_GROUPS[value] ? STATUS_GROUPS[value](row) : row.status === value)),
  assignment: word("assignment_status"),
  carrier: word("carrier_type"),
  driver: id((row) => row.driver?.id),
  zone: id((row) => row.pickup.zone?.id, (row) => row.dropoff.zone?.id),
  customer: id((row) => row.customer.id),
  service: id((row) => row.service.id),
  payment_method: word("payment_method"),
  payer: word("payer"),
  payment_status: word("payment_status"),
  priority: word("priority"),
  attention: (row, values, now) => values.some((value) => (value === "any" ? attention(row, now) !== null : REASONS[value]?.(row, now) ?? false)),
  day: (row, value, now) => dayOf(row.due_at ?? row.created_at) === namedDay(value, now),
  created_after: from("created_at"),
  created_before: until("created_at"),
  due_after: from("due_at"),
  due_before: until("due_at"),
  cod_min: (row, value) => Number(row.cod_amount) >= Number(value),
  cod_max: (row, value) => Number(row.cod_amount) <= Number(value),
  ordering: () => true,
};

/** True or false; null when the set holds a filter, such as a search, that only the server can answer. */
export function matches(row, filters, now = Date.now()) {
  if (!PARTS[partsOf(filters)]?.(row)) return false;
  let unsure = false;
  for (const [name, value] of Object.entries(filters)) {
    const answer = TESTS[name] ? TESTS[name](row, value, now) : null;
    if (answer === false) return false;
    if (answer === null) unsure = true;
  }
  return unsure ? null : true;
}

/** Whether the set can lose or gain a row by time alone, without any event. */
export const dependsOnTime = (filters) => Boolean(filters.attention?.length || ["today", "yesterday", "tomorrow"].includes(filters.day));

function namedDay(value, now) {
  const shift = { yesterday: -1, today: 0, tomorrow: 1 }[value];
  if (shift === undefined) return value;
  // The calendar day before or after, by its noon, so that a day of 23 or 25 hours does no harm.
  const noon = new Date(`${dayOf(new Date(now))}T12:00:00Z`);
  noon.setUTCDate(noon.getUTCDate() + shift);
  return noon.toISOString().slice(0, 10);
}

function within(value, bound, compareMoments, compareDays) {
  if (!value) return false;
  if (/^\d{4}-\d\d-\d\d$/.test(bound)) return compareDays(dayOf(value), bound);
  // Without an offset the server reads it in the tenant's time zone, which a browser cannot do by itself.
  if (!/(Z|[+-]\d\d:?\d\d)$/i.test(bound)) return null;
  return compareMoments(Date.parse(value), Date.parse(bound));
}
