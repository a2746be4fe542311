/** A waybill that changes hands: taken over at its origin, or handed over at its destination, with what proves it. */
import { element } from "core/dom";
import { actOnGroup, askGroups } from "drive/groups";
import * as fields from "drive/needs/fields";
import * as packages from "drive/needs/packages";
import * as photo from "drive/needs/photo";
import * as signature from "drive/needs/signature";
import { notify, tellError } from "drive/notice";
import { line } from "drive/server";
import { fieldId, openSheet } from "drive/sheet";
import { plural } from "drive/words";
import { refresh } from "drive/work";

/** The orders that a waybill still carries. */
export const carried = (waybill) => waybill.items.filter(({ outcome }) => !outcome).map(({ order }) => order);

/** Asks who gave the packages, and takes them; resolves with whether it was done. */
export function pickUp(waybill) {
  const count = plural(carried(waybill).length, "package");
  return changeHands(waybill, {
    act: "pick-up",
    title: "Pick up",
    action: "Picked up",
    place: waybill.origin.label,
    intro: element("p", { class: "hint" }, `${count}, all of the waybill. When something is missing, call dispatch first.`),
    parts: [
      ...proof({ stage: "pickup", signer: "Signature of who hands it over" }),
      fields.text({ field: "handed_over_by", optional: true, most: 120 }, { id: fieldId(), title: "Who handed it over" }),
    ],
    tell: () => notify(`${waybill.label}: picked up.`, { tone: "good" }),
  });
}

/** Asks what arrived and who took it, and hands over; resolves with whether it was done. */
export function handOver(waybill) {
  const orders = carried(waybill);
  const arrived = packages.make(orders, { id: fieldId() });
  return changeHands(waybill, {
    act: "receive",
    title: waybill.status === "received" ? "Hand over the rest" : "Hand over",
    action: "Hand over",
    place: waybill.destination.label,
    parts: [
      arrived,
      ...proof({ stage: "delivery" }),
      fields.text({ field: "received_by", optional: true, most: 120 }, { id: fieldId(), title: "Who took it over" }),
    ],
    count: arrived.count,
    tell({ codes }) {
      const missing = orders.length - (codes?.length ?? orders.length);
      notify(missing ? `${waybill.label}: ${orders.length - missing} of ${plural(orders.length, "package")} handed over.` : `${waybill.label}: handed over.`, { tone: missing ? "warn" : "good" });
    },
  });
}

const proof = ({ stage, signer }) => [
  photo.make({ kind: "photo", stage, optional: true }, { id: fieldId() }),
  signature.make({ kind: "signature", stage, optional: true }, { id: fieldId(), title: signer }),
];

/** The sheet of both. The server decides at once: this does not wait in the phone. */
function changeHands(waybill, { act, title, action, place, intro, parts: asked, count, tell }) {
  const parts = [...asked, fields.text({ field: "note", optional: true, isLong: true, most: 500 }, { id: fieldId(), title: "Note for dispatch" })];
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
      await actOnGroup("waybills", waybill, act, input, given.flatMap((each) => each.taken ?? []));
    } catch (error) {
      return refused(error);
    }
    tell(input);
    await Promise.all([askGroups(), refresh()]).catch(() => null);
    return true;
  }

  /** What was typed and taken stays for another try; only a sheet that shows what is no longer so is closed. */
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
    title,
    body: [element("p", { class: "sheet-order" }, element("span", { class: "code" }, waybill.label), ` · ${place}`), intro, parts.map((part) => part.node)].flat().filter(Boolean),
    foot: [count, offline, problem].filter(Boolean),
    action,
    run,
    onClose() {
      stopWatching();
      for (const part of parts) part.leave?.();
    },
  });
}
