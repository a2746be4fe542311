/* What stands in the order list when there are no cards, and the line above it when the cards are not the whole truth. */

import { may } from "core/config";
import { element, icon } from "core/dom";
import { filters } from "core/filters";
import { number } from "core/format";

/** `panel` holds the OrderSet `set`, the `note` above the list, the `stateBox` in it and the `skeletons` for loading. */
export function showListState({ set, note, stateBox, skeletons }, { isEmpty }) {
  const again = () => element("button", { class: "btn small", type: "button", onclick: () => set.load() }, "Try again");
  const failed = set.state === "failed";
  const isOld = failed && !isEmpty;
  note.hidden = !isOld && set.total === null;
  if (isOld) note.replaceChildren(`This list may be out of date. ${set.error.message} `, again());
  else if (set.total !== null) note.textContent = `${number(set.rows.size)} of ${set.total.isCapped ? "more than " : ""}${number(set.total.count)} orders are shown, those due first. Filter to see the others.`;
  stateBox.hidden = !isEmpty;
  if (!isEmpty) return;
  if (set.state === "loading") stateBox.replaceChildren(...skeletons);
  else if (failed) stateBox.replaceChildren(message("warning", "The orders could not be loaded", set.error.message, again()));
  else stateBox.replaceChildren(nothing());
}

function nothing() {
  if (filters.query({ without: ["ordering"] })) {
    const clear = element("button", { class: "btn", type: "button", onclick: () => filters.clear() }, "Clear the filters");
    return message("filter", "Nothing here", "No order fits these filters. Take one off to see more.", clear);
  }
  const create = may("orders.create") && element("button", { class: "btn primary", type: "button", "data-command": "order.create" }, icon("plus"), "New order");
  return message("order", "No orders yet", "New orders appear here by themselves as they come in.", create);
}

function message(picture, title, words, button) {
  return element("div", { class: "empty" }, icon(picture), element("h3", {}, title), element("p", {}, words), button);
}
