/**
 * Tells the live stream which part of the map is in sight, so that it sends what moves there at once, and the rest now
 * and then. The map is a quarter larger than what is seen: whoever drives in is there already.
 */
import { emit } from "core/bus";
import { debounce } from "core/dom";

const MARGIN = 0.25;
const WAIT = 250;

/** Returns the function that ends it: then everything comes at once again. */
export function watchSight(map) {
  const tell = () => {
    const bounds = map.getBounds().pad(MARGIN);
    const latitude = (value) => Math.max(-90, Math.min(90, value));
    // The map can be dragged round the world; zoomed far out it shows the world several times.
    const turns = 360 * Math.round(bounds.getCenter().lng / 360);
    const longitude = (value) => Math.max(-720, Math.min(720, value - turns));
    emit("live:view", { bounds: [latitude(bounds.getSouth()), longitude(bounds.getWest()), latitude(bounds.getNorth()), longitude(bounds.getEast())] });
  };
  const soon = debounce(tell, WAIT);
  map.on("moveend resize", soon);
  map.whenReady(soon);
  return () => {
    soon.cancel();
    map.off("moveend resize", soon);
    emit("live:view", { bounds: null });
  };
}
