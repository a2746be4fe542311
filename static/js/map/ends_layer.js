/* Both ends of every order on one canvas: ring for a pickup, square for a dropoff, house for a warehouse. */

import { colour } from "core/theme";
import { CanvasLayer } from "map/canvas_layer";
import { cluster, places } from "map/clusters";
import { GridIndex } from "map/grid_index";
import { Sprites, stamp } from "map/sprites";

const HIT_RADIUS = 12;
const TONES = { attention: "--bad", waiting: "--warn", normal: "--ink-2", past: "--ink-3" };
const DRAW_ORDER = { past: 0, normal: 1, waiting: 2, attention: 3 };

/**
 * Shows ends: `{code, role, shape, tone, x, y}` with `shape` pickup, dropoff or warehouse and `tone` attention, waiting
 * (no driver yet), normal or past (that end is done).
 *
 * `focus` holds the codes that are lit: {hovered, selected}.
 */
export class EndsLayer extends CanvasLayer {
  #sprites = null;
  #places = [];
  #parts = { zoom: NaN, single: [], clusters: [] };
  #index = new GridIndex(32);

  constructor({ pane }) {
    super({ pane });
    this.focus = { hovered: new Set(), selected: null };
  }

  setEnds(ends) {
    this.#places = places(ends);
    for (const place of this.#places) {
      place.tone = place.ends.reduce((best, end) => (DRAW_ORDER[end.tone] > DRAW_ORDER[best] ? end.tone : best), "past");
    }
    this.#places.sort((one, other) => DRAW_ORDER[one.tone] - DRAW_ORDER[other.tone]);
    this.#parts.zoom = NaN;
    this.repaint();
  }

  setFocus(focus) {
    Object.assign(this.focus, focus);
    this.repaint();
  }

  retheme() {
    this.#sprites = null;
    this.repaint();
  }

  /** What is drawn at a place given in pixels of the map's window: {place} or {cluster}, or nothing. */
  at(point) {
    const { view } = this;
    if (!view) return null;
    const bounds = this._map.getPixelBounds();
    return this.#index.nearest(bounds.min.x + point.x - view.left, bounds.min.y + point.y - view.top, HIT_RADIUS);
  }

  paint(context, view) {
    if (this.#sprites?.ratio !== view.ratio) this.#sprites = new Sprites(view.ratio);
    if (this.#parts.zoom !== view.zoom) this.#parts = { zoom: view.zoom, ...cluster(this.#places, view.zoom) };
    this.#index.clear();
    const { scale, left, top, width, height } = view;
    const inside = (x, y) => x > -30 && y > -30 && x < width + 30 && y < height + 30;
    const lit = [];
    for (const place of this.#parts.single) {
      const x = place.x * scale - left;
      const y = place.y * scale - top;
      if (!inside(x, y)) continue;
      if (this.#isLit(place)) {
        lit.push({ place, x, y });
        continue;
      }
      this.#mark(context, place, x, y, view);
      this.#index.add(x, y, { place });
    }
    for (const group of this.#parts.clusters) {
      const x = group.x * scale - left;
      const y = group.y * scale - top;
      if (inside(x, y)) {
        this.#circle(context, group, x, y);
        this.#index.add(x, y, { cluster: group });
      }
      // A lit order shows itself through its cluster.
      for (const place of group.places) {
        if (this.#isLit(place)) lit.push({ place, x: place.x * scale - left, y: place.y * scale - top });
      }
    }
    for (const { place, x, y } of lit) {
      this.#ring(context, x, y, place.ends.some((end) => end.code === this.focus.selected));
      this.#mark(context, place, x, y, view, true);
      this.#index.add(x, y, { place });
    }
  }

  #isLit(place) {
    const { hovered, selected } = this.focus;
    return place.ends.some((end) => end.code === selected || hovered.has(end.code));
  }

  #mark(context, place, x, y, view, lit = false) {
    const tone = lit && place.ends.some((end) => end.code === this.focus.selected) && place.tone !== "attention" ? "selected" : place.tone;
    const small = view.zoom < 12 && !lit;
    stamp(context, this.#sprite(place.shape, tone, small), x, y);
    const isHouse = place.shape === "warehouse";
    const alarm = isHouse && place.tone === "attention";
    if (place.ends.length > 1 || alarm) this.#count(context, place.ends.length, { x: x + (isHouse ? 9 : 7), y: y - (isHouse ? 9 : 7), alarm });
  }

  #sprite(shape, tone, small) {
    return this.#sprites.get(`${shape}:${tone}:${small}`, 26, (context) => {
      const ink = colour(tone === "selected" ? "--accent" : TONES[tone]);
      const paper = colour("--surface");
      if (small) context.scale(0.8, 0.8);
      if (tone === "past") context.globalAlpha = 0.55;
      // A warehouse is a landmark: it keeps its colour, and its number says that something there needs a look.
      if (shape === "warehouse") drawHouse(context, colour(tone === "selected" ? "--accent" : "--ink"), paper);
      else if (shape === "pickup") drawRing(context, ink, paper);
      else drawSquare(context, ink, paper);
    });
  }

  #ring(context, x, y, selected) {
    context.beginPath();
    context.arc(x, y, 13, 0, 7);
    context.globalAlpha = 0.22;
    context.fillStyle = colour("--accent");
    context.fill();
    context.globalAlpha = 1;
    context.lineWidth = selected ? 2 : 1.2;
    context.strokeStyle = colour("--accent");
    context.stroke();
  }

  #count(context, count, { x, y, alarm }) {
    const words = count > 99 ? "99+" : String(count);
    const sprite = this.#sprites.get(`count:${words}:${alarm}`, 28, (made) => {
      made.font = `700 9.5px ${getComputedStyle(this.canvas).fontFamily}`;
      const width = Math.max(14, made.measureText(words).width + 7);
      made.beginPath();
      made.roundRect(-width / 2, -7, width, 14, 7);
      made.fillStyle = colour(alarm ? "--bad" : "--surface");
      made.fill();
      made.lineWidth = 1;
      made.strokeStyle = colour(alarm ? "--surface" : "--ink-3");
      made.stroke();
      made.fillStyle = colour(alarm ? "--bad-ink" : "--ink");
      made.textAlign = "center";
      made.textBaseline = "middle";
      made.fillText(words, 0, 0.8);
    });
    stamp(context, sprite, x, y);
  }

  #circle(context, { count, urgent }, x, y) {
    const radius = count < 10 ? 13 : count < 50 ? 16 : 20;
    const sprite = this.#sprites.get(`cluster:${count}`, radius * 2 + 8, (made) => {
      made.beginPath();
      made.arc(0, 0, radius, 0, 7);
      made.fillStyle = colour("--surface");
      made.fill();
      made.lineWidth = 2;
      made.strokeStyle = colour("--ink-2");
      made.stroke();
      made.fillStyle = colour("--ink");
      made.font = `650 11px ${getComputedStyle(this.canvas).fontFamily}`;
      made.textAlign = "center";
      made.textBaseline = "middle";
      made.fillText(String(count), 0, 0.8);
    });
    stamp(context, sprite, x, y);
    if (urgent) this.#count(context, urgent, { x: x + radius * 0.75, y: y - radius * 0.75, alarm: true });
  }
}

function drawRing(context, ink, paper) {
  context.beginPath();
  context.arc(0, 0, 5.2, 0, 7);
  context.fillStyle = paper;
  context.fill();
  context.lineWidth = 4.6;
  context.strokeStyle = paper;
  context.stroke();
  context.lineWidth = 2.4;
  context.strokeStyle = ink;
  context.stroke();
}

function drawSquare(context, ink, paper) {
  context.beginPath();
  context.roundRect(-5, -5, 10, 10, 2);
  context.lineWidth = 2.4;
  context.strokeStyle = paper;
  context.stroke();
  context.fillStyle = ink;
  context.fill();
}

function drawHouse(context, ink, paper) {
  context.beginPath();
  context.roundRect(-9, -9, 18, 18, 4);
  context.lineWidth = 2;
  context.strokeStyle = paper;
  context.stroke();
  context.fillStyle = ink;
  context.fill();
  context.beginPath();
  context.moveTo(-5.2, 5);
  context.lineTo(-5.2, -1.6);
  context.lineTo(0, -5.4);
  context.lineTo(5.2, -1.6);
  context.lineTo(5.2, 5);
  context.closePath();
  context.fillStyle = paper;
  context.fill();
}
