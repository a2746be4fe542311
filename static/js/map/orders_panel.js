/* The left side: order cards in groups, as one virtual list that works like a listbox. */

import { attention } from "core/attention";
import { countText, counts } from "core/counts";
import { element } from "core/dom";
import { filters } from "core/filters";
import { number, plural } from "core/format";
import { config } from "core/config";
import { fillCard, linesOf, refreshCard } from "map/card";
import { GROUPS, grouped } from "map/groups";
import { showListState } from "map/list_states";
import { pace } from "map/pace";
import { VirtualList } from "map/virtual_list";

const BETWEEN_DRAWINGS = 150;
const HEIGHTS = { card: 97, group: 32, more: 46 };

/**
 * Shows an OrderSet. `events` are called by name: choose(code), open(code), hover(code or null), menu(code, anchor),
 * step(by) for the arrow keys, more() when the next done orders are wanted, drawn() after each drawing.
 */
export class OrdersPanel {
  current = null;
  ticked = new Set();
  groups = new Map();
  #collapsed = new Set(["done"]);
  #codes = [];
  #hovered = null;
  #place = 0;
  #drawSoon = pace(() => this.draw(), BETWEEN_DRAWINGS);

  constructor(root, { set, fleet, events }) {
    Object.assign(this, { root, set, fleet, events });
    this.rows = root.querySelector(".order-rows");
    this.stateBox = root.querySelector(".order-state");
    this.note = root.querySelector(".map-note");
    this.skeletons = [...this.stateBox.childNodes];
    this.list = new VirtualList({
      scroller: root.querySelector(".order-scroller"),
      rows: this.rows,
      headers: root.querySelector(".order-headers"),
      heights: HEIGHTS,
      outside: ["group", "more"],
      make: { card: () => clone("order-card"), group: () => clone("order-group"), more: () => element("div", { class: "order-more" }) },
      fill: { card: (card, item) => this.#fillCard(card, item), group: (header, item) => this.#fillGroup(header, item), more: (box, item) => this.#fillMore(box, item) },
      onRender: () => this.#pointAtCurrent(),
    });
    this.#listen();
  }

  destroy() {
    this.list.destroy();
    this.#drawSoon.cancel();
  }

  /** Draws the list again soon, however often it is asked. */
  update() {
    this.#drawSoon();
  }

  draw(now = Date.now()) {
    const { set } = this;
    this.groups = grouped(set.rows.values(), now);
    const items = [];
    this.#codes = [];
    for (const group of GROUPS) {
      const members = this.groups.get(group.key);
      const count = group.key === "done" ? this.#doneCount(members.length) : members.length;
      // How many are done may not be known yet: then the group is there without a number.
      if (!members.length && !(group.key === "done" && count !== 0 && set.holdsDone && set.state === "ready")) continue;
      const folded = this.#isFolded(group.key);
      items.push({ key: `group:${group.key}`, kind: "group", group, count, folded, stamp: `${count}:${folded}` });
      if (folded) continue;
      for (const row of members) items.push(this.#item(row, group.key, now));
      this.#codes.push(...members.map((row) => row.code));
      if (group.key === "done" && (set.done.next || set.done.loading || !set.done.loaded)) {
        items.push({ key: "more", kind: "more", shown: members.length, count, stamp: `${members.length}:${count}:${set.done.loading}` });
      }
    }
    if (this.#codes.includes(this.current)) this.#place = this.#codes.indexOf(this.current);
    this.list.setItems(items);
    this.#chips();
    showListState(this, { isEmpty: items.length === 0 });
    for (const code of this.ticked) if (!set.rows.has(code)) this.ticked.delete(code);
    this.#tickBar();
    this.events.drawn();
  }

  /** Keeps the words of the visible cards right while time passes. */
  tick(now = Date.now()) {
    for (const item of this.list.items) {
      if (item.kind !== "card") continue;
      const card = this.list.element(item.key);
      if (card) refreshCard(card, { row: item.row, driver: this.#driverOf(item.row) }, now);
    }
  }

  /** Rows that are drawn on the map: all groups, done ones only while they are unfolded. */
  visibleRows() {
    return [...this.groups].flatMap(([key, members]) => (key === "done" && this.#isFolded(key) ? [] : members));
  }

  choose(code, { reveal = true } = {}) {
    const before = this.current;
    this.current = code;
    for (const one of [before, code]) this.#restyle(one);
    if (code && reveal) {
      this.#unfoldFor(code);
      this.list.reveal(code);
    }
    this.#place = Math.max(0, this.#codes.indexOf(code));
    this.#pointAtCurrent();
  }

  /** The code `step` cards further on; where the chosen one has left the list, from the place where it stood. */
  neighbour(step) {
    const index = this.#codes.indexOf(this.current);
    const from = index >= 0 ? index : this.current === null ? (step > 0 ? -1 : this.#codes.length) : this.#place - (step > 0 ? 1 : 0);
    return this.#codes[Math.max(0, Math.min(this.#codes.length - 1, from + step))] ?? null;
  }

  tickCurrent() {
    if (this.current) this.toggleTick(this.current);
  }

  toggleTick(code) {
    if (!this.ticked.delete(code)) this.ticked.add(code);
    this.#restyle(code);
    this.#tickBar();
  }

  clearTicks() {
    const codes = [...this.ticked];
    this.ticked.clear();
    codes.forEach((code) => this.#restyle(code));
    this.#tickBar();
  }

  light(codes) {
    for (const card of this.rows.querySelectorAll(".order-card.lit")) if (!codes.has(card.dataset.code)) card.classList.remove("lit");
    for (const code of codes) this.list.element(code)?.classList.add("lit");
  }

  /** A few lines about an order, for the tip on the map. */
  describe(code) {
    const row = this.set.rows.get(code);
    return row ? linesOf(row, attention(row), this.#driverOf(row)) : [code];
  }

  openMenu() {
    const anchor = this.list.element(this.current)?.querySelector(".more") ?? this.rows;
    if (this.current) this.events.menu(this.current, anchor);
  }

  jumpTo(key) {
    this.#collapsed.delete(key);
    this.draw();
    this.list.scrollTo(`group:${key}`);
  }

  #item(row, group, now) {
    const reason = attention(row, now);
    const driver = this.#driverOf(row);
    const stamp = `${row.version}:${group}:${reason}:${driver?.state}:${row.code === this.current}:${this.ticked.has(row.code)}`;
    return { key: row.code, kind: "card", group, row, reason, stamp };
  }

  /** Done orders are folded away, unless the filters ask for nothing else. */
  #isFolded(key) {
    return this.#collapsed.has(key) && (key !== "done" || this.set.holdsOpen);
  }

  #driverOf(row) {
    return row.driver ? this.fleet.get(row.driver.id) : null;
  }

  #fillCard(card, { row, group, reason }) {
    card.dataset.group = group;
    fillCard(card, { row, reason, driver: this.#driverOf(row), ticked: this.ticked.has(row.code), current: row.code === this.current });
    card.classList.remove("lit");
    const index = this.#codes.indexOf(row.code);
    card.setAttribute("aria-setsize", this.#codes.length);
    card.setAttribute("aria-posinset", index + 1);
  }

  #fillGroup(header, { group, count, folded }) {
    const isCapped = group.key === "done" && counts.get()?.at_least?.statuses?.includes("done");
    const button = header.firstElementChild;
    button.dataset.group = group.key;
    button.setAttribute("aria-expanded", String(!folded));
    header.querySelector(".title").textContent = group.title;
    header.querySelector(".count").textContent = count === null ? "" : number(count) + (isCapped ? "+" : "");
    header.classList.toggle("urgent", group.key === "attention");
  }

  #fillMore(box, { shown, count }) {
    const busy = this.set.done.loading;
    const words = busy ? "Loading…" : shown ? `Show more: ${number(shown)} of ${number(count)} shown` : "Show them";
    box.replaceChildren(element("button", { class: "btn small quiet wide", type: "button", "aria-disabled": busy ? "true" : null, onclick: () => this.events.more() }, words));
  }

  #doneCount(loaded) {
    const words = config.words.groups?.done ?? [];
    const chosen = filters.get("status");
    const wanted = chosen.length && !chosen.includes("done") ? words.filter((word) => chosen.includes(word)) : words;
    const found = counts.get()?.statuses;
    const withDriver = this.groups.get("attention").filter((row) => row.package_with_driver).length;
    return found ? Math.max(loaded, wanted.reduce((sum, word) => sum + (found[word] ?? 0), 0) - withDriver) : loaded || null;
  }

  #chips() {
    const chosen = filters.get("status");
    for (const chip of this.root.querySelectorAll("[data-status]")) {
      chip.setAttribute("aria-pressed", String(chosen.includes(chip.dataset.status)));
      chip.querySelector(".count").textContent = countText("statuses", chip.dataset.status);
    }
    const jump = this.root.querySelector("[data-jump]");
    const offMap = this.groups.get("off_map").length;
    jump.hidden = offMap === 0;
    jump.querySelector(".count").textContent = number(offMap);
  }

  #tickBar() {
    const bar = this.root.querySelector(".tick-bar");
    bar.hidden = this.ticked.size === 0;
    this.root.classList.toggle("has-ticks", !bar.hidden);
    bar.querySelector(".tick-count").textContent = `${plural(this.ticked.size, "order")} ticked`;
  }

  #restyle(code) {
    const card = code && this.list.element(code);
    const row = this.set.rows.get(code);
    if (card && row) this.#fillCard(card, { row, group: card.dataset.group, reason: attention(row) });
  }

  #pointAtCurrent() {
    const shown = this.current && this.list.element(this.current);
    if (shown) this.rows.setAttribute("aria-activedescendant", shown.id);
    else this.rows.removeAttribute("aria-activedescendant");
  }

  #unfoldFor(code) {
    const group = [...this.groups].find(([, members]) => members.some((row) => row.code === code))?.[0];
    if (group && this.#collapsed.delete(group)) this.draw();
  }

  #hover(code) {
    if (code === this.#hovered) return;
    this.#hovered = code;
    this.events.hover(code);
  }

  #listen() {
    const codeAt = (event) => event.target.closest(".order-card")?.dataset.code ?? null;
    this.rows.addEventListener("click", (event) => {
      const code = codeAt(event);
      if (!code) return;
      if (event.target.closest(".more")) this.events.menu(code, event.target.closest(".more"));
      else if (event.target.closest(".tick") || event.ctrlKey || event.metaKey || event.shiftKey) this.toggleTick(code);
      else this.events.open(code);
    });
    this.rows.addEventListener("contextmenu", (event) => {
      const code = codeAt(event) ?? this.current;
      if (!code) return;
      event.preventDefault();
      this.events.menu(code, this.list.element(code)?.querySelector(".more") ?? this.rows);
    });
    this.rows.addEventListener("keydown", (event) => {
      const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8, Home: -Infinity, End: Infinity };
      if (event.key === " ") this.tickCurrent();
      else if (event.key in steps && !event.ctrlKey && !event.metaKey && !event.altKey) this.events.step(steps[event.key]);
      else return;
      event.preventDefault();
    });
    this.rows.addEventListener("pointerover", (event) => this.#hover(codeAt(event)));
    this.rows.addEventListener("pointerleave", () => this.#hover(null));
    this.root.querySelector(".order-headers").addEventListener("click", (event) => {
      const key = event.target.closest("[data-group]")?.dataset.group;
      if (!key) return;
      if (!this.#collapsed.delete(key)) this.#collapsed.add(key);
      if (key === "done" && !this.#collapsed.has("done") && !this.set.done.loaded) this.events.more();
      this.draw();
    });
    this.root.addEventListener("click", (event) => {
      const { status, jump } = event.target.closest(".chip")?.dataset ?? {};
      if (status) filters.set({ status: filters.get("status").join() === status ? [] : [status] }, { source: "map" });
      if (jump) this.jumpTo(jump);
    });
  }
}

function clone(id) {
  return document.getElementById(id).content.firstElementChild.cloneNode(true);
}
