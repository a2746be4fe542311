/** The first screen: whether one is on duty, offers that wait, and the orders in the order they are worked off. */
import { element, icon, pill } from "core/dom";
import { tick } from "core/format";
import { doStep } from "drive/act";
import { groups } from "drive/groups";
import { answerNearby, nearby } from "drive/nearby";
import { notify, tellError } from "drive/notice";
import { groupCards } from "drive/screens/group_cards";
import { tripHead } from "drive/screens/trip_head";
import { cashNote, cashOf, dueNote, etaNote } from "drive/parts";
import { profile, session } from "drive/session";
import { acts, waitingActs } from "drive/queue";
import { line } from "drive/server";
import { refresh, secondsLeft, shown, work } from "drive/work";
import { endWord, money, plural } from "drive/words";
import { beginShift, goOnline } from "drive/duty";

export const title = () => "Work";
export const watches = [work, groups, nearby, line, profile, acts, session];

export function render() {
  const list = work.get();
  const { offers, orders } = shown();
  return [
    duty(),
    offers.length > 0 && element("section", { class: "group", "aria-label": "Offers" }, element("h2", {}, plural(offers.length, "offer")), offers.map(offer)),
    nearby.get().length > 0 && element("section", { class: "group", "aria-label": "Offers to several drivers" }, element("h2", {}, "Who is first?"), nearby.get().map(shared)),
    groupCards(),
    list ? lists(orders) : element("section", { class: "group", "aria-label": "Your orders" }, element("h2", {}, "Your orders"), skeleton()),
    links(),
    list && element("p", { class: "as-of" }, "As of ", tick(new Date(list.at))),
  ];
}

/** The orders of each trip under its head, all others in a list of their own; whose order comes first is on top. */
function lists(orders) {
  const trips = groups.get()?.trips ?? [];
  const tripOf = ({ job }) => trips.find(({ label }) => job.order.held_by === `trip:${label}`);
  const parts = new Map();
  for (const each of orders) {
    const trip = tripOf(each);
    parts.set(trip, [...(parts.get(trip) ?? []), each]);
  }
  for (const trip of trips) if (!parts.has(trip)) parts.set(trip, []);
  if (!orders.length) parts.set(undefined, []);
  return [...parts].map(([trip, own]) =>
    trip
      ? element("section", { class: "group", "aria-label": `Orders of trip ${trip.label}` }, tripHead(trip), own.length > 0 && stops(own, orders))
      : element("section", { class: "group", "aria-label": "Your orders" }, element("h2", {}, heading(own, orders)), own.length ? stops(own, orders) : empty()),
  );
}

const heading = (own, all) => (own.length === 0 ? "Your orders" : own.length < all.length ? plural(own.length, "other order") : plural(own.length, "order"));
const stops = (own, all) => element("ol", { class: "stops" }, own.map((each, index) => stop(each, index, each === all[0])));

function duty() {
  const me = profile.get();
  if (!me) return null;
  if (!me.shift) {
    return element(
      "section",
      { class: "card call" },
      element("h2", {}, "You are off duty"),
      element("p", {}, me.status === "active" ? "Start your shift, and dispatch can give you work." : "Your account is not active. Ask your dispatcher."),
      me.status === "active" && element("button", { type: "button", class: "big-button", "data-key": "shift", onclick: beginShift }, "Start shift"),
    );
  }
  if (!me.is_online) {
    return element(
      "section",
      { class: "card call" },
      element("h2", {}, "You are on a break"),
      element("p", {}, "Nobody can give you new work now."),
      element("button", { type: "button", class: "big-button", "data-key": "online", onclick: goOnline }, "Go on"),
    );
  }
  return null;
}

const ends = (order) =>
  element(
    "ul",
    { class: "ends" },
    element("li", {}, icon("package"), element("span", {}, element("span", { class: "visually-hidden" }, "From "), order.pickup.label)),
    element("li", {}, icon("pin"), element("span", {}, element("span", { class: "visually-hidden" }, "To "), order.dropoff.label)),
  );

function offer({ job, view }) {
  const { order } = job;
  const left = secondsLeft(job.offer);
  const reject = view.others.find((step) => step.act === "reject");
  return element(
    "article",
    { class: "card offer", "data-code": order.code, "aria-label": `Offer ${order.code}` },
    element(
      "div",
      { class: "offer-head" },
      pill("New offer", "accent"),
      element("span", { class: "code" }, order.code),
      left !== null && element("span", { class: "countdown", "data-until": job.offer.expires_at }, `${left} s`),
    ),
    ends(order),
    element("p", { class: "facts" }, dueNote(order.due_at), Number(order.cod_amount) > 0 && element("span", {}, `Cash ${money(order.cod_amount, currency())}`), element("span", {}, plural(order.unit_size, "unit"))),
    element(
      "div",
      { class: "offer-acts" },
      reject && element("button", { type: "button", class: "big-button quiet", "data-key": `reject ${order.code}`, onclick: () => doStep(job, reject, view) }, "Reject"),
      view.next && element("button", { type: "button", class: "big-button", "data-key": `accept ${order.code}`, onclick: () => doStep(job, view.next, view) }, view.next.label),
    ),
  );
}

/** Offered to others too: whoever is first gets it, so this is no act that waits for the network. */
function shared(given) {
  const { order } = given;
  return element(
    "article",
    { class: "card offer", "data-code": order.code, "aria-label": `Offer ${order.code}` },
    element(
      "div",
      { class: "offer-head" },
      pill("Also offered to others", "accent"),
      element("span", { class: "code" }, order.code),
      element("span", { class: "countdown", "data-until": given.expires_at }, `${secondsLeft(given)} s`),
    ),
    ends(order),
    element("p", { class: "facts" }, dueNote(order.due_at), element("span", {}, plural(order.unit_size, "unit"))),
    element(
      "div",
      { class: "offer-acts" },
      element("button", { type: "button", class: "big-button quiet", "data-key": `refuse ${given.id}`, onclick: () => answer(given, "reject") }, "Not for me"),
      element("button", { type: "button", class: "big-button", "data-key": `take ${given.id}`, onclick: () => answer(given, "accept") }, "Take it"),
    ),
  );
}

const answer = (given, word) =>
  answerNearby(given, word)
    .then(() => word === "accept" && notify(`Order ${given.order.code} is yours.`, { tone: "good" }))
    .catch(tellError)
    .then(refresh)
    .catch(() => null);

const currency = () => profile.get()?.company.currency ?? "EUR";

function stop({ job, view }, index, isFirst) {
  const { order } = job;
  const place = view.next?.place ?? view.place;
  const waiting = waitingActs().filter((act) => act.order === order.code).length;
  const cash = cashOf(view.next) ?? cashOf(view.others.find((step) => step.act === "deliver" || step.act === "pick-up"));
  return element(
    "li",
    {},
    element(
      "a",
      { class: isFirst ? "stop first" : "stop", href: `#/order/${order.code}`, "data-key": `order ${order.code}` },
      element("span", { class: "stop-number", "aria-hidden": "true" }, String(index + 1)),
      element(
        "span",
        { class: "stop-text" },
        element("span", { class: "stop-act" }, view.isClosed ? "To be sent" : order.package_with_driver ? "Bring back" : place ? endWord(place.end) : "Wait", element("span", { class: "code" }, order.code)),
        element("span", { class: "stop-place" }, place?.label ?? (view.waiting_for || order.dropoff.label)),
        element(
          "span",
          { class: "facts" },
          place?.contact && element("span", {}, place.contact),
          !view.isClosed && dueNote(view.next?.window.due_at ?? null),
          !view.isClosed && etaNote(order, place),
          cashNote(cash),
          order.on_hold && pill("On hold", "warn"),
          waiting > 0 && element("span", { class: "unsent" }, icon("clock"), `${waiting} waiting to be sent`),
        ),
      ),
      icon("chevron-right"),
    ),
  );
}

function empty() {
  const me = profile.get();
  const words = me?.shift && me.is_online ? "Nothing to do right now. New work appears here by itself." : "Nothing to do.";
  return element("p", { class: "empty-note" }, words);
}

const skeleton = () => element("div", { class: "skeletons", role: "status", "aria-label": "Loading your work" }, element("div", { class: "skeleton" }), element("div", { class: "skeleton" }));

const links = () =>
  element(
    "nav",
    { class: "links", "aria-label": "More lists" },
    profile.get()?.company.self_assign && element("a", { class: "link-row", href: "#/free", "data-key": "free" }, "Orders you can take", icon("chevron-right")),
    element("a", { class: "link-row", href: "#/finished", "data-key": "finished" }, "Finished today", icon("chevron-right")),
  );
