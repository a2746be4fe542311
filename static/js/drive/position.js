/** Sharing the position while on duty: read by the phone, kept until the server has it, newest first. */
import { store } from "core/bus";
import { change, kept, keep, read } from "drive/database";
import { line, post } from "drive/server";

const EVERY = 5_000;
const FLUSH = 8_000;
const STILL = 15_000;
const MOST_AT_ONCE = 300;
const MOST_KEPT = 20_000;
const OLDEST = 7 * 24 * 3600 * 1000;

/**
 * { wanted, state: "off" | "asking" | "on" | "denied" | "unavailable" | "impossible", at, accuracy, waiting, battery }
 * `at` is the epoch ms of the last reading, `waiting` how many readings are still to be sent.
 */
export const position = store({ wanted: false, state: "off", at: 0, accuracy: null, waiting: 0, battery: null });

const set = (part) => position.set({ ...position.get(), ...part });
let watch = null;
let timer;
let battery = null;
let flushing = null;
let lastKept = 0;

export const isPossible = () => window.isSecureContext && "geolocation" in navigator;

export async function restore() {
  const wanted = ((await kept("settings")) ?? {}).sharesPosition ?? false;
  set({ wanted, state: isPossible() ? "off" : "impossible", waiting: await read("positions", (kept) => kept.count()) });
  battery = (await navigator.getBattery?.().catch(() => null)) ?? null;
}

async function remember(sharesPosition) {
  await keep("settings", { ...(await kept("settings")), sharesPosition });
  set({ wanted: sharesPosition });
}

/** After the driver has agreed by a tap: the browser asks for the permission now. */
export async function agree() {
  await remember(true);
  begin();
}

export async function decline() {
  await remember(false);
  end();
}

/** On duty with consent: watch. Otherwise not. */
export function follow(isOnDuty) {
  if (isOnDuty && position.get().wanted) begin();
  else end();
}

function begin() {
  if (watch !== null || !isPossible()) return;
  set({ state: "asking" });
  watch = navigator.geolocation.watchPosition(took, failed, { enableHighAccuracy: true, maximumAge: 2_000, timeout: 60_000 });
  timer = setInterval(beat, FLUSH);
}

/** A browser tells of a new place only: whoever stands still would look lost. */
function beat() {
  if (Date.now() - position.get().at > STILL && !document.hidden) navigator.geolocation.getCurrentPosition(took, () => {}, { enableHighAccuracy: true, maximumAge: 0, timeout: 10_000 });
  flush();
}

function end() {
  if (watch !== null) navigator.geolocation.clearWatch(watch);
  clearInterval(timer);
  watch = null;
  if (isPossible()) set({ state: "off" });
  flush();
}

function failed(error) {
  if (error.code === error.PERMISSION_DENIED) {
    navigator.geolocation.clearWatch(watch);
    clearInterval(timer);
    watch = null;
    set({ state: "denied" });
  } else set({ state: "unavailable" });
}

const known = (value) => (Number.isFinite(value) ? value : null);

async function took({ coords, timestamp }) {
  set({ state: "on", at: timestamp, accuracy: known(coords.accuracy), battery: battery?.level ?? null });
  if (timestamp - lastKept < EVERY) return;
  lastKept = timestamp;
  const sample = {
    latitude: coords.latitude,
    longitude: coords.longitude,
    recorded_at: new Date(timestamp).toISOString(),
    heading: known(coords.heading),
    speed: known(coords.speed),
    accuracy: known(coords.accuracy),
    battery: known(battery?.level),
  };
  await change(["positions"], async ({ positions }) => {
    await positions.put({ sample, at: timestamp });
    const numbers = await positions.keys();
    for (const number of numbers.slice(0, Math.max(0, numbers.length - MOST_KEPT))) await positions.remove(number);
  });
  set({ waiting: position.get().waiting + 1 });
  if (position.get().waiting === 1) flush();
}

/** The newest first: dispatch wants to know where the driver is now, and the way there after that. */
export function flush() {
  flushing ??= send().finally(() => (flushing = null));
  return flushing;
}

async function send() {
  try {
    for (;;) {
      const batch = await read("positions", (kept) => kept.newest(MOST_AT_ONCE));
      const waiting = await read("positions", (kept) => kept.count());
      set({ waiting });
      if (!batch.length) return;
      const sent_at = new Date().toISOString();
      const samples = batch.filter(({ at }) => Date.now() - at < OLDEST).map(({ sample }) => ({ ...sample, sent_at }));
      try {
        if (samples.length) await post("driver/positions", samples);
      } catch (error) {
        if (error.isPassing || error.status === 401) return;
        // Not one of them can be true for the server: they are of no use.
      }
      await change(["positions"], async ({ positions }) => {
        for (const { number } of batch) await positions.remove(number);
      });
    }
  } catch (error) {
    reportError(error);
  }
}

let wasReached = null;
line.watch(({ reached }) => {
  if (reached && wasReached === false) flush();
  wasReached = reached;
});
