/** Everything that can be done with the focused order, for the keyboard and the palette. */
import { emit } from "core/bus";
import { registerCommand } from "core/commands";
import { may } from "core/config";
import { focusedOrder } from "core/focus";
import { startAction } from "order/actions";
import { eventsUrl } from "order/addresses";
import { isLegal, watchLegal } from "order/legal";
import { printOrders } from "order/print";
import { undoMyLast } from "order/undo";
import { addToRoute, fitsRoute } from "routes/add";
import { addToTrip, fitsTrip, mayAddToTrip } from "trips/adding";
import { addToWaybill, fitsWaybill, mayAddToWaybill } from "waybills/adding";

/** Where the row alone tells that an action makes no sense, it gives way to its twin on the same key. */
const FITS = {
  assign: (row) => !row.driver,
  switch: (row) => Boolean(row.driver),
  unassign: (row) => Boolean(row.driver),
  hold: (row) => !row.on_hold,
  release: (row) => row.on_hold,
  stage: (row) => row.leg === "inbound",
  "request-return": (row) => row.status === "delivered" && !row.leg && row.flow !== "return" && ["", "cancelled"].includes(row.return_status),
  "approve-return": (row) => ["pending", "rejected"].includes(row.return_status),
  "reject-return": (row) => row.return_status === "pending",
  reopen: (row) => row.status === "cancelled",
  confirm: (row) => row.status === "draft",
  "try-again": (row) => row.attempt_failed,
  "fail-attempt": (row) => row.driver !== null && ["assigned", "picked_up", "in_transit"].includes(row.status),
  "settle-exception": (row) => row.open_exceptions > 0,
  "add-proof": (row) => ["picked_up", "in_transit", "delivered"].includes(row.status),
};

const ACTIONS = [
  { name: "assign", title: "Assign a driver", keys: "a", icon: "driver", right: "orders.assign" },
  { name: "switch", title: "Switch the driver", keys: "a", icon: "swap", right: "orders.assign" },
  { name: "unassign", title: "Unassign the driver", keys: "u", icon: "driver", right: "orders.assign" },
  { name: "status", title: "Change status", keys: "s", icon: "arrow-right", right: "orders.view" },
  { name: "edit", title: "Edit the order", keys: "e", icon: "edit", right: "orders.edit" },
  { name: "hold", title: "Put on hold", keys: "h", icon: "pause", right: "orders.hold" },
  { name: "release", title: "Release from hold", keys: "h", icon: "play", right: "orders.hold" },
  { name: "cancel", title: "Cancel the order", icon: "error", right: "orders.cancel" },
  { name: "try-again", title: "Try again after a failed attempt", icon: "refresh", right: "orders.status" },
  { name: "fail-attempt", title: "Report a failed attempt", icon: "warning", right: "orders.status" },
  { name: "add-proof", title: "Add proof", icon: "upload", right: "orders.status" },
  { name: "raise-exception", title: "Raise an exception", icon: "warning", right: "orders.exceptions" },
  { name: "settle-exception", title: "Settle an exception", icon: "check", right: "orders.exceptions" },
  { name: "note", title: "Add a note to the history", icon: "edit", right: "orders.exceptions" },
  { name: "return", title: "Record a return", icon: "return", right: "orders.return" },
  { name: "stage", title: "Stage at the warehouse", icon: "warehouse", right: "orders.stage" },
  { name: "request-return", title: "Ask for a return", icon: "return", right: "orders.request_return" },
  { name: "approve-return", title: "Approve the return", icon: "check", right: "orders.decide_return" },
  { name: "reject-return", title: "Reject the return", icon: "close", right: "orders.decide_return" },
  { name: "reopen", title: "Reopen the order", icon: "refresh", right: "orders.cancel" },
  { name: "confirm", title: "Confirm the draft", icon: "check", right: "orders.edit" },
];

const focused = () => focusedOrder.get();
const hint = () => focused()?.code ?? "";

export function registerOrderCommands(drawer) {
  const forget = [watchLegal()];
  for (const { name, title, keys, icon, right } of ACTIONS) {
    if (!may(right)) continue;
    forget.push(
      registerCommand({
        id: `order.${name}`,
        title,
        hint,
        keys,
        icon,
        section: "Order",
        when: () => focused() !== null && (FITS[name]?.(focused()) ?? true) && isLegal(focused(), name) !== false,
        run: () => startAction(name, focused()),
      }),
    );
  }
  if (mayAddToWaybill()) {
    forget.push(registerCommand({ id: "order.add-to-waybill", title: "Add the order to a waybill", hint, icon: "waybill", section: "Order", when: () => focused() !== null && fitsWaybill(focused()), run: () => addToWaybill([focused().code]) }));
  }
  if (mayAddToTrip()) {
    forget.push(registerCommand({ id: "order.add-to-trip", title: "Add the order to a trip", hint, icon: "trip", section: "Order", when: () => focused() !== null && fitsTrip(focused()), run: () => addToTrip([focused().code], { driver: focused().driver }) }));
  }
  if (may("groups.manage")) {
    forget.push(registerCommand({ id: "order.add-to-route", title: "Add the order to a route", hint, icon: "route", section: "Order", when: () => focused() !== null && fitsRoute(focused()), run: () => addToRoute([focused().code]) }));
  }
  if (may("orders.create")) {
    forget.push(
      registerCommand({ id: "order.create", title: "New order", keys: "c", icon: "plus", section: "Order", run: () => emit("order:create", {}) }),
      registerCommand({ id: "order.duplicate", title: "Duplicate the order", hint, icon: "copy", section: "Order", when: () => focused() !== null, run: () => emit("order:create", { from: focused().code }) }),
    );
  }
  forget.push(
    registerCommand({ id: "order.open", title: "Open the order", hint, icon: "order", section: "Order", when: () => focused() !== null && focused().code !== drawer.code, run: () => drawer.open(focused().code) }),
    registerCommand({ id: "order.print", title: "Print the order", hint, keys: "p", icon: "print", section: "Order", when: () => focused() !== null, run: () => printOrders({ codes: [focused().code] }) }),
    registerCommand({ id: "order.history", title: "Whole history of the order", hint, icon: "history", section: "Order", when: () => focused() !== null, run: () => location.assign(eventsUrl(focused().code)) }),
    registerCommand({ id: "order.copy-link", title: "Copy the link to the order", hint, icon: "link", section: "Order", when: () => drawer.isOpen, run: () => drawer.copy("link") }),
    registerCommand({ id: "order.undo", title: "Undo my last change", keys: "z", icon: "undo", section: "Order", run: undoMyLast }),
    registerCommand({ id: "order.close", title: "Close the order", hint: () => drawer.code, keys: "Escape", icon: "close", section: "Order", when: () => drawer.isOpen, run: () => drawer.close() }),
  );
  return () => forget.forEach((stop) => stop());
}
