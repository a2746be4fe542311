/* The details of one driver, over the map: how to reach, what is on board, where and how sure that is. */

import { on } from "core/bus";
import { may } from "core/config";
import { debounce, element, icon } from "core/dom";
import { initials, plural, speed, tick } from "core/format";
import { get } from "core/http";
import { statusPill } from "core/words";
import { dueOf, placeOf } from "map/card";
import { attention } from "core/attention";

const SHOWN = 30;
const STATES = { fresh: ["Online", "good"], stale: ["Online, no recent position", "warn"], offline: ["Offline", "quiet"] };

/** `events`: open(code), centre(driver), follow(driver), filter(driver), closed(). */
export class DriverCard {
  driver = null;
  #orders = null;
  #error = null;
  #stop;
  #askSoon = debounce(() => this.#ask(), 400);

  constructor(box, { events }) {
    Object.assign(this, { box, events });
    this.#stop = on("live:events", ({ items }) => {
      const codes = new Set(this.#orders?.map((row) => row.code));
      if (this.driver && items.some(({ row, code }) => row?.driver?.id === this.driver.id || codes.has(code))) this.#askSoon();
    });
    box.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      event.preventDefault();
      this.hide();
    });
  }

  destroy() {
    this.#stop();
    this.#askSoon.cancel();
  }

  show(driver) {
    const isOther = this.driver?.id !== driver.id;
    this.driver = driver;
    if (isOther) {
      this.#orders = null;
      this.#error = null;
      this.#ask();
    }
    this.draw();
  }

  hide() {
    if (!this.driver) return;
    this.driver = null;
    this.box.hidden = true;
    this.events.closed();
  }

  draw({ following = false } = {}) {
    const { driver } = this;
    if (!driver) return;
    const { row } = driver;
    const [word, tone] = STATES[driver.state];
    const close = element("button", { class: "icon-btn small", type: "button", "aria-label": "Close", onclick: () => this.hide() }, icon("close", "small"));
    const focused = this.box.contains(document.activeElement) ? document.activeElement.dataset.name : null;
    this.box.replaceChildren(
      element("header", {}, element("span", { class: "avatar", "aria-hidden": "true" }, initials(driver.name)), element("div", { class: "who" }, element("h3", {}, driver.name), element("span", { class: "pill", "data-tone": tone }, word)), close),
      element("dl", { class: "facts" }, ...this.#facts(row)),
      element(
        "div",
        { class: "row" },
        ...(driver.track.placed
          ? [button("centre", "Centre", "crosshair", () => this.events.centre(driver)), button("follow", following ? "Stop following" : "Follow", "eye", () => this.events.follow(driver), { "aria-pressed": String(following) })]
          : []),
        button("filter", "Only these orders", "filter", () => this.events.filter(driver)),
      ),
      element("h4", { class: "section-title" }, "Current orders", element("span", {}, this.#orders ? String(this.#orders.length) : "")),
      this.#list(),
    );
    this.box.hidden = false;
    if (focused) this.box.querySelector(`[data-name="${focused}"]`)?.focus();
  }

  #facts(row) {
    const { driver } = this;
    const facts = [];
    if (row.phone) facts.push(["Phone", element("a", { href: `tel:${row.phone.replace(/[^+\d]/g, "")}` }, row.phone)]);
    facts.push(["Vehicle", row.vehicle ? row.vehicle.name : "None"]);
    if (row.vehicle) facts.push(["Load", `${row.load_units} of ${plural(row.vehicle.capacity_units, "unit")}`]);
    facts.push(["Position", driver.seenAt ? tick(driver.seenAt) : "Not known yet"]);
    // How fast somebody drove ten minutes ago would be read as how fast they drive.
    if (driver.state === "fresh" && driver.speed !== null && driver.speed !== undefined) facts.push(["Speed", speed(driver.speed)]);
    if (row.position?.battery !== null && row.position?.battery !== undefined) facts.push(["Battery", `${Math.round(row.position.battery * 100)} %`]);
    if (driver.doubt) facts.push(["Caution", driver.doubt]);
    return facts.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]);
  }

  #list() {
    if (this.#error) return element("p", { class: "muted" }, this.#error.message);
    if (!this.#orders) return element("div", { "aria-hidden": "true" }, ...[1, 2].map(() => element("i", { class: "skeleton line" })));
    if (!this.#orders.length) return element("p", { class: "muted" }, "No order at the moment.");
    return element(
      "ul",
      { class: "driver-orders" },
      ...this.#orders.map((row) => {
        const reason = attention(row);
        const { text, tone } = dueOf(row, reason);
        return element(
          "li",
          {},
          element("button", { type: "button", dataset: { name: row.code }, onclick: () => this.events.open(row.code) },
            element("span", { class: "row" }, element("span", { class: "code" }, row.code), statusPill(row.status), element("span", { class: `end due ${tone}` }, text)),
            element("span", { class: "muted truncate" }, `to ${placeOf(row.dropoff)}`)),
        );
      }),
    );
  }

  async #ask() {
    if (!may("orders.view")) return;
    const { driver } = this;
    try {
      const page = await get("orders/", { driver: driver.id, status: "open", ordering: "due_at", limit: SHOWN });
      if (this.driver !== driver) return;
      this.#orders = page.results;
      this.#error = null;
    } catch (error) {
      if (this.driver !== driver) return;
      this.#error = error;
    }
    this.events.redraw();
  }
}

function button(name, label, picture, run, attributes = {}) {
  return element("button", { class: "btn small", type: "button", dataset: { name }, onclick: run, ...attributes }, icon(picture), label);
}
