/* A driver's day on the map: which day, the line, and a slider through its hours. */

import { on } from "core/bus";
import { element, icon } from "core/dom";
import { clock, dayOf, distance, plural } from "core/format";
import { get } from "core/http";
import { TrackLayer } from "drivers/track_layer";
import { unitX, unitY } from "map/mercator";

const STEP_SECONDS = 30;

/** `box` is an empty element over the map; `changed()` is called when a track is shown or put away. */
export class DayTrack {
  driver = null;
  #segments = [];
  #track = null;
  #error = null;
  #asked = 0;
  #stops;

  constructor(stage, box, { changed }) {
    Object.assign(this, { stage, box, changed });
    stage.map.createPane("track").style.zIndex = 425;
    stage.map.getPane("track").style.pointerEvents = "none";
    this.layer = new TrackLayer({ pane: "track" });
    this.title = element("h2", { class: "truncate" });
    this.day = element("input", { class: "input", type: "date", "aria-label": "Day", onchange: () => this.#read() });
    this.slider = element("input", { type: "range", step: String(STEP_SECONDS), "aria-label": "Time of day", oninput: () => this.#slide() });
    this.moment = element("output", { class: "strong nowrap" });
    this.facts = element("p", { class: "muted small", role: "status" });
    const step = (days, label, picture) => element("button", { class: "icon-btn small", type: "button", "aria-label": label, title: label, onclick: () => this.#step(days) }, icon(picture, "small"));
    this.next = step(1, "Next day", "chevron-right");
    box.replaceChildren(
      element("header", { class: "row" }, this.title, element("span", { class: "end row" }, step(-1, "Day before", "chevron-left"), this.day, this.next, element("button", { class: "icon-btn small", type: "button", "aria-label": "Hide the day", onclick: () => this.hide() }, icon("close", "small")))),
      element("div", { class: "row track-slide" }, this.slider, this.moment),
      this.facts,
    );
    this.#stops = [
      on("live:positions", ({ drivers }) => this.#grow(drivers)),
      on("live:reload", ({ until }) => this.driver && until(this.#read({ fit: false }))),
      on("theme", () => this.layer.retheme()),
    ];
  }

  destroy() {
    this.#stops.forEach((stop) => stop());
    this.#asked += 1;
  }

  toggle(driver) {
    if (this.driver?.id === driver.id) this.hide();
    else this.show(driver);
  }

  show(driver) {
    this.driver = driver;
    this.box.hidden = false;
    this.title.textContent = driver.name;
    this.day.max = dayOf();
    this.day.value = dayOf();
    this.layer.addTo(this.stage.map);
    this.#read();
    this.changed();
  }

  hide() {
    if (!this.driver) return;
    this.driver = null;
    this.#asked += 1;
    this.box.hidden = true;
    this.layer.remove();
    this.#take(null);
    this.changed();
  }

  #step(days) {
    const at = new Date(`${this.day.value || dayOf()}T12:00:00Z`);
    at.setUTCDate(at.getUTCDate() + days);
    const day = at.toISOString().slice(0, 10);
    if (day > dayOf()) return;
    this.day.value = day;
    this.#read();
  }

  async #read({ fit = true } = {}) {
    if (!this.driver) return;
    if (!this.day.value) this.day.value = dayOf();
    this.next.disabled = this.day.value >= dayOf();
    const asked = ++this.#asked;
    this.facts.textContent = "Reading the day…";
    try {
      const track = await get(`drivers/${this.driver.id}/track/`, { day: this.day.value });
      if (asked !== this.#asked) return;
      this.#error = null;
      this.#take(track);
    } catch (error) {
      if (asked !== this.#asked) return;
      this.#error = error;
      this.#take(null);
    }
    if (fit && this.#segments.length) this.stage.show(this.#segments.flat(), { force: true, bottom: this.box.offsetHeight });
  }

  #take(track) {
    this.#track = track;
    this.#segments = (track?.segments ?? []).map((points) => points.map(([latitude, longitude, at]) => ({ x: unitX(longitude), y: unitY(latitude), at })));
    this.#show();
  }

  #show() {
    const { slider } = this;
    const all = this.#segments;
    this.layer.setTrack(all);
    slider.disabled = !all.length;
    if (!all.length) {
      this.layer.setMoment(null);
      this.moment.textContent = "";
      this.facts.textContent = this.#error ? this.#error.message : this.#track ? "No position was received on this day." : "";
      return;
    }
    const wasAtEnd = !slider.dataset.day || slider.dataset.day !== this.day.value || Number(slider.value) >= Number(slider.max);
    const [first, last] = [all[0][0].at, all.at(-1).at(-1).at];
    slider.min = Math.floor(first / 1000);
    slider.max = Math.ceil(last / 1000);
    slider.dataset.day = this.day.value;
    if (wasAtEnd) slider.value = slider.max;
    const { metres, samples, doubtful, gaps } = this.#track;
    const facts = [distance(metres), plural(samples, "reading"), `${clock(first)}–${clock(last)}`];
    if (gaps.length) facts.push(`${plural(gaps.length, "gap")} without a position`);
    if (doubtful) facts.push(`${plural(doubtful, "reading")} left out as impossible`);
    this.facts.textContent = `${facts.join(" · ")}.`;
    this.#slide();
  }

  #slide() {
    const moment = Math.min(Number(this.slider.value) * 1000, this.#segments.at(-1).at(-1).at);
    this.moment.textContent = clock(moment);
    this.slider.setAttribute("aria-valuetext", clock(moment));
    this.layer.setMoment(moment);
  }

  /** Today's line grows while it is looked at. */
  #grow(rows) {
    if (!this.driver || !this.#segments.length || this.day.value !== dayOf()) return;
    const row = rows.find(([id]) => id === this.driver.id);
    if (!row) return;
    const [, latitude, longitude, , , at] = row;
    const segment = this.#segments.at(-1);
    if (at <= segment.at(-1).at) return;
    segment.push({ x: unitX(longitude), y: unitY(latitude), at });
    this.#track.samples += 1;
    this.#show();
  }
}
