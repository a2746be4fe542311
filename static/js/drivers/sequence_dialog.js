/* Change sequence: the run as a list to drag or to move by keys, with the way it makes on a map beside it. */

import { attention } from "core/attention";
import { openDialog } from "core/dialog";
import { element, icon } from "core/dom";
import { plural } from "core/format";
import { newKey, put } from "core/http";
import { tellRun } from "drivers/acts";
import { Run } from "drivers/run";
import { RunLayer, placesOf } from "drivers/run_layer";
import { stopPill } from "drivers/state";
import { dueOf, placeOf } from "map/card";
import { L } from "map/leaflet";
import { latitudeOf, longitudeOf } from "map/mercator";
import { makeMap } from "order/map/small_map";

/** Opens it for a driver of the fleet; resolves when it is closed. */
export async function openSequenceDialog(driver) {
  const view = new SequenceDialog(driver);
  document.body.append(view.dialog);
  await openDialog(view.dialog, { focus: view.save });
  view.destroy();
  view.dialog.remove();
}

class SequenceDialog {
  #stops = [];
  #version = null;
  #key = newKey();
  #busy = false;
  #explained = false;
  #map = null;
  #layer = null;
  #current = null;
  #dragged = null;

  constructor(driver) {
    this.driver = driver;
    this.list = element("ol", { class: "sequence-list", "aria-label": `Stops of ${driver.name}`, onkeydown: (event) => this.#keys(event), onpointerdown: (event) => this.#grab(event), onfocusin: (event) => this.#point(event), onpointerover: (event) => this.#point(event) });
    this.notice = element("div", { class: "dialog-trouble", tabindex: "-1", hidden: true });
    this.said = element("p", { class: "visually-hidden", role: "status" });
    this.mapBox = element("div", { class: "sequence-map", "aria-hidden": "true" });
    this.save = element("button", { class: "btn primary", type: "button", onclick: () => this.#save() }, "Save sequence");
    this.dialog = element(
      "dialog",
      { class: "dialog wide sequence-dialog", "aria-labelledby": "sequence-title", "data-keep": true, onkeydown: (event) => this.#submitKey(event) },
      element("header", {}, element("h2", { id: "sequence-title" }, `Change sequence of ${driver.name}`), element("button", { class: "icon-btn", type: "button", "data-close": "", "aria-label": "Close" }, icon("close"))),
      element(
        "div",
        { class: "body" },
        this.notice,
        element("p", { class: "small", id: "sequence-help" }, "Drag a stop, or focus it and press ", element("kbd", {}, "Alt ↑"), " ", element("kbd", {}, "Alt ↓"), ". Locked stops are under way and keep their places. Lines on the map are straight."),
        element("div", { class: "sequence-columns" }, this.list, this.mapBox),
        this.said,
      ),
      element(
        "footer",
        {},
        element("button", { class: "btn quiet", type: "button", onclick: () => this.#byDue() }, "Sort by due time"),
        element("span", { class: "spacer" }),
        element("button", { class: "btn", type: "button", "data-close": "" }, "Back"),
        this.save,
      ),
    );
    this.run = new Run({ changed: () => this.#read() });
    this.run.show(driver.row);
  }

  destroy() {
    this.run.destroy();
    this.#map?.remove();
  }

  /** The run as it is now: what was arranged here and still can be moved keeps its order; what is new comes last. */
  #read() {
    const { run } = this;
    if (run.error) {
      this.#trouble("bad", run.error.message);
      return;
    }
    if (run.version === this.#version) return;
    const isFirst = this.#version === null;
    const wished = new Map(this.#stops.map(({ code }, index) => [code, index]));
    const movable = [...run.movable].sort((one, other) => (wished.get(one.code) ?? Infinity) - (wished.get(other.code) ?? Infinity));
    this.#version = run.version;
    this.#key = newKey();
    this.#stops = isFirst ? run.stops : this.#withFixed(movable);
    if (!isFirst && !this.#explained) this.#trouble("warn", `${this.driver.name}'s run has changed meanwhile. This is how it stands now, with the order that you gave; look at it and save.`);
    this.#explained = false;
    this.#draw();
    this.#fit();
    if (isFirst) this.list.querySelector("[tabindex='0']")?.focus();
  }

  /** Fixed stops keep the places that the server gave them. */
  #withFixed(movable) {
    const rest = [...movable];
    return this.run.stops.map((stop) => (stop.is_fixed ? stop : rest.shift()));
  }

  #draw() {
    const focused = this.list.contains(document.activeElement) ? document.activeElement.closest("li")?.dataset.code : null;
    const movable = this.#stops.filter((stop) => !stop.is_fixed);
    this.list.replaceChildren(...this.#stops.map((stop, index) => this.#item(stop, index, movable)));
    this.save.disabled = !this.#stops.length;
    // The stop that was held may have left the run.
    if (focused) (this.#itemOf(focused) ?? this.list.querySelector("[tabindex='0']"))?.focus();
    this.#drawWay();
  }

  #item({ code, order, is_fixed: isFixed, why_fixed: why }, index, movable) {
    const place = movable.findIndex((stop) => stop.code === code);
    const { text, tone } = dueOf(order, attention(order));
    const step = (by, name, label, disabled) => element("button", { class: "icon-btn small", type: "button", "aria-label": `${label}: ${code}`, title: label, tabindex: "-1", disabled, onclick: () => this.#move(code, by) }, icon("chevron-down", `small ${name}`));
    return element(
      "li",
      { class: `sequence-stop${isFixed ? " fixed" : ""}`, dataset: { code }, tabindex: isFixed ? null : "0", "aria-label": isFixed ? null : `${code}, stop ${index + 1} of ${this.#stops.length}`, "aria-describedby": isFixed ? null : "sequence-help" },
      element("span", { class: "grip", title: isFixed ? why : "Drag" }, icon(isFixed ? "lock" : "grip", "small")),
      element("span", { class: `stop-number${isFixed ? " fixed" : ""}` }, String(index + 1)),
      element(
        "span",
        { class: "what" },
        element("span", { class: "row" }, element("span", { class: "code" }, code), stopPill(order), element("span", { class: `end due nowrap ${tone}` }, text)),
        element("span", { class: "muted small truncate" }, order.picked_up_at ? `to ${placeOf(order.dropoff)}` : `${placeOf(order.pickup)} → ${placeOf(order.dropoff)}`),
        isFixed && element("span", { class: "muted small" }, why),
      ),
      isFixed ? element("span") : element("span", { class: "steps" }, step(-1, "up", "Earlier", place === 0), step(1, "down", "Later", place === movable.length - 1)),
    );
  }

  #itemOf(code) {
    return [...this.list.children].find((item) => item.dataset.code === code);
  }

  #move(code, by, { quiet = false } = {}) {
    const movable = this.#stops.filter((stop) => !stop.is_fixed);
    const from = movable.findIndex((stop) => stop.code === code);
    const to = Math.max(0, Math.min(movable.length - 1, from + by));
    if (from < 0 || from === to) return;
    movable.splice(to, 0, ...movable.splice(from, 1));
    const rest = [...movable];
    this.#stops = this.#stops.map((stop) => (stop.is_fixed ? stop : rest.shift()));
    this.#draw();
    if (quiet) return;
    this.#itemOf(code).focus();
    this.said.textContent = `${code} is stop ${this.#stops.findIndex((stop) => stop.code === code) + 1} of ${this.#stops.length}.`;
  }

  #byDue() {
    const due = (stop) => (stop.order.due_at ? Date.parse(stop.order.due_at) : Infinity);
    const movable = this.#stops.filter((stop) => !stop.is_fixed).sort((one, other) => due(one) - due(other));
    this.#stops = this.#stops.map((stop) => (stop.is_fixed ? stop : movable.shift()));
    this.#draw();
    this.said.textContent = "Sorted by due time.";
  }

  #keys(event) {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const item = event.target.closest("li");
    if (!by || !item) return;
    event.preventDefault();
    if (event.altKey) {
      this.#move(item.dataset.code, by);
      return;
    }
    const items = [...this.list.querySelectorAll("li[tabindex]")];
    items[items.indexOf(item) + by]?.focus();
  }

  #submitKey(event) {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    this.#save();
  }

  /** Dragging: the stop follows the pointer over its neighbours' middles; the list scrolls by itself at its edges. */
  #grab(event) {
    const item = event.target.closest("li");
    if (event.button !== 0 || !item || item.classList.contains("fixed") || event.target.closest("button")) return;
    event.preventDefault();
    const { code } = item.dataset;
    this.#dragged = code;
    item.focus();
    this.list.setPointerCapture(event.pointerId);
    const drag = ({ clientY }) => {
      const own = this.#itemOf(code);
      const others = [...this.list.children].filter((other) => !other.classList.contains("fixed"));
      const place = others.indexOf(own);
      const middle = (other) => other.getBoundingClientRect().top + other.offsetHeight / 2;
      const target = others.findIndex((other) => clientY < middle(other) + (others.indexOf(other) > place ? 0 : 1));
      const to = target < 0 ? others.length - 1 : target > place ? target - 1 : target;
      if (to !== place) this.#move(code, to - place, { quiet: true });
      this.#itemOf(code).classList.add("dragged");
      const { top, bottom } = this.list.getBoundingClientRect();
      if (clientY < top + 24) this.list.scrollTop -= 12;
      if (clientY > bottom - 24) this.list.scrollTop += 12;
    };
    const drop = () => {
      this.#dragged = null;
      this.list.removeEventListener("pointermove", drag);
      for (const name of ["pointerup", "pointercancel"]) this.list.removeEventListener(name, drop);
      this.#draw();
      this.#itemOf(code)?.focus();
    };
    this.list.addEventListener("pointermove", drag);
    for (const name of ["pointerup", "pointercancel"]) this.list.addEventListener(name, drop);
  }

  #point(event) {
    if (this.#dragged) return;
    const code = event.target.closest("li")?.dataset.code ?? null;
    if (code === this.#current) return;
    this.#current = code;
    this.#drawWay();
  }

  #drawWay() {
    this.#layer?.setRun({ places: placesOf(this.#stops.map(({ order }) => order)), track: this.driver.track, current: this.#current, vehicle: this.driver.row?.vehicle?.kind });
  }

  #fit() {
    if (!this.#map) {
      this.#map = makeMap(this.mapBox, { controls: false });
      this.#map.createPane("run").style.zIndex = 430;
      this.#layer = new RunLayer({ pane: "run" }).addTo(this.#map);
      this.#drawWay();
    }
    const places = placesOf(this.#stops.map(({ order }) => order));
    const all = this.driver.track.placed ? [...places, this.driver.track] : places;
    if (all.length) this.#map.fitBounds(L.latLngBounds(all.map(({ x, y }) => [latitudeOf(y), longitudeOf(x)])), { padding: [28, 28], maxZoom: 15 });
  }

  async #save() {
    if (this.#busy || this.#version === null) return;
    this.#busy = true;
    this.save.setAttribute("aria-busy", "true");
    try {
      const codes = this.#stops.map(({ code }) => code);
      const answer = await put(`drivers/${this.driver.id}/sequence/`, { codes, version: this.#version }, { key: this.#key });
      this.dialog.close("saved");
      tellRun(answer);
    } catch (error) {
      if (error.status !== 0) this.#key = newKey();
      this.#refused(error);
    } finally {
      this.#busy = false;
      this.save.setAttribute("aria-busy", "false");
    }
  }

  #refused(error) {
    if (!error.isStale) {
      this.#trouble("bad", error.message);
      return;
    }
    // The refusal says more than the reading that follows it.
    this.#explained = true;
    const { left = [], new: added = [] } = error.details;
    const parts = [left.length && `${plural(left.length, "order")} left the run`, added.length && `${plural(added.length, "order")} came`].filter(Boolean);
    this.#trouble("warn", error.message, parts.length ? `${parts.join(", ")}. What you arranged of the rest is kept below.` : "What you arranged is kept below where it still can be.");
    this.run.read();
  }

  #trouble(tone, ...sentences) {
    this.notice.hidden = false;
    this.notice.replaceChildren(element("div", { class: "notice slim", "data-tone": tone, role: "alert" }, icon(tone === "bad" ? "error" : "warning"), element("div", {}, ...sentences.map((text) => element("p", {}, text)))));
    this.notice.scrollIntoView({ block: "nearest" });
  }
}
