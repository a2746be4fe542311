/** A waybill at its destination: what arrived, who took it over, and what was missing. */
import { element } from "core/dom";
import { actOnGroup, askGroups } from "drive/groups";
import * as fields from "drive/needs/fields";
import * as packages from "drive/needs/packages";
import { notify, tellError } from "drive/notice";
import { line } from "drive/server";
import { fieldId, openSheet } from "drive/sheet";
import { plural } from "drive/words";
import { refresh } from "drive/work";

/** The orders that a waybill still carries. */
export const carried = (waybill) => waybill.items.filter(({ outcome }) => !outcome).map(({ order }) => order);

/** Asks and hands over; resolves with whether it was done. The server decides at once: this does not wait in the phone. */
export function handOver(waybill) {
  const orders = carried(waybill);
  const arrived = packages.make(orders, { id: fieldId() });
  const parts = [
    arrived,
    // Pictures of the hand-over have their place here, between what arrived and who took it.
    fields.text({ field: "received_by", optional: true, most: 120 }, { id: fieldId(), title: "Who took it over" }),
    fields.text({ field: "note", optional: true, isLong: true, most: 500 }, { id: fieldId(), title: "Note for dispatch" }),
  ];
  const problem = element("p", { class: "field-problem", role: "alert" });
  const offline = element("p", { class: "hint", role: "status" });
  const stopWatching = line.watch(tellLine);

  function tellLine() {
    offline.textContent = line.get().reached === false || !navigator.onLine ? "No connection. A waybill moves as a whole, so it can be handed over only with one." : "";
  }

  async function run() {
    for (const part of [...parts, { tell: (sentence) => (problem.textContent = sentence) }]) part.tell("");
    const wrong = parts.find((part) => part.problem());
    if (wrong) {
      wrong.tell(wrong.problem());
      wrong.focus();
      return false;
    }
    const given = await Promise.all(parts.map((part) => part.value()));
    const input = Object.assign({ version: waybill.version }, ...given.map((each) => each.input));
    try {
      await actOnGroup("waybills", waybill, "receive", input);
    } catch (error) {
      return refused(error);
    }
    const missing = orders.length - (input.codes?.length ?? orders.length);
    notify(missing ? `${waybill.label}: ${orders.length - missing} of ${plural(orders.length, "package")} handed over.` : `${waybill.label}: handed over.`, { tone: missing ? "warn" : "good" });
    await Promise.all([askGroups(), refresh()]).catch(() => null);
    return true;
  }

  /** What was typed stays for another try; only a sheet that shows what is no longer so is closed. */
  function refused(error) {
    const isOld = error.status === 409 || error.status === 412;
    if (!isOld) problem.textContent = error.message;
    else {
      tellError(error);
      askGroups();
    }
    return isOld;
  }

  return openSheet({
    title: waybill.status === "received" ? "Hand over the rest" : "Hand over",
    body: [element("p", { class: "sheet-order" }, element("span", { class: "code" }, waybill.label), ` · ${waybill.destination.label}`), parts.map((part) => part.node)].flat(),
    foot: [arrived.count, offline, problem],
    action: "Hand over",
    run,
    onClose() {
      stopWatching();
      for (const part of parts) part.leave?.();
    },
  });
}
