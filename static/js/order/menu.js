/** The menu of an order in a list: what can be done with it now, asked when it opens. */
import { emit, on } from "core/bus";
import { element, icon } from "core/dom";
import { get } from "core/http";
import { openMenu } from "core/menu";
import { toastError } from "core/toast";
import { startAction } from "order/actions";
import { noteLegal } from "order/legal";
import { addToTrip, fitsTrip, mayAddToTrip } from "trips/adding";
import { addToWaybill, fitsWaybill, mayAddToWaybill } from "waybills/adding";

const PICTURES = { assign: "driver", switch: "swap", unassign: "driver", status: "arrow-right", edit: "edit", hold: "pause", release: "play", cancel: "error", return: "return", reopen: "refresh", confirm: "check" };
/** “Change status” asks for what these need. */
const WITHIN_STATUS = new Set(["pick-up", "depart", "deliver", "correct"]);

/** Answers `order:menu` {code, anchor} of lists and tables. */
export function answerMenus() {
  const menu = element("div", { id: "order-menu", class: "popover", popover: "auto", role: "menu" });
  document.body.append(menu);
  const stop = on("order:menu", ({ code, anchor }) => openOrderMenu(menu, code, anchor).catch(toastError));
  return () => {
    stop();
    menu.remove();
  };
}

async function openOrderMenu(menu, code, anchor) {
  const order = await get(`orders/${encodeURIComponent(code)}/`);
  const allowed = order.actions.filter((each) => each.is_allowed);
  noteLegal({ code, version: order.version, actions: allowed.map((each) => each.name) });
  const item = (label, picture, run, { danger = false, key = "" } = {}) =>
    element("button", { class: `menu-item${danger ? " danger" : ""}`, type: "button", role: "menuitem", onclick: run }, icon(picture), label, key && element("span", { class: "end" }, element("kbd", {}, key)));
  const actions = allowed
    .filter((each) => !WITHIN_STATUS.has(each.name))
    .sort((one, other) => one.is_dangerous - other.is_dangerous)
    .map((each) => item(each.label, PICTURES[each.name] ?? "more", () => startAction(each.name, order).catch(toastError), { danger: each.is_dangerous, key: each.key }));
  if (mayAddToWaybill() && fitsWaybill(order)) actions.push(item("Add to waybill", "waybill", () => addToWaybill([code])));
  if (mayAddToTrip() && fitsTrip(order)) actions.push(item("Add to trip", "trip", () => addToTrip([code], { driver: order.driver })));
  menu.setAttribute("aria-label", `Actions on order ${code}`);
  menu.replaceChildren(
    item("Open", "order", () => emit("order:open", { code }), { key: "Enter" }),
    ...(actions.length ? [element("hr", { class: "menu-line" })] : []),
    ...actions,
  );
  openMenu(menu, anchor, { align: "end" });
}
