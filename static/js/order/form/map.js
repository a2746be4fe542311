/** The map beside the form: zones, both ends as marks that can be dragged, and a click that sets the chosen end. */
import { get } from "core/http";
import { on } from "core/bus";
import { L } from "map/leaflet";
import { ZoneLayer } from "map/zone_layer";
import { endMarker, makeMap } from "order/map/small_map";

const PANE = "zones";
let zones = null;

/** Asked once for the life of the page: zones change rarely, and the server places the ends anyway. */
function zoneShapes() {
  zones ??= get("zones/geojson/", { active: "true" }).catch((error) => {
    zones = null;
    throw error;
  });
  return zones;
}

export class FormMap {
  #markers = {};
  #line = null;
  #stops = [];

  /** `moved(end, {lat, lng})` hears a click or the end of a drag. */
  constructor(box, { moved }) {
    this.moved = moved;
    this.map = makeMap(box);
    const pane = this.map.createPane(PANE);
    pane.style.zIndex = 410;
    pane.style.pointerEvents = "none";
    this.zones = new ZoneLayer({ pane: PANE }).addTo(this.map);
    zoneShapes().then(({ features }) => this.zones.setZones(features), () => {});
    this.map.on("click", ({ latlng }) => this.moved(this.chosenEnd, latlng.wrap()));
    const resize = new ResizeObserver(() => this.map.invalidateSize({ pan: false }));
    resize.observe(box);
    this.#stops.push(() => resize.disconnect(), on("theme", () => this.zones.retheme()));
  }

  chosenEnd = "pickup";

  destroy() {
    this.#stops.forEach((stop) => stop());
    this.map.remove();
  }

  /** `ends`: [{ role, shape, lat, lng, label, draggable }], only those with a point. */
  show(ends, { fit = false } = {}) {
    for (const role of ["pickup", "dropoff"]) {
      const end = ends.find((each) => each.role === role);
      const picture = end && `${end.shape}${end.draggable}`;
      if (this.#markers[role] && this.#markers[role].picture !== picture) {
        this.#markers[role].remove();
        delete this.#markers[role];
      }
      if (!end) continue;
      if (this.#markers[role]) this.#markers[role].setLatLng([end.lat, end.lng]);
      else {
        const marker = endMarker(end, { draggable: end.draggable, autoPan: true }).addTo(this.map);
        marker.picture = picture;
        marker.on("dragend", () => this.moved(role, marker.getLatLng().wrap()));
        this.#markers[role] = marker;
      }
    }
    this.#line?.remove();
    this.#line = ends.length === 2 ? L.polyline(ends.map(({ lat, lng }) => [lat, lng]), { className: "order-line", interactive: false }).addTo(this.map) : null;
    if (fit && ends.length) this.fit(ends);
  }

  fit(ends) {
    const bounds = L.latLngBounds(ends.map(({ lat, lng }) => [lat, lng]));
    if (this.map.getBounds().pad(-0.1).contains(bounds) && ends.length === 1) return;
    this.map.fitBounds(bounds, { padding: [60, 60], maxZoom: Math.max(15, Math.min(16, this.map.getZoom())) });
  }
}
