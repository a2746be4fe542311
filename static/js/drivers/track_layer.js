/* The way a driver took on one day: a line that breaks where nothing was heard, and a mark at the chosen moment. */

import { colour } from "core/theme";
import { clock } from "core/format";
import { CanvasLayer } from "map/canvas_layer";
import { plate } from "map/sprites";

/** `setTrack(segments)`: lists of `{x, y, at}` in order of time; `setMoment(ms)` puts the mark there, null takes it away. */
export class TrackLayer extends CanvasLayer {
  #segments = [];
  #moment = null;

  setTrack(segments) {
    this.#segments = segments;
    this.repaint();
  }

  setMoment(moment) {
    this.#moment = moment;
    this.repaint();
  }

  retheme() {
    this.repaint();
  }

  paint(context, view) {
    if (!this.#segments.length) return;
    const at = ({ x, y }) => [x * view.scale - view.left, y * view.scale - view.top];
    context.lineJoin = context.lineCap = "round";
    this.#gaps(context, at);
    for (const [width, ink, alpha] of [[6, "--surface", 0.75], [3, "--move", 0.95]]) {
      context.lineWidth = width;
      context.strokeStyle = colour(ink);
      context.globalAlpha = alpha;
      for (const segment of this.#segments) {
        context.beginPath();
        segment.forEach((point, index) => (index ? context.lineTo(...at(point)) : context.moveTo(...at(point))));
        context.stroke();
      }
    }
    context.globalAlpha = 1;
    const font = `600 11px ${getComputedStyle(this.canvas).fontFamily}`;
    const colours = { ink: colour("--ink"), paper: colour("--surface"), line: colour("--line-strong") };
    const first = this.#segments[0][0];
    dot(context, at(first), 4, colour("--move"), colour("--surface"));
    const found = this.#moment === null ? null : placeAt(this.#segments, this.#moment);
    if (!found) return;
    const [x, y] = at(found);
    dot(context, [x, y], 7, colour("--move"), colour("--surface"));
    const words = found.since ? `${clock(found.since)}–${clock(found.until)}: not heard` : clock(this.#moment);
    plate(context, words, x + 12, y - 9, { font, ...colours });
  }

  #gaps(context, at) {
    context.setLineDash([2, 7]);
    context.lineWidth = 2;
    context.strokeStyle = colour("--ink-3");
    for (let index = 1; index < this.#segments.length; index += 1) {
      context.beginPath();
      context.moveTo(...at(this.#segments[index - 1].at(-1)));
      context.lineTo(...at(this.#segments[index][0]));
      context.stroke();
    }
    context.setLineDash([]);
  }
}

/** Where the driver was at a moment: between two readings on the line; in a gap the last place known, and since when. */
export function placeAt(segments, moment) {
  let before = segments[0]?.[0] ?? null;
  if (!before || moment <= before.at) return before;
  for (const segment of segments) {
    if (moment < segment[0].at) return { ...before, since: before.at, until: segment[0].at };
    const after = segment.findIndex((point) => point.at >= moment);
    if (after < 0) {
      before = segment.at(-1);
      continue;
    }
    if (after === 0) return segment[0];
    const [one, other] = [segment[after - 1], segment[after]];
    const share = (moment - one.at) / (other.at - one.at || 1);
    return { x: one.x + (other.x - one.x) * share, y: one.y + (other.y - one.y) * share, at: moment };
  }
  return before;
}

function dot(context, [x, y], radius, fill, edge) {
  context.beginPath();
  context.arc(x, y, radius, 0, 7);
  context.fillStyle = fill;
  context.fill();
  context.lineWidth = 2;
  context.strokeStyle = edge;
  context.stroke();
}
