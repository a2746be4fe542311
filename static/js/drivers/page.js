/* The drivers page: who is on duty, each driver's run and day, and what can be done about it. */

import { attention } from "core/attention";
import { on } from "core/bus";
import { config, may } from "core/config";
import { get } from "core/http";
import { toastError } from "core/toast";
import { registerDriverCommands } from "drivers/commands";
import { DayTrack } from "drivers/day_track";
import { DriverDetail } from "drivers/detail";
import { RunLayer, placesOf } from "drivers/run_layer";
import { summaryOf } from "drivers/state";
import { linesOf } from "map/card";
import { DriversPanel } from "map/drivers_panel";
import { endsOf } from "map/ends";
import { Fleet, readFleet } from "map/fleet";
import { openOrder } from "map/order_actions";
import { PickMenu } from "map/pick_menu";
import { Pointer } from "map/pointer";
import { Stage } from "map/stage";

export function mount(root) {
  const page = new DriversPage(root);
  return () => page.destroy();
}

class DriversPage {
  #stops = [];
  #wanted;
  #unseen = false;
  #rows = new Map();
  following = null;

  constructor(root) {
    const find = (selector) => root.querySelector(selector);
    this.root = root;
    this.#wanted = Number(root.dataset.driver) || null;
    this.fleet = new Fleet();
    this.stage = new Stage(find(".map-host"), { fleet: this.fleet, settings: JSON.parse(document.getElementById("map-settings").textContent) });
    this.stage.map.createPane("run").style.zIndex = 435;
    this.stage.map.getPane("run").style.pointerEvents = "none";
    this.runLayer = new RunLayer({ pane: "run" }).addTo(this.stage.map);
    const open = (code) => openOrder(code, { quiet: true });
    this.drivers = new DriversPanel(find(".map-drivers"), {
      fleet: this.fleet,
      retry: () => this.load(),
      events: {
        show: (id) => this.showDriver(id),
        hover: (id) => this.stage.layers.drivers.setFocus({ hovered: id }),
        tab: (test) => {
          this.fleet.showOnly(test);
          this.stage.layers.drivers.repaint();
        },
      },
    });
    this.track = new DayTrack(this.stage, find(".track-bar"), { changed: () => this.#drawDetail() });
    this.detail = new DriverDetail(find(".driver-detail"), {
      events: {
        open,
        hover: (code) => this.#light(code),
        fleet: () => this.fleet.all(),
        follow: (driver) => this.follow(this.following === driver.id ? null : driver.id),
        track: (driver) => this.track.toggle(driver),
        run: () => this.#runRead(),
        redraw: () => this.#drawDetail(),
        closed: () => this.showDriver(null),
      },
    });
    this.pickMenu = new PickMenu(find(".map-stage"), { set: { rows: this.#rows }, open });
    this.pointer = new Pointer(this.stage, {
      tip: find(".map-tip"),
      describe: (code) => (this.#rows.has(code) ? linesOf(this.#rows.get(code), attention(this.#rows.get(code)), this.detail.driver) : [code]),
      events: {
        hover: ({ codes, driver }) => {
          this.stage.layers.orders.setFocus({ hovered: codes });
          this.stage.layers.drivers.setFocus({ hovered: driver });
          this.drivers.light(driver);
        },
        driver: (id) => this.showDriver(id),
        order: open,
        orders: (codes, point) => this.pickMenu.show(codes, point),
        cluster: (cluster) => this.stage.show(cluster.places, { force: true }),
        nothing: () => {},
      },
    });
    this.#layerChips();
    this.#stops.push(registerDriverCommands(this), ...this.#listen());
    this.#start();
  }

  destroy() {
    this.#stops.forEach((stop) => stop());
    for (const part of [this.drivers, this.detail, this.track, this.stage]) part.destroy();
  }

  get driver() {
    return this.detail.driver;
  }

  showDriver(id) {
    const driver = id === null ? null : this.fleet.get(id);
    const isOther = driver?.id !== this.driver?.id;
    this.drivers.choose(driver?.id ?? null);
    this.stage.layers.drivers.setFocus({ selected: driver?.id ?? null });
    if (this.following !== null && this.following !== driver?.id) this.follow(null);
    if (this.track.driver && this.track.driver.id !== driver?.id) {
      if (driver) this.track.show(driver);
      else this.track.hide();
    }
    this.root.classList.toggle("with-detail", driver !== null);
    this.#writeAddress(driver);
    if (!driver) {
      if (this.driver) this.detail.hide();
      this.#drawRun();
      return;
    }
    this.detail.show(driver);
    if (isOther) this.#drawRun();
    if (isOther) this.#unseen = true;
  }

  /** Chooses the driver so many further on in the list. */
  step(by) {
    const { items } = this.drivers.list;
    const at = items.findIndex(({ driver }) => driver.id === this.driver?.id);
    const next = items[at < 0 ? 0 : at + by];
    if (next) this.showDriver(next.driver.id);
  }

  follow(id) {
    this.following = id;
    this.#drawDetail();
    this.#glide();
  }

  fit() {
    const places = placesOf(this.#stopRows());
    const track = this.driver?.track.placed ? [this.driver.track] : [];
    const all = this.driver ? [...places, ...track] : this.fleet.onMap().map((driver) => driver.track);
    this.stage.show(all, { force: true });
  }

  async load() {
    try {
      this.fleet.load(await readFleet());
      this.drivers.state = "ready";
    } catch (error) {
      this.drivers.state = this.fleet.size ? "ready" : "failed";
      this.drivers.error = error;
    }
    this.#fleetChanged();
  }

  async #start() {
    const zones = get("zones/geojson/", { active: "true" }).then(({ features }) => this.stage.layers.zones.setZones(features), toastError);
    await Promise.all([this.load(), zones]);
    if (this.#wanted && this.fleet.get(this.#wanted)) this.showDriver(this.#wanted);
    else if (!this.stage.hasMemory) this.fit();
  }

  #listen() {
    const timer = setInterval(() => !document.hidden && this.#tick(), 1000);
    this.stage.map.on("dragstart", () => this.following !== null && this.follow(null));
    this.stage.map.on("zoomend", () => this.#glide());
    return [
      () => clearInterval(timer),
      on("live:drivers", ({ items }) => {
        this.fleet.update(items);
        this.#fleetChanged();
      }),
      on("live:positions", ({ drivers }) => {
        this.fleet.positions(drivers);
        this.stage.layers.drivers.repaint();
        if (this.driver && drivers.some(([id]) => id === this.driver.id)) this.#drawRun();
        this.#glide();
      }),
      on("live:reload", ({ until }) => until(this.load())),
      on("driver:show", ({ id }) => this.showDriver(Number(id))),
      on("theme", () => this.runLayer.retheme()),
    ];
  }

  #tick() {
    this.drivers.tick();
    this.detail.tick();
    this.#summarise();
    this.stage.layers.drivers.repaint();
  }

  #fleetChanged() {
    this.drivers.update();
    this.#summarise();
    this.stage.layers.drivers.repaint();
    this.#drawDetail();
  }

  #summarise() {
    const box = this.root.querySelector(".drivers-summary");
    const words = summaryOf(this.fleet.all());
    if (box.textContent !== words) box.textContent = words;
  }

  #drawDetail() {
    const driver = this.driver;
    if (driver) this.detail.draw({ following: this.following === driver.id, tracked: this.track.driver?.id === driver.id });
  }

  #stopRows() {
    return (this.driver ? this.detail.run.stops : null)?.map(({ order }) => order) ?? [];
  }

  /** The first reading of a run brings it into sight; later ones leave the map where the person put it. */
  #runRead() {
    this.#drawRun();
    if (!this.#unseen) return;
    this.#unseen = false;
    const track = this.driver?.track.placed ? [this.driver.track] : [];
    // The card has just taken its room from the map.
    this.stage.map.invalidateSize({ pan: false });
    if (!this.track.driver) this.stage.show([...track, ...placesOf(this.#stopRows())]);
  }

  /** The chosen driver's run: its ends as marks, its way as a line. */
  #drawRun() {
    const rows = this.#stopRows();
    this.#rows.clear();
    for (const row of rows) this.#rows.set(row.code, row);
    this.stage.layers.orders.setEnds(rows.flatMap((row) => endsOf(row)));
    this.#light(null);
  }

  #light(code) {
    const shown = this.stage.shows("orders");
    this.runLayer.setRun({ places: shown ? placesOf(this.#stopRows()) : [], track: this.driver?.track ?? null, current: code, vehicle: this.driver?.row.vehicle?.kind });
    this.stage.layers.orders.setFocus({ hovered: new Set(code ? [code] : []) });
  }

  #glide() {
    const driver = this.following === null ? null : this.fleet.get(this.following);
    if (driver) this.stage.glide(driver.track);
  }

  /** A driver's address can be shared and opened again. */
  #writeAddress(driver) {
    const { url } = config.destinations.find(({ name }) => name === "drivers");
    const path = driver ? `${url}${driver.id}/` : url;
    // An open order has the address; closing it leads back to the page's own.
    if (location.pathname.startsWith(url)) history.replaceState(null, "", path);
  }

  #layerChips() {
    const chips = [...this.root.querySelectorAll("[data-layer]")];
    const show = () => chips.forEach((chip) => chip.setAttribute("aria-pressed", String(this.stage.shows(chip.dataset.layer))));
    for (const chip of chips) {
      chip.addEventListener("click", () => {
        this.stage.toggle(chip.dataset.layer);
        this.#light(null);
        show();
      });
    }
    show();
    if (!may("orders.view")) this.root.querySelector("[data-layer=orders]").hidden = true;
  }
}
