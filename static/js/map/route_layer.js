/* Lines between orders' ends: straight for all of them, along the streets for the one that is chosen. */

import { colour } from "core/theme";
import { CanvasLayer } from "map/canvas_layer";
import { StreetLine } from "map/street_line";

const DRIVER_LINE_REPAINT = 120;

/**
 * `setRoutes` gives the quiet lines of all orders; `setSelected` the one strong line `{from, to, driver, goal}`, where
 * `driver` is a driver of the fleet and `goal` the end that driver is on the way to.
 */
export class RouteLayer extends CanvasLayer {
  #routes = [];
  #selected = null;
  #way = new StreetLine(() => this.repaint());
  #approach = new StreetLine(() => this.repaint(), { moving: true });

  setRoutes(routes) {
    this.#routes = routes;
    this.repaint();
  }

  setSelected(selected) {
    this.#selected = selected;
    this.repaint();
  }

  retheme() {
    this.repaint();
  }

  paint(context, view) {
    const at = ({ x, y }) => [x * view.scale - view.left, y * view.scale - view.top];
    context.lineCap = "round";
    if (this.#routes.length) {
      context.beginPath();
      for (const { from, to } of this.#routes) {
        context.moveTo(...at(from));
        context.lineTo(...at(to));
      }
      context.setLineDash([2, 5]);
      context.lineWidth = 1.2;
      context.globalAlpha = 0.55;
      context.strokeStyle = colour("--ink-3");
      context.stroke();
      context.globalAlpha = 1;
    }
    if (!this.#selected) return undefined;
    const { from, to, driver, goal } = this.#selected;
    const vehicle = driver?.row?.vehicle?.kind ?? "";
    if (from && to) {
      const way = [from, ...(this.#way.follow([from, to], vehicle) ?? []), to].map(at);
      line(context, way, { width: 7, ink: colour("--surface"), dash: [], alpha: 0.75 });
      line(context, way, { width: 3.5, ink: colour("--accent"), dash: [9, 7] });
    }
    if (!driver?.track.placed || !goal) return undefined;
    const approach = [driver.track, ...(this.#approach.follow([driver.track, goal], vehicle) ?? []).slice(1), goal].map(at);
    line(context, approach, { width: 2, ink: colour("--good"), dash: [1, 6] });
    return DRIVER_LINE_REPAINT;
  }
}

function line(context, points, { width, ink, dash, alpha = 1 }) {
  context.beginPath();
  points.forEach(([x, y], index) => (index ? context.lineTo(x, y) : context.moveTo(x, y)));
  context.lineJoin = "round";
  context.setLineDash(dash);
  context.lineWidth = width;
  context.strokeStyle = ink;
  context.globalAlpha = alpha;
  context.stroke();
  context.globalAlpha = 1;
  context.setLineDash([]);
}
