/* The right side: the drivers, with their state, load and the age of their position. */

import { element, icon } from "core/dom";
import { age, initials, number, time } from "core/format";
import { LOW_BATTERY, isLow, statusOf } from "drivers/state";
import { pace } from "map/pace";
import { VirtualList } from "map/virtual_list";

const HEIGHTS = { driver: 52, group: 0 };
const TABS = { all: () => true, online: (driver) => driver.online, offline: (driver) => !driver.online };
const ALPHABET = new Intl.Collator();
const BETWEEN_DRAWINGS = 400;
const ORDER = { fresh: 0, stale: 1, offline: 2 };

/** `events`: show(id) when a driver is chosen, hover(id or null), tab(test) when another tab is chosen. */
export class DriversPanel {
  tab = "all";
  current = null;
  state = "loading";
  error = null;
  #words = "";
  #drawSoon = pace(() => this.draw(), BETWEEN_DRAWINGS);

  constructor(root, { fleet, events, retry }) {
    Object.assign(this, { root, fleet, events, retry });
    this.rows = root.querySelector(".driver-rows");
    this.stateBox = root.querySelector(".driver-state");
    this.skeletons = [...this.stateBox.childNodes];
    this.list = new VirtualList({
      scroller: root.querySelector(".driver-scroller"),
      rows: this.rows,
      headers: root.querySelector(".driver-headers"),
      heights: HEIGHTS,
      make: { driver: () => document.getElementById("driver-row").content.firstElementChild.cloneNode(true) },
      fill: { driver: (row, { driver }) => this.#fill(row, driver) },
    });
    root.addEventListener("click", (event) => {
      const { drivers } = event.target.closest("[data-drivers]")?.dataset ?? {};
      if (drivers) this.chooseTab(drivers);
      const id = event.target.closest(".driver-row")?.dataset.id;
      if (id) this.events.show(Number(id));
    });
    this.rows.addEventListener("pointerover", (event) => this.events.hover(Number(event.target.closest(".driver-row")?.dataset.id) || null));
    this.rows.addEventListener("pointerleave", () => this.events.hover(null));
    this.rows.addEventListener("keydown", (event) => this.#step(event));
    root.querySelector("input").addEventListener("input", (event) => {
      this.#words = event.target.value.trim().toLowerCase();
      this.draw();
    });
  }

  destroy() {
    this.list.destroy();
    this.#drawSoon.cancel();
  }

  chooseTab(tab) {
    this.tab = tab;
    this.events.tab(TABS[tab]);
    this.draw();
  }

  choose(id) {
    this.current = id;
    this.draw();
    if (id !== null) this.list.reveal(`driver:${id}`);
  }

  light(id) {
    for (const row of this.rows.querySelectorAll(".driver-row.lit")) row.classList.toggle("lit", Number(row.dataset.id) === id);
    if (id !== null) this.list.element(`driver:${id}`)?.firstElementChild.classList.add("lit");
  }

  update() {
    this.#drawSoon();
  }

  draw() {
    const all = this.fleet.all();
    const online = all.filter((driver) => driver.online).length;
    const sizes = { all: all.length, online, offline: all.length - online };
    for (const chip of this.root.querySelectorAll("[data-drivers]")) {
      chip.setAttribute("aria-pressed", String(chip.dataset.drivers === this.tab));
      chip.querySelector(".count").textContent = this.state === "loading" ? "" : number(sizes[chip.dataset.drivers]);
    }
    const shown = all.filter((driver) => TABS[this.tab](driver) && this.#found(driver)).map((driver) => ({ driver, state: driver.state }));
    shown.sort((one, other) => ORDER[one.state] - ORDER[other.state] || ALPHABET.compare(one.driver.name, other.driver.name));
    this.list.setItems(shown.map(({ driver, state }) => ({ key: `driver:${driver.id}`, kind: "driver", driver, stamp: `${state}:${driver.changes}:${driver.id === this.current}` })));
    this.#states(shown.length, all.length);
  }

  /** Ages go on while nothing is heard. */
  tick() {
    for (const item of this.list.items) {
      const row = this.list.element(item.key);
      if (row) this.#age(row.firstElementChild, item.driver);
    }
  }

  #found({ name, row }) {
    return !this.#words || [name, row.phone, row.vehicle?.name, row.vehicle?.kind].some((text) => text?.toLowerCase().includes(this.#words));
  }

  #fill(item, driver) {
    const row = item.firstElementChild;
    row.dataset.id = driver.id;
    row.classList.toggle("current", driver.id === this.current);
    row.querySelector(".avatar").textContent = initials(driver.name);
    row.querySelector(".name").textContent = driver.name;
    row.querySelector(".what").textContent = workOf(driver);
    const meter = row.querySelector(".meter");
    meter.hidden = driver.fill === null;
    meter.classList.toggle("full", driver.fill > 0.9);
    meter.title = driver.fill === null ? "" : `${driver.row.load_units} of ${driver.row.vehicle.capacity_units} units used`;
    meter.firstElementChild.style.width = `${Math.round((driver.fill ?? 0) * 100)}%`;
    row.querySelector(".units").textContent = driver.fill === null ? "" : `${number(driver.row.load_units)}/${number(driver.row.vehicle.capacity_units)}`;
    const battery = row.querySelector(".battery");
    battery.hidden = !(driver.online && isLow(driver.row));
    battery.title = battery.hidden ? "" : `Battery at ${Math.round(driver.row.position.battery * 100)} %, low from ${LOW_BATTERY * 100} %`;
    this.#age(row, driver);
  }

  #age(row, driver) {
    const seen = row.querySelector(".seen");
    const words = driver.online ? (driver.seenAt ? age(driver.seenAt) : "no position") : driver.seenAt ? `offline · ${age(driver.seenAt)}` : "offline";
    if (seen.textContent !== words) seen.textContent = words;
    if (row.dataset.state !== driver.state) row.dataset.state = driver.state;
    row.querySelector(".what").textContent = workOf(driver);
  }

  #states(shown, all) {
    this.stateBox.hidden = shown > 0;
    if (shown) return;
    if (this.state === "loading") this.stateBox.replaceChildren(...this.skeletons);
    else if (this.state === "failed") {
      const again = element("button", { class: "btn small", type: "button", onclick: () => this.retry() }, "Try again");
      this.stateBox.replaceChildren(element("div", { class: "empty" }, icon("warning"), element("h3", {}, "The drivers could not be loaded"), element("p", {}, this.error.message), again));
    } else {
      const words = all === 0 ? "There are no drivers yet. An administrator adds them in the setup." : this.#words ? "No driver has these words in name, phone or vehicle." : this.tab === "online" ? "No driver is online now." : "No driver is offline now.";
      this.stateBox.replaceChildren(element("div", { class: "empty" }, icon("driver"), element("p", {}, words)));
    }
  }

  #step(event) {
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const id = event.target.closest(".driver-row")?.dataset.id;
    if (!move || !id) return;
    event.preventDefault();
    const { items } = this.list;
    const next = items[items.findIndex((item) => item.key === `driver:${id}`) + move];
    if (!next) return;
    this.list.reveal(next.key);
    this.list.element(next.key)?.firstElementChild.focus();
  }
}

/** Work first, since it is what a dispatcher compares; then the vehicle. Who is not heard of is not called free. */
export function workOf(driver) {
  const { row, online, load, state } = driver;
  const vehicle = row.vehicle?.name ?? "no vehicle";
  const status = statusOf(row);
  if (status) return [load, status[0].toLowerCase(), vehicle].filter(Boolean).join(" · ");
  if (online) return `${workWords(row, load) || (state === "fresh" ? "free" : "not heard of lately")} · ${vehicle}`;
  if (load) return `${load}, but offline · ${vehicle}`;
  return row.online_changed_at ? `off duty since ${time(row.online_changed_at)}` : "not on duty yet";
}

const workWords = ({ moving_orders: moving }, load) => (load && moving ? `${load}, ${number(moving)} moving` : load);
