/** The page's event bus: modules speak to each other here and need not know each other. README.md lists the events. */
const listeners = new Map();

/** @returns {() => void} stops listening */
export function on(name, listener) {
  if (!listeners.has(name)) listeners.set(name, new Set());
  listeners.get(name).add(listener);
  return () => listeners.get(name).delete(listener);
}

/** @returns {boolean} whether anybody listens: the caller may then do without */
export function emit(name, detail) {
  const hearers = [...(listeners.get(name) ?? [])];
  for (const listener of hearers) {
    try {
      listener(detail);
    } catch (error) {
      // One broken listener must not keep the others from hearing.
      reportError(error);
    }
  }
  return hearers.length > 0;
}

/** A value that can be watched: the listener is called at once, and again after each change. */
export function store(initial) {
  let value = initial;
  const watchers = new Set();
  return {
    get: () => value,
    set(next) {
      if (Object.is(next, value)) return;
      value = next;
      for (const watcher of [...watchers]) watcher(value);
    },
    watch(watcher) {
      watchers.add(watcher);
      watcher(value);
      return () => watchers.delete(watcher);
    },
  };
}
