/** The head of a trip on the work screen: its number, how far it is, where it goes next and when it should end. */
import { element, icon } from "core/dom";
import { headOf, insideOf } from "drive/screens/group_cards";
import { progressOf } from "drive/trips";
import { plural, time } from "drive/words";

export function tripHead(trip) {
  const { done, all, next, endsAt, isEstimate } = progressOf(trip);
  const words = `${done} of ${plural(all, "stop")} done`;
  return element(
    "article",
    { class: "card run", "data-group": trip.label, "aria-label": `Trip ${trip.label}` },
    headOf("Trip", trip, "h2"),
    element("div", { class: "trip-progress" }, element("p", { class: "run-title" }, words), element("progress", { value: done, max: Math.max(all, 1), "aria-label": words })),
    next && element("ul", { class: "ends" }, element("li", {}, icon(next.kind === "pickup" ? "package" : "pin"), element("span", {}, `Next: ${next.label}`))),
    element("p", { class: "facts" }, endsAt && element("span", { class: "eta" }, `Expected end ${isEstimate ? "about " : ""}${time(endsAt)}`), trip.notes && element("span", {}, trip.notes)),
    insideOf(trip, trip.order_rows),
  );
}
