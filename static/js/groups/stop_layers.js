/** Stops in sequence on a small map: numbered, with the way through them along the streets. */
import { element } from "core/dom";
import { L } from "map/leaflet";
import { wayOf } from "map/way";

/** `points` have place, role, shape, state (open, current or over), label, code, lat, lng. One mark stands for one place. */
export function stopLayers(points) {
  const line = L.polyline(points.map(({ lat, lng }) => [lat, lng]), { className: "order-line", interactive: false });
  wayOf(points).then((way) => way && line.setLatLngs(way.line));
  const places = new Map();
  for (const point of points) {
    const at = `${point.lat},${point.lng}`;
    places.set(at, [...(places.get(at) ?? []), point]);
  }
  return [line, ...[...places.values()].map(mark)];
}

/** Several stops at one door share a mark that names the first that is still ahead. */
function mark(points) {
  const shown = points.find(({ state }) => state === "current") ?? points.find(({ state }) => state === "open") ?? points[0];
  const more = points.length > 1 ? "+" : "";
  const title = points.map(({ place, role, code, label }) => `${place}. ${role === "pickup" ? "Pick up" : "Deliver"} ${code}: ${label}`).join("\n");
  const html = element("span", { class: `stop-pin ${shown.role} ${shown.state}`, dataset: { places: points.map(({ place }) => place).join(" ") } }, `${shown.place}${more}`);
  return L.marker([shown.lat, shown.lng], { icon: L.divIcon({ className: "pin-host", html, iconSize: [22, 22] }), title, alt: title, keyboard: false, zIndexOffset: shown.state === "current" ? 900 : shown.state === "open" ? 500 - shown.place : 0 });
}
