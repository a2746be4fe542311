/* The map itself: Leaflet, the street map or tiles below, our layers above, and where the person last looked. */

import { config } from "core/config";
import { on } from "core/bus";
import { basemapLayer } from "map/basemap";
import { DriverLayer } from "map/driver_layer";
import { EndsLayer } from "map/ends_layer";
import { L } from "map/leaflet";
import { latitudeOf, longitudeOf } from "map/mercator";
import { recall, remember } from "map/memory";
import { RouteLayer } from "map/route_layer";
import { watchSight } from "map/sight";
import { ZoneLayer } from "map/zone_layer";

const PANES = { zones: 410, routes: 420, orders: 430, drivers: 440 };
const CLOSEST_FIT = 16;
const EDGE = 56;

/** Builds the map in `host`. `layers` are drivers, orders, zones and routes; each can be shown or hidden. */
export class Stage {
  #stops = [];
  #shown;

  constructor(host, { fleet, settings }) {
    const home = config.tenant?.map ?? { latitude: 47.1, longitude: 9.53, zoom: 12 };
    const last = recall("view");
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
    this.map = L.map(host, {
      center: last ? [last.latitude, last.longitude] : [home.latitude, home.longitude],
      zoom: last?.zoom ?? home.zoom,
      zoomControl: false,
      minZoom: 3,
      maxZoom: 20,
      zoomSnap: 0.5,
      wheelPxPerZoomLevel: 90,
      zoomAnimation: !this.still.matches,
      fadeAnimation: !this.still.matches,
      inertia: !this.still.matches,
      worldCopyJump: true,
    });
    this.hasMemory = Boolean(last);
    this.map.attributionControl.setPrefix('<a href="https://leafletjs.com" rel="noreferrer">Leaflet</a>');
    this.base = baseLayer(settings).addTo(this.map);
    for (const [name, height] of Object.entries(PANES)) {
      const pane = this.map.createPane(name);
      pane.style.zIndex = height;
      pane.style.pointerEvents = "none";
    }
    this.layers = {
      zones: new ZoneLayer({ pane: "zones" }),
      routes: new RouteLayer({ pane: "routes" }),
      orders: new EndsLayer({ pane: "orders" }),
      drivers: new DriverLayer({ pane: "drivers", fleet }),
    };
    this.#shown = { drivers: true, orders: true, zones: true, routes: false, ...recall("layers") };
    for (const [name, layer] of Object.entries(this.layers)) if (this.shows(name) || name === "routes") layer.addTo(this.map);
    this.map.on("moveend", () => {
      const { lat, lng } = this.map.getCenter();
      remember("view", { latitude: lat, longitude: lng, zoom: this.map.getZoom() });
    });
    // The window of the map changes with the rail, not only with the browser's window.
    const resize = new ResizeObserver(() => this.map.invalidateSize({ pan: false }));
    resize.observe(host);
    this.#stops.push(
      on("theme", () => Object.values(this.layers).forEach((layer) => layer.retheme())),
      () => resize.disconnect(),
      watchSight(this.map),
      () => this.map.remove(),
    );
  }

  destroy() {
    this.#stops.forEach((stop) => stop());
  }

  shows(name) {
    return this.#shown[name];
  }

  /** Shows or hides a layer; the line of the selected order stays, whatever "routes" says about all others. */
  toggle(name) {
    this.#shown[name] = !this.#shown[name];
    remember("layers", this.#shown);
    if (name === "routes") return;
    if (this.#shown[name]) this.layers[name].addTo(this.map);
    else this.layers[name].remove();
  }

  /** What is under a place given in pixels of the map's window: {driver}, {place} or {cluster}; else null. */
  at(point) {
    const driver = this.#shown.drivers ? this.layers.drivers.at(point) : null;
    if (driver) return { driver };
    return this.#shown.orders ? this.layers.orders.at(point) : null;
  }

  /** Moves so that all points (units of the world square) are in sight, clear of what lies over the right and bottom edge. */
  show(points, { force = false, right = 0, bottom = 0 } = {}) {
    if (!points.length) return;
    const bounds = L.latLngBounds(points.map(({ x, y }) => [latitudeOf(y), longitudeOf(x)]));
    const size = this.map.getSize();
    const inside = (latLng) => {
      const { x, y } = this.map.latLngToContainerPoint(latLng);
      return x > EDGE / 2 && y > EDGE / 2 && x < size.x - right - EDGE / 2 && y < size.y - bottom - EDGE / 2;
    };
    if (!force && inside(bounds.getNorthWest()) && inside(bounds.getSouthEast())) return;
    this.map.fitBounds(bounds, {
      paddingTopLeft: [EDGE, EDGE],
      paddingBottomRight: [EDGE + right, EDGE / 2 + bottom],
      maxZoom: force ? CLOSEST_FIT : Math.max(this.map.getZoom(), 14),
      animate: !this.still.matches,
    });
  }

  /** Puts a point in the middle of what is left free at the right edge. */
  centre(point, { zoom = this.map.getZoom(), right = 0 } = {}) {
    this.map.setView(this.#middleFor(point, zoom, right), zoom, { animate: !this.still.matches });
  }

  /** Glides along with a driver. */
  glide(point, { right = 0 } = {}) {
    const options = { animate: !this.still.matches, duration: 0.8, easeLinearity: 0.9, noMoveStart: true };
    this.map.panTo(this.#middleFor(point, this.map.getZoom(), right), options);
  }

  #middleFor({ x, y }, zoom, right) {
    return this.map.unproject(this.map.project([latitudeOf(y), longitudeOf(x)], zoom).add([right / 2, 0]), zoom);
  }
}

function baseLayer({ tile_url: url, tile_attribution: attribution, basemap_url: basemap }) {
  return url ? L.tileLayer(url, { attribution, maxZoom: 20 }) : basemapLayer({ url: basemap });
}
