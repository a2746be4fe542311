/** Times in the tenant's zone, ages that tick, amounts and plurals: the one way numbers become words. */
import { config } from "core/config";

const zone = config.tenant?.timezone ?? "UTC";
const currency = config.tenant?.currency ?? "EUR";
const shape = (options) => new Intl.DateTimeFormat("en-GB", { timeZone: zone, ...options });

const CLOCK = shape({ hour: "2-digit", minute: "2-digit" });
const EXACT = shape({ hour: "2-digit", minute: "2-digit", second: "2-digit" });
const DAY = shape({ day: "numeric", month: "short" });
const DAY_YEAR = shape({ day: "numeric", month: "short", year: "numeric" });
const WEEKDAY = shape({ weekday: "short", day: "numeric", month: "short" });
const ISO_DAY = new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" });
const FULL = shape({ weekday: "short", day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit", timeZoneName: "short" });

const moment = (value) => (value instanceof Date ? value : new Date(value));
const missing = (value) => value === null || value === undefined || value === "";

/** The tenant's local day as YYYY-MM-DD. */
export const dayOf = (value = new Date()) => ISO_DAY.format(moment(value));

/** "14:05"; on another day "21 Nov 14:05". */
export function time(value) {
  if (missing(value)) return "–";
  const at = moment(value);
  return dayOf(at) === dayOf() ? CLOCK.format(at) : `${day(at)} ${CLOCK.format(at)}`;
}
export const clock = (value) => (missing(value) ? "–" : CLOCK.format(moment(value)));
export const exactTime = (value) => (missing(value) ? "–" : EXACT.format(moment(value)));
export const fullTime = (value) => (missing(value) ? "–" : FULL.format(moment(value)));
export function day(value) {
  if (missing(value)) return "–";
  const at = moment(value);
  return (dayOf(at).slice(0, 4) === dayOf().slice(0, 4) ? DAY : DAY_YEAR).format(at);
}
/** "Today", "Yesterday", "Mon, 23 Nov" for YYYY-MM-DD or the words the filters use. */
export function dayName(value) {
  const named = { today: "Today", yesterday: "Yesterday", tomorrow: "Tomorrow" };
  if (named[value]) return named[value];
  const at = new Date(`${value}T12:00:00Z`);
  return Number.isNaN(at.getTime()) ? value : new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", weekday: "short", day: "numeric", month: "short" }).format(at);
}
export const weekday = (value) => WEEKDAY.format(moment(value));

/** "40 s", "6 min", "2 h 5 min", "3 d" */
export function duration(seconds) {
  const whole = Math.max(0, Math.round(Math.abs(seconds)));
  if (whole < 60) return `${whole} s`;
  const minutes = Math.round(whole / 60);
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 24 * 60) {
    const rest = minutes % 60;
    return rest ? `${Math.floor(minutes / 60)} h ${rest} min` : `${minutes / 60} h`;
  }
  return `${Math.round(minutes / 1440)} d`;
}
/** "4 s ago" */
export function age(value, now = Date.now()) {
  if (missing(value)) return "never";
  const seconds = (now - moment(value).getTime()) / 1000;
  return seconds < 1 ? "now" : `${duration(seconds)} ago`;
}
/** Against a promise: "in 14 min", "12 min late", "due now" */
export function due(value, now = Date.now()) {
  if (missing(value)) return "–";
  const seconds = (moment(value).getTime() - now) / 1000;
  if (Math.abs(seconds) < 60) return "due now";
  return seconds > 0 ? `in ${duration(seconds)}` : `${duration(seconds)} late`;
}

/** When a driver is expected: the pickup until the package is on board, then the door; null where nobody knows. */
export function expected({ eta, picked_up_at: pickedUp }) {
  if (!eta) return null;
  const isPickup = !pickedUp && eta.pickup_at;
  const at = isPickup ? eta.pickup_at : eta.dropoff_at;
  return at ? { at, words: `${isPickup ? "pickup" : "door"} ${eta.is_estimate ? "about " : ""}${time(at)}` } : null;
}

const GROUPED = new Intl.NumberFormat("en");
const moneyFormats = new Map();
export const number = (value) => (missing(value) ? "–" : GROUPED.format(value));
/** "CHF 48.20"; the amount comes as a decimal string from the API. */
export function money(amount, unit = currency) {
  if (missing(amount)) return "–";
  if (!moneyFormats.has(unit)) moneyFormats.set(unit, new Intl.NumberFormat("en", { style: "currency", currency: unit, currencyDisplay: "code" }));
  return moneyFormats.get(unit).format(Number(amount));
}
/** plural(3, "order") -> "3 orders"; plural(2, "box", "boxes") */
export const plural = (count, one, many = `${one}s`) => `${GROUPED.format(count)} ${Math.abs(count) === 1 ? one : many}`;
export const distance = (metres) => (missing(metres) ? "–" : metres < 1000 ? `${Math.round(metres)} m` : metres < 10000 ? `${(metres / 1000).toFixed(1)} km` : `${GROUPED.format(Math.round(metres / 1000))} km`);
export const speed = (metresPerSecond) => (missing(metresPerSecond) ? "–" : `${Math.round(metresPerSecond * 3.6)} km/h`);
export const initials = (name) => (name ?? "").split(/\s+/).filter(Boolean).slice(0, 2).map((word) => word[0].toUpperCase()).join("");

/**
 * <time data-tick="age|due" datetime="…"> keeps its words right while it is shown. `tick(node)` makes such a node.
 */
export function tick(value, kind = "age") {
  const node = document.createElement("time");
  node.dataset.tick = kind;
  node.dateTime = moment(value).toISOString();
  node.title = fullTime(value);
  node.textContent = kind === "due" ? due(value) : age(value);
  return node;
}

export function startTicking() {
  setInterval(() => {
    if (document.hidden) return;
    const now = Date.now();
    for (const node of document.querySelectorAll("time[data-tick]")) {
      const words = node.dataset.tick === "due" ? due(node.dateTime, now) : age(node.dateTime, now);
      if (node.textContent !== words) node.textContent = words;
    }
  }, 1000);
}
