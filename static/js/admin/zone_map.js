/* Draws a zone: polygons with holes and parts, one rectangle or one circle. The form's fields hold the result. */

import { L, makeMap, numberOf, round, write } from "admin/map_host";

// After Leaflet: it hangs itself on the global that Leaflet leaves behind.
import "leaflet-draw";

const PLACE = /near (-?\d+\.\d+), (-?\d+\.\d+)/;
const DEFAULT_COLOUR = "#2456e6";
const HINTS = {
  empty: "Draw the zone: choose a shape at the left of the map, then click its corners.",
  polygon: "Draw another polygon to add a part, or “Cut a hole” to leave something out.",
  rectangle: "One rectangle. Drawing another shape replaces it.",
};

export function mountZoneMap(element) {
  const form = element.closest("form");
  const field = (name) => form.elements.namedItem(name);
  const outline = document.getElementById(element.dataset.outline);
  if (!outline) return element.remove();
  new ZoneEditor(element, {
    outline,
    shape: field("shape"),
    colour: field("colour"),
    latitude: field("centre_latitude"),
    longitude: field("centre_longitude"),
    radius: field("radius_metres"),
  });
}

class ZoneEditor {
  #fields;
  #map;
  #drawn = new L.FeatureGroup();
  #words;
  #cutting = false;

  constructor(element, fields) {
    this.#fields = fields;
    this.#map = makeMap(element);
    this.#words = element.querySelector(".form-map-words");
    this.#showNeighbours(JSON.parse(element.dataset.neighbours));
    this.#drawn.addTo(this.#map);
    this.#addTools();
    this.#map.on(L.Draw.Event.CREATED, ({ layer, layerType }) => this.#take(layer, layerType));
    this.#map.on("draw:edited draw:editvertex draw:editmove draw:editresize draw:deleted", () => this.#save());
    fields.outline.addEventListener("change", () => this.#load({ look: true }));
    fields.colour?.addEventListener("input", () => this.#drawn.setStyle(this.#style()));
    this.#load({ look: true });
    this.#showFault(element);
  }

  /* From the fields to the map */

  #load({ look }) {
    this.#drawn.clearLayers();
    for (const layer of this.#layersOfFields()) this.#drawn.addLayer(layer.setStyle(this.#style()));
    const bounds = this.#drawn.getBounds();
    if (look && bounds.isValid()) this.#map.fitBounds(bounds, { padding: [40, 40], animate: false });
    this.#say();
  }

  #layersOfFields() {
    const { shape, latitude, longitude, radius } = this.#fields;
    const [lat, lng, metres] = [latitude, longitude, radius].map(numberOf);
    if (shape.value === "circle" && lat !== null && lng !== null && metres > 0) return [L.circle([lat, lng], { radius: metres })];
    const polygons = readPolygons(this.#fields.outline.value);
    if (shape.value === "rectangle" && polygons.length === 1) return [L.rectangle(L.latLngBounds(polygons[0][0]))];
    return polygons.map((rings) => L.polygon(rings));
  }

  /* From the map to the fields */

  #save() {
    const layers = this.#drawn.getLayers();
    const { shape, latitude, longitude, radius, outline } = this.#fields;
    const circle = layers.find((layer) => layer instanceof L.Circle);
    write(latitude, circle ? String(round(circle.getLatLng().lat)) : "");
    write(longitude, circle ? String(round(circle.getLatLng().lng)) : "");
    write(radius, circle ? String(Math.round(circle.getRadius() * 10) / 10) : "");
    if (circle) write(shape, "circle");
    else if (layers.length === 1 && layers[0] instanceof L.Rectangle) write(shape, "rectangle");
    else write(shape, "polygon");
    // Not through `write`: that would be heard as typing, and drawn again under the hand that draws.
    outline.value = circle ? "" : writePolygons(layers);
    this.#say();
  }

  #take(layer, kind) {
    if (this.#cutting) {
      this.#cutting = false;
      this.#cut(layer);
    } else {
      const whole = kind !== "polygon" || !this.#drawn.getLayers().every(isPolygon);
      if (whole) this.#drawn.clearLayers();
      this.#drawn.addLayer(layer.setStyle(this.#style()));
    }
    this.#save();
  }

  /** The drawn ring becomes a hole of the polygon around it. */
  #cut(layer) {
    const [ring] = layer.getLatLngs();
    const around = this.#drawn.getLayers().find((other) => isPolygon(other) && contains(other.getLatLngs()[0], ring[0]));
    if (!around) {
      this.#words.textContent = "A hole must lie inside a polygon. Draw the polygon first, then its hole.";
      return;
    }
    this.#drawn.removeLayer(around);
    this.#drawn.addLayer(L.polygon([...around.getLatLngs(), ring]).setStyle(this.#style()));
  }

  /* Around it */

  #addTools() {
    const line = { shapeOptions: this.#style() };
    const draw = {
      polygon: { ...line, allowIntersection: false, showArea: false },
      rectangle: { ...line, showArea: false },
      circle: { ...line, feet: false },
      polyline: false,
      marker: false,
      circlemarker: false,
    };
    this.#map.addControl(new L.Control.Draw({ draw, edit: { featureGroup: this.#drawn, poly: { allowIntersection: true } } }));
    const editor = this;
    const Cut = L.Control.extend({
      options: { position: "topleft" },
      onAdd(map) {
        const button = L.DomUtil.create("button", "form-map-cut leaflet-bar");
        button.type = "button";
        button.textContent = "Cut a hole";
        L.DomEvent.disableClickPropagation(button);
        L.DomEvent.on(button, "click", () => editor.#startCutting(map, line));
        return button;
      },
    });
    this.#map.addControl(new Cut());
  }

  #startCutting(map, line) {
    if (!this.#drawn.getLayers().some(isPolygon)) {
      this.#words.textContent = "Draw a polygon first; then a hole can be cut out of it.";
      return;
    }
    this.#cutting = true;
    map.once(L.Draw.Event.DRAWSTOP, () => setTimeout(() => { this.#cutting = false; }));
    new L.Draw.Polygon(map, { ...line, allowIntersection: false }).enable();
  }

  #showNeighbours(zones) {
    for (const { code, name, colour, geometry } of zones) {
      const style = { color: colour, weight: 1.5, dashArray: "4 4", fillOpacity: 0.04, interactive: false };
      for (const rings of polygonsOf(geometry)) {
        L.polygon(rings, style).bindTooltip(`${name} (${code})`, { sticky: true }).addTo(this.#map);
      }
    }
  }

  /** The server says where an outline is broken: point at it. */
  #showFault(element) {
    const row = element.closest(".field-geometry") ?? element.parentElement;
    const place = PLACE.exec(row.querySelector(".errorlist")?.textContent ?? "");
    if (!place) return;
    const spot = L.latLng(Number(place[1]), Number(place[2]));
    L.circleMarker(spot, { radius: 11, color: "#b92234", weight: 3, fill: false, interactive: false }).addTo(this.#map);
    if (!this.#map.getBounds().contains(spot)) this.#map.panTo(spot, { animate: false });
  }

  #style() {
    const color = this.#fields.colour?.value || DEFAULT_COLOUR;
    return { color, weight: 2.5, fillColor: color, fillOpacity: 0.16, opacity: 1 };
  }

  #say() {
    const layers = this.#drawn.getLayers();
    const circle = layers.find((layer) => layer instanceof L.Circle);
    if (circle) this.#words.textContent = `One circle with a radius of ${metres(circle.getRadius())}. Drawing another shape replaces it.`;
    else if (!layers.length) this.#words.textContent = HINTS.empty;
    else this.#words.textContent = layers[0] instanceof L.Rectangle ? HINTS.rectangle : HINTS.polygon;
  }
}

function isPolygon(layer) {
  return layer instanceof L.Polygon && !(layer instanceof L.Rectangle);
}

function metres(radius) {
  return radius < 1000 ? `${Math.round(radius)} m` : `${(radius / 1000).toFixed(2)} km`;
}

/** Whether a ring goes around a point: a ray from it crosses the ring an odd number of times. */
function contains(ring, { lat, lng }) {
  let inside = false;
  ring.forEach((to, index) => {
    const from = ring.at(index - 1);
    if (from.lat > lat !== to.lat > lat && lng < ((to.lng - from.lng) * (lat - from.lat)) / (to.lat - from.lat) + from.lng) inside = !inside;
  });
  return inside;
}

/* GeoJSON: longitude first, rings closed */

function readPolygons(text) {
  try {
    return polygonsOf(JSON.parse(text));
  } catch {
    return []; // half typed: the server will say what is wrong with it
  }
}

function polygonsOf(geometry) {
  const shape = geometry?.type === "Feature" ? geometry.geometry : geometry;
  const polygons = shape?.type === "Polygon" ? [shape.coordinates] : shape?.type === "MultiPolygon" ? shape.coordinates : [];
  return polygons.map((rings) => rings.map((ring) => ring.slice(0, -1).map(([lng, lat]) => L.latLng(lat, lng))));
}

function writePolygons(layers) {
  const polygons = layers.filter((layer) => layer instanceof L.Polygon).map((layer) => layer.getLatLngs().map(closedRing));
  if (!polygons.length) return "";
  const single = polygons.length === 1;
  return JSON.stringify({ type: single ? "Polygon" : "MultiPolygon", coordinates: single ? polygons[0] : polygons });
}

function closedRing(ring) {
  const corners = ring.map(({ lat, lng }) => [round(lng), round(lat)]);
  return [...corners, corners[0]];
}
