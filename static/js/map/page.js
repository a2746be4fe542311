/* Map View: brings orders, drivers and zones together, and says who hears of what. */

import { on } from "core/bus";
import { config, may } from "core/config";
import { counts } from "core/counts";
import { debounce, leaveControl } from "core/dom";
import { filters } from "core/filters";
import { focusedOrder } from "core/focus";
import { get } from "core/http";
import { toastError } from "core/toast";
import { DayTrack } from "drivers/day_track";
import { DriverDetail } from "drivers/detail";
import { RunLayer, placesOf } from "drivers/run_layer";
import { AttentionCard } from "map/attention_card";
import { registerMapCommands } from "map/commands";
import { DriversPanel } from "map/drivers_panel";
import { endsOf, selectionOf } from "map/ends";
import { Fleet, readFleet } from "map/fleet";
import { actOn, giveTo, openMenuFor, openOrder } from "map/order_actions";
import { OrderSet } from "map/order_set";
import { OrdersPanel } from "map/orders_panel";
import { PickMenu } from "map/pick_menu";
import { Pointer } from "map/pointer";
import { Stage } from "map/stage";

const REGROUP_EVERY = 5;
const FOLLOW_AFTER = 180;
const RELOAD_TIMED_SET_EVERY = 30;

export function mount(root) {
  const page = new MapPage(root);
  return () => page.destroy();
}

class MapPage {
  #stops = [];
  #seconds = 0;
  #openSoon = debounce((code) => openOrder(code, { quiet: true, replace: true }), FOLLOW_AFTER);
  following = null;

  constructor(root) {
    const find = (selector) => root.querySelector(selector);
    this.root = root;
    this.fleet = new Fleet();
    this.set = new OrderSet({ changed: () => this.orders.update() });
    this.stage = new Stage(find(".map-host"), { fleet: this.fleet, settings: JSON.parse(document.getElementById("map-settings").textContent) });
    this.drawer = document.getElementById("drawer");
    const open = (code) => this.open(code, { quiet: true });
    this.orders = new OrdersPanel(find(".map-orders"), {
      set: this.set,
      fleet: this.fleet,
      events: {
        open,
        hover: (code) => this.stage.layers.orders.setFocus({ hovered: new Set(code ? [code] : []) }),
        menu: (code, anchor) => openMenuFor(code, anchor, this.select(code)),
        step: (by) => this.step(by),
        more: () => this.set.loadDone().catch(toastError),
        drawn: () => this.#redrawMap(),
      },
    });
    this.drivers = new DriversPanel(find(".map-drivers"), {
      fleet: this.fleet,
      retry: () => this.loadDrivers(),
      events: {
        show: (id) => this.showDriver(id),
        hover: (id) => this.stage.layers.drivers.setFocus({ hovered: id }),
        tab: (test) => {
          this.fleet.showOnly(test);
          this.stage.layers.drivers.repaint();
        },
      },
    });
    this.stage.map.createPane("run").style.zIndex = 435;
    this.stage.map.getPane("run").style.pointerEvents = "none";
    this.run = new RunLayer({ pane: "run" }).addTo(this.stage.map);
    this.track = new DayTrack(this.stage, find(".track-bar"), { changed: () => this.#drawDriverCard() });
    this.driverCard = new DriverDetail(find(".driver-card"), {
      events: {
        open,
        fleet: () => this.fleet.all(),
        hover: (code) => this.#drawRun(code),
        run: () => this.#drawRun(),
        track: (driver) => this.track.toggle(driver),
        centre: (driver) => this.#centre(driver, 15),
        follow: (driver) => this.follow(this.following === driver.id ? null : driver.id),
        filter: (driver) => filters.set({ driver: [driver.id] }, { source: "map" }),
        redraw: () => this.#drawDriverCard(),
        closed: () => this.showDriver(null),
      },
    });
    this.attention = new AttentionCard(find(".attention-card"), { events: { open, run: (command, code) => actOn(command, this.select(code)), give: giveTo, driver: (id) => this.showDriver(id) } });
    this.pickMenu = new PickMenu(find(".map-stage"), { set: this.set, open });
    this.pointer = new Pointer(this.stage, {
      tip: find(".map-tip"),
      describe: (code) => this.orders.describe(code),
      events: {
        hover: ({ codes, driver }) => {
          this.stage.layers.orders.setFocus({ hovered: codes });
          this.stage.layers.drivers.setFocus({ hovered: driver });
          this.orders.light(codes);
          this.drivers.light(driver);
        },
        driver: (id) => this.showDriver(id),
        order: open,
        orders: (codes, point) => this.pickMenu.show(codes, point),
        cluster: (cluster) => this.stage.show(cluster.places, { force: true }),
        nothing: () => this.select(null),
      },
    });
    this.#layerChips();
    this.#stops.push(registerMapCommands(this), ...this.#listen());
    this.#start();
  }

  destroy() {
    this.#stops.forEach((stop) => stop());
    for (const part of [this.orders, this.drivers, this.driverCard, this.track, this.stage]) part.destroy();
  }

  /** Makes an order the chosen one: its card, its ends, its line and its driver; returns its row. */
  select(code, { reveal = true } = {}) {
    const row = this.set.rows.get(code) ?? null;
    this.orders.choose(row?.code ?? null, { reveal });
    this.#drawSelection();
    if (row || focusedOrder.get()) focusedOrder.set(row);
    if (row) this.stage.show(endsOf(row), this.#covered());
    return row;
  }

  /** Chooses the card so many further on in the list; a drawer that is open follows. */
  step(by) {
    const code = this.orders.neighbour(by);
    leaveControl();
    if (!code) return;
    this.select(code);
    if (!this.drawer.hidden) this.#openSoon(code);
  }

  open(code, { quiet = false } = {}) {
    this.#openSoon.cancel();
    this.select(code);
    openOrder(code, { quiet });
  }

  showDriver(id) {
    const driver = id === null ? null : this.fleet.get(id);
    this.drivers.choose(driver?.id ?? null);
    this.stage.layers.drivers.setFocus({ selected: driver?.id ?? null });
    if (!driver) {
      this.follow(null);
      if (this.driverCard.driver) this.driverCard.hide();
      this.track.hide();
      this.#drawRun();
      return;
    }
    if (this.following !== null && this.following !== id) this.follow(null);
    if (this.track.driver && this.track.driver.id !== id) this.track.show(driver);
    this.driverCard.show(driver);
    if (driver.track.placed) this.#centre(driver, 14);
  }

  follow(id) {
    this.following = id;
    const note = this.root.querySelector(".map-following");
    note.hidden = id === null;
    note.textContent = id === null ? "" : `Following ${this.fleet.get(id).name}. Drag the map to stop.`;
    this.#drawDriverCard();
    this.#glide();
  }

  fit(codes = null) {
    const rows = codes ? [...codes].map((code) => this.set.rows.get(code)) : this.orders.visibleRows();
    this.stage.show(rows.flatMap((row) => endsOf(row)), { force: true, right: this.#covered().right });
  }

  async loadDrivers() {
    if (!may("drivers.view")) {
      this.root.querySelector(".map-drivers").hidden = true;
      this.root.classList.add("without-drivers");
      return;
    }
    try {
      this.fleet.load(await readFleet());
      this.drivers.state = "ready";
      this.orders.update();
    } catch (error) {
      this.drivers.state = this.fleet.size ? "ready" : "failed";
      this.drivers.error = error;
    }
    this.#fleetChanged();
  }

  async #start() {
    const zones = get("zones/geojson/", { active: "true" }).then(({ features }) => this.stage.layers.zones.setZones(features), toastError);
    this.#markZones();
    await Promise.all([this.set.load(), this.loadDrivers(), zones]);
    this.orders.draw();
    const focused = focusedOrder.get()?.code;
    if (this.set.rows.has(focused) && this.orders.current === null) this.select(focused);
    if (!this.stage.hasMemory && this.set.rows.size) this.fit();
  }

  #listen() {
    const timer = setInterval(() => !document.hidden && this.#tick(), 1000);
    this.stage.map.on("dragstart", () => this.following !== null && this.follow(null));
    this.stage.map.on("zoomend", () => this.#glide());
    return [
      () => clearInterval(timer),
      filters.subscribe(() => {
        this.#markZones();
        this.set.reset();
      }),
      counts.watch(() => this.orders.update()),
      on("live:etas", ({ items }) => this.set.expect(items)),
      on("live:events", ({ items }) => {
        this.set.apply(items.map(({ row }) => row).filter(Boolean));
        // Without a row the order is no longer this person's to see.
        this.set.forget(items.filter(({ row }) => row === null).map(({ code }) => code));
      }),
      on("live:drivers", ({ items }) => {
        this.fleet.update(items);
        this.#fleetChanged();
      }),
      on("live:positions", ({ drivers }) => {
        this.fleet.positions(drivers);
        if (drivers.some(([id]) => id === this.driverCard.driver?.id)) this.#drawRun();
        this.stage.layers.drivers.repaint();
        this.#glide();
      }),
      on("live:reload", ({ until }) => until(Promise.all([this.set.load(), this.loadDrivers()]))),
      on("driver:show", ({ id }) => this.showDriver(Number(id))),
      on("theme", () => this.run.retheme()),
      focusedOrder.watch((row) => row && row.code !== this.orders.current && this.set.rows.has(row.code) && this.select(row.code)),
    ];
  }

  #tick() {
    this.#seconds += 1;
    const gone = this.set.expire();
    if (gone || this.#seconds % REGROUP_EVERY === 0) this.orders.draw();
    else this.orders.tick();
    if (this.#seconds % RELOAD_TIMED_SET_EVERY === 0 && this.set.isTimed) this.set.load();
    this.drivers.tick();
    this.driverCard.tick();
    this.stage.layers.drivers.repaint();
  }

  /** The list was drawn: the map shows the same orders. */
  #redrawMap() {
    const rows = this.orders.visibleRows();
    const ends = rows.flatMap((row) => endsOf(row));
    this.stage.layers.orders.setEnds(ends);
    this.#drawSelection();
    this.#drawRoutes(rows);
    this.attention.show(this.orders.groups.get("attention"), (row) => (row.driver ? this.fleet.get(row.driver.id) : null));
    const drivers = this.fleet.onMap().length;
    const placed = new Set(ends.map((end) => end.code)).size;
    this.root.querySelector("#map-summary").textContent = `The map shows ${placed} of ${rows.length} orders and ${drivers} drivers. Everything on it is also in the two lists beside it.`;
    this.root.querySelector("[data-layer=drivers] .count").textContent = drivers || "";
  }

  #drawRoutes(rows) {
    const routes = this.stage.shows("routes") ? rows.map((row) => endsOf(row)).filter((ends) => ends.length === 2) : [];
    this.stage.layers.routes.setRoutes(routes.map(([from, to]) => ({ from, to })));
  }

  #drawSelection() {
    const row = this.set.rows.get(this.orders.current);
    const driver = row?.driver ? this.fleet.get(row.driver.id) : null;
    this.stage.layers.orders.setFocus({ selected: row?.code ?? null });
    this.stage.layers.routes.setSelected(row ? selectionOf(row, driver) : null);
    // Keys act on the row as it is now, not on the one that was chosen.
    const focused = focusedOrder.get();
    if (row && focused?.code === row.code && focused.version < row.version) focusedOrder.set(row);
    if (!this.driverCard.driver) this.stage.layers.drivers.setFocus({ selected: driver?.id ?? null });
  }

  #centre(driver, closest) {
    const zoom = Math.max(closest, this.stage.map.getZoom());
    this.stage.centre(driver.track, { zoom, right: this.#besideDriverCard() });
  }

  #glide() {
    const driver = this.following === null ? null : this.fleet.get(this.following);
    if (driver) this.stage.glide(driver.track, { right: this.#besideDriverCard() });
  }

  #besideDriverCard() {
    return Math.max(this.driverCard.box.offsetWidth, this.#covered().right);
  }

  #fleetChanged() {
    this.drivers.update();
    this.stage.layers.drivers.repaint();
    this.#drawDriverCard();
  }

  #drawDriverCard() {
    const id = this.driverCard?.driver?.id;
    if (id !== undefined) this.driverCard.draw({ following: this.following === id, tracked: this.track.driver?.id === id });
  }

  /** The stops of the driver whose card is open, numbered as the driver takes them. */
  #drawRun(current = null) {
    const { driver, run } = this.driverCard;
    this.run.setRun({ places: driver ? placesOf(run.stops?.map(({ order }) => order) ?? []) : [], track: driver?.track ?? null, current, vehicle: driver?.row?.vehicle?.kind });
  }

  #layerChips() {
    const chips = [...this.root.querySelectorAll("[data-layer]")];
    const show = () => chips.forEach((chip) => chip.setAttribute("aria-pressed", String(this.stage.shows(chip.dataset.layer))));
    for (const chip of chips) {
      chip.addEventListener("click", () => {
        this.stage.toggle(chip.dataset.layer);
        this.#drawRoutes(this.orders.visibleRows());
        show();
      });
    }
    show();
  }

  #markZones() {
    this.stage.layers.zones.setChosen(filters.get("zone"));
  }

  /** How much of the map lies under the open drawer and the attention card, in pixels. */
  #covered() {
    const map = this.stage.map.getContainer().getBoundingClientRect();
    const card = this.root.querySelector(".attention-card");
    return {
      right: this.drawer.hidden ? 0 : Math.max(0, map.right - this.drawer.getBoundingClientRect().left),
      bottom: card.hidden ? 0 : map.bottom - card.getBoundingClientRect().top,
    };
  }
}
