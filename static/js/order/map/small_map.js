/** What the maps of drawer and form share: the ground, and the marks for ends and drivers. */
import { config } from "core/config";
import { icon } from "core/dom";
import { basemapLayer } from "map/basemap";
import { L } from "map/leaflet";

const settings = JSON.parse(document.getElementById("order-map-settings").textContent);

export function makeMap(box, { controls = true, ...options } = {}) {
  const { latitude, longitude, zoom } = config.tenant.map;
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const map = L.map(box, { center: [latitude, longitude], zoom, zoomControl: controls, minZoom: 3, maxZoom: 20, zoomSnap: 0.5, zoomAnimation: !still, fadeAnimation: !still, inertia: !still, keyboard: controls, ...options });
  map.attributionControl.setPrefix(false);
  const { tile_url: url, tile_attribution: attribution, basemap_url: basemap } = settings;
  (url ? L.tileLayer(url, { attribution, maxZoom: 20 }) : basemapLayer({ url: basemap })).addTo(map);
  return map;
}

const glyph = (className, name) => {
  const mark = document.createElement("span");
  mark.className = className;
  if (name) mark.append(icon(name, "small"));
  return mark;
};

/** `shape` is pickup, dropoff or warehouse; the colours and forms are those of the big map. */
export function endMarker({ role, shape, lat, lng, label }, options = {}) {
  const mark = glyph(`end-pin ${shape} for-${role}`, shape === "warehouse" ? "warehouse" : "");
  return L.marker([lat, lng], { icon: L.divIcon({ className: "pin-host", html: mark, iconSize: [22, 22] }), title: `${role === "pickup" ? "Pickup" : "Dropoff"}: ${label}`, alt: role === "pickup" ? "Pickup" : "Dropoff", keyboard: false, ...options });
}

export const driverMarker = (at) => L.marker(at, { icon: L.divIcon({ className: "pin-host", html: glyph("driver-pin", "driver"), iconSize: [24, 24] }), title: "Driver's last position", alt: "Driver", keyboard: false, interactive: false, zIndexOffset: 500 });
