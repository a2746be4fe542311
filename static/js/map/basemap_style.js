/* How wide, from which zoom and in which order each kind of thing is drawn: the cartography in tables. */

/** Road classes from the least to the most important: later ones lie on top. */
export const ROAD_ORDER = ["service", "living", "street", "tertiary", "secondary", "primary"];

/** Thin broken lines without a casing. */
export const PATHS = {
  track: { from: 14, dash: [5, 2.5], width: [[14, 0.7], [15, 1.1], [18, 2.4]] },
  path: { from: 15, dash: [2.5, 2.5], width: [[15, 0.8], [18, 1.8]] },
  steps: { from: 16, dash: [1.5, 1.5], width: [[16, 1.6], [18, 3]] },
};

/** Width of the fill in pixels at a zoom; between two entries it grows exponentially, as the map itself does. */
const ROAD_WIDTH = {
  primary: [[8, 1], [10, 1.5], [12, 2.8], [14, 5.6], [16, 12], [18, 26], [20, 80]],
  secondary: [[9, 0.8], [11, 1.4], [12, 2.2], [14, 4.8], [16, 10.5], [18, 23], [20, 70]],
  tertiary: [[10, 0.7], [12, 1.7], [14, 4.2], [16, 9.5], [18, 21], [20, 64]],
  street: [[12, 0.7], [13, 1.3], [14, 2.7], [15, 4.4], [16, 8], [18, 18], [20, 56]],
  living: [[13, 0.9], [14, 2], [15, 3.6], [16, 7], [18, 16], [20, 50]],
  service: [[14, 1], [15, 2], [16, 4], [18, 10], [20, 32]],
};
const ROAD_FROM = { primary: 7, secondary: 9, tertiary: 10, street: 12, living: 13, service: 14 };

/** Streets are named from this zoom on. */
export const NAME_FROM = {
  primary: 13, secondary: 13, tertiary: 14, street: 15, living: 15, service: 17, track: 16, path: 17, steps: 18,
};
export const NAME_SIZE = { primary: 11.5, secondary: 11.5, tertiary: 11, street: 11, living: 11, service: 10.5 };

export const LABELS = {
  place: {
    0: { from: 8, to: 16, size: [[8, 11.5], [11, 13.5], [14, 17], [16, 20]], weight: 700 },
    1: { from: 9, to: 16, size: [[9, 10.5], [11, 12], [14, 15], [16, 18]], weight: 600 },
    2: { from: 11, to: 17, size: [[11, 10.5], [12, 11], [16, 14]], weight: 600 },
    3: { from: 14, to: 18, size: [[14, 10.5], [17, 12.5]], weight: 500 },
    4: { from: 14, to: 18, size: [[14, 10.5], [17, 12]], weight: 500 },
  },
  peak: { from: 13, to: 18, size: [[13, 10.5], [16, 11.5]], weight: 500 },
  interest: { from: 16, to: 20, size: [[16, 10.5], [18, 11.5]], weight: 500 },
  number: { from: 17, to: 20, size: [[17, 9.5], [19, 11]], weight: 400 },
};

export const BUILDINGS_FROM = 14;
export const ARROWS_FROM = 16;
export const BORDERS_FROM = 12;
export const RAIL_FROM = 10;
/** River, stream, ditch. */
export const WATER_FROM = [8, 13, 15];
export const WATER_WIDTH = [
  [[8, 0.8], [12, 1.5], [14, 2], [18, 4]],
  [[13, 0.6], [15, 1.2], [18, 3.5]],
  [[15, 0.6], [18, 2]],
];

/** The width of a road's fill, or 0 where it is not drawn. */
export function roadWidth(road, zoom) {
  return zoom < (ROAD_FROM[road] ?? 99) ? 0 : at(ROAD_WIDTH[road], zoom);
}

/** The value at a zoom between the table's entries. */
export function at(table, zoom) {
  if (zoom <= table[0][0]) return table[0][1];
  for (let index = 1; index < table.length; index += 1) {
    const [from, low] = table[index - 1];
    const [to, high] = table[index];
    if (zoom <= to) return low * (high / low) ** ((zoom - from) / (to - from));
  }
  return table.at(-1)[1];
}
