/** The map beside a group: its ends and the ends of its orders; one that is pointed at stands out. */
import { L } from "map/leaflet";
import { stopLayers } from "groups/stop_layers";
import { endMarker, makeMap } from "order/map/small_map";

export class GroupMap {
  #layers = [];
  #drawn = "";

  constructor(box, points) {
    this.box = box;
    this.map = makeMap(box);
    this.show(points);
  }

  destroy() {
    this.map.remove();
  }

  /**
   * `points` have role, shape, label, lat, lng, and `code` for those of orders, `end` for those of the group. Where some
   * have a `place` in a sequence, these are shown and no others.
   */
  show(points) {
    const picture = JSON.stringify(points);
    if (picture === this.#drawn) return;
    this.#drawn = picture;
    this.#layers.forEach((layer) => layer.remove());
    const stops = points.filter(({ place }) => place);
    if (stops.length) {
      this.#layers = stopLayers(stops);
      this.#layers.forEach((layer) => layer.addTo(this.map));
      this.#fit(stops);
      return;
    }
    const ends = points.filter(({ end }) => end);
    const line = ends.length === 2 ? [L.polyline(ends.map(({ lat, lng }) => [lat, lng]), { className: "order-line", interactive: false })] : [];
    const marks = points.map((point) => endMarker(point, { zIndexOffset: point.end ? 400 : 0, title: point.code ? `${point.code}: ${point.label}` : point.label }));
    this.#layers = [...line, ...marks];
    this.#layers.forEach((layer) => layer.addTo(this.map));
    this.#fit(points);
  }

  #fit(points) {
    if (points.length) this.map.fitBounds(L.latLngBounds(points.map(({ lat, lng }) => [lat, lng])), { padding: [30, 30], maxZoom: 14, animate: false });
  }
}

/** The points that the server put into the page. */
export function pointsIn(root) {
  const source = root.querySelector("#group-points");
  const points = source ? JSON.parse(source.textContent) : [];
  return Array.isArray(points) ? points : [];
}
