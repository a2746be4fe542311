/* A map inside a form of the admin: the same ground as the console's map, in the theme of the admin. */

import { basemapLayer } from "map/basemap";
import { L } from "map/leaflet";

const settings = JSON.parse(document.getElementById("map-settings").textContent);

/** Builds a map in `.form-map-host` of `element`, looking at where the company works. */
export function makeMap(element) {
  const host = element.querySelector(".form-map-host");
  const start = JSON.parse(element.dataset.start);
  followTheme(element);
  const map = L.map(host, {
    center: [start.latitude, start.longitude],
    zoom: start.zoom,
    minZoom: 3,
    maxZoom: 20,
    scrollWheelZoom: true,
    zoomSnap: 0.5,
  });
  map.attributionControl.setPrefix('<a href="https://leafletjs.com" rel="noreferrer">Leaflet</a>');
  const { tile_url: url, tile_attribution: attribution, basemap_url: basemap } = settings;
  (url ? L.tileLayer(url, { attribution, maxZoom: 20 }) : basemapLayer({ url: basemap, theme: element })).addTo(map);
  // The form's columns and hidden tabs change the size of the map without the window's doing.
  new ResizeObserver(() => map.invalidateSize({ pan: false })).observe(host);
  return map;
}

/** The basemap repaints when `data-theme` changes; the admin's theme says `dark` in a class of the root. */
function followTheme(element) {
  const root = document.documentElement;
  const follow = () => {
    element.dataset.theme = root.classList.contains("dark") ? "dark" : "light";
  };
  follow();
  new MutationObserver(follow).observe(root, { attributes: true, attributeFilter: ["class"] });
}

/** A number of a form field, however the browser's language writes it; null where there is none. */
export function numberOf(input) {
  const text = input.value.trim();
  return text !== "" && Number.isFinite(Number(text)) ? Number(text) : null;
}

/** Tells the form that a field was changed by a program, as typing would. */
export function write(input, value) {
  if (!input || input.value === value) return;
  input.value = value;
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

/** About a centimetre: what the server keeps, too. */
export const round = (degrees) => Math.round(degrees * 1e7) / 1e7;

export { L };
