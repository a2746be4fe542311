/** Pieces that several screens show: pills, running times, rows of facts. */
import { element, icon, pill } from "core/dom";
import { tick } from "core/format";
import { VERDICTS, done, money, status, time } from "drive/words";
import { madeAct, orderOf } from "drive/queue";
import { sending } from "drive/sender";

export const statusPill = (value) => pill(...status(value));

/** "in 14 min", "12 min late", running; or nothing. */
export function dueNote(dueAt) {
  if (!dueAt) return null;
  const late = new Date(dueAt).getTime() < Date.now();
  const soon = !late && new Date(dueAt).getTime() - Date.now() < 15 * 60_000;
  const node = tick(dueAt, "due");
  node.removeAttribute("title");
  return element("span", { class: late ? "due late" : soon ? "due soon" : "due" }, icon("clock"), `by ${time(dueAt)} · `, node);
}

/** When dispatch expects the driver at this end. */
export function etaNote(order, place) {
  const at = place && order.eta?.[place.end === "pickup" ? "pickup_at" : "dropoff_at"];
  return at && element("span", { class: "eta" }, `expected ${order.eta.is_estimate ? "about " : ""}${time(at)}`);
}

export const cashNote = (need) => need && element("span", { class: "cash-note" }, icon("cash"), `Collect ${money(need.amount, need.currency)}`);

export const cashOf = (step) => step?.needs.find((need) => need.kind === "cash");

/** The link that opens the phone's own navigation; nothing is asked of anybody before it is tapped. */
export function wayTo(place) {
  if (place.lat === null || place.lng === null) return "";
  const isApple = /iPhone|iPad|Macintosh/.test(navigator.userAgent);
  if (isApple) return `https://maps.apple.com/?daddr=${place.lat},${place.lng}`;
  return /Android/.test(navigator.userAgent) ? place.navigation : place.map || place.navigation;
}

export const dial = (phone) => `tel:${phone.replace(/[^\d+*#]/g, "")}`;

export function placeActions(place) {
  const way = wayTo(place);
  return element(
    "div",
    { class: "place-actions" },
    way && element("a", { class: "place-action", href: way, target: way.startsWith("http") && "_blank", rel: "noopener noreferrer", "data-key": "navigate" }, icon("navigate"), "Navigate"),
    place.phone && element("a", { class: "place-action", href: dial(place.phone), "aria-label": `Call ${place.contact || place.phone}`, "data-key": "call" }, icon("phone"), "Call"),
  );
}

/** One act of this phone and what became of it. */
export function actLine(act, { withOrder = true } = {}, ...more) {
  const isTakenBack = act.act === "skip" && act.verdict === "waiting" && !act.refusal;
  const shown = isTakenBack ? "taken_back" : act.verdict;
  const verdict = VERDICTS[shown];
  const words = shown === "waiting" && act.tried && sending.get().busy ? "Being sent" : verdict.word;
  return element(
    "li",
    { class: "act", "data-tone": verdict.tone, "data-act": madeAct(act), "data-verdict": shown },
    icon(verdict.icon),
    element(
      "div",
      { class: "act-text" },
      element("p", { class: "act-title" }, done(madeAct(act)), withOrder && element("span", { class: "code" }, ` ${orderOf(act)}`)),
      element("p", { class: "act-verdict" }, `${words}${act.undone ? ", undone" : ""} · ${time(act.made_at)}`),
      act.message && element("p", { class: "act-message" }, act.message),
      more,
    ),
  );
}
