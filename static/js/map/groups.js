/* The order list's groups: what needs a person first, then what waits, rolls, has no place on the map, and is done. */

import { attention } from "core/attention";
import { isUnassigned } from "core/matches";
import { isOpen } from "core/words";

export const GROUPS = [
  { key: "attention", title: "Needs attention" },
  { key: "unassigned", title: "Unassigned" },
  { key: "assigned", title: "Assigned" },
  { key: "moving", title: "Moving" },
  { key: "locked", title: "Wait for the warehouse" },
  { key: "parents", title: "Carried in legs" },
  { key: "off_map", title: "Not on the map" },
  { key: "done", title: "Done" },
];

const MOVING = new Set(["picked_up", "in_transit"]);

export const isOffMap = (row) => row.pickup.lat === null && row.dropoff.lat === null;

export function groupOf(row, now) {
  if (attention(row, now)) return "attention";
  if (row.is_parent && (isOpen(row.status) || row.status === "staged")) return "parents";
  if (!isOpen(row.status)) return "done";
  if (row.is_locked) return "locked";
  if (isOffMap(row)) return "off_map";
  if (MOVING.has(row.status)) return "moving";
  return isUnassigned(row) || (row.status === "draft" && !row.driver) ? "unassigned" : "assigned";
}

/** Rows by group, each group by due time: what is due first stands first; done orders with the last closed first. */
export function grouped(rows, now = Date.now()) {
  const found = new Map(GROUPS.map(({ key }) => [key, []]));
  for (const row of rows) found.get(groupOf(row, now)).push(row);
  for (const [key, members] of found) members.sort(key === "done" ? byClosing : byPromise);
  return found;
}

function byPromise(one, other) {
  if (one.due_at !== other.due_at) {
    if (!one.due_at) return 1;
    if (!other.due_at) return -1;
    return one.due_at < other.due_at ? -1 : 1;
  }
  return one.id - other.id;
}

function byClosing(one, other) {
  const left = one.closed_at ?? one.updated_at;
  const right = other.closed_at ?? other.updated_at;
  return left === right ? other.id - one.id : left < right ? 1 : -1;
}
