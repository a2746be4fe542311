/** Reads codes with the camera, where the browser can. */
import { element, icon } from "core/dom";

const FORMATS = ["code_128", "code_39", "ean_13", "ean_8", "qr_code", "data_matrix", "itf", "upc_a"];
const LOOK_EVERY = 150;
const WORDS = "Scan with the camera";

const canScan = () => "BarcodeDetector" in window && Boolean(navigator.mediaDevices?.getUserMedia);

/**
 * scanner({ found, failed }) -> { video, button, leave }. `found(code)` answers true when one is enough; otherwise the
 * camera goes on, and the same code counts again only after another. `failed()`: there is no camera to be had.
 */
export function scanner({ found, failed }) {
  const video = element("video", { class: "finder", playsinline: true, muted: true, hidden: true, "aria-label": "Camera picture. Hold the code in front of it." });
  const button = element("button", { type: "button", class: "big-choice", onclick: toggle, hidden: !canScan() }, icon("crosshair"), element("span", {}, WORDS));
  const supported = new Set(FORMATS);
  let stream = null;
  let last = "";

  if (canScan()) {
    window.BarcodeDetector.getSupportedFormats()
      .then((formats) => FORMATS.forEach((format) => formats.includes(format) || supported.delete(format)))
      .catch(() => (button.hidden = true));
  }

  async function toggle() {
    if (stream) return leave();
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    } catch {
      return failed();
    }
    last = "";
    video.srcObject = stream;
    video.hidden = false;
    button.lastChild.textContent = "Stop the camera";
    await video.play();
    look(new window.BarcodeDetector({ formats: FORMATS.filter((format) => supported.has(format)) }));
  }

  async function look(detector) {
    if (!stream || !video.isConnected) return leave();
    const [read] = await detector.detect(video).catch(() => []);
    if (read && read.rawValue !== last) {
      last = read.rawValue;
      navigator.vibrate?.(60);
      if (found(read.rawValue)) return leave();
    }
    setTimeout(() => look(detector), LOOK_EVERY);
  }

  function leave() {
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = null;
    video.srcObject = null;
    video.hidden = true;
    button.lastChild.textContent = WORDS;
  }

  return { video, button, leave };
}
