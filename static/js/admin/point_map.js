/* A place in a form: two number fields and a marker that follow each other. */

import { L, makeMap, numberOf, round, write } from "admin/map_host";

const CLOSE = 16;

export function mountPointMap(element) {
  const form = element.closest("form");
  const latitude = form.elements.namedItem(element.dataset.latitude);
  const longitude = form.elements.namedItem(element.dataset.longitude);
  if (!latitude || !longitude) return element.remove(); // seen only, not changed: there are no fields to write to
  const map = makeMap(element);
  const icon = L.divIcon({ className: "form-map-pin", iconSize: [26, 26], iconAnchor: [13, 26] });
  const marker = L.marker(map.getCenter(), { icon, draggable: true, keyboard: false, title: "Drag to move" });

  const show = ({ look }) => {
    const [lat, lng] = [numberOf(latitude), numberOf(longitude)];
    if (lat === null || lng === null || Math.abs(lat) > 90 || Math.abs(lng) > 180) return marker.remove();
    marker.setLatLng([lat, lng]).addTo(map);
    if (look) map.setView([lat, lng], Math.max(map.getZoom(), CLOSE), { animate: false });
  };
  const set = ({ lat, lng }) => {
    const place = L.latLng(lat, lng).wrap();
    write(latitude, String(round(place.lat)));
    write(longitude, String(round(place.lng)));
    show({ look: false });
  };
  map.on("click", ({ latlng }) => set(latlng));
  marker.on("dragend", () => set(marker.getLatLng()));
  for (const input of [latitude, longitude]) input.addEventListener("input", () => show({ look: true }));
  show({ look: true });
}
