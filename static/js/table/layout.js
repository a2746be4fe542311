/* Which columns are shown, in which order, how wide and whether pinned: kept per person, tenant and queue. */

import { config } from "core/config";
import { COLUMNS } from "table/columns";

const IDS = Object.keys(COLUMNS);
const storageKey = (queue) => `table-columns:${config.tenant?.id}:${queue || "all"}`;

/** The layout anybody starts with: [{ id, width, shown, pinned }] for every column. */
export const defaultLayout = () => IDS.map((id) => ({ id, width: COLUMNS[id].width, shown: Boolean(COLUMNS[id].shown), pinned: id === "code" }));

/** Any stored or shared layout made whole: unknown columns are dropped, new ones come last, code stays. */
export function sound(layout) {
  if (!Array.isArray(layout) || !layout.length) return defaultLayout();
  const known = layout.filter((entry) => IDS.includes(entry?.id));
  const missing = defaultLayout().filter(({ id }) => !known.some((entry) => entry.id === id));
  return [...known, ...missing.map((entry) => ({ ...entry, shown: false }))].map(({ id, width, shown, pinned }) => ({
    id,
    width: Math.min(600, Math.max(60, Number(width) || COLUMNS[id].width)),
    shown: Boolean(shown) || Boolean(COLUMNS[id].fixed),
    pinned: Boolean(pinned),
  }));
}

export function loadLayout(queue) {
  try {
    return sound(JSON.parse(localStorage.getItem(storageKey(queue))));
  } catch {
    return defaultLayout();
  }
}

export function saveLayout(queue, layout) {
  try {
    localStorage.setItem(storageKey(queue), JSON.stringify(layout));
  } catch {
    // A full or forbidden storage costs only the memory of widths.
  }
}
