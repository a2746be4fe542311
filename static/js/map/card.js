/* What a card says about an order: its pill, its due time, its two ends and the honest line about who has it. */

import { attention } from "core/attention";
import { age, clock, due, expected, time } from "core/format";
import { isUnassigned } from "core/matches";
import { isOpen, statusTone, statusWord } from "core/words";

/** The pill's word and tone: trouble first, else the status. */
export function pillOf(row, reason) {
  const trouble = {
    package_with_driver: ["Package with driver", "bad"],
    holder_dropped: ["Driver taken off", "bad"],
    attempt_failed: ["Attempt failed", "bad"],
    exception: ["Exception", "bad"],
    held: ["On hold", "warn"],
  };
  return trouble[reason] ?? [statusWord(row.status), statusTone(row.status)];
}

/** {text, tone} for the card's right corner, at this moment. */
export function dueOf(row, reason, now = Date.now()) {
  if (!isOpen(row.status)) {
    return { text: row.closed_at ? time(row.closed_at) : "", tone: "" };
  }
  if (!row.due_at) return { text: "no due time", tone: "none" };
  // A draft has promised nothing yet.
  const left = row.status === "draft" ? Infinity : Date.parse(row.due_at) - now;
  if (left < 0) return { text: due(row.due_at, now), tone: "late" };
  if (reason === "at_risk" || left < 30 * 60_000) return { text: due(row.due_at, now), tone: reason === "at_risk" ? "soon" : "" };
  return { text: `due ${time(row.due_at)}`, tone: "" };
}

/** Who has the order, or why nobody does; `driver` is the fleet's driver, if it is known. */
export function thirdLine(row, driver, now = Date.now()) {
  if (row.package_with_driver) return `Cancelled, but ${row.holder.name} still has the package`;
  if (row.holder_dropped) return `${row.holder.name} has the package but was taken off: nobody carries on`;
  if (row.on_hold && isOpen(row.status)) return row.hold_reason ? `On hold: ${row.hold_reason}` : "On hold";
  if (row.status === "cancelled") return row.closing_reason || "Cancelled";
  if (row.status === "returned") return row.closing_reason ? `Returned: ${row.closing_reason}` : "Returned";
  const who = [row.driver?.name, row.vehicle].filter(Boolean);
  if (row.status === "delivered") return [who[0] ? `Delivered by ${who[0]}` : "Delivered", row.proof_missing && "no proof"].filter(Boolean).join(" · ");
  if (row.driver) {
    if (row.assignment_status === "pending") return `Waiting for ${row.driver.name} to accept`;
    return [...who, trust(driver, now) || expected(row)?.words].filter(Boolean).join(" · ");
  }
  if (row.carrier_type !== "internal") return `${{ prime: "Prime", external: "External", hybrid: "Hybrid" }[row.carrier_type]} carrier`;
  if (row.status === "draft") return "Draft, not yet released";
  if (row.status === "staged") return "Waiting at the warehouse";
  if (row.is_locked) return `Locked until ${row.parent}-1 is at the warehouse`;
  if (row.is_parent) return `Two legs over ${row.staging.name}`;
  const starts = row.scheduled_pickup_at && Date.parse(row.scheduled_pickup_at) > now ? ` · pickup from ${clock(row.scheduled_pickup_at)}` : "";
  if (isUnassigned(row)) return `${row.assignment_status === "rejected" ? "Refused by the last driver" : "No driver yet"}${starts}`;
  return `No driver${starts}`;
}

function trust(driver, now) {
  if (!driver) return "";
  if (!driver.online) return "driver is offline";
  if (!driver.seenAt) return "no position yet";
  return driver.state === "stale" ? `position ${age(driver.seenAt, now).replace(" ago", " old")}` : "";
}

export function placeOf(end) {
  return end.label || "No address";
}

/** What a screen reader hears for a card. */
export function sentenceOf(row, reason, driver, now) {
  const { text } = dueOf(row, reason, now);
  const [word] = pillOf(row, reason);
  return [row.code, word, text, `from ${placeOf(row.pickup)}`, `to ${placeOf(row.dropoff)}`, thirdLine(row, driver, now)].filter(Boolean).join(", ");
}

/** A few lines about an order, for a tip. */
export function linesOf(row, reason, driver, now = Date.now()) {
  const [word] = pillOf(row, reason);
  const { text } = dueOf(row, reason, now);
  return [[row.code, word, text].filter(Boolean).join(" · "), `${placeOf(row.pickup)} → ${placeOf(row.dropoff)}`, thirdLine(row, driver, now)];
}

/** Fills a card element made from the template. */
export function fillCard(card, { row, reason, driver, ticked, current }, now = Date.now()) {
  const [word, tone] = pillOf(row, reason);
  const promise = dueOf(row, reason, now);
  const parts = (card.parts ??= findParts(card));
  card.id = `order-${row.code}`;
  card.dataset.code = row.code;
  set(parts.code, row.code);
  set(parts.pill, word);
  parts.pill.dataset.tone = tone;
  set(parts.due, promise.text);
  parts.due.className = `due ${promise.tone}`;
  fillLeg(parts.from, row.pickup, row.picked_up_at !== null);
  fillLeg(parts.to, row.dropoff, row.status === "delivered");
  set(parts.third, thirdLine(row, driver, now));
  parts.third.title = parts.third.textContent;
  card.classList.toggle("risk", reason !== null);
  card.classList.toggle("ticked", ticked);
  card.classList.toggle("current", current);
  card.setAttribute("aria-selected", String(ticked));
  card.setAttribute("aria-label", sentenceOf(row, reason, driver, now));
}

/** Only the words that change by time alone. */
export function refreshCard(card, { row, driver }, now = Date.now()) {
  const reason = attention(row, now);
  const promise = dueOf(row, reason, now);
  const { parts } = card;
  set(parts.due, promise.text);
  if (parts.due.className !== `due ${promise.tone}`) parts.due.className = `due ${promise.tone}`;
  set(parts.third, thirdLine(row, driver, now));
}

function fillLeg(leg, end, past) {
  set(leg.place, placeOf(end));
  leg.place.title = end.lat === null ? `${placeOf(end)} (not on the map: no coordinates)` : placeOf(end);
  leg.root.classList.toggle("warehouse", end.kind === "warehouse");
  leg.root.classList.toggle("past", past);
  leg.root.classList.toggle("nowhere", end.lat === null);
}

function set(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function findParts(card) {
  const leg = (name) => ({ root: card.querySelector(`.leg.${name}`), place: card.querySelector(`.leg.${name} .place`) });
  return {
    code: card.querySelector(".code"),
    pill: card.querySelector(".pill"),
    due: card.querySelector(".due"),
    from: leg("from"),
    to: leg("to"),
    third: card.querySelector(".third"),
  };
}
