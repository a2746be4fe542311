/* Zones as outlines in their own colour, with their names. */

import { isDark } from "core/theme";
import { CanvasLayer } from "map/canvas_layer";
import { unitX, unitY } from "map/mercator";

const ROOM_FOR_A_NAME = 110;

/** Shows the zones of a GeoJSON feature collection; `chosen` (zone ids) are the ones the filter names. */
export class ZoneLayer extends CanvasLayer {
  #zones = [];
  #chosen = new Set();

  setZones(features) {
    this.#zones = features.map(({ id, properties, geometry }) => {
      const polygons = geometry.type === "MultiPolygon" ? geometry.coordinates : [geometry.coordinates];
      const rings = polygons.flat().map((ring) => Float64Array.from(ring.flatMap(([longitude, latitude]) => [unitX(longitude), unitY(latitude)])));
      const largest = polygons.map(([outer]) => Float64Array.from(outer.flatMap(([longitude, latitude]) => [unitX(longitude), unitY(latitude)]))).sort((one, other) => area(other) - area(one))[0];
      return { id: properties.id ?? id, name: properties.name.toUpperCase(), colour: properties.colour, rings, largest, box: boxOf(rings), seat: northmost(largest) };
    });
    this.repaint();
  }

  setChosen(ids) {
    this.#chosen = new Set(ids.map(Number));
    this.repaint();
  }

  retheme() {
    this.repaint();
  }

  paint(context, view) {
    const { scale, left, top, width, height } = view;
    const dark = isDark();
    const shown = this.#zones.filter(({ box }) => box.west * scale - left < width && box.east * scale - left > 0 && box.north * scale - top < height && box.south * scale - top > 0);
    for (const zone of shown) {
      const chosen = this.#isChosen(zone);
      const quiet = this.#chosen.size > 0 && !chosen;
      context.save();
      context.beginPath();
      for (const ring of zone.rings) trace(context, ring, view);
      context.fillStyle = context.strokeStyle = readable(zone.colour, dark);
      context.globalAlpha = chosen ? 0.13 : quiet ? 0 : 0.045;
      context.fill("evenodd");
      // Only the inner half of the line: neighbours then show both colours side by side instead of a muddle.
      context.clip("evenodd");
      context.globalAlpha = chosen ? 0.9 : quiet ? 0.25 : 0.5;
      context.lineWidth = chosen ? 5 : 3;
      context.stroke();
      context.restore();
    }
    context.font = `650 10px ${getComputedStyle(this.canvas).fontFamily}`;
    context.letterSpacing = "0.6px";
    context.textAlign = "center";
    context.textBaseline = "top";
    context.lineJoin = "round";
    const taken = [];
    for (const zone of [...shown].sort((one, other) => this.#isChosen(other) - this.#isChosen(one))) {
      const x = zone.seat.x * scale - left;
      const y = zone.seat.y * scale - top + 6;
      const reach = context.measureText(zone.name).width / 2 + 4;
      if ((zone.box.east - zone.box.west) * scale < ROOM_FOR_A_NAME && !this.#isChosen(zone)) continue;
      if (taken.some((other) => Math.abs(other.x - x) < other.reach + reach && Math.abs(other.y - y) < 14)) continue;
      taken.push({ x, y, reach });
      context.lineWidth = 3;
      context.strokeStyle = dark ? "rgb(12 15 20 / .85)" : "rgb(255 255 255 / .85)";
      context.strokeText(zone.name, x, y);
      context.fillStyle = readable(zone.colour, dark);
      context.fillText(zone.name, x, y);
    }
  }

  #isChosen(zone) {
    return this.#chosen.has(Number(zone.id));
  }
}

function trace(context, ring, { scale, left, top }) {
  let lastX = NaN;
  let lastY = NaN;
  for (let index = 0; index < ring.length; index += 2) {
    const x = ring[index] * scale - left;
    const y = ring[index + 1] * scale - top;
    if (index === 0) context.moveTo(x, y);
    else if (Math.abs(x - lastX) + Math.abs(y - lastY) < 1 && index < ring.length - 2) continue;
    else context.lineTo(x, y);
    lastX = x;
    lastY = y;
  }
  context.closePath();
}

/** Zone colours are chosen for a light map; on the dark one they are lifted so that outline and name stay legible. */
function readable(colour, dark) {
  return dark ? `color-mix(in srgb, ${colour} 60%, white)` : `color-mix(in srgb, ${colour} 82%, black)`;
}

function boxOf(rings) {
  const box = { west: Infinity, north: Infinity, east: -Infinity, south: -Infinity };
  for (const ring of rings) {
    for (let index = 0; index < ring.length; index += 2) {
      box.west = Math.min(box.west, ring[index]);
      box.east = Math.max(box.east, ring[index]);
      box.north = Math.min(box.north, ring[index + 1]);
      box.south = Math.max(box.south, ring[index + 1]);
    }
  }
  return box;
}

function area(ring) {
  let sum = 0;
  for (let index = 0; index < ring.length; index += 2) {
    const next = (index + 2) % ring.length;
    sum += ring[index] * ring[next + 1] - ring[next] * ring[index + 1];
  }
  return Math.abs(sum / 2);
}

/** A place for the name: under the northern edge, in the middle of the widest stretch a little way down. */
function northmost(ring) {
  const box = boxOf([ring]);
  let best = { x: (box.west + box.east) / 2, y: box.north, width: 0 };
  for (const part of [0.06, 0.12, 0.2, 0.3]) {
    const y = box.north + (box.south - box.north) * part;
    const crossings = [];
    for (let index = 0; index < ring.length; index += 2) {
      const next = (index + 2) % ring.length;
      const [y1, y2] = [ring[index + 1], ring[next + 1]];
      if (y1 <= y === y2 <= y) continue;
      crossings.push(ring[index] + ((y - y1) / (y2 - y1)) * (ring[next] - ring[index]));
    }
    crossings.sort((one, other) => one - other);
    for (let index = 0; index + 1 < crossings.length; index += 2) {
      const width = crossings[index + 1] - crossings[index];
      if (width > best.width * 1.5) best = { x: (crossings[index] + crossings[index + 1]) / 2, y, width };
    }
  }
  return best;
}
