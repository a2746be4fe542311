/* Acting on an order from the map: opening it, its menu of legal actions, and commands that speak about it. */

import { emit } from "core/bus";
import { findCommand, runCommand } from "core/commands";
import { focusedOrder } from "core/focus";
import { toastError } from "core/toast";
import { startAction } from "order/actions";
import { orderUrl } from "order/addresses";
import { act } from "order/outcome";

/** `quiet` leaves the focus in the list; `replace` keeps a walk through the list out of the browser's history. */
export function openOrder(code, { quiet = false, replace = false } = {}) {
  if (findCommand("order.open")) emit("order:open", { code, quiet, replace });
  else location.assign(orderUrl(code));
}

/** Runs a command that speaks about the focused order, for this order. */
export function actOn(command, row) {
  if (!row) return;
  focusedOrder.set(row);
  runCommand(command);
}

/** Opens the menu of what may be done with the order now; the drawer's module builds it from the order's own answer. */
export function openMenuFor(code, anchor, row) {
  focusedOrder.set(row);
  emit("order:menu", { code, anchor });
}

/** Assigns at once; where the order has changed meanwhile, its dialog shows what, and asks again. */
export async function giveTo(row, { id }) {
  try {
    await act(row.code, "assign", { driver_id: id, version: row.version });
  } catch (error) {
    if (error.isStale) startAction("assign", row).catch(toastError);
    else toastError(error);
  }
}
