/* The basemap's data: decoded once into flat arrays, with a grid index that answers "what touches this box?". */

const CELL = 1024;

/** Turns the served document into features with a box each; coordinates are map units east and south of `origin`. */
export function decodeBasemap(document) {
  const areas = {};
  for (const [kind, polygons] of Object.entries(document.areas)) {
    areas[kind] = new Features(
      polygons.map((encoded) => {
        const rings = encoded.map(decodeLine);
        return shape({ rings }, rings);
      }),
    );
  }
  const line = (steps, rest = {}) => {
    const points = decodeLine(steps);
    return shape({ points, ...rest }, [points]);
  };
  return {
    attribution: document.attribution,
    zoom: document.zoom,
    origin: document.origin,
    bounds: document.bounds,
    country: document.country.map(decodeLine),
    areas,
    water: new Features(document.lines.water.map(([kind, name, steps]) => line(steps, { kind, name: document.names[name] }))),
    rail: new Features(document.lines.rail.map((steps) => line(steps))),
    border: new Features(document.lines.border.map((steps) => line(steps))),
    roads: new Features(
      document.roads.map(([road, level, oneway, name, steps]) =>
        line(steps, { road: document.roadClasses[road], level, oneway: Boolean(oneway), name: document.names[name] }),
      ),
    ),
    labels: document.labels.map(([kind, rank, name, x, y]) => ({ kind, rank, text: document.names[name], x, y })),
    numbers: document.numbers.map(([text, x, y]) => ({ text, x, y })),
  };
}

/** Features in drawing order, found by box. */
export class Features {
  #cells = new Map();
  #seen;
  #search = 0;

  constructor(items) {
    this.items = items;
    this.#seen = new Uint32Array(items.length);
    items.forEach((item, index) => {
      const [west, north, east, south] = item.box;
      for (let row = Math.floor(north / CELL); row <= Math.floor(south / CELL); row += 1) {
        for (let column = Math.floor(west / CELL); column <= Math.floor(east / CELL); column += 1) {
          const key = row * 4096 + column;
          if (!this.#cells.has(key)) this.#cells.set(key, []);
          this.#cells.get(key).push(index);
        }
      }
    });
  }

  /** The features whose box touches the given one, in their own order. */
  within([west, north, east, south]) {
    this.#search += 1;
    const found = [];
    for (let row = Math.floor(north / CELL); row <= Math.floor(south / CELL); row += 1) {
      for (let column = Math.floor(west / CELL); column <= Math.floor(east / CELL); column += 1) {
        for (const index of this.#cells.get(row * 4096 + column) ?? []) {
          if (this.#seen[index] === this.#search) continue;
          this.#seen[index] = this.#search;
          const box = this.items[index].box;
          if (box[0] <= east && box[2] >= west && box[1] <= south && box[3] >= north) found.push(index);
        }
      }
    }
    return found.sort((one, other) => one - other).map((index) => this.items[index]);
  }
}

/** The first point, then steps from point to point. */
function decodeLine(steps) {
  const points = new Float32Array(steps.length);
  let x = 0;
  let y = 0;
  for (let index = 0; index < steps.length; index += 2) {
    x += steps[index];
    y += steps[index + 1];
    points[index] = x;
    points[index + 1] = y;
  }
  return points;
}

function shape(feature, lines) {
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (const points of lines) {
    for (let index = 0; index < points.length; index += 2) {
      box[0] = Math.min(box[0], points[index]);
      box[1] = Math.min(box[1], points[index + 1]);
      box[2] = Math.max(box[2], points[index]);
      box[3] = Math.max(box[3], points[index + 1]);
    }
  }
  return { ...feature, box };
}
