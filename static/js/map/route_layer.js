/* Lines between an order's ends: dashed, because they are straight lines and not yet the way along the roads. */

import { colour } from "core/theme";
import { CanvasLayer } from "map/canvas_layer";

const DRIVER_LINE_REPAINT = 120;

/**
 * `setRoutes` gives the quiet lines of all orders; `setSelected` the one strong line `{from, to, driver, goal}`, where
 * `driver` is a driver of the fleet and `goal` the end that driver is on the way to.
 */
export class RouteLayer extends CanvasLayer {
  #routes = [];
  #selected = null;

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
    if (from && to) {
      line(context, at(from), at(to), { width: 7, ink: colour("--surface"), dash: [], alpha: 0.75 });
      line(context, at(from), at(to), { width: 3.5, ink: colour("--accent"), dash: [9, 7] });
    }
    if (!driver?.track.placed || !goal) return undefined;
    line(context, at(driver.track), at(goal), { width: 2, ink: colour("--good"), dash: [1, 6] });
    return DRIVER_LINE_REPAINT;
  }
}

function line(context, from, to, { width, ink, dash, alpha = 1 }) {
  context.beginPath();
  context.moveTo(...from);
  context.lineTo(...to);
  context.setLineDash(dash);
  context.lineWidth = width;
  context.strokeStyle = ink;
  context.globalAlpha = alpha;
  context.stroke();
  context.globalAlpha = 1;
  context.setLineDash([]);
}
