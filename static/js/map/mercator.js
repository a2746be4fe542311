/* Web Mercator as fractions of the world square: computed once per point, then a zoom is one multiplication. */

const EARTH_METRES = 40075016.686;

export function unitX(longitude) {
  return longitude / 360 + 0.5;
}

export function unitY(latitude) {
  const sine = Math.sin((Math.max(-85.0511, Math.min(85.0511, latitude)) * Math.PI) / 180);
  return 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI);
}

export function latitudeOf(y) {
  return (Math.atan(Math.sinh(Math.PI * (1 - 2 * y))) * 180) / Math.PI;
}

export function longitudeOf(x) {
  return (x - 0.5) * 360;
}

/** How many metres one whole world width is, measured along the ground at height `y` of the square. */
export function metresPerUnit(y) {
  return EARTH_METRES / Math.cosh(Math.PI * (1 - 2 * y));
}

/** Metres in a straight line between a point in units of the world square and an order's end. */
export function distanceMetres({ x, y }, { lat, lng }) {
  return Math.hypot(x - unitX(lng), y - unitY(lat)) * metresPerUnit(y);
}
