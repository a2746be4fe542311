/** Sessions and waybills on the work screen: a card each, with what is in it and its one next button. */
import { element, icon, pill } from "core/dom";
import { actOnGroup, askGroups, groups, nextOf } from "drive/groups";
import { notify, tellError } from "drive/notice";
import { statusPill } from "drive/parts";
import { carried, handOver, pickUp } from "drive/screens/hand_over";
import { line } from "drive/server";
import { ask } from "drive/sheet";
import { refresh } from "drive/work";
import { money, plural } from "drive/words";

const STATUSES = {
  open: ["Open", "accent"],
  started: ["Started", "warn"],
  sealed: ["Sealed", "accent"],
  planned: ["Planned", "accent"],
  in_progress: ["Under way", "move"],
  picked_up: ["Picked up", "move"],
  in_transit: ["On the way", "move"],
  received: ["Handed over", "good"],
};

export function groupCards() {
  const found = groups.get();
  if (!found) return [];
  const cards = [...found.sessions.map(session), ...found.waybills.map(waybill)];
  return cards.length ? [element("section", { class: "group", "aria-label": "Your runs" }, element("h2", {}, plural(cards.length, "run")), cards)] : [];
}

function session(each) {
  const { route, orders, live, units, cash_due: cash } = each;
  const done = orders - live;
  return card("sessions", each, {
    word: "Route",
    title: route.name,
    ends: [route.pickup.label, route.dropoff.label],
    facts: [plural(live, "order"), plural(units, "unit"), done > 0 && `${done} done`, cash && `Collect ${money(cash.amount, cash.currency)}`],
    rows: each.items.map(({ order }) => order),
  });
}

function waybill(each) {
  const left = carried(each).map(({ code }) => code);
  const load = each.status !== "received" ? plural(each.carried, "package") : left.length ? `Missing: ${left.join(", ")}` : "Nothing left to hand over";
  return card("waybills", each, {
    word: "Waybill",
    title: each.notes || "Sealed batch",
    ends: [each.origin.label, each.destination.label],
    facts: [load, each.status !== "received" && plural(each.units, "unit"), each.returned > 0 && `${each.returned} returned`],
    rows: each.items.map(({ order }) => order),
  });
}

function card(kind, group, { word, title, ends, facts, rows }) {
  const { act, why } = nextOf(kind, group);
  return element(
    "article",
    { class: "card run", "data-group": group.label, "aria-label": `${word} ${group.label}` },
    headOf(word, group),
    element("p", { class: "run-title" }, title),
    ends.length > 0 && element("ul", { class: "ends" }, ends.map((label, place) => element("li", {}, icon(place === 0 && ends.length > 1 ? "package" : "pin"), element("span", {}, label)))),
    element("p", { class: "facts" }, facts.filter(Boolean).map((text) => element("span", {}, text))),
    insideOf(group, rows),
    why && element("p", { class: "hint", role: "status" }, why),
    act && element("button", { type: "button", class: "big-button", "data-key": `${act.name} ${group.label}`, onclick: (event) => run(event.currentTarget, kind, group, act) }, act.label),
    act && (line.get().reached === false || !navigator.onLine) && element("p", { class: "hint" }, "Needs a connection, because the whole run moves at once. Single orders go on without."),
  );
}

/** What kind of group it is, its number and its state; the `tag` is h2 where it heads a list. */
export const headOf = (word, group, tag = "span") =>
  element("div", { class: "card-head" }, element(tag, { class: "row" }, element("strong", {}, word), element("span", { class: "code" }, ` ${group.label}`)), pill(...(STATUSES[group.status] ?? [group.status, "quiet"])));

/** Every order of the group with its state, folded away. */
export const insideOf = (group, rows) =>
  rows.length > 0 && element("details", {}, element("summary", { "data-key": `orders ${group.label}` }, plural(rows.length, "order")), element("ul", { class: "run-orders" }, rows.map(inside)));

const inside = (order) =>
  element("li", {}, element("a", { href: `#/order/${order.code}` }, element("span", { class: "code" }, order.code), element("span", { class: "run-place" }, order.dropoff.label)), statusPill(order.status));

/** What ends something for every receiver is asked about first. */
const QUESTIONS = {
  complete: ({ cash_due: cash, live }) => ({
    title: "Complete the run?",
    text: cash
      ? `${plural(live, "order")} will be delivered, and exactly ${money(cash.amount, cash.currency)} counts as collected. Otherwise deliver those orders one by one.`
      : `${plural(live, "order")} will be delivered.`,
    action: "Complete",
  }),
};

/** Where packages change hands, a sheet asks for what proves it. */
const HAND_OVERS = { "pick-up": pickUp, receive: handOver };

async function run(button, kind, group, act) {
  if (button.getAttribute("aria-busy")) return;
  const sheet = kind === "waybills" && HAND_OVERS[act.name];
  if (sheet) return sheet(group);
  const question = QUESTIONS[act.name]?.(group);
  if (question && !(await ask(question))) return;
  button.setAttribute("aria-busy", "true");
  try {
    await actOnGroup(kind, group, act.name, act.name === "complete" && group.cash_due ? { cash_confirmed: true } : {});
    notify(`${group.label}: ${act.label.toLowerCase()}.`, { tone: "good" });
    await Promise.all([askGroups(), refresh()]);
  } catch (error) {
    tellError(error);
    if (error.status) await askGroups();
  } finally {
    button.removeAttribute("aria-busy");
  }
}
