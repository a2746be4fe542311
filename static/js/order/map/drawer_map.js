/** The small map in the drawer: both ends, the way along the streets between them, and where the driver is now. */
import { age, fullTime } from "core/format";
import { config } from "core/config";
import { L } from "map/leaflet";
import { wayOf } from "map/way";
import { makeMap, endMarker, driverMarker } from "order/map/small_map";

const STALE_AFTER = (config.tenant?.stale_position_minutes ?? 5) * 60_000;

export class DrawerMap {
  #ends = [];
  #line = null;
  #driver = null;
  #position = null;
  #drawn = "";

  constructor(box, order) {
    this.box = box;
    this.map = makeMap(box, { controls: false });
    this.map.scrollWheelZoom.disable();
    this.update(order);
  }

  destroy() {
    this.map.remove();
  }

  update(order) {
    const picture = JSON.stringify(order.ends);
    if (picture !== this.#drawn) {
      this.#drawn = picture;
      [...this.#ends, this.#line].forEach((layer) => layer?.remove());
      const placed = order.ends.filter(({ lat, lng }) => lat !== null && lng !== null);
      this.#line = placed.length === 2 ? L.polyline(placed.map(({ lat, lng }) => [lat, lng]), { className: "order-line", interactive: false }).addTo(this.map) : null;
      if (this.#line) this.#followStreets(placed, this.#line);
      this.#ends = placed.map((end) => endMarker(end).addTo(this.map));
      this.movePosition(order.position);
      this.#fit();
    } else this.movePosition(order.position);
  }

  /** The line is straight until the streets are known. */
  async #followStreets(ends, line) {
    const way = await wayOf(ends);
    if (way && this.#line === line) line.setLatLngs(way.line);
  }

  movePosition(position) {
    this.#position = position;
    if (!position) {
      this.#driver?.remove();
      this.#driver = null;
      return;
    }
    const at = [position.lat, position.lng];
    if (this.#driver) this.#driver.setLatLng(at);
    else this.#driver = driverMarker(at).addTo(this.map);
    const isStale = Date.now() - Date.parse(position.recorded_at) > STALE_AFTER;
    this.#driver.getElement()?.classList.toggle("stale", isStale);
  }

  /** The age of the position, in words that keep counting. */
  showAge(box) {
    if (!box || !this.#position) return;
    let time = box.querySelector("time");
    if (!time) {
      time = document.createElement("time");
      time.dataset.tick = "age";
      box.classList.remove("muted");
      box.replaceChildren(time);
    }
    time.dateTime = this.#position.recorded_at;
    time.title = fullTime(this.#position.recorded_at);
    time.textContent = age(this.#position.recorded_at);
    box.classList.toggle("soon", Date.now() - Date.parse(this.#position.recorded_at) > STALE_AFTER);
  }

  #fit() {
    const points = this.#ends.map((marker) => marker.getLatLng());
    if (this.#position) points.push(L.latLng(this.#position.lat, this.#position.lng));
    if (points.length) this.map.fitBounds(L.latLngBounds(points), { padding: [26, 26], maxZoom: 15, animate: false });
  }
}
