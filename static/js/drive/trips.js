/** How far a trip is, also by acts that still wait on the phone: stops done, the next place, the expected end. */
import { waitingActs } from "drive/queue";

const OPEN = new Set(["waiting", "bring_back"]);
/** The acts that finish a stop, by its kind; the server says so only once they are sent. */
const ENDS = { pickup: ["pick-up"], dropoff: ["deliver", "stage", "return"] };

/** { done, all, next: stop or null, endsAt: ISO time or null, isEstimate } of a trip as the driver API gives it. */
export function progressOf(trip) {
  const finished = new Set(waitingActs().map(({ order, act }) => `${order} ${act}`));
  const isOpen = ({ state, order, kind }) => OPEN.has(state) && !ENDS[kind].some((act) => finished.has(`${order} ${act}`));
  const counted = trip.stops.filter(({ state }) => state !== "left_out");
  const open = counted.filter(isOpen);
  const current = open.find(({ is_current: isCurrent }) => isCurrent);
  return { done: counted.length - open.length, all: counted.length, next: current ?? open[0] ?? null, ...endOf(trip, open) };
}

/** The last of the times at which dispatch expects the driver; not known while it is missing for a door to come. */
function endOf(trip, open) {
  const rows = new Map(trip.order_rows.map((row) => [row.code, row]));
  const etas = open.filter(({ kind }) => kind === "dropoff").map(({ order }) => rows.get(order)?.eta);
  if (!etas.length || etas.some((eta) => !eta?.dropoff_at)) return { endsAt: null, isEstimate: false };
  return { endsAt: etas.map((eta) => eta.dropoff_at).sort().at(-1), isEstimate: etas.some((eta) => eta.is_estimate) };
}
