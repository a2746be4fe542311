/* The columns of the order table: what each shows, how it is sorted and filtered, and which are there at first. */

import { attention } from "core/attention";
import { config } from "core/config";
import { element } from "core/dom";
import { clock, duration, fullTime, time } from "core/format";
import { assignmentPill, isOpen, statusPill, typeWord } from "core/words";

const words = config.words ?? {};
const WORD = (table, key) => words[table]?.[key]?.label ?? words[table]?.[key] ?? key;
const LATE = new Set(["late", "at_risk"]);

const text = (read) => (row) => read(row) || "";
const muted = (read) => (row) => element("span", { class: "muted" }, read(row) || "");
const mono = (read) => (row) => element("span", { class: "code" }, read(row) || "");
const amount = (read) => (row) => (Number(read(row)) ? read(row) : "");
const moment = (read) => (row) => (read(row) ? element("time", { datetime: read(row), title: fullTime(read(row)) }, time(read(row))) : "");

/** "14:22 +12 min" once it is late, "14:22 3 min left" when it is at risk; drawn again as time passes. */
function dueCell(row, now = Date.now()) {
  if (!row.due_at) return "";
  const reason = attention(row, now);
  const when = element("time", { datetime: row.due_at, title: fullTime(row.due_at) }, time(row.due_at));
  if (!LATE.has(reason)) return when;
  const distance = duration((Date.parse(row.due_at) - now) / 1000);
  return element("span", { class: `due ${reason}` }, when, " ", reason === "late" ? `+${distance}` : `${distance} left`);
}

/** "14:22", with "+12 min" where that is after the promise; "~" where some way is only estimated. */
function etaCell(row) {
  const at = row.eta?.dropoff_at;
  if (!at) return "";
  const title = `${row.eta.pickup_at ? `At the pickup ${fullTime(row.eta.pickup_at)}\n` : ""}At the door ${fullTime(at)}${row.eta.is_estimate ? "\nAn estimate: some way is not known by streets, or the driver was not seen lately" : ""}`;
  const when = element("time", { datetime: at, title }, `${row.eta.is_estimate ? "~" : ""}${time(at)}`);
  const late = row.due_at ? (Date.parse(at) - Date.parse(row.due_at)) / 1000 : 0;
  return late < 60 ? when : element("span", { class: "due at_risk" }, when, ` +${duration(late)}`);
}

function zonesCell(row) {
  const names = [row.pickup.zone?.name, row.dropoff.zone?.name];
  return names.some(Boolean) ? `${names[0] ?? "no zone"} → ${names[1] ?? "no zone"}` : element("span", { class: "muted" }, "No zone");
}

function statusCell(row) {
  const marks = [statusPill(row.status)];
  if (row.is_locked) marks.push(element("span", { class: "pill", "data-tone": "quiet", title: `Starts when ${row.parent}-1 is staged at ${row.pickup.label}` }, "Locked"));
  if (row.return_status === "pending") marks.push(element("span", { class: "pill", "data-tone": "warn", title: "A return was asked for: approve or reject it" }, "Return asked"));
  if (row.on_hold) marks.push(element("span", { class: "pill", "data-tone": "warn", title: row.hold_reason }, "Held"));
  if (row.package_with_driver) marks.push(element("span", { class: "pill", "data-tone": "bad", title: `The package is with ${row.holder?.name}` }, "With driver"));
  if (row.holder_dropped) marks.push(element("span", { class: "pill", "data-tone": "bad", title: `The package is with ${row.holder?.name}` }, "Dropped"));
  if (row.attempt_failed && isOpen(row.status)) marks.push(element("span", { class: "pill", "data-tone": "bad", title: "The driver stood at the door in vain: decide what comes next" }, "Attempt failed"));
  if (row.open_exceptions) marks.push(element("span", { class: "pill", "data-tone": "bad", title: "Something went wrong and nobody has settled it yet" }, row.open_exceptions > 1 ? `${row.open_exceptions} exceptions` : "Exception"));
  return element("span", { class: "marks" }, marks);
}

/** The code, with what the order is to others: a leg of a staged order, the staged order itself, a return. */
function codeCell(row) {
  const mark = KIN_MARKS.find(([is]) => is(row));
  return element("span", { class: "code" }, row.code, mark && " ", mark && element("span", { class: "kin", title: mark[2](row) }, mark[1]));
}

const KIN_MARKS = [
  [(row) => row.leg === "inbound", "1/2", (row) => `First leg of ${row.parent}: to the warehouse`],
  [(row) => row.leg === "outbound", "2/2", (row) => `Second leg of ${row.parent}: from the warehouse`],
  [(row) => row.is_parent, "2 legs", (row) => `Carried in two legs over ${row.staging?.name}`],
  [(row) => row.flow === "return", "return", (row) => `Goes back from ${row.source}`],
  [(row) => row.flow === "forward", "swap", () => "Brings a replacement: something goes back from the receiver"],
];

const driverCell = (row) => row.driver?.name ?? element("span", { class: "muted" }, "–");

const options = (table) => Object.entries(words[table] ?? {}).map(([value, word]) => [value, word.label ?? word]);

/**
 * id -> { title, cell(row) -> Node or text, plain(row) for sorting live rows, sort: the API's ordering word,
 * filter: { name, kind: "text" | "choice" | "range" | "days", options }, width, shown, end: right-aligned }
 * `id` is also the export's column name.
 */
export const COLUMNS = {
  code: { title: "Code", cell: codeCell, plain: (row) => row.code, sort: "code", filter: { name: "code", kind: "text" }, width: 142, shown: true, fixed: true },
  status: { title: "Status", cell: statusCell, plain: (row) => Object.keys(words.statuses ?? {}).indexOf(row.status), sort: "status", filter: { name: "status", kind: "choice", options: options("statuses") }, width: 192, shown: true },
  customer: { title: "Customer", cell: text((row) => row.customer.name), plain: (row) => row.customer.name, sort: "customer_name", filter: { name: "customer_name", kind: "text" }, width: 138, shown: true },
  driver: { title: "Driver", cell: driverCell, plain: (row) => row.driver?.name ?? null, sort: "driver_name", filter: { name: "driver_name", kind: "text" }, width: 120, shown: true },
  due: { title: "Due", cell: dueCell, plain: (row) => row.due_at, sort: "due_at", filter: { name: ["due_after", "due_before"], kind: "days" }, width: 144, shown: true },
  eta: { title: "Expected", cell: etaCell, plain: (row) => row.eta?.dropoff_at ?? null, sort: "eta", width: 146, shown: true },
  pickup: { title: "Pickup", cell: text((row) => row.pickup.label), plain: (row) => row.pickup.label, sort: "pickup", filter: { name: "pickup", kind: "text" }, width: 190, shown: true },
  dropoff: { title: "Dropoff", cell: text((row) => row.dropoff.label), plain: (row) => row.dropoff.label, sort: "dropoff", filter: { name: "dropoff", kind: "text" }, width: 190, shown: true },
  payment_method: { title: "Pay", cell: text((row) => (row.payment_method === "cod" ? "Cash" : WORD("payment_methods", row.payment_method))), plain: (row) => row.payment_method, sort: "payment_method", filter: { name: "payment_method", kind: "choice", options: options("payment_methods") }, width: 74, shown: true },
  cod_amount: { title: `COD (${config.tenant?.currency ?? ""})`, cell: amount((row) => row.cod_amount), plain: (row) => Number(row.cod_amount), sort: "cod_amount", filter: { name: ["cod_min", "cod_max"], kind: "range" }, width: 98, shown: true, end: true },
  created: { title: "Created", cell: (row) => element("time", { class: "muted", datetime: row.created_at, title: fullTime(row.created_at) }, time(row.created_at)), plain: (row) => row.created_at, sort: "created_at", filter: { name: ["created_after", "created_before"], kind: "days" }, width: 112, shown: true },
  zones: { title: "Zones", cell: zonesCell, plain: (row) => row.pickup.zone?.name ?? null, sort: "pickup_zone", filter: { name: "zone_name", kind: "text" }, width: 150, shown: true },
  service: { title: "Service", cell: muted((row) => row.service.name), plain: (row) => row.service.name, sort: "service_name", filter: { name: "service_name", kind: "text" }, width: 112, shown: true },
  type: { title: "Type", cell: text((row) => typeWord(row.type)), plain: (row) => row.type, sort: "type", width: 124 },
  assignment: { title: "Assignment", cell: (row) => assignmentPill(row.assignment_status), plain: (row) => row.assignment_status, sort: "assignment", filter: { name: "assignment", kind: "choice", options: options("assignments") }, width: 132 },
  carrier: { title: "Carrier", cell: muted((row) => WORD("carriers", row.carrier_type)), plain: (row) => row.carrier_type, sort: "carrier", filter: { name: "carrier", kind: "choice", options: options("carriers") }, width: 96 },
  barcode: { title: "Barcode", cell: (row) => element("span", { class: "code muted" }, row.barcode), plain: (row) => row.barcode, sort: "barcode", filter: { name: "barcode", kind: "text" }, width: 122 },
  external_reference: { title: "Reference", cell: text((row) => row.external_reference), plain: (row) => row.external_reference, sort: "external_reference", filter: { name: "external_reference", kind: "text" }, width: 120 },
  customer_phone: { title: "Phone", cell: text((row) => row.customer.phone), filter: { name: "customer_phone", kind: "text" }, width: 128 },
  vehicle: { title: "Vehicle", cell: muted((row) => row.vehicle), plain: (row) => row.vehicle, sort: "vehicle_name", filter: { name: "vehicle_name", kind: "text" }, width: 110 },
  payer: { title: "Payer", cell: text((row) => ({ sender: "Sender", receiver: "Receiver" })[row.payer]), plain: (row) => row.payer, sort: "payer", filter: { name: "payer", kind: "choice", options: [["sender", "Sender"], ["receiver", "Receiver"]] }, width: 94 },
  payment_status: { title: "Payment", cell: text((row) => WORD("payment_statuses", row.payment_status)), plain: (row) => row.payment_status, sort: "payment_status", filter: { name: "payment_status", kind: "choice", options: options("payment_statuses") }, width: 100 },
  delivery_fee: { title: `Fee (${config.tenant?.currency ?? ""})`, cell: amount((row) => row.delivery_fee), plain: (row) => Number(row.delivery_fee), sort: "delivery_fee", filter: { name: ["fee_min", "fee_max"], kind: "range" }, width: 92, end: true },
  priority: { title: "Priority", cell: text((row) => WORD("priorities", row.priority)), plain: (row) => row.priority, sort: "priority", filter: { name: "priority", kind: "choice", options: options("priorities") }, width: 92 },
  unit_size: { title: "Units", cell: text((row) => String(row.unit_size)), plain: (row) => row.unit_size, sort: "unit_size", width: 76, end: true },
  scheduled_pickup: { title: "Pickup at", cell: moment((row) => row.scheduled_pickup_at), plain: (row) => row.scheduled_pickup_at, sort: "scheduled_pickup_at", width: 112 },
  scheduled_delivery: { title: "Delivery at", cell: moment((row) => row.scheduled_delivery_at), plain: (row) => row.scheduled_delivery_at, sort: "scheduled_delivery_at", width: 112 },
  picked_up: { title: "Picked up", cell: moment((row) => row.picked_up_at), plain: (row) => row.picked_up_at, sort: "picked_up_at", width: 106 },
  closed: { title: "Closed", cell: moment((row) => row.closed_at), plain: (row) => row.closed_at, sort: "closed_at", filter: { name: ["closed_after", "closed_before"], kind: "days" }, width: 106 },
  updated: { title: "Changed", cell: (row) => (row.updated_at ? element("time", { class: "muted", datetime: row.updated_at, title: fullTime(row.updated_at) }, clock(row.updated_at)) : ""), plain: (row) => row.updated_at, sort: "updated_at", filter: { name: ["updated_after", "updated_before"], kind: "days" }, width: 96 },
  bulk_group: { title: "Bulk group", cell: text((row) => row.bulk_group), plain: (row) => row.bulk_group, sort: "bulk_group", filter: { name: "bulk_group", kind: "text" }, width: 120 },
  leg: { title: "Leg", cell: text((row) => WORD("legs", row.leg)), plain: (row) => row.leg, filter: { name: "leg", kind: "choice", options: options("legs") }, width: 124 },
  parent: { title: "Part of", cell: mono((row) => row.parent), filter: { name: "parts", kind: "choice", options: [["work", "Legs"], ["booked", "As booked"], ["all", "Both"]] }, width: 96 },
  staging: { title: "Staging", cell: text((row) => row.staging?.name), width: 130 },
  flow: { title: "Flow", cell: text((row) => WORD("flows", row.flow)), plain: (row) => row.flow, filter: { name: "flow", kind: "choice", options: options("flows") }, width: 88 },
  source: { title: "Back from", cell: mono((row) => row.source), width: 96 },
  return_status: { title: "Return", cell: text((row) => WORD("return_statuses", row.return_status)), plain: (row) => row.return_status, filter: { name: "return_status", kind: "choice", options: options("return_statuses") }, width: 108 },
  notes: { title: "Notes", cell: muted((row) => row.notes), filter: { name: "notes", kind: "text" }, width: 200 },
};

export const DEFAULT_ORDERING = "-created_at";
const BY_SORT = new Map(Object.entries(COLUMNS).filter(([, column]) => column.sort).map(([id, column]) => [column.sort, id]));

/** "-due_at" -> { id: "due", descending: true } */
export function sortOf(ordering) {
  const word = ordering || DEFAULT_ORDERING;
  return { id: BY_SORT.get(word.replace(/^-/, "")) ?? null, descending: word.startsWith("-") };
}

/** Compares two rows as the server would: nulls last either way, then the newest first. */
export function comparator(ordering) {
  const { id, descending } = sortOf(ordering);
  const read = COLUMNS[id]?.plain;
  if (!read) return null;
  return (a, b) => {
    const [one, other] = [read(a), read(b)];
    if (one === null || other === null) return (one === null) - (other === null) || b.id - a.id;
    if (one !== other) return (one < other ? -1 : 1) * (descending ? -1 : 1);
    return (b.id - a.id) * (descending ? 1 : -1);
  };
}
