/* A run on the map: its stops numbered in the order they come, joined by the way along the streets. */

import { isOpen } from "core/words";
import { colour } from "core/theme";
import { CanvasLayer } from "map/canvas_layer";
import { unitX, unitY } from "map/mercator";
import { StreetLine } from "map/street_line";

const RADIUS = 9;

/** The places still to be visited, in order: a pickup counts until the package is on board. */
export function placesOf(rows) {
  return rows.flatMap((row, index) =>
    ["pickup", "dropoff"]
      .filter((role) => isOpen(row.status) && (role === "dropoff" || !row.picked_up_at) && row[role].lat !== null)
      .map((role) => ({ role, number: index + 1, code: row.code, x: unitX(row[role].lng), y: unitY(row[role].lat) })),
  );
}

/**
 * `setRun({places, track, current, vehicle})`: `track` is where the driver is, if known; `current` the code to bring out;
 * `vehicle` the kind that says which streets it may use. Until the streets are known the lines are straight.
 */
export class RunLayer extends CanvasLayer {
  #places = [];
  #track = null;
  #current = null;
  #vehicle = "";
  #approach = new StreetLine(() => this.repaint(), { moving: true }); // from the driver to the first place
  #way = new StreetLine(() => this.repaint());

  setRun({ places, track = null, current = null, vehicle = "" }) {
    this.#places = places;
    this.#track = track;
    this.#current = current;
    this.#vehicle = vehicle;
    this.repaint();
  }

  retheme() {
    this.repaint();
  }

  paint(context, view) {
    if (!this.#places.length) return;
    const at = ({ x, y }) => [x * view.scale - view.left, y * view.scale - view.top];
    const start = this.#track?.placed ? [this.#track] : [];
    const approach = start.length ? (this.#approach.follow([...start, this.#places[0]], this.#vehicle) ?? []).slice(1) : [];
    const way = [...start, ...approach, ...(this.#way.follow(this.#places, this.#vehicle) ?? this.#places)].map(at);
    for (const [width, ink, alpha] of [[6, "--surface", 0.7], [2.5, "--accent", 1]]) {
      context.beginPath();
      way.forEach(([x, y], index) => (index ? context.lineTo(x, y) : context.moveTo(x, y)));
      context.lineJoin = context.lineCap = "round";
      context.lineWidth = width;
      context.globalAlpha = alpha;
      context.strokeStyle = colour(ink);
      context.setLineDash(width > 3 ? [] : [7, 6]);
      context.stroke();
    }
    context.setLineDash([]);
    context.globalAlpha = 1;
    context.font = `700 11px ${getComputedStyle(this.canvas).fontFamily}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    // The first stop lies on top where several meet.
    for (const place of [...this.#places].reverse()) this.#mark(context, place, at(place));
  }

  /** A pickup is a ring, a dropoff a filled square: the shapes of the big map. */
  #mark(context, { role, number, code }, [x, y]) {
    const isCurrent = code === this.#current;
    const radius = isCurrent ? RADIUS + 2 : RADIUS;
    const tone = colour(isCurrent ? "--move" : "--accent");
    context.beginPath();
    if (role === "pickup") context.arc(x, y, radius, 0, 7);
    else context.roundRect(x - radius, y - radius, radius * 2, radius * 2, 4);
    context.fillStyle = role === "pickup" ? colour("--surface") : tone;
    context.fill();
    context.lineWidth = 2;
    context.strokeStyle = role === "pickup" ? tone : colour("--surface");
    context.stroke();
    context.fillStyle = role === "pickup" ? colour("--ink") : colour("--accent-ink");
    context.fillText(String(number), x, y + 0.5);
  }
}
