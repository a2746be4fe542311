/* A Leaflet layer that is one canvas: moves with the map for free while it is dragged, and paints only when needed. */

import { L } from "map/leaflet";

const TILE = 256;
/** The canvas is larger than the window by this share on each side, so that a drag does not bare its edges at once. */
const PADDING = 0.2;
const SLOWEST_REPAINT = 1000;

/**
 * Subclasses write `paint(context, view, now)`, which may return the milliseconds after which the next picture is due.
 *
 * `view` turns units of the world square into canvas pixels: `x * view.scale - view.left`. `now` is in seconds.
 */
export class CanvasLayer extends L.Layer {
  #frame = 0;
  #timer = 0;
  #moved = true;
  #zooming = false;

  constructor({ pane }) {
    super();
    L.setOptions(this, { pane });
  }

  onAdd(map) {
    this.canvas = L.DomUtil.create("canvas", "map-canvas leaflet-zoom-animated", this.getPane());
    this.canvas.setAttribute("aria-hidden", "true");
    this.context = this.canvas.getContext("2d");
    this.map = map;
    this.repaint({ moved: true });
    return this;
  }

  onRemove() {
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#timer);
    this.#frame = this.#timer = 0;
    this.canvas.remove();
    return this;
  }

  getEvents() {
    const moved = () => this.repaint({ moved: true });
    return {
      viewreset: moved,
      moveend: moved,
      resize: moved,
      move: () => this.#follow(),
      zoom: () => this.#stretch(this._map.getCenter(), this._map.getZoom()),
      zoomanim: ({ center, zoom }) => {
        this.#zooming = true;
        this.#stretch(center, zoom);
      },
      zoomend: () => {
        this.#zooming = false;
        this.repaint({ moved: true });
      },
    };
  }

  /** Asks for a new picture in the next frame. */
  repaint({ moved = false } = {}) {
    this.#moved ||= moved;
    if (!this._map || this.#frame) return;
    clearTimeout(this.#timer);
    this.#frame = requestAnimationFrame((at) => this.#paint(at / 1000));
  }

  #paint(now) {
    this.#frame = 0;
    // In the middle of a zoom the canvas is being stretched: painting now would make the picture jump.
    if (this.#zooming) return;
    if (this.#moved) this.#fit();
    const { context, view } = this;
    context.setTransform(view.ratio, 0, 0, view.ratio, 0, 0);
    context.clearRect(0, 0, view.width, view.height);
    const wait = this.paint(context, view, now);
    if (wait !== undefined && wait < SLOWEST_REPAINT) {
      // A wait of less than a frame needs no timer in between.
      if (wait <= 16) this.repaint();
      else this.#timer = setTimeout(() => this.repaint(), wait);
    }
  }

  #fit() {
    this.#moved = false;
    const map = this._map;
    const zoom = map.getZoom();
    const size = map.getSize();
    const bounds = map.getPixelBounds();
    const left = Math.round(bounds.min.x - size.x * PADDING);
    const top = Math.round(bounds.min.y - size.y * PADDING);
    const width = Math.round(size.x * (1 + 2 * PADDING));
    const height = Math.round(size.y * (1 + 2 * PADDING));
    const ratio = window.devicePixelRatio || 1;
    if (this.view?.width !== width || this.view?.height !== height || this.view?.ratio !== ratio) {
      this.canvas.width = width * ratio;
      this.canvas.height = height * ratio;
      this.canvas.style.width = `${width}px`;
      this.canvas.style.height = `${height}px`;
    }
    this.view = { left, top, width, height, ratio, zoom, scale: TILE * 2 ** zoom };
    const origin = map.getPixelOrigin();
    L.DomUtil.setTransform(this.canvas, L.point(left - origin.x, top - origin.y), 1);
  }

  /** A long drag leaves the padding: then the picture is painted again under way. */
  #follow() {
    if (!this.view || this.#zooming || this._map.getZoom() !== this.view.zoom) return;
    const { min, max } = this._map.getPixelBounds();
    const { left, top, width, height } = this.view;
    if (min.x < left || min.y < top || max.x > left + width || max.y > top + height) this.repaint({ moved: true });
  }

  /** Lays the present picture over where it will be at another zoom, while Leaflet animates. */
  #stretch(center, zoom) {
    if (!this.view) return;
    const map = this._map;
    const factor = map.getZoomScale(zoom, this.view.zoom);
    const pane = L.DomUtil.getPosition(map.getPane("mapPane"));
    const origin = map.project(center, zoom).subtract(map.getSize().divideBy(2)).add(pane).round();
    L.DomUtil.setTransform(this.canvas, L.point(this.view.left * factor, this.view.top * factor).subtract(origin), factor);
  }
}
