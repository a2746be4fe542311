/**
 * How far long work is: bulk runs, imports, plans, large print files. The live stream says it ("live:progress") to the
 * person who started it, and to whoever else the work is meant for.
 *
 * An item is { kind, id, done, total (null while unknown), state, label, url }; `state` is waiting, running, and at the
 * end success, partial, failed or cancelled. Frames may be lost: a page that shows one work uses `followWork`, which
 * also asks the server when nothing was heard for a while.
 */
import { emit, on } from "core/bus";

const ASK_AFTER = 3000;
const works = new Map();

const keyOf = ({ kind, id }) => `${kind}:${id}`;
export const isOver = (state) => state !== "waiting" && state !== "running";

/** 0 to 1, or null while the total is unknown. */
export const share = ({ done, total }) => (total ? Math.min(1, done / total) : null);

/** Everything heard of since this page opened, the newest last. */
export const allWorks = () => [...works.values()];
export const forgetWork = (work) => works.delete(keyOf(work));

/** A page that starts a work, or learns of it by itself, says so here: the frame's indicator then shows it at once. */
export function tell(item) {
  const next = { ...item, heardAt: Date.now() };
  works.set(keyOf(item), next);
  emit("work", next);
}

on("live:progress", ({ items }) => items.forEach(tell));

/** Calls the listener with each news of one work, and at once with what is known. @returns {() => void} stops */
export function watchWork(kind, id, listener) {
  const known = works.get(keyOf({ kind, id }));
  if (known) listener(known);
  return on("work", (item) => item.kind === kind && String(item.id) === String(id) && listener(item));
}

/**
 * followWork({ kind, id, listener, read }): as watchWork, and while the work goes on `read()` is asked for a fresh item
 * whenever nothing was heard for three seconds. @returns {() => void} stops
 */
export function followWork({ kind, id, listener, read }) {
  let heardAt = Date.now();
  let over = false;
  let asking = false;
  const stop = watchWork(kind, id, (item) => {
    heardAt = Date.now();
    over = isOver(item.state);
    listener(item);
  });
  const timer = setInterval(async () => {
    if (over || asking || document.hidden || Date.now() - heardAt < ASK_AFTER) return;
    asking = true;
    try {
      tell({ kind, id: String(id), label: "", url: "", total: null, ...(await read()) });
    } catch {
      // The connection is shown by the live light; the next turn asks again.
    }
    heardAt = Date.now();
    asking = false;
  }, 1000);
  return () => {
    stop();
    clearInterval(timer);
  };
}
