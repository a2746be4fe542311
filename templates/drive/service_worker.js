{% autoescape off %}/** Keeps the driver's page on the phone. What the API says is no business of it: that is kept by the page itself. */
const VERSION = {{ version }};
const KEPT = {{ kept }};
{% endautoescape %}
const PREFIX = "drive-";
const CACHE = PREFIX + VERSION;
const HOME = "/drive/";

self.addEventListener("install", (event) => {
  // Past the browser's own cache: a mixture of two versions would not start.
  const fresh = KEPT.map((address) => new Request(address, { cache: "reload", credentials: "omit" }));
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(fresh)));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name.startsWith(PREFIX) && name !== CACHE).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

// The page asks for it once its driver has agreed: a reload in the middle of a signature would lose it.
self.addEventListener("message", (event) => event.data === "take-over" && self.skipWaiting());

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== self.location.origin) return;
  if (request.mode === "navigate" && address.pathname === HOME) {
    event.respondWith(fromCache(HOME, request));
  } else if (KEPT.includes(address.pathname)) {
    event.respondWith(fromCache(address.pathname, request));
  }
});

/** What is kept first: shell and modules are then always of one version, and the page opens at once. */
async function fromCache(key, request) {
  const cache = await caches.open(CACHE);
  return (await cache.match(key, { ignoreVary: true })) ?? fetch(request);
}
