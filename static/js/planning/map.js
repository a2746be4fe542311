/* The plan on the map: each driver's way in an own colour, the stops numbered in their sequence. */

import { makeMap } from "order/map/small_map";
import { element } from "core/dom";
import { clock } from "core/format";
import { colour } from "core/theme";
import { L } from "map/leaflet";

const COLOURS = 10;
/** With more drivers than this, only the one looked at has numbers; the others' stops are dots. */
const FEW = 6;

/** The name of the colour of the driver at this place in the plan. Beyond ten they come again, with a dashed line. */
export const toneOf = (index) => `--plan-${(index % COLOURS) + 1}`;

const placed = ({ latitude }) => latitude !== null;
const at = ({ latitude, longitude }) => [latitude, longitude];

export class PlanMap {
  #layers = [];
  #chosen = null;
  #result = null;

  constructor(box, { chosen, empty }) {
    Object.assign(this, { chosen, empty });
    this.map = makeMap(box);
    this.watch = new ResizeObserver(() => this.map.invalidateSize({ pan: false }));
    this.watch.observe(box);
  }

  destroy() {
    this.watch.disconnect();
    this.map.remove();
  }

  /** A plan's result, or nothing with a word about why. */
  show(result, words = "") {
    this.#result = result;
    this.#chosen = null;
    this.empty.hidden = result !== null;
    this.empty.querySelector("p").textContent = words;
    this.redraw();
    this.fit();
  }

  redraw() {
    this.#layers.forEach(({ group }) => group.remove());
    this.#layers = [];
    if (!this.#result) return;
    const shown = this.#result.drivers.filter(({ stops }) => stops.length);
    shown.forEach((part, index) => this.#layers.push({ id: part.driver_id, ...this.#draw(part, index) }));
    this.#paint(this.#chosen);
  }

  fit(id = null) {
    const layers = this.#layers.filter((layer) => id === null || layer.id === id);
    const places = layers.flatMap(({ places: found }) => found);
    if (places.length) this.map.fitBounds(L.latLngBounds(places).pad(0.08), { maxZoom: 16, animate: false });
  }

  light(id) {
    this.#paint(id ?? this.#chosen);
  }

  choose(id) {
    this.#chosen = id;
    this.#paint(id);
    this.fit(id);
  }

  point(stop) {
    if (placed(stop)) this.map.panTo(at(stop), { animate: false });
  }

  #draw(part, index) {
    const ink = colour(toneOf(index));
    const group = L.layerGroup().addTo(this.map);
    const pick = () => this.chosen(part.driver_id);
    const line = part.line.length ? part.line : part.stops.filter(placed).map(at);
    const under = L.polyline(line, { color: colour("--surface"), weight: 7, opacity: 0.75, interactive: false }).addTo(group);
    const way = L.polyline(line, { color: ink, weight: 3.5, opacity: 0.95, dashArray: index >= COLOURS ? "8 6" : null }).on("click", pick).addTo(group);
    if (placed(part.start)) L.circleMarker(at(part.start), { radius: 6, color: colour("--surface"), weight: 2, fillColor: ink, fillOpacity: 1 }).bindTooltip(`${part.driver} starts here`).addTo(group);
    const marks = this.#visits(part).map(({ stop, first, last, kind }) => {
      const mark = element("span", { class: `plan-mark ${kind}`, dataset: { driver: part.driver_id } }, first === last ? String(first) : `${first}–${last}`);
      mark.style.setProperty("--plan-ink", ink);
      const words = `${part.driver}, stop ${first === last ? first : `${first} to ${last}`}, ${clock(stop.at)}: ${kind === "pickup" ? "pick up" : "deliver"} ${stop.code}${last > first ? ` and ${last - first} more` : ""}${stop.late_minutes ? `, ${stop.late_minutes} min late` : ""}`;
      return L.marker(at(stop), { icon: L.divIcon({ className: "pin-host", html: mark, iconSize: [24, 22] }), title: words, alt: words, keyboard: false }).on("click", pick).addTo(group);
    });
    return { group, way, under, marks, places: line };
  }

  /** Stops at one place one after the other are one mark. */
  #visits({ stops }) {
    const found = [];
    stops.forEach((stop, index) => {
      const before = found.at(-1);
      if (before && before.kind === stop.kind && before.stop.latitude === stop.latitude && before.stop.longitude === stop.longitude) before.last = index + 1;
      else if (placed(stop)) found.push({ stop, kind: stop.kind, first: index + 1, last: index + 1 });
    });
    return found;
  }

  #paint(id) {
    for (const { id: own, way, under, marks } of this.#layers) {
      const isQuiet = id !== null && own !== id;
      way.setStyle({ opacity: isQuiet ? 0.22 : 0.95, weight: own === id ? 5 : 3.5 });
      under.setStyle({ opacity: isQuiet ? 0.2 : 0.75 });
      marks.forEach((mark) => {
        mark.setOpacity(isQuiet ? 0.25 : 1);
        mark.getElement()?.firstElementChild.classList.toggle("dot", own !== id && this.#layers.length > FEW);
        mark.setZIndexOffset(own === id ? 1000 : 0);
      });
      if (own === id) {
        under.bringToFront();
        way.bringToFront();
      }
    }
  }
}
