/** A line on a canvas that follows the streets as soon as they are known; until then it is for the caller to draw straight. */

import { latitudeOf, longitudeOf, unitX, unitY } from "map/mercator";
import { wayOf } from "map/way";

const PLACE_DIGITS = 6;
/** About a hundred metres: so far a driver goes before the way is asked for again. */
const MOVING_DIGITS = 3;

export class StreetLine {
  #repaint;
  #key = "";
  #line = null;

  /** `moving`: the first point is a driver, for whom the old way is kept until the new one is known. */
  constructor(repaint, { moving = false } = {}) {
    this.#repaint = repaint;
    this.moving = moving;
  }

  /** The way through `points` ({x, y} of the map) as such points, or null while it is not known. */
  follow(points, vehicle = "") {
    const asked = points.map(({ x, y }, index) => rounded(x, y, this.moving && index === 0 ? MOVING_DIGITS : PLACE_DIGITS));
    const ends = this.moving ? asked.slice(1) : asked;
    const key = JSON.stringify([vehicle, asked]);
    if (key === this.#key) return this.#line;
    if (!this.moving || !this.#key.endsWith(`${JSON.stringify(ends).slice(1)}]`)) this.#line = null;
    this.#key = key;
    wayOf(asked, vehicle).then((way) => {
      if (this.#key !== key || !way) return;
      this.#line = way.line.map(([lat, lng]) => ({ x: unitX(lng), y: unitY(lat) }));
      this.#repaint();
    });
    return this.#line;
  }
}

const rounded = (x, y, digits) => ({ lat: Number(latitudeOf(y).toFixed(digits)), lng: Number(longitudeOf(x).toFixed(digits)) });
