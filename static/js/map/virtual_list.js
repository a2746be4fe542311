/* A list of any length of which only the visible rows exist: rows have a fixed height per kind, groups stick to the top. */

const OVERSCAN = 400;

/**
 * new VirtualList({
 *   scroller,                     the element that scrolls; holds `rows` and `headers`
 *   rows, headers,                where row elements go, and where those of the kinds in `outside` go: a listbox may
 *                                 own nothing but its options
 *   heights: {card: 98, group: 31},
 *   make: {card: () => element, group: () => element},
 *   fill: {card: (element, item) => {}, group: ...},
 * })
 *
 * Items are `{key, kind, stamp}`: a row is filled again only when its stamp changed. Items of kind "group" are headers;
 * the group of the first visible row is pinned to the top of the scroller.
 */
export class VirtualList {
  #items = [];
  #tops = new Float64Array(1);
  #indexOf = new Map();
  #live = new Map();
  #pool = new Map();
  #pinned = null;
  #frame = 0;
  #resize;

  constructor({ scroller, rows, headers, heights, make, fill, outside = ["group"], onRender = () => {} }) {
    Object.assign(this, { scroller, rows, headers, heights, make, fill, outside, onRender });
    scroller.addEventListener("scroll", () => this.#later(), { passive: true });
    this.#resize = new ResizeObserver(() => this.#later());
    this.#resize.observe(scroller);
  }

  destroy() {
    this.#resize.disconnect();
    cancelAnimationFrame(this.#frame);
  }

  get items() {
    return this.#items;
  }

  /** Replaces the items; the row at the top of the window stays where it is, whatever comes or goes above it. */
  setItems(items) {
    const anchor = this.#anchor();
    this.#items = items;
    this.#tops = new Float64Array(items.length + 1);
    this.#indexOf.clear();
    let top = 0;
    items.forEach((item, index) => {
      this.#tops[index] = top;
      this.#indexOf.set(item.key, index);
      top += this.heights[item.kind];
    });
    this.#tops[items.length] = top;
    this.rows.style.height = `${top}px`;
    if (anchor && this.#indexOf.has(anchor.key)) {
      const wanted = this.#tops[this.#indexOf.get(anchor.key)] + anchor.offset;
      if (Math.abs(wanted - this.scroller.scrollTop) > 0.5) this.scroller.scrollTop = wanted;
    }
    this.render();
  }

  has(key) {
    return this.#indexOf.has(key);
  }

  /** The element of a row, when it is near the window. */
  element(key) {
    return this.#live.get(key)?.element ?? null;
  }

  /** Scrolls as little as needed to show the row, below the pinned header. */
  reveal(key) {
    const index = this.#indexOf.get(key);
    if (index === undefined) return;
    const top = this.#tops[index];
    const bottom = this.#tops[index + 1];
    const { scrollTop, clientHeight } = this.scroller;
    const room = this.heights.group;
    if (top < scrollTop + room) this.scroller.scrollTop = top - room;
    else if (bottom > scrollTop + clientHeight) this.scroller.scrollTop = bottom - clientHeight;
    this.render();
  }

  /** Brings a row to the top. */
  scrollTo(key) {
    const index = this.#indexOf.get(key);
    if (index !== undefined) this.scroller.scrollTop = this.#tops[index];
    this.render();
  }

  /** Fills the rows in the window again, also where no stamp changed. */
  refresh() {
    for (const [key, row] of this.#live) {
      const item = this.#items[this.#indexOf.get(key)];
      if (item) this.fill[item.kind](row.element, item);
    }
    if (this.#pinned?.item) this.fill.group(this.#pinned.element, this.#pinned.item);
  }

  render() {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    const { scrollTop, clientHeight } = this.scroller;
    const first = this.#at(scrollTop - OVERSCAN);
    const last = this.#at(scrollTop + clientHeight + OVERSCAN);
    const wanted = new Set();
    for (let index = first; index <= last && index < this.#items.length; index += 1) wanted.add(this.#items[index].key);
    for (const [key, row] of this.#live) {
      if (wanted.has(key) && this.#indexOf.has(key)) continue;
      row.element.remove();
      this.#live.delete(key);
      if (!this.#pool.has(row.kind)) this.#pool.set(row.kind, []);
      this.#pool.get(row.kind).push(row.element);
    }
    for (let index = first; index <= last && index < this.#items.length; index += 1) this.#show(this.#items[index], this.#tops[index]);
    this.#pin(scrollTop);
    this.onRender();
  }

  #show(item, top) {
    let row = this.#live.get(item.key);
    if (!row) {
      const element = this.#pool.get(item.kind)?.pop() ?? this.#make(item.kind);
      this.#home(item.kind).append(element);
      row = { element, kind: item.kind, stamp: undefined, top: NaN };
      this.#live.set(item.key, row);
    }
    if (row.stamp !== item.stamp) {
      this.fill[item.kind](row.element, item);
      row.stamp = item.stamp;
    }
    if (row.top !== top) {
      row.element.style.transform = `translateY(${top}px)`;
      row.top = top;
    }
  }

  #make(kind) {
    const element = this.make[kind]();
    element.classList.add("virtual-row");
    return element;
  }

  #home(kind) {
    return this.outside.includes(kind) ? this.headers : this.rows;
  }

  /** A copy of a header that is in the list already: for the eye and the mouse only. */
  #makePinned() {
    const element = this.#make("group");
    this.headers.append(element);
    element.classList.add("pinned");
    element.setAttribute("aria-hidden", "true");
    for (const button of element.querySelectorAll("button")) button.tabIndex = -1;
    return element;
  }

  /** The header of the first visible row stays at the top; the next one pushes it out. */
  #pin(scrollTop) {
    let index = this.#at(scrollTop);
    while (index >= 0 && this.#items[index]?.kind !== "group") index -= 1;
    const item = this.#items[index];
    if (!item || scrollTop <= this.#tops[index]) {
      if (this.#pinned) this.#pinned.element.hidden = true;
      return;
    }
    this.#pinned ??= { element: this.#makePinned() };
    const { element } = this.#pinned;
    element.hidden = false;
    if (this.#pinned.item?.key !== item.key || this.#pinned.item.stamp !== item.stamp) this.fill.group(element, item);
    this.#pinned.item = item;
    let next = index + 1;
    while (next < this.#items.length && this.#items[next].kind !== "group") next += 1;
    const limit = next < this.#items.length ? this.#tops[next] - this.heights.group : Infinity;
    element.style.transform = `translateY(${Math.min(scrollTop, limit)}px)`;
  }

  #anchor() {
    const { scrollTop } = this.scroller;
    if (scrollTop < 1 || !this.#items.length) return null;
    const index = this.#at(scrollTop);
    const item = this.#items[index];
    return item ? { key: item.key, offset: scrollTop - this.#tops[index] } : null;
  }

  /** Index of the item at a height, by halving. */
  #at(height) {
    let low = 0;
    let high = this.#items.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#tops[middle] <= height) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #later() {
    if (!this.#frame) this.#frame = requestAnimationFrame(() => this.render());
  }
}
