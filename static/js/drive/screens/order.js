/** One order: where to go, whom to call, what to look out for, and the one thing to do next. */
import { element, icon } from "core/dom";
import { doStep, sentOrPatience } from "drive/act";
import { actLine, cashNote, cashOf, dueNote, placeActions, statusPill } from "drive/parts";
import { acts, actsOf } from "drive/queue";
import { find, work } from "drive/work";
import { cashWords, isSettled, isTrouble, plural } from "drive/words";
import { line } from "drive/server";
import { profile } from "drive/session";

export const watches = [work, acts, profile];
export const title = ({ code }) => code;
export const back = "#/";

const PLACES = { pickup: "Pickup", dropoff: "Receiver" };

export function render({ code }) {
  const found = find(code);
  if (!found) return gone(code);
  const { job, view } = found;
  const { order } = job;
  const place = view.next?.place ?? view.place;
  return [
    element("p", { class: "order-state" }, statusPill(view.status), dueNote(view.isClosed ? null : (view.next?.window.due_at ?? order.due_at))),
    trouble(code),
    view.waiting_for && element("p", { class: "wait-note", role: "status" }, icon("info"), view.waiting_for),
    place && placeCard(place),
    cashLine(view),
    facts(job),
    place && otherEnd(order, place),
    others(job, view),
    trace(code),
  ];
}

/** The big button at the bottom, or nothing. */
export function foot({ code }) {
  const found = find(code);
  if (!found?.view.next) return null;
  const { job, view } = found;
  return element("button", { type: "button", class: "big-button", "data-key": "next", "data-act": view.next.act, onclick: () => go(job, view.next, view) }, view.next.label);
}

const LEAVING = new Set(["deliver", "stage", "return", "reject", "self-unassign"]);

/** What ends the work on an order leads back to the list, unless the server says no in time: then one stays with it. */
async function go(job, step, view) {
  const here = location.hash;
  const isDone = await doStep(job, step, view);
  // The next place stands on top.
  if (isDone) scrollTo(0, 0);
  if (!isDone || !LEAVING.has(step.act)) return;
  if (line.get().reached !== false && navigator.onLine) await sentOrPatience();
  const last = actsOf(job.order.code).at(-1);
  if (location.hash !== here) return;
  if (isTrouble(last)) scrollTo(0, 0);
  else location.hash = "#/";
}

function placeCard(place) {
  return element(
    "section",
    { class: "card place" },
    element("h2", {}, PLACES[place.end]),
    element("p", { class: "place-label" }, place.label),
    place.contact && element("p", { class: "place-contact" }, icon("customer"), place.contact),
    place.notes && element("p", { class: "place-notes" }, icon("info"), place.notes),
    place.lat === null && element("p", { class: "hint" }, "The exact point is not known: go by the address."),
    placeActions(place),
  );
}

function cashLine(view) {
  const cash = cashOf(view.next) ?? cashOf(view.others.find((step) => step.act === "deliver"));
  return cash && element("p", { class: "card cash-card" }, cashNote(cash));
}

function facts(job) {
  const { order } = job;
  const rows = [
    job.instructions && ["Instructions", job.instructions],
    order.notes && ["Note", order.notes],
    job.items.length > 0 && ["Items", element("ul", {}, job.items.map((item) => element("li", {}, `${item.quantity} × ${item.name}`, item.description && element("span", { class: "muted" }, ` ${item.description}`))))],
    ["Size", plural(order.unit_size, "unit")],
    cashWords(order, profile.get()?.company.currency) && ["Cash", cashWords(order, profile.get()?.company.currency)],
    ["Customer", order.customer.name],
    order.barcode && ["Code", element("span", { class: "code" }, order.barcode)],
  ].filter(Boolean);
  return element("dl", { class: "card facts-list" }, rows.map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, value))));
}

function otherEnd(order, place) {
  const end = place.end === "pickup" ? "dropoff" : "pickup";
  const at = order[end];
  return element(
    "details",
    { class: "card fold", "data-key": "other end" },
    element("summary", {}, `${PLACES[end]}: ${at.label}`),
    at.contact && element("p", { class: "place-contact" }, icon("customer"), at.contact),
    placeActions({ ...at, navigation: at.lat === null ? "" : `geo:${at.lat},${at.lng}?q=${at.lat},${at.lng}`, map: at.lat === null ? "" : `https://www.openstreetmap.org/?mlat=${at.lat}&mlon=${at.lng}` }),
  );
}

function others(job, view) {
  if (!view.others.length) return null;
  return element(
    "section",
    { class: "others", "aria-label": "Other things to do" },
    view.others.map((step) => element("button", { type: "button", class: "other-button", "data-key": `other ${step.act}`, "data-act": step.act, onclick: () => go(job, step, view) }, step.label)),
  );
}

/** The last act that was not done, for as long as nothing was done after it. */
function trouble(code) {
  const last = actsOf(code).filter(isSettled).at(-1);
  if (!last || !isTrouble(last)) return null;
  return element("div", { class: "trouble", role: "alert", "data-tone": last.verdict === "refused" ? "bad" : "warn" }, icon("warning"), element("p", {}, last.message));
}

function trace(code) {
  const mine = actsOf(code).toReversed().slice(0, 8);
  return mine.length > 0 && element("section", { class: "group" }, element("h2", {}, "What you did"), element("ul", { class: "acts" }, mine.map((act) => actLine(act, { withOrder: false }))));
}

function gone(code) {
  const mine = actsOf(code).toReversed();
  return [
    element("section", { class: "card call" }, element("h2", {}, `${code} is not on your list`), element("p", {}, mine.length ? "This is what you did with it:" : "It is finished, was cancelled, or went to somebody else.")),
    element("ul", { class: "acts" }, mine.map((act) => actLine(act, { withOrder: false }))),
    element("a", { class: "big-button quiet", href: "#/", "data-key": "home" }, "Back to your work"),
  ];
}
