/** Live counts of queues and statuses, each obeying all other filters: asked of the server, never guessed here. */
import { on, store } from "core/bus";
import { config } from "core/config";
import { debounce } from "core/dom";
import { filters } from "core/filters";
import { number } from "core/format";
import { get } from "core/http";

/** null until known; then { queues: { all, on_demand, … }, statuses: { open, pending, late, … }, total, at_least, … } */
export const counts = store(null);

/** "1,204", or "10,000+" where the server stopped counting; nothing while it is not known. */
export function countText(facet, name) {
  const value = counts.get();
  const count = value?.[facet]?.[name];
  if (count === undefined) return "";
  return number(count) + (value.at_least?.[facet]?.includes(name) ? "+" : "");
}

const AFTER_FILTER = 120;
const AFTER_LIVE = 2000;
let running;

async function ask() {
  if (!config.addresses.counts) return;
  running?.abort();
  running = new AbortController();
  try {
    counts.set(await get(config.addresses.counts, filters.query({ without: ["ordering"] }), { signal: running.signal }));
  } catch (error) {
    // Old numbers would be wrong numbers: show none, and try again with the next change.
    if (error.name !== "AbortError") counts.set(null);
  }
}

const askSoon = debounce(ask, AFTER_FILTER);
let waiting = false;
/** Many consoles hear the same change at once: each waits its own moment, and a busy stream asks once per pause. */
export function refreshCounts() {
  if (waiting || document.hidden) return;
  waiting = true;
  setTimeout(() => {
    waiting = false;
    ask();
  }, AFTER_LIVE + Math.random() * 1000);
}

export function start() {
  filters.subscribe(askSoon);
  on("live:events", refreshCounts);
  on("live:reload", askSoon);
  document.addEventListener("visibilitychange", () => !document.hidden && askSoon());
  ask();
}
