/* An order's ends as marks on the map. */

import { attention } from "core/attention";
import { isUnassigned } from "core/matches";
import { isOpen } from "core/words";
import { unitX, unitY } from "map/mercator";

const known = new WeakMap();

/** The ends of a row that have coordinates, pickup first; worked out once per row, since a change brings a new row. */
export function endsOf(row) {
  let ends = known.get(row);
  if (!ends) {
    ends = ["pickup", "dropoff"].filter((role) => row[role].lat !== null).map((role) => {
      const { kind, lat, lng } = row[role];
      return { code: row.code, role, shape: kind === "warehouse" ? "warehouse" : role, x: unitX(lng), y: unitY(lat), tone: "normal" };
    });
    known.set(row, ends);
  }
  const reason = attention(row);
  const tone = !isOpen(row.status) && !reason ? "past" : reason ? "attention" : isUnassigned(row) ? "waiting" : "normal";
  // The pickup of a package that is on board is history; what is still to come is the dropoff.
  for (const end of ends) end.tone = end.role === "pickup" && row.picked_up_at && !row.holder_dropped ? "past" : tone;
  return ends;
}

/** The strong line of a chosen order, and where its driver is heading. */
export function selectionOf(row, driver) {
  const ends = endsOf(row);
  const from = ends.find((end) => end.role === "pickup") ?? null;
  const to = ends.find((end) => end.role === "dropoff") ?? null;
  return { from, to, driver: isOpen(row.status) ? driver : null, goal: row.picked_up_at ? to : (from ?? to) };
}
