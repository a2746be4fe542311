/** The way along streets through some points, as the server knows it; asked once for each. */

import { get } from "core/http";

const MOST_KEPT = 80;
const MOST_POINTS = 100;
const kept = new Map();

/**
 * `points` are {lat, lng} in sequence. Answers {line: [[lat, lng], …], legs, minutes, metres, is_estimate, source}, or null
 * where it cannot be known now: a straight line then stands in.
 */
export function wayOf(points, vehicle = "") {
  if (points.length < 2 || points.length > MOST_POINTS) return Promise.resolve(null);
  const query = { points: points.map(({ lat, lng }) => `${lat},${lng}`).join(";"), vehicle };
  const key = `${vehicle} ${query.points}`;
  if (!kept.has(key)) {
    if (kept.size >= MOST_KEPT) kept.delete(kept.keys().next().value);
    kept.set(
      key,
      get("roads/way/", query).catch(() => {
        kept.delete(key);
        return null;
      }),
    );
  }
  return kept.get(key);
}
