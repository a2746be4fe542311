/* Paints one tile of the basemap on a canvas: ground, water, buildings, streets with their casings, borders, labels. */

import {
  ARROWS_FROM, BORDERS_FROM, BUILDINGS_FROM, PATHS, RAIL_FROM, ROAD_ORDER, WATER_FROM, WATER_WIDTH, at, roadWidth,
} from "map/basemap_style";
import { paintLabels } from "map/basemap_labels";

const MARGIN = 40;
const AREA_ORDER = ["town", "grass", "scrub", "rock", "wood", "water"];

/** A window on the data: `zoom`, and the tile's left and top in world pixels at that zoom. */
export function tileView(data, { zoom, left, top, size }) {
  const scale = 2 ** (zoom - data.zoom);
  const x = data.origin[0] * scale - left;
  const y = data.origin[1] * scale - top;
  const box = [(-MARGIN - x) / scale, (-MARGIN - y) / scale, (size + MARGIN - x) / scale, (size + MARGIN - y) / scale];
  return { zoom, size, scale, x, y, box, left, top };
}

export function paintTile(context, data, palette, view, labels) {
  const { zoom, size } = view;
  context.lineJoin = "round";
  context.lineCap = "butt";
  context.fillStyle = palette.outside;
  context.fillRect(0, 0, size, size);
  fillRings(context, [data.country], view, palette.land);
  for (const kind of AREA_ORDER) {
    const shapes = data.areas[kind].within(view.box).map((area) => area.rings);
    fillRings(context, shapes, view, palette.area[kind]);
  }
  paintWaterLines(context, data, palette, view);
  if (zoom >= BUILDINGS_FROM) paintBuildings(context, data, palette, view);
  if (zoom >= BORDERS_FROM) paintBorders(context, data, palette, view);
  paintRoads(context, data, palette, view);
  paintCountryBorder(context, data, palette, view);
  paintLabels(context, labels, palette, view);
}

function paintWaterLines(context, data, palette, view) {
  context.strokeStyle = palette.waterLine;
  const lines = data.water.within(view.box);
  WATER_FROM.forEach((from, kind) => {
    if (view.zoom < from) return;
    context.lineWidth = at(WATER_WIDTH[kind], view.zoom);
    context.stroke(pathOf(lines.filter((line) => line.kind === kind), view));
  });
}

function paintBuildings(context, data, palette, view) {
  const shapes = data.areas.building.within(view.box).map((building) => building.rings);
  const path = fillRings(context, shapes, view, palette.building, 0.4);
  if (view.zoom < 15) return;
  context.strokeStyle = palette.buildingEdge;
  context.lineWidth = view.zoom >= 17 ? 1 : 0.6;
  context.stroke(path);
}

function paintBorders(context, data, palette, view) {
  context.strokeStyle = palette.border;
  context.lineWidth = view.zoom >= 13 ? 1.2 : 0.9;
  context.setLineDash(view.zoom >= 12 ? [10, 3, 2, 3] : [3, 2]);
  context.stroke(pathOf(data.border.within(view.box), view));
  context.setLineDash([]);
}

function paintCountryBorder(context, data, palette, view) {
  const path = new Path2D();
  for (const ring of data.country) trace(path, ring, view, { close: true });
  context.strokeStyle = palette.borderCountry;
  context.lineWidth = view.zoom >= 12 ? 1.8 : 1.2;
  context.setLineDash(view.zoom >= 11 ? [10, 3, 2, 3] : []);
  context.stroke(path);
  context.setLineDash([]);
}

/* Tunnels lie under everything, bridges over everything; within a level all casings come before all fills,
   so that crossings open into each other. */
function paintRoads(context, data, palette, view) {
  const roads = data.roads.within(view.box);
  for (const level of [-1, 0, 1]) {
    const here = roads.filter((road) => road.level === level);
    if (level === 1 && view.zoom >= RAIL_FROM) paintRails(context, data, palette, view);
    if (!here.length) continue;
    paintPaths(context, here, palette, view);
    const drawn = ROAD_ORDER.flatMap((road) => {
      const width = roadWidth(road, view.zoom);
      const lines = width ? here.filter((each) => each.road === road) : [];
      return lines.length ? [{ road, width, path: pathOf(lines, view) }] : [];
    });
    context.lineCap = level === 0 ? "round" : "butt";
    for (const { road, width, path } of drawn) {
      const isMajor = road === "primary" || road === "secondary";
      const edge = casing(width, view.zoom);
      if (!edge) continue;
      context.strokeStyle = isMajor ? palette.roadEdgeMajor : palette.roadEdge;
      context.lineWidth = width + 2 * edge;
      context.setLineDash(level === -1 ? [4, 3] : []);
      context.stroke(path);
    }
    context.setLineDash([]);
    for (const { road, width, path } of drawn) {
      context.strokeStyle = level === -1 ? palette.tunnel : fill(road, palette, view.zoom);
      context.lineWidth = width;
      context.stroke(path);
    }
    context.lineCap = "butt";
  }
  if (view.zoom >= ARROWS_FROM) paintArrows(context, roads, palette, view);
}

function fill(road, palette, zoom) {
  const isMajor = road === "primary" || road === "secondary";
  if (!palette.dark && zoom < 13) return palette.road;
  return isMajor ? palette.roadMajor : palette.road;
}

function casing(width, zoom) {
  if (width < 0.9) return zoom >= 12 ? 0.35 : 0;
  return Math.min(1.4, 0.45 + width * 0.06);
}

function paintPaths(context, roads, palette, view) {
  context.strokeStyle = palette.track;
  for (const [kind, { from, dash, width }] of Object.entries(PATHS)) {
    if (view.zoom < from) continue;
    context.lineWidth = at(width, view.zoom);
    context.setLineDash(dash);
    context.stroke(pathOf(roads.filter((road) => road.road === kind), view));
  }
  context.setLineDash([]);
}

function paintRails(context, data, palette, view) {
  const path = pathOf(data.rail.within(view.box), view);
  context.strokeStyle = palette.rail;
  context.lineWidth = view.zoom >= 15 ? 2.6 : 1.2;
  context.stroke(path);
  if (view.zoom < 13) return;
  context.strokeStyle = palette.land;
  context.lineWidth = view.zoom >= 15 ? 1.4 : 0.6;
  context.setLineDash([7, 7]);
  context.stroke(path);
  context.setLineDash([]);
}

function paintArrows(context, roads, palette, view) {
  context.fillStyle = palette.arrow;
  const every = 110;
  const shortest = 16;
  for (const { oneway, points, road } of roads) {
    if (!oneway || roadWidth(road, view.zoom) < 5) continue;
    let next = every / 2;
    let done = 0;
    for (let index = 2; index < points.length; index += 2) {
      const x0 = points[index - 2] * view.scale + view.x;
      const y0 = points[index - 1] * view.scale + view.y;
      const x1 = points[index] * view.scale + view.x;
      const y1 = points[index + 1] * view.scale + view.y;
      const length = Math.hypot(x1 - x0, y1 - y0);
      while (next <= done + length && length > 0) {
        const share = (next - done) / length;
        if (length > shortest) arrow(context, x0 + (x1 - x0) * share, y0 + (y1 - y0) * share, Math.atan2(y1 - y0, x1 - x0));
        next += every;
      }
      done += length;
    }
  }
}

function arrow(context, x, y, angle) {
  context.save();
  context.translate(x, y);
  context.rotate(angle);
  context.beginPath();
  context.moveTo(4, 0);
  context.lineTo(0.5, -2.6);
  context.lineTo(0.5, -0.6);
  context.lineTo(-4, -0.6);
  context.lineTo(-4, 0.6);
  context.lineTo(0.5, 0.6);
  context.lineTo(0.5, 2.6);
  context.fill();
  context.restore();
}

function pathOf(lines, view) {
  const path = new Path2D();
  for (const { points } of lines) trace(path, points, view, {});
  return path;
}

function fillRings(context, shapes, view, color, step = 0.7) {
  const path = new Path2D();
  for (const rings of shapes) for (const ring of rings) trace(path, ring, view, { close: true, step });
  context.fillStyle = color;
  context.fill(path, "evenodd");
  return path;
}

/* Points nearer than `step` pixels to the one before are skipped: far out, most of a street is one pixel. */
function trace(path, points, { scale, x, y }, { close = false, step = 0.7 }) {
  let lastX = points[0] * scale + x;
  let lastY = points[1] * scale + y;
  path.moveTo(lastX, lastY);
  const end = points.length - 2;
  for (let index = 2; index <= end; index += 2) {
    const nextX = points[index] * scale + x;
    const nextY = points[index + 1] * scale + y;
    if (index < end && Math.abs(nextX - lastX) < step && Math.abs(nextY - lastY) < step) continue;
    path.lineTo(nextX, nextY);
    lastX = nextX;
    lastY = nextY;
  }
  if (close) path.closePath();
}
