/** What the phone keeps: IndexedDB, because it holds pictures as they are and survives the page being closed. */
const NAME = "drive";
const VERSION = 1;
const STORES = {
  // Single values by name: session, profile, work, finished, collections, settings, sequence.
  kept: undefined,
  acts: { keyPath: "sequence" },
  pictures: { keyPath: "id" },
  positions: { keyPath: "number", autoIncrement: true },
};

let opening;

const settled = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

function open() {
  opening ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = () => {
      for (const [store, options] of Object.entries(STORES)) request.result.createObjectStore(store, options);
    };
    request.onsuccess = () => {
      // The browser may take the database away (storage cleared): the next use opens it anew.
      request.result.onclose = () => (opening = undefined);
      resolve(request.result);
    };
    request.onerror = () => reject(request.error);
  });
  return opening;
}

/**
 * Work on some stores in one transaction: all of it is stored or nothing.
 * change(["acts", "kept"], async ({ acts, kept }) => { await acts.put(…) }); inside, wait for nothing but the stores.
 */
export async function change(names, work) {
  const transaction = (await open()).transaction(names, "readwrite");
  const finished = new Promise((resolve, reject) => {
    transaction.oncomplete = resolve;
    transaction.onerror = () => reject(transaction.error);
    transaction.onabort = () => reject(transaction.error ?? new Error("The phone could not store this."));
  });
  const stores = Object.fromEntries(names.map((name) => [name, through(transaction.objectStore(name))]));
  const result = await work(stores);
  await finished;
  return result;
}

export async function read(name, ask) {
  return ask(through((await open()).transaction(name).objectStore(name)));
}

const through = (store) => ({
  get: (key) => settled(store.get(key)),
  all: (query, count) => settled(store.getAll(query, count)),
  keys: () => settled(store.getAllKeys()),
  count: () => settled(store.count()),
  put: (value, key) => settled(store.put(value, key)),
  remove: (key) => settled(store.delete(key)),
  clear: () => settled(store.clear()),
  /** The last `count` values by key, newest first. */
  newest: (count) =>
    new Promise((resolve, reject) => {
      const found = [];
      const request = store.openCursor(null, "prev");
      request.onerror = () => reject(request.error);
      request.onsuccess = () => {
        const cursor = request.result;
        if (!cursor || found.length === count) return resolve(found);
        found.push(cursor.value);
        cursor.continue();
      };
    }),
});

export const kept = (key) => read("kept", (store) => store.get(key));
export const keep = (key, value) => change(["kept"], ({ kept: store }) => store.put(value, key));

/** Everything this phone knows of its driver; `settings` of the phone itself stay. */
export function forgetAll() {
  return change(Object.keys(STORES), async (stores) => {
    const settings = await stores.kept.get("settings");
    await Promise.all(Object.values(stores).map((store) => store.clear()));
    if (settings) await stores.kept.put(settings, "settings");
  });
}

/** Ask the browser not to clear this away when the phone is short of room: unsent work is in it. */
export const keepForGood = () => navigator.storage?.persist?.().catch(() => false);
