/* Points in square cells: answers "what is near here?" without looking at every point. */

export class GridIndex {
  #cells = new Map();

  constructor(cell = 32) {
    this.cell = cell;
  }

  add(x, y, item) {
    const key = this.#key(Math.floor(x / this.cell), Math.floor(y / this.cell));
    const found = this.#cells.get(key);
    if (found) found.push({ x, y, item });
    else this.#cells.set(key, [{ x, y, item }]);
  }

  clear() {
    this.#cells.clear();
  }

  /** The item nearest to the place, within `radius`; the later added wins between equals, as it is drawn on top. */
  nearest(x, y, radius) {
    let best = null;
    let bestDistance = radius * radius;
    const reach = Math.ceil(radius / this.cell);
    const column = Math.floor(x / this.cell);
    const row = Math.floor(y / this.cell);
    for (let across = column - reach; across <= column + reach; across += 1) {
      for (let down = row - reach; down <= row + reach; down += 1) {
        for (const point of this.#cells.get(this.#key(across, down)) ?? []) {
          const distance = (point.x - x) ** 2 + (point.y - y) ** 2;
          if (distance <= bestDistance) {
            best = point.item;
            bestDistance = distance;
          }
        }
      }
    }
    return best;
  }

  #key(column, row) {
    return row * 1048576 + column;
  }
}
