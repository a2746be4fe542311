/**
 * What the order form holds, field by field: how the server's values become it, what it sends, and how it reads in a
 * comparison. A place is one field: an address with its point, or a warehouse.
 */
import { config } from "core/config";
import { money } from "core/format";

const text = (value) => (value ?? "").toString();
const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

function placeOf(values, end) {
  const warehouse = values[`${end}_warehouse_id`];
  return {
    kind: warehouse ? "warehouse" : "address",
    address: text(values[`${end}_address`]),
    warehouse_id: warehouse ?? null,
    lat: warehouse ? null : (values[`${end}_latitude`] ?? null),
    lng: warehouse ? null : (values[`${end}_longitude`] ?? null),
  };
}

function placeBody(end, place) {
  const atWarehouse = place.kind === "warehouse";
  return {
    [`${end}_address`]: atWarehouse ? "" : place.address.trim(),
    [`${end}_warehouse_id`]: atWarehouse ? place.warehouse_id : null,
    [`${end}_latitude`]: atWarehouse ? null : place.lat,
    [`${end}_longitude`]: atWarehouse ? null : place.lng,
  };
}

const plain = (name, label) => ({ label, read: (values) => text(values[name]), body: (value) => ({ [name]: value.trim() }), words: (value) => value || "none" });
const choice = (name, label, words) => ({ label, read: (values) => text(values[name]), body: (value) => ({ [name]: value }), words: (value) => words(value) ?? value });
const moment = (name, label) => ({ label, read: (values) => text(values[name]), body: (value) => ({ [name]: value || null }), words: (value) => value.replace("T", " ") || "none" });
const place = (end, label) => ({ label, read: (values) => placeOf(values, end), body: (value) => placeBody(end, value), words: (value, form) => (value.kind === "warehouse" ? (form.warehouseName(value.warehouse_id) ?? "no warehouse") : `${value.address || "no address"}${value.lat === null ? ", not on the map" : ""}`) });

/** name -> { label, read(values), body(value), words(value, form) }; in the order of the form. */
export const FIELDS = {
  customer: { label: "Customer", read: (values) => values.customer ?? null, body: (value) => ({ customer_id: value?.id ?? null }), words: (value) => value?.name ?? "none" },
  service_id: { label: "Service", read: (values) => values.service_id ?? null, body: (value) => ({ service_id: value }), words: (value, form) => form.serviceName(value) ?? "none" },
  pickup: place("pickup", "Pickup"),
  pickup_contact: plain("pickup_contact", "Pickup contact"),
  pickup_phone: plain("pickup_phone", "Pickup phone"),
  pickup_notes: plain("pickup_notes", "Pickup notes"),
  dropoff: place("dropoff", "Dropoff"),
  dropoff_contact: plain("dropoff_contact", "Dropoff contact"),
  dropoff_phone: plain("dropoff_phone", "Dropoff phone"),
  dropoff_notes: plain("dropoff_notes", "Dropoff notes"),
  staging_warehouse_id: { label: "Staging warehouse", read: (values) => text(values.staging_warehouse_id), body: (value) => ({ staging_warehouse_id: Number(value) || null }), words: (value, form) => form.warehouseName(Number(value)) ?? "none" },
  wants_replacement: { label: "Replacement", read: (values) => (values.wants_replacement ? "yes" : ""), body: (value) => ({ wants_replacement: value === "yes" }), words: (value) => value || "no" },
  payment_method: choice("payment_method", "Payment method", (value) => config.words.payment_methods?.[value]),
  payer: choice("payer", "Payer", (value) => ({ sender: "Sender", receiver: "Receiver" })[value]),
  cod_amount: { label: "Amount to collect", read: (values) => (values.payment_method === "cod" ? text(values.cod_amount) : ""), body: (value) => ({ cod_amount: value.trim() || "0" }), words: (value) => (value ? money(value) : "nothing") },
  delivery_fee: { label: "Delivery fee", read: (values) => text(values.delivery_fee), body: (value) => (value.trim() ? { delivery_fee: value.trim() } : {}), words: (value) => (value ? money(value) : "the service's price") },
  unit_size: { label: "Unit size", read: (values) => text(values.unit_size), body: (value) => ({ unit_size: value.trim() === "" ? null : Number(value) }), words: (value) => value || "none" },
  priority: { label: "Priority", read: (values) => text(values.priority), body: (value) => ({ priority: Number(value) }), words: (value) => config.words.priorities?.[value] ?? value },
  items: { label: "Items", read: (values) => (values.items ?? []).map(itemOf), body: (value) => ({ items: value.map(itemBody) }), words: (value) => value.map((item) => `${item.quantity} × ${item.name}`).join(", ") || "none" },
  scheduled_pickup_at: moment("scheduled_pickup_at", "Pickup at"),
  scheduled_delivery_at: moment("scheduled_delivery_at", "Delivery at"),
  instructions: plain("instructions", "Instructions"),
  notes: plain("notes", "Notes"),
  external_reference: plain("external_reference", "External reference"),
};

/** The same item always with its parts in the same order and as texts, so that two lists compare. */
export const itemOf = (item) => Object.fromEntries(["name", "description", "quantity", "weight", "length", "width", "height"].map((part) => [part, text(item[part])]));

function itemBody(item) {
  const measure = (name) => (item[name].trim() === "" ? null : item[name].trim().replace(",", "."));
  return { name: item.name.trim(), description: item.description ?? "", quantity: item.quantity === "" ? null : Number(item.quantity), weight: measure("weight"), length: measure("length"), width: measure("width"), height: measure("height") };
}

export const NAMES = Object.keys(FIELDS);

/** The server's values (console/order/form.py) as the form holds them. */
export const fromServer = (values, customer) => Object.fromEntries(NAMES.map((name) => [name, FIELDS[name].read(name === "customer" ? { customer } : values)]));

/** What is sent for the named fields. */
export const toBody = (state, names = NAMES) => Object.assign({}, ...names.map((name) => FIELDS[name].body(state[name])));

export const changedNames = (one, other) => NAMES.filter((name) => !same(one[name], other[name]));

/** The field of the form that a field of the API belongs to: `dropoff_latitude` -> `dropoff`. */
export function ownerOf(apiName) {
  const end = apiName.match(/^(pickup|dropoff)_(address|warehouse_id|latitude|longitude)$/)?.[1];
  return end ?? (apiName === "customer_id" ? "customer" : apiName.split(".")[0]);
}

/**
 * Three-way merge: `base` is what both started from. Returns the state with their changes and mine in it, and the names
 * that both changed differently (there `state` holds mine).
 */
export function merge(base, mine, theirs) {
  const state = { ...theirs };
  const conflicts = [];
  for (const name of changedNames(base, mine)) {
    if (!same(base[name], theirs[name]) && !same(mine[name], theirs[name])) conflicts.push(name);
    state[name] = mine[name];
  }
  return { state, conflicts, adopted: changedNames(base, theirs).filter((name) => same(state[name], theirs[name])) };
}
