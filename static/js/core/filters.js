/**
 * The filter set: one value, kept in the address, shared by Map, Table and whatever lists orders. Nobody else parses
 * or writes the query string. The names are those of the API's filters, so `filters.query()` can be sent as it is.
 */
import { emit } from "core/bus";
import { config } from "core/config";
import { dayName, time } from "core/format";
import { lookUp } from "core/lookups";

const words = config.words ?? {};
// A plain date has no time of day to show; without an offset a time is the tenant's own already.
const moment = (value) => (/T.*(Z|[+-]\d\d:?\d\d)$/.test(value) ? time(value) : /T/.test(value) ? value.replace("T", " ") : dayName(value));
const word = (table) => (value) => table?.[value]?.label ?? table?.[value] ?? value;
const yesNo = (yes, no) => (value) => (["true", "1", "yes"].includes(value) ? yes : no);
const plain = (value) => value;
const quoted = (value) => `“${value}”`;
const STATUS_GROUPS = { open: "Open", done: "Done", moving: "Moving", unassigned: "Needs a driver" };
const ATTENTION = {
  any: "Anything",
  late: "Late",
  at_risk: "Late risk",
  held: "On hold",
  attempt_failed: "Attempt failed, to be decided",
  exception: "Exception open",
  holder_dropped: "Picked up, driver taken off",
  package_with_driver: "Cancelled, package with driver",
};
const record = (resource) => (value) => (value === "none" ? "None" : lookUp(resource, value));

/**
 * name -> how it behaves. `many`: a comma list. `label`: the chip's first word. `show`: value -> word or promise of one.
 * `quiet`: shown by its own control in the top bar, so it gets no chip.
 */
export const FILTERS = {
  parts: { label: "Staged orders", show: (value) => ({ work: "as their legs", booked: "as booked", all: "with their legs" })[value] ?? value },
  leg: { many: true, label: "Leg", show: word(words.legs) },
  locked: { label: "Locked", show: yesNo("waits for the warehouse", "ready") },
  flow: { many: true, label: "Flow", show: word(words.flows) },
  return_status: { many: true, label: "Return request", show: word(words.return_statuses) },
  type: { many: true, label: "Type", show: word(words.types), quiet: true },
  status: { many: true, label: "Status", show: (value) => STATUS_GROUPS[value] ?? word(words.statuses)(value) },
  attention: { many: true, label: "Needs attention", show: (value) => ATTENTION[value] ?? value },
  assignment: { many: true, label: "Assignment", show: word(words.assignments) },
  carrier: { many: true, label: "Carrier", show: word(words.carriers) },
  direction: { many: true, label: "Direction", show: (value) => ({ inbound: "Inbound", outbound: "Outbound" })[value] ?? value },
  driver: { many: true, label: "Driver", show: record("drivers") },
  zone: { many: true, label: "Zone", show: record("zones"), quiet: true },
  warehouse: { many: true, label: "Warehouse", show: record("warehouses") },
  team: { many: true, label: "Team", show: record("teams") },
  customer: { many: true, label: "Customer", show: record("customers") },
  service: { many: true, label: "Service", show: record("services") },
  payment_method: { many: true, label: "Payment", show: word(words.payment_methods) },
  payer: { many: true, label: "Payer", show: (value) => ({ sender: "Sender", receiver: "Receiver" })[value] ?? value },
  payment_status: { many: true, label: "Payment status", show: word(words.payment_statuses) },
  priority: { many: true, label: "Priority", show: word(words.priorities) },
  on_hold: { label: "Hold", show: yesNo("on hold", "not on hold") },
  proof_missing: { label: "Proof", show: yesNo("missing", "complete") },
  located: { label: "Map", show: yesNo("on the map", "not on the map") },
  day: { label: "Day", show: dayName, quiet: true },
  created_after: { label: "Created from", show: moment },
  created_before: { label: "Created before", show: moment },
  updated_after: { label: "Changed from", show: moment },
  updated_before: { label: "Changed before", show: moment },
  due_after: { label: "Due from", show: moment },
  due_before: { label: "Due before", show: moment },
  closed_after: { label: "Closed from", show: moment },
  closed_before: { label: "Closed before", show: moment },
  cod_min: { label: "COD from", show: plain },
  cod_max: { label: "COD up to", show: plain },
  fee_min: { label: "Fee from", show: plain },
  fee_max: { label: "Fee up to", show: plain },
  search: { label: "Search", show: quoted, quiet: true },
  codes: { many: true, label: "Orders", show: plain },
  code: { label: "Code", show: quoted },
  barcode: { label: "Barcode", show: quoted },
  external_reference: { label: "Reference", show: quoted },
  customer_name: { label: "Customer", show: quoted },
  customer_phone: { label: "Phone", show: quoted },
  pickup: { label: "Pickup", show: quoted },
  dropoff: { label: "Dropoff", show: quoted },
  zone_name: { label: "Zone", show: quoted },
  driver_name: { label: "Driver", show: quoted },
  vehicle_name: { label: "Vehicle", show: quoted },
  service_name: { label: "Service", show: quoted },
  notes: { label: "Notes", show: quoted },
  bulk_group: { label: "Bulk group", show: quoted },
  ordering: { label: "Sorted by", show: plain, quiet: true },
};

const NAMES = Object.keys(FILTERS);
const watchers = new Set();

const clean = (values) => [...new Set(values.flatMap((value) => String(value).split(",")).map((value) => value.trim()).filter(Boolean))];

/** "?type=pickup,delivery&type=on_demand&search=x" -> { type: ["pickup", "delivery", "on_demand"], search: "x" } */
export function parse(text) {
  const query = new URLSearchParams(text);
  const value = {};
  for (const name of NAMES) {
    const given = query.getAll(name);
    if (FILTERS[name].many) {
      const list = clean(given);
      if (list.length) value[name] = Object.freeze(list);
    } else if (given.at(-1)?.trim()) value[name] = given.at(-1).trim();
  }
  return Object.freeze(value);
}

/** The same set always gives the same text: names in the order above, lists joined by commas. */
export function serialise(value) {
  return NAMES.filter((name) => value[name]?.length)
    .map((name) => `${name}=${[value[name]].flat().map(encodeURIComponent).join(",")}`)
    .join("&");
}

let current = parse(location.search);

function write(mode) {
  const others = new URLSearchParams(location.search);
  for (const name of NAMES) others.delete(name);
  const query = [serialise(current), others.toString()].filter(Boolean).join("&");
  const url = location.pathname + (query ? `?${query}` : "") + location.hash;
  if (mode === "replace") history.replaceState(history.state, "", url);
  else history.pushState(null, "", url);
}

function announce(source) {
  for (const watcher of [...watchers]) watcher(current, source);
  emit("filters", { value: current, source });
}

function change(next, { history: mode = "push", source = "" } = {}) {
  const before = serialise(current);
  current = parse(serialise(next));
  if (serialise(current) === before) return;
  write(mode);
  announce(source);
}

export const filters = Object.freeze({
  /** The whole set, or one name: a list for the `many` names, else a string ("" where nothing is set). */
  value: () => current,
  get: (name) => current[name] ?? (FILTERS[name].many ? [] : ""),
  /** filters.set({ status: ["pending"], search: "" }, { history: "replace", source: "table" }); empty takes a filter off. */
  set(patch, options) {
    const next = { ...current };
    for (const [name, value] of Object.entries(patch)) {
      if (!(name in FILTERS)) throw new Error(`Unknown filter: ${name}`);
      const values = FILTERS[name].many ? clean([value ?? []].flat()) : String(value ?? "");
      if (values.length) next[name] = values;
      else delete next[name];
    }
    change(next, options);
  },
  toggle(name, value, options) {
    const list = this.get(name);
    this.set({ [name]: list.includes(String(value)) ? list.filter((each) => each !== String(value)) : [...list, String(value)] }, options);
  },
  /** All filters off, or only the named ones. */
  clear(names = NAMES, options) {
    this.set(Object.fromEntries(names.map((name) => [name, ""])), options);
  },
  /** Puts a whole query in place, for example a saved view's. */
  replaceWith: (query, options) => change(parse(query), options),
  /** The query string of the set, without "?"; leave names out with { without: ["type"] }. */
  query: ({ without = [] } = {}) => serialise(Object.fromEntries(Object.entries(current).filter(([name]) => !without.includes(name)))),
  /** The same set on another page. */
  address: (path) => (serialise(current) ? `${path}?${serialise(current)}` : path),
  /** watcher(value, source) after each change; returns a function that stops it. */
  subscribe(watcher) {
    watchers.add(watcher);
    return () => watchers.delete(watcher);
  },
  /** What is set, as chips: [{ name, label, words: Promise<string>, remove() }] */
  active({ all = false } = {}) {
    return NAMES.filter((name) => current[name] && (all || !FILTERS[name].quiet)).map((name) => ({
      name,
      label: FILTERS[name].label,
      words: Promise.all([current[name]].flat().map((value) => FILTERS[name].show(value))).then((list) => list.join(", ")),
      remove: () => filters.clear([name]),
    }));
  },
});

addEventListener("popstate", () => {
  const next = parse(location.search);
  if (serialise(next) === serialise(current)) return;
  current = next;
  announce("history");
});
