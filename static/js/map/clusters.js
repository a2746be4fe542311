/* What the order ends look like from far away: places that share a spot are one mark, crowded squares are one circle. */

export const CLUSTERS_BELOW_ZOOM = 12.5;
const CELL_PIXELS = 48;
const CROWD = 8;

/** Ends at exactly the same place (a warehouse, a tower block) become one place with a list of ends. */
export function places(ends) {
  const found = new Map();
  for (const end of ends) {
    const key = `${end.x},${end.y},${end.shape}`;
    const place = found.get(key);
    if (place) place.ends.push(end);
    else found.set(key, { x: end.x, y: end.y, shape: end.shape, ends: [end] });
  }
  return [...found.values()];
}

/**
 * Splits places into those drawn one by one and clusters `{x, y, places, count, urgent}`, for one zoom level;
 * `urgent` is how many orders in it need attention.
 *
 * The squares hang on the world, not on the window, so a cluster stays the same while the map is moved.
 */
export function cluster(allPlaces, zoom) {
  if (zoom >= CLUSTERS_BELOW_ZOOM) return { single: allPlaces, clusters: [] };
  const perCell = (256 * 2 ** Math.floor(zoom)) / CELL_PIXELS;
  const cells = new Map();
  for (const place of allPlaces) {
    const key = Math.floor(place.y * perCell) * 67108864 + Math.floor(place.x * perCell);
    const cell = cells.get(key);
    if (cell) cell.push(place);
    else cells.set(key, [place]);
  }
  const single = [];
  const clusters = [];
  for (const members of cells.values()) {
    const crowd = members.filter((place) => place.shape !== "warehouse");
    if (crowd.length < CROWD) {
      single.push(...members);
      continue;
    }
    // A warehouse is a landmark: it stays visible beside the circle.
    single.push(...members.filter((place) => place.shape === "warehouse"));
    const count = crowd.reduce((sum, place) => sum + place.ends.length, 0);
    clusters.push({
      x: crowd.reduce((sum, place) => sum + place.x, 0) / crowd.length,
      y: crowd.reduce((sum, place) => sum + place.y, 0) / crowd.length,
      places: crowd,
      count,
      urgent: new Set(crowd.flatMap((place) => place.ends.filter((end) => end.tone === "attention").map((end) => end.code))).size,
    });
  }
  return { single, clusters };
}
