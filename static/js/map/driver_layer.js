/* All drivers on one canvas: arrow by heading, colour by freshness, gliding from ping to ping. */

import { colour } from "core/theme";
import { CanvasLayer } from "map/canvas_layer";
import { Sprites, plate, stamp } from "map/sprites";

const HEADINGS = 48;
const HIT_RADIUS = 13;
const NAMES_FROM_ZOOM = 15;
const NAMES_AT_MOST = 120;
/** From so many in view, marks lose their halo and sit on whole pixels: a crowd is read as a whole, and painted faster. */
const CROWD = 700;
/** Half a pixel of movement is not worth a new picture. */
const WORTH_A_FRAME = 0.5;
const PIXELS = { tiny: 12, small: 18, plain: 26, marked: 44 };
const SCALES = { tiny: 0.6, small: 0.74, plain: 1, marked: 1.25 };
const TONES = { fresh: "--good", stale: "--warn", offline: "--quiet" };

/**
 * Shows the drivers of `fleet` (see fleet.js): each has `id`, `name`, `track`, `state` and `load`.
 *
 * `focus` says which drivers are marked: {hovered, selected}.
 */
export class DriverLayer extends CanvasLayer {
  #sprites = null;
  #still = matchMedia("(prefers-reduced-motion: reduce)");

  constructor({ pane, fleet }) {
    super({ pane });
    this.fleet = fleet;
    this.focus = { hovered: null, selected: null };
  }

  retheme() {
    this.#sprites = null;
    this.repaint();
  }

  setFocus(focus) {
    Object.assign(this.focus, focus);
    this.repaint();
  }

  /** The driver drawn at a place given in pixels of the map's window, or nothing. */
  at(point) {
    const { view } = this;
    if (!view) return null;
    const bounds = this._map.getPixelBounds();
    const x = (bounds.min.x + point.x) / view.scale;
    const y = (bounds.min.y + point.y) / view.scale;
    let best = null;
    let nearest = (HIT_RADIUS / view.scale) ** 2;
    for (const driver of this.fleet.onMap()) {
      const distance = (driver.track.x - x) ** 2 + (driver.track.y - y) ** 2;
      if (distance <= nearest) {
        best = driver;
        nearest = distance;
      }
    }
    return best;
  }

  paint(context, view, now) {
    if (this.#sprites?.ratio !== view.ratio) this.#sprites = new Sprites(view.ratio);
    const { scale, left, top, width, height } = view;
    const moving = !this.#still.matches;
    const inView = [];
    let fastest = 0;
    for (const driver of this.fleet.onMap()) {
      const { track } = driver;
      if (moving) track.advance(now);
      else track.rest();
      const x = track.x * scale - left;
      const y = track.y * scale - top;
      if (x < -20 || y < -20 || x > width + 20 || y > height + 20) continue;
      if (moving) fastest = Math.max(fastest, track.speedAt(now));
      inView.push({ driver, x, y });
    }
    const crowded = inView.length > CROWD;
    const size = crowded ? "tiny" : view.zoom < 12 ? "small" : "plain";
    const named = [];
    for (const entry of inView) {
      const { driver, x, y } = entry;
      if (driver.id === this.focus.selected || driver.id === this.focus.hovered) named.push(entry);
      else {
        if (crowded) stamp(context, this.#arrow(driver, size), Math.round(x), Math.round(y));
        else stamp(context, this.#arrow(driver, size), x, y);
        if (view.zoom >= NAMES_FROM_ZOOM) named.push(entry);
      }
    }
    this.#names(context, named);
    return fastest > 0 ? ((crowded ? 1 : WORTH_A_FRAME) / (fastest * scale)) * 1000 : undefined;
  }

  #arrow({ track, state }, size) {
    const step = track.heading === null ? null : Math.round((track.heading / 360) * HEADINGS) % HEADINGS;
    const marked = size === "marked";
    return this.#sprites.get(`${state}:${step}:${size}`, PIXELS[size], (context) => {
      const tone = colour(TONES[state]);
      context.scale(SCALES[size], SCALES[size]);
      if (size !== "tiny") {
        context.beginPath();
        context.arc(0, 0, marked ? 14 : 10.5, 0, 7);
        context.globalAlpha = marked ? 0.3 : 0.2;
        context.fillStyle = tone;
        context.fill();
        context.globalAlpha = 1;
      }
      if (marked) {
        context.lineWidth = 1.6;
        context.strokeStyle = tone;
        context.stroke();
      }
      context.beginPath();
      if (step === null || state === "offline") context.arc(0, 0, 4.6, 0, 7);
      else {
        context.rotate((step / HEADINGS) * 2 * Math.PI);
        context.moveTo(0, -8);
        context.lineTo(6, 7);
        context.lineTo(0, 3.6);
        context.lineTo(-6, 7);
      }
      context.closePath();
      context.lineWidth = 1.4;
      context.lineJoin = "round";
      context.strokeStyle = colour("--surface");
      context.fillStyle = tone;
      context.fill();
      context.stroke();
    });
  }

  /** Names near the middle of what is drawn come first; one that would cover another is left out. */
  #names(context, named) {
    const marked = ({ driver }) => driver.id === this.focus.selected || driver.id === this.focus.hovered;
    named.sort((one, other) => marked(other) - marked(one));
    const taken = [];
    for (const entry of named.slice(0, NAMES_AT_MOST)) {
      const { driver, x, y } = entry;
      const strong = marked(entry);
      if (strong) stamp(context, this.#arrow(driver, "marked"), x, y);
      const box = { left: x + 14, top: y - 9, right: x + 130, bottom: y + 9 };
      if (!strong && taken.some((other) => overlaps(other, box))) continue;
      const font = `${strong ? 650 : 600} 11px ${getComputedStyle(this.canvas).fontFamily}`;
      const words = driver.load ? `${driver.name} · ${driver.load}` : driver.name;
      const colours = { ink: colour("--ink"), paper: colour("--surface"), line: colour("--line-strong") };
      taken.push(plate(context, words, x + (strong ? 20 : 14), y - 9, { font, ...colours }));
    }
  }
}

function overlaps(one, other) {
  return one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;
}
