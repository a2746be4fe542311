/** The service worker that lets the page open without network, and new versions of both. */
import { notify } from "drive/notice";

export async function install() {
  if (!("serviceWorker" in navigator)) return;
  let isControlled = Boolean(navigator.serviceWorker.controller);
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    // The first worker takes over a page that is already of its own version.
    if (isControlled) location.reload();
    isControlled = true;
  });
  try {
    const registration = await navigator.serviceWorker.register("/drive/service-worker.js", { scope: "/drive/", updateViaCache: "none" });
    const offer = (worker) => notify("A new version of this page is ready.", { action: "Use it", run: () => worker.postMessage("take-over"), seconds: 60 });
    if (registration.waiting && isControlled) offer(registration.waiting);
    registration.addEventListener("updatefound", () => {
      const worker = registration.installing;
      worker?.addEventListener("statechange", () => worker.state === "installed" && isControlled && offer(worker));
    });
  } catch (error) {
    // Without it everything works but opening the page without network.
    console.warn("The page cannot be kept for opening without network.", error);
  }
}
