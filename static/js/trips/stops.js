/**
 * The stops of a trip as a list: dragged or moved by keys, saved at once. The server has the last word: what it refuses
 * goes back to its place and is explained, and what somebody else changed meanwhile is named.
 */
import { emit } from "core/bus";
import { confirm } from "core/dialog";
import { debounce } from "core/dom";
import { newKey, post, request } from "core/http";
import { toast, toastError } from "core/toast";

const PAUSE = 500;

export function mount(root) {
  const stops = new Stops(root);
  return () => stops.destroy();
}

const nameOf = (item) => `${item.dataset.kind === "pickup" ? "pickup" : "dropoff"} of ${item.dataset.order}`;

class Stops {
  #saved = [];
  #busy = false;
  #dragged = false;

  constructor(root) {
    this.root = root;
    this.label = root.dataset.label;
    this.list = root.querySelector("[data-stops]");
    this.state = root.querySelector("[data-stops-state]");
    root.addEventListener("click", (event) => this.#click(event));
    if (!this.list) return;
    this.said = root.querySelector("[data-stops-said]");
    this.#saved = this.items;
    this.canReorder = "canReorder" in root.dataset;
    this.list.addEventListener("keydown", (event) => this.#keydown(event));
    for (const name of ["focusin", "pointerover", "pointerleave"]) this.list.addEventListener(name, (event) => this.#point(event));
    if (this.canReorder) this.list.addEventListener("pointerdown", (event) => this.#grab(event));
  }

  /** What was moved and not saved yet is saved: leaving the page loses nothing. */
  destroy() {
    if (this.#saveSoon.pending) this.#save();
    this.#saveSoon.cancel();
  }

  get items() {
    return [...(this.list?.children ?? [])];
  }

  /** Finished stops do not move, and nothing moves before those the list begins with. */
  get #begun() {
    const first = this.items.findIndex((item) => !("fixed" in item.dataset));
    return first < 0 ? this.items.length : first;
  }

  get version() {
    return Number(this.root.dataset.version);
  }

  set version(version) {
    this.root.dataset.version = version;
  }

  #soon = debounce(() => this.#save(), PAUSE);
  #saveSoon = Object.assign(() => {
    this.#saveSoon.pending = true;
    this.#tell("Not saved yet");
    this.#soon();
  }, { pending: false, cancel: () => this.#soon.cancel() });

  #tell(text) {
    this.state.textContent = text;
  }

  #click(event) {
    const { target } = event;
    const step = target.closest("[data-move]");
    if (step) return void this.#move(step.closest("li"), Number(step.dataset.move), step);
    const out = target.closest("[data-take-out]");
    if (out) this.#takeOut(out.dataset.takeOut, out).catch(toastError);
    return undefined;
  }

  #keydown(event) {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const item = event.target.closest("li");
    if (event.key === "Enter" && event.target === item) item.querySelector("a.code").click();
    if (!by || !item || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    if (!event.altKey) this.items[this.items.indexOf(item) + by]?.focus();
    else if (this.canReorder) this.#move(item, by);
  }

  /** The stop that is pointed at stands out on the map; the list is one stop for Tab, arrows walk through it. */
  #point(event) {
    if (this.#dragged) return;
    const item = event.type === "pointerleave" ? null : event.target.closest("li");
    if (event.type === "focusin" && item) for (const each of this.items) each.tabIndex = each === item ? 0 : -1;
    const place = item?.querySelector("[data-number]").textContent;
    for (const pin of document.querySelectorAll(".stop-pin")) pin.classList.toggle("lit", Boolean(place) && pin.dataset.places.split(" ").includes(place));
  }

  #move(item, by, focus = item) {
    const { items } = this;
    const to = items.indexOf(item) + by;
    if ("fixed" in item.dataset || to < this.#begun || to >= items.length) return;
    if (by < 0) items[to].before(item);
    else items[to].after(item);
    this.#number();
    focus.focus();
    this.said.textContent = `${nameOf(item)} is stop ${to + 1} of ${items.length}.`;
    this.#saveSoon();
  }

  #number() {
    this.items.forEach((item, index) => (item.querySelector("[data-number]").textContent = String(index + 1)));
  }

  /** Dragging: the stop follows the pointer over its neighbours' middles; the page scrolls at its edges. */
  #grab(event) {
    const item = event.target.closest("li");
    if (event.button !== 0 || !item || "fixed" in item.dataset || event.target.closest("button, a")) return;
    event.preventDefault();
    this.#soon.cancel();
    const before = this.items.map(nameOf).join();
    const begun = this.#begun;
    item.focus({ preventScroll: true });
    item.classList.add("dragged");
    this.#dragged = true;
    this.list.setPointerCapture(event.pointerId);
    const scroller = this.list.closest(".group-main, .step-main") ?? document.scrollingElement;
    const drag = ({ clientY }) => {
      const middle = (other) => other.getBoundingClientRect().top + other.offsetHeight / 2;
      const next = this.items.slice(begun).find((other) => other !== item && clientY < middle(other));
      const last = this.items.at(-1);
      if (next && next.previousElementSibling !== item) next.before(item);
      else if (!next && last !== item) last.after(item);
      const { top, bottom } = scroller.getBoundingClientRect();
      if (clientY < top + 40) scroller.scrollTop -= 12;
      if (clientY > bottom - 40) scroller.scrollTop += 12;
      this.#number();
    };
    const drop = () => {
      this.#dragged = false;
      item.classList.remove("dragged");
      this.list.removeEventListener("pointermove", drag);
      for (const name of ["pointerup", "pointercancel"]) this.list.removeEventListener(name, drop);
      if (!this.list.isConnected) {
        toast({ text: `${this.label} was changed while you were dragging. Look at it and move the stop again.`, tone: "warn" });
      } else if (this.items.map(nameOf).join() !== before || this.#saveSoon.pending) {
        this.said.textContent = `${nameOf(item)} is stop ${this.items.indexOf(item) + 1} of ${this.items.length}.`;
        this.#save();
      }
    };
    this.list.addEventListener("pointermove", drag);
    for (const name of ["pointerup", "pointercancel"]) this.list.addEventListener(name, drop);
  }

  async #save(version = this.version) {
    this.#saveSoon.pending = false;
    this.#soon.cancel();
    if (this.#busy) return void this.#saveSoon();
    const items = this.items;
    const stops = items.map(({ dataset: { order, kind } }) => ({ order, kind }));
    this.#busy = true;
    this.#tell("Saving…");
    try {
      const answer = await post(`trips/${this.label}/reorder/`, { stops, version }, { key: newKey() });
      this.#saved = items;
      this.#done(answer);
    } catch (error) {
      this.#refused(error, items);
    } finally {
      this.#busy = false;
    }
  }

  /** The page that the list is in reads itself anew; where nothing listens, the list is right as it is. */
  #done({ message, trip, undo }) {
    const isNewer = trip.version > this.version;
    this.#tell(`Saved ${new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" })}`);
    if (!isNewer) return;
    this.version = trip.version;
    toast({ text: message, id: "trip", ...(undo && { undo: () => this.#undo(undo) }) });
    if (!this.#saveSoon.pending && !this.#dragged) emit("group:changed", { label: this.label, version: trip.version });
  }

  async #undo({ method, url, body }) {
    const { message, trip } = await request(url, { method, body, key: newKey() });
    emit("group:changed", { label: this.label, version: trip.version });
    return { message: `Taken back. ${message}` };
  }

  /** Back to what the server has; the wish is not lost when somebody was faster, it can be asked for again. */
  #refused(error, wished) {
    this.list.replaceChildren(...this.#saved);
    this.#number();
    this.#tell("Not saved");
    if (!error.isStale) return void toastError(error);
    const again = async () => {
      const stops = wished.map(({ dataset: { order, kind } }) => ({ order, kind }));
      try {
        this.#done(await post(`trips/${this.label}/reorder/`, { stops, version: error.details.version }, { key: newKey() }));
      } catch (trouble) {
        toastError(trouble);
      }
    };
    toast({ title: "Your sequence was not saved", text: error.message, tone: "warn", sticky: true, id: "trip", action: { label: "Use mine all the same", run: again } });
    emit("group:changed", { label: this.label, version: error.details.version });
  }

  async #takeOut(code, button) {
    const isStarted = this.root.dataset.status === "in_progress";
    const text = "It keeps its driver and its progress, and is handled on its own from then on. It cannot come back onto this trip.";
    if (isStarted && !(await confirm({ title: `Take ${code} out of ${this.label}?`, text, action: "Take out" }))) return;
    button.disabled = true;
    try {
      // This order and no other: whatever else changed meanwhile, the wish means the same.
      this.#done(await post(`trips/${this.label}/remove/`, { codes: [code] }, { key: newKey() }));
    } catch (error) {
      button.disabled = false;
      throw error;
    }
  }
}
