/* The street map under everything else: drawn in the browser from the region's own data, with the theme's colours. */

import { decodeBasemap } from "map/basemap_data";
import { LabelPlan } from "map/basemap_labels";
import { paintTile, tileView } from "map/basemap_paint";
import { readPalette } from "map/basemap_palette";
import { L } from "map/leaflet";

const TILE = 512;
/** Milliseconds of painting per frame: the rest of the frame belongs to panning and to the layers above. */
const BUDGET = 6;
const RETRY_AFTER = 4000;

/**
 * A Leaflet layer that draws the basemap served at `url`.
 *
 * `theme` is the element whose custom properties (`--map-land`, `--map-road`, ...) give the colours; a change of its
 * `data-theme` attribute or of the system's theme repaints the tiles in place. `layer.ready` is a promise of
 * `{bounds: [west, south, east, north]}`; while the data cannot be fetched the layer fires `basemaperror` and tries again.
 */
export function basemapLayer({ url, theme = document.documentElement, ...options }) {
  return new (layerClass())({ url, theme, ...options });
}

let madeClass = null;

function layerClass() {
  madeClass ??= L.GridLayer.extend({
    options: {
      tileSize: TILE,
      minZoom: 7,
      maxZoom: 20,
      keepBuffer: 1,
      updateWhenZooming: false,
      updateWhenIdle: false,
      attribution: '© <a href="https://www.openstreetmap.org/copyright" rel="noreferrer">OpenStreetMap contributors</a>',
    },

    initialize(options) {
      L.GridLayer.prototype.initialize.call(this, options);
      this._waiting = new Map();
      this._plans = new Map();
      this._frame = 0;
      this.ready = new Promise((resolve) => {
        this._tellReady = resolve;
      });
    },

    onAdd(map) {
      this._stopWatching = watchTheme(this.options.theme, () => this._changeTheme());
      this._palette = readPalette(this.options.theme);
      this._paper = map.getContainer().style;
      this._paper.backgroundColor = this._palette.outside;
      if (!this._data && !this._fetching) this._fetch();
      return L.GridLayer.prototype.onAdd.call(this, map);
    },

    onRemove(map) {
      this._stopWatching();
      cancelAnimationFrame(this._frame);
      this._frame = 0;
      this._waiting.clear();
      this._paper.backgroundColor = "";
      return L.GridLayer.prototype.onRemove.call(this, map);
    },

    createTile(coords, done) {
      const canvas = document.createElement("canvas");
      const ratio = Math.min(window.devicePixelRatio || 1, 3);
      canvas.width = TILE * ratio;
      canvas.height = TILE * ratio;
      this._ask(canvas, { coords: L.point(coords.x, coords.y), zoom: coords.z, ratio, done });
      return canvas;
    },

    /** Paints every tile again with the colours of the present theme, without a blank moment. */
    repaint() {
      for (const { el, coords } of Object.values(this._tiles ?? {})) {
        this._ask(el, { coords, zoom: coords.z, ratio: el.width / TILE, done: this._waiting.get(el)?.done ?? null });
      }
    },

    _removeTile(key) {
      const tile = this._tiles[key];
      if (tile) this._waiting.delete(tile.el);
      return L.GridLayer.prototype._removeTile.call(this, key);
    },

    _ask(canvas, work) {
      this._waiting.set(canvas, work);
      if (this._data && !this._frame) this._frame = requestAnimationFrame(() => this._paintSome());
    },

    _paintSome() {
      this._frame = 0;
      const started = performance.now();
      for (const [canvas, work] of this._waiting) {
        this._waiting.delete(canvas);
        this._paint(canvas, work);
        work.done?.(null, canvas);
        if (performance.now() - started > BUDGET) break;
      }
      if (this._waiting.size) this._frame = requestAnimationFrame(() => this._paintSome());
      else this._prepareNeighbours();
    },

    /* Placing the names of a zoom takes a few frames' time: do it while nothing moves. */
    _prepareNeighbours() {
      for (const zoom of [this._tileZoom + 1, this._tileZoom - 1]) {
        if (zoom < this.options.minZoom || zoom > this.options.maxZoom || this._plans.has(zoom)) continue;
        whenIdle(() => this._labels(zoom));
      }
    },

    _paint(canvas, { coords, zoom, ratio }) {
      const context = canvas.getContext("2d", { alpha: false });
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      const view = tileView(this._data, { zoom, left: coords.x * TILE, top: coords.y * TILE, size: TILE });
      paintTile(context, this._data, this._palette, view, this._labels(zoom));
    },

    _labels(zoom) {
      if (!this._plans.has(zoom)) {
        const measure = document.createElement("canvas").getContext("2d");
        this._plans.set(zoom, new LabelPlan(this._data, { zoom, font: this._palette.font, measure }));
      }
      return this._plans.get(zoom);
    },

    _changeTheme() {
      this._palette = readPalette(this.options.theme);
      this._paper.backgroundColor = this._palette.outside;
      this.repaint();
    },

    async _fetch() {
      this._fetching = true;
      try {
        const answer = await fetch(this.options.url, { credentials: "same-origin" });
        if (!answer.ok) throw new Error(`The basemap could not be fetched: ${answer.status} ${answer.statusText}.`);
        this._data = decodeBasemap(await answer.json());
      } catch (error) {
        this.fire("basemaperror", { error });
        setTimeout(() => this._map && this._fetch(), RETRY_AFTER);
        return;
      } finally {
        this._fetching = false;
      }
      this._tellReady({ bounds: this._data.bounds });
      if (this._waiting.size && !this._frame) this._frame = requestAnimationFrame(() => this._paintSome());
    },
  });
  return madeClass;
}

const whenIdle = window.requestIdleCallback ?? ((work) => setTimeout(work, 200));

/** Calls back when the theme changes, by attribute or by the system; returns the way to stop. */
function watchTheme(element, changed) {
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const observer = new MutationObserver(changed);
  observer.observe(element, { attributes: true, attributeFilter: ["data-theme"] });
  system.addEventListener("change", changed);
  return () => {
    observer.disconnect();
    system.removeEventListener("change", changed);
  };
}
