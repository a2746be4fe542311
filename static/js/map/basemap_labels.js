/* Chooses where names stand: once per zoom for the whole region, so that no label is cut or doubled at a tile's edge. */

import { LABELS, NAME_FROM, NAME_SIZE, at } from "map/basemap_style";

const REPEAT = 420;
const SHARPEST_BEND = 0.38;
const WIDEST_TURN = 1.2;
const CELL = 128;
const INTERESTS = new Set(["food", "health", "public", "shop"]);

/** All labels of a zoom, ready to be painted on any tile; `measure` is a canvas context. */
export class LabelPlan {
  #taken = new Map();
  #cells = new Map();
  #placedNames = new Map();
  #widths = new Map();

  constructor(data, { zoom, font, measure }) {
    this.zoom = zoom;
    this.font = font;
    this.measure = measure;
    this.scale = 2 ** (zoom - data.zoom);
    const [places, others] = split(data.labels, (label) => label.kind === "place");
    for (const label of places) this.#placePoint(label);
    this.#placeLines(data);
    for (const label of others) this.#placePoint(label);
    if (zoom >= LABELS.number.from) for (const label of data.numbers) this.#placePoint({ ...label, kind: "number" });
  }

  /** The labels that touch a box given in pixels from the data's origin. */
  within([west, north, east, south]) {
    const found = new Set();
    for (let row = Math.floor(north / CELL); row <= Math.floor(south / CELL); row += 1) {
      for (let column = Math.floor(west / CELL); column <= Math.floor(east / CELL); column += 1) {
        for (const label of this.#cells.get(row * 65536 + column) ?? []) found.add(label);
      }
    }
    return found;
  }

  #placePoint(label) {
    const style = pointStyle(label);
    if (!style || this.zoom < style.from || this.zoom > style.to) return;
    const size = at(style.size, this.zoom);
    const font = `${style.weight} ${size}px ${this.font}`;
    const width = this.#width(label.text, font);
    const isMarked = label.kind === "peak" || INTERESTS.has(label.kind);
    const x = label.x * this.scale;
    const y = label.y * this.scale;
    const showsText = !INTERESTS.has(label.kind) || this.zoom >= 17;
    const textX = isMarked ? x + 7 + width / 2 : x;
    const box = isMarked
      ? [x - 5, y - 6, showsText ? x + 9 + width : x + 5, y + 6]
      : [x - width / 2 - 3, y - size * 0.7, x + width / 2 + 3, y + size * 0.7];
    if (!this.#isFree([box])) return;
    this.#keep({ kind: label.kind, rank: label.rank, text: showsText ? label.text : "", font, size, x, y, textX }, [box]);
  }

  #placeLines(data) {
    const lines = [];
    for (const { road, name, points } of data.roads.items) {
      if (name && this.zoom >= NAME_FROM[road]) lines.push({ name, points, kind: "street", size: NAME_SIZE[road] ?? 10 });
    }
    for (const { kind, name, points } of data.water.items) {
      if (name && this.zoom >= (kind === 0 ? 12 : 15)) lines.push({ name, points, kind: "water", size: kind === 0 ? 12 : 10.5 });
    }
    for (const line of lines) line.path = measurePath(line.points, this.scale);
    lines.sort((one, other) => other.size - one.size || other.path.length - one.path.length);
    for (const line of lines) this.#placeAlong(line);
  }

  #placeAlong({ name, path, kind, size }) {
    const font = `${kind === "water" ? "italic 500" : "500"} ${size}px ${this.font}`;
    const width = this.#width(name, font);
    if (path.length < width + 8) return;
    const count = Math.max(1, Math.floor(path.length / (width + REPEAT)));
    for (let number = 0; number < count; number += 1) {
      const middle = ((number + 0.5) / count) * path.length;
      const reach = Math.max(0, path.length / count - width) / 2;
      for (const shift of [0, -0.25, 0.25, -0.5, 0.5, -0.8, 0.8]) {
        if (this.#placeText({ name, path, kind, size, font, width, from: middle - width / 2 + shift * reach })) break;
      }
    }
  }

  #placeText({ name, path, kind, size, font, width, from }) {
    if (from < 2 || from + width > path.length - 2) return false;
    const centre = pointAt(path, from + width / 2);
    const others = this.#placedNames.get(name) ?? [];
    if (others.some(([x, y]) => Math.hypot(x - centre.x, y - centre.y) < REPEAT * 0.6)) return false;
    const reads = Math.cos(pointAt(path, from + width / 2).angle) >= 0 ? 1 : -1;
    const glyphs = [];
    let along = reads > 0 ? from : from + width;
    let previous = null;
    let turned = 0;
    for (const character of name) {
      const advance = this.#width(character, font);
      const { x, y, angle } = pointAt(path, along + (reads * advance) / 2);
      const direction = reads > 0 ? angle : angle + Math.PI;
      if (previous !== null) {
        const bend = Math.abs(Math.atan2(Math.sin(direction - previous), Math.cos(direction - previous)));
        turned += bend;
        if (bend > SHARPEST_BEND || turned > WIDEST_TURN) return false;
      }
      previous = direction;
      glyphs.push({ character, x, y, angle: direction });
      along += reads * advance;
    }
    const half = size * 0.62;
    const boxes = glyphs.map(({ x, y }) => [x - half, y - half, x + half, y + half]);
    if (!this.#isFree(boxes)) return false;
    const label = turned < 0.02 ? { x: centre.x, y: centre.y, angle: glyphs[0].angle } : { glyphs };
    this.#keep({ kind, text: name, font, size, ...label }, boxes);
    this.#placedNames.set(name, [...others, [centre.x, centre.y]]);
    return true;
  }

  #isFree(boxes) {
    return boxes.every(([west, north, east, south]) => {
      for (const box of this.#near(this.#taken, [west, north, east, south])) {
        if (box[0] < east && box[2] > west && box[1] < south && box[3] > north) return false;
      }
      return true;
    });
  }

  *#near(cells, [west, north, east, south]) {
    for (let row = Math.floor(north / CELL); row <= Math.floor(south / CELL); row += 1) {
      for (let column = Math.floor(west / CELL); column <= Math.floor(east / CELL); column += 1) {
        yield* cells.get(row * 65536 + column) ?? [];
      }
    }
  }

  #keep(label, boxes) {
    for (const box of boxes) {
      file(this.#taken, box, box);
      file(this.#cells, [box[0] - 4, box[1] - 4, box[2] + 4, box[3] + 4], label);
    }
  }

  #width(text, font) {
    const key = `${font}|${text}`;
    if (!this.#widths.has(key)) {
      this.measure.font = font;
      this.#widths.set(key, this.measure.measureText(text).width);
    }
    return this.#widths.get(key);
  }
}

/** Draws the labels that touch the tile: first all halos, then all letters, so that no halo eats a neighbour. */
export function paintLabels(context, plan, palette, view) {
  const found = [...plan.within([-view.x - 8, -view.y - 8, view.size - view.x + 8, view.size - view.y + 8])];
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.lineJoin = "round";
  for (const label of found) {
    const { text, halo, thickness } = colors(label, palette);
    context.font = label.font;
    context.strokeStyle = halo;
    context.lineWidth = thickness;
    eachText(context, label, view, (...place) => context.strokeText(...place));
    context.fillStyle = text;
    eachText(context, label, view, (...place) => context.fillText(...place));
    if (label.kind === "peak") peakMark(context, label, palette, view);
    else if (INTERESTS.has(label.kind)) interestMark(context, label, palette, view);
  }
}

function eachText(context, label, view, draw) {
  if (label.glyphs) {
    for (const { character, x, y, angle } of label.glyphs) turned(context, x + view.x, y + view.y, angle, () => draw(character, 0, 0));
  } else if (label.angle !== undefined) {
    turned(context, label.x + view.x, label.y + view.y, label.angle, () => draw(label.text, 0, 0));
  } else if (label.text) {
    draw(label.text, label.textX + view.x, label.y + view.y);
  }
}

function turned(context, x, y, angle, draw) {
  context.save();
  context.translate(x, y);
  context.rotate(angle);
  draw();
  context.restore();
}

function colors({ kind, rank }, palette) {
  if (kind === "place") return { text: rank === 4 ? palette.greenText : palette.placeText, halo: palette.halo, thickness: 3.5 };
  if (kind === "street") return { text: palette.streetText, halo: palette.roadHalo, thickness: 3 };
  if (kind === "water") return { text: palette.waterText, halo: palette.area.water, thickness: 2 };
  if (kind === "peak") return { text: palette.greenText, halo: palette.halo, thickness: 3 };
  if (kind === "number") return { text: palette.quietText, halo: palette.building, thickness: 2 };
  return { text: palette.quietText, halo: palette.halo, thickness: 3 };
}

function peakMark(context, label, palette, view) {
  const x = label.x + view.x;
  const y = label.y + view.y;
  context.fillStyle = palette.greenText;
  context.beginPath();
  context.moveTo(x, y - 3.5);
  context.lineTo(x + 3.8, y + 3);
  context.lineTo(x - 3.8, y + 3);
  context.fill();
}

function interestMark(context, label, palette, view) {
  context.beginPath();
  context.arc(label.x + view.x, label.y + view.y, 2.6, 0, 2 * Math.PI);
  context.fillStyle = palette.quietText;
  context.strokeStyle = palette.halo;
  context.lineWidth = 1.5;
  context.stroke();
  context.fill();
}

function pointStyle({ kind, rank }) {
  if (kind === "place") return LABELS.place[rank];
  return LABELS[INTERESTS.has(kind) ? "interest" : kind];
}

/** The line in pixels from the data's origin, with its length up to each point. */
function measurePath(points, scale) {
  const lengths = new Float64Array(points.length / 2);
  for (let index = 2; index < points.length; index += 2) {
    const step = Math.hypot(points[index] - points[index - 2], points[index + 1] - points[index - 1]) * scale;
    lengths[index / 2] = lengths[index / 2 - 1] + step;
  }
  return { points, scale, lengths, length: lengths.at(-1) };
}

function pointAt({ points, scale, lengths }, along) {
  let low = 1;
  let high = lengths.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (lengths[middle] < along) low = middle + 1;
    else high = middle;
  }
  const x0 = points[2 * low - 2] * scale;
  const y0 = points[2 * low - 1] * scale;
  const x1 = points[2 * low] * scale;
  const y1 = points[2 * low + 1] * scale;
  const share = (along - lengths[low - 1]) / (lengths[low] - lengths[low - 1] || 1);
  return { x: x0 + (x1 - x0) * share, y: y0 + (y1 - y0) * share, angle: Math.atan2(y1 - y0, x1 - x0) };
}

function file(cells, [west, north, east, south], item) {
  for (let row = Math.floor(north / CELL); row <= Math.floor(south / CELL); row += 1) {
    for (let column = Math.floor(west / CELL); column <= Math.floor(east / CELL); column += 1) {
      const key = row * 65536 + column;
      if (!cells.has(key)) cells.set(key, []);
      cells.get(key).push(item);
    }
  }
}

function split(items, matches) {
  return [items.filter(matches), items.filter((item) => !matches(item))];
}
