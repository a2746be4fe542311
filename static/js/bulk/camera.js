/** Barcodes by the camera, where the browser can read them itself. */
const BETWEEN_LOOKS = 250;
const SAME_AGAIN_AFTER = 2500;
const FORMATS = ["code_128", "code_39", "qr_code", "ean_13", "ean_8", "data_matrix"];

export const isPossible = () => "BarcodeDetector" in window && Boolean(navigator.mediaDevices?.getUserMedia);

export class Camera {
  #stream = null;
  #timer = null;
  #last = { text: "", at: 0 };

  constructor(video, scanned) {
    Object.assign(this, { video, scanned });
  }

  get isOn() {
    return this.#stream !== null;
  }

  async start() {
    this.#stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    const known = await window.BarcodeDetector.getSupportedFormats();
    this.detector = new window.BarcodeDetector({ formats: FORMATS.filter((format) => known.includes(format)) });
    this.video.srcObject = this.#stream;
    this.video.hidden = false;
    await this.video.play();
    this.#timer = setInterval(() => this.#look(), BETWEEN_LOOKS);
  }

  stop() {
    clearInterval(this.#timer);
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = null;
    this.video.srcObject = null;
    this.video.hidden = true;
  }

  async #look() {
    if (this.video.readyState < 2) return;
    for (const { rawValue } of await this.detector.detect(this.video).catch(() => [])) {
      const now = Date.now();
      // The same label stays before the camera for a while.
      if (rawValue === this.#last.text && now - this.#last.at < SAME_AGAIN_AFTER) continue;
      this.#last = { text: rawValue, at: now };
      this.scanned(rawValue);
    }
  }
}
