/** One order as a line of the selection or of what was found. */
import { element } from "core/dom";

export function orderLine(order, { mark, press, disabled = false }) {
  const about = [order.customer, order.dropoff || order.warehouse].filter(Boolean).join(" · ");
  const content = [element("span", { class: "code strong" }, order.code), element("span", { class: "about truncate" }, about), element("span", { class: "mark" }, mark)];
  if (!press) return element("div", { class: "bulk-order" }, ...content);
  return element("button", { class: "bulk-order", type: "button", onclick: press, disabled, dataset: { code: order.code }, title: `Add ${order.code}` }, ...content);
}
