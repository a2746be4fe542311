/** The phone's screen: kept on while driving, and in the colours the driver wants. */
import { store } from "core/bus";
import { keep, kept } from "drive/database";

export const awake = store(false);
/** "system", "light" or "dark". */
export const theme = store("system");

let lock = null;
let isOnDuty = false;

async function remember(part) {
  await keep("settings", { ...(await kept("settings")), ...part });
}

export async function restore() {
  const settings = (await kept("settings")) ?? {};
  awake.set(settings.awake ?? false);
  paint(settings.theme ?? "system");
}

function paint(value) {
  theme.set(value);
  if (value === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = value;
}

export function chooseTheme(value) {
  paint(value);
  return remember({ theme: value });
}

export function setAwake(value) {
  awake.set(value);
  hold();
  return remember({ awake: value });
}

export function follow(onDuty) {
  isOnDuty = onDuty;
  hold();
}

async function hold() {
  const wanted = awake.get() && isOnDuty && !document.hidden && "wakeLock" in navigator;
  if (wanted && !lock) {
    lock = await navigator.wakeLock.request("screen").catch(() => null);
    lock?.addEventListener("release", () => (lock = null));
  } else if (!wanted && lock) await lock.release();
}

// The browser lets go whenever the page is out of sight.
document.addEventListener("visibilitychange", hold);
