/* What the map remembers in this browser: where each person last looked in each tenant, and which layers they want. */

import { config } from "core/config";

const key = (name) => `map.${name}.${config.tenant?.id ?? 0}.${config.user?.id ?? 0}`;

export function recall(name) {
  try {
    return JSON.parse(localStorage.getItem(key(name)));
  } catch {
    return null;
  }
}

export function remember(name, value) {
  try {
    localStorage.setItem(key(name), JSON.stringify(value));
  } catch {
    // A full or forbidden storage costs the memory, not the map.
  }
}
