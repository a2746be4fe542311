/* Small pictures drawn once and stamped many times: thousands of marks cost one `drawImage` each. */

export class Sprites {
  #made = new Map();

  constructor(ratio) {
    this.ratio = ratio;
  }

  /** The picture called `key`; `draw(context)` paints it around (0, 0) within `size` pixels when it is first asked for. */
  get(key, size, draw) {
    let sprite = this.#made.get(key);
    if (!sprite) {
      const pixels = Math.ceil(size * this.ratio);
      const canvas = new OffscreenCanvas(pixels, pixels);
      const context = canvas.getContext("2d");
      context.scale(this.ratio, this.ratio);
      context.translate(size / 2, size / 2);
      draw(context);
      sprite = { picture: canvas.transferToImageBitmap(), size };
      this.#made.set(key, sprite);
    }
    return sprite;
  }
}

export function stamp(context, { picture, size }, x, y) {
  context.drawImage(picture, x - size / 2, y - size / 2, size, size);
}

/** A word on a rounded plate, kept readable over any map; returns its box. */
export function plate(context, text, x, y, { font, ink, paper, line, padX = 6, height = 18 }) {
  context.font = font;
  const width = Math.ceil(context.measureText(text).width) + padX * 2;
  context.beginPath();
  context.roundRect(Math.round(x) + 0.5, Math.round(y) + 0.5, width, height, 5);
  context.fillStyle = paper;
  context.fill();
  context.lineWidth = 1;
  context.strokeStyle = line;
  context.stroke();
  context.fillStyle = ink;
  context.textAlign = "left";
  context.textBaseline = "middle";
  context.fillText(text, Math.round(x) + padX + 0.5, Math.round(y) + height / 2 + 1);
  return { left: x, top: y, right: x + width, bottom: y + height };
}
