/** The code on the package: read by the camera where the browser can, typed everywhere. */
import { element, icon } from "core/dom";
import { optional } from "drive/needs/photo";

const FORMATS = ["code_128", "code_39", "ean_13", "ean_8", "qr_code", "data_matrix", "itf", "upc_a"];
const LOOK_EVERY = 150;

const canScan = () => "BarcodeDetector" in window && Boolean(navigator.mediaDevices?.getUserMedia);

export function make(need, { id, order }) {
  const problem = element("p", { class: "field-problem", role: "alert", id: `${id}-problem` });
  const input = element("input", { id, class: "big-input", autocomplete: "off", autocapitalize: "characters", spellcheck: "false", maxlength: 80, "aria-describedby": `${id}-problem`, oninput: check });
  const video = element("video", { class: "finder", playsinline: true, muted: true, hidden: true, "aria-label": "Camera picture. Hold the code in front of it." });
  const scan = element("button", { type: "button", class: "big-choice", onclick: toggle, hidden: !canScan() }, icon("crosshair"), element("span", {}, "Scan with the camera"));
  const node = element(
    "section",
    { class: "need" },
    element("h3", {}, element("label", { for: id }, "Code on the package"), need.optional && optional()),
    video,
    scan,
    input,
    problem,
  );
  let stream = null;

  function check() {
    const read = input.value.trim();
    const expected = order.barcode;
    problem.textContent = read && expected && read.length >= expected.length && read.toLowerCase() !== expected.toLowerCase() ? "This is not the code of this order. Is it the right package?" : "";
  }

  async function toggle() {
    if (stream) return stop();
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    } catch {
      problem.textContent = "The camera is not available. Type the code instead.";
      return input.focus();
    }
    video.srcObject = stream;
    video.hidden = false;
    scan.lastChild.textContent = "Stop the camera";
    await video.play();
    look(new window.BarcodeDetector({ formats: FORMATS.filter((format) => supported.has(format)) }));
  }

  const supported = new Set(FORMATS);
  if (canScan()) {
    window.BarcodeDetector.getSupportedFormats()
      .then((formats) => FORMATS.forEach((format) => formats.includes(format) || supported.delete(format)))
      .catch(() => (scan.hidden = true));
  }

  async function look(detector) {
    if (!stream || !node.isConnected) return stop();
    const [found] = await detector.detect(video).catch(() => []);
    if (found) {
      input.value = found.rawValue;
      navigator.vibrate?.(60);
      check();
      return stop();
    }
    setTimeout(() => look(detector), LOOK_EVERY);
  }

  function stop() {
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = null;
    video.srcObject = null;
    video.hidden = true;
    scan.lastChild.textContent = "Scan with the camera";
  }

  return {
    node,
    problem: () => (input.value.trim() || need.optional ? "" : "Scan or type the code first."),
    tell: (sentence) => (problem.textContent = sentence),
    value: () => ({ input: input.value.trim() ? { [need.field]: input.value.trim() } : {} }),
    focus: () => input.focus(),
    leave: stop,
  };
}
