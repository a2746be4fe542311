/** The order drawer: opens over whatever the page shows, keeps the address in step, and follows live changes. */
import { emit, on } from "core/bus";
import { config } from "core/config";
import { debounce, element } from "core/dom";
import { focusedOrder } from "core/focus";
import { get } from "core/http";
import { prepare } from "core/menu";
import { mountAll, unmountDetached } from "core/mount";
import { toast, toastError } from "core/toast";
import { startAction } from "order/actions";
import { codeIn, isOverlay, orderUrl, viewPath } from "order/addresses";
import { registerOrderCommands } from "order/commands";
import { noteLegal } from "order/legal";
import { answerMenus } from "order/menu";
import { fragmentOf, mergeSections, sourcesOf } from "order/sections";
import { undoVersion } from "order/undo";

const PATIENCE = 140;
const YEAR = 365 * 24 * 3600;

export function mount(host) {
  rememberView();
  const drawer = new Drawer(host);
  const stops = [registerOrderCommands(drawer), answerMenus()];
  return () => {
    stops.forEach((stop) => stop());
    drawer.destroy();
  };
}

/** A shared address of an order opens over the view that this person uses. */
function rememberView() {
  if (!config.destinations.some((page) => page.name === config.current && page.filtered)) return;
  document.cookie = `view=${config.current}; path=/; max-age=${YEAR}; samesite=lax`;
}

/** A leg, its other leg, their parent, or what goes back: the drawer shows how each of them stands. */
const whole = (code) => code.replace(/(-[12]|-R\d*)$/, "");
const isRelative = (code, own) => Boolean(own) && code !== own && whole(code) === whole(own);

export class Drawer {
  #stops = [];
  #asked = 0;
  #sources = new Map();
  #map = null;
  #opener = null;
  #refreshing = null;
  #opening = "";
  #wanted = "";
  order = null;

  constructor(host) {
    this.host = host;
    this.basePath = isOverlay(location.pathname) ? viewPath() : location.pathname;
    host.addEventListener("click", (event) => this.#click(event));
    const popped = () => this.#followAddress();
    addEventListener("popstate", popped);
    this.#stops.push(
      () => removeEventListener("popstate", popped),
      on("order:open", ({ code, quiet, replace }) => this.open(code, { quiet, replace })),
      on("order:changed", ({ code, version }) => this.#hear(code, version)),
      on("live:events", ({ items }) => items.forEach(({ code, version }) => this.#hear(code, version))),
      on("live:etas", ({ items }) => items.some(({ id }) => id === this.order?.id) && this.refresh()),
      on("live:reload", ({ until }) => until?.(this.refresh())),
      on("live:positions", ({ drivers }) => this.#movePosition(drivers)),
      focusedOrder.watch((row) => this.#follow(row)),
    );
    if (!host.hidden) this.#taken({ quiet: true });
  }

  destroy() {
    this.#stops.forEach((stop) => stop());
    this.#followSoon.cancel();
    this.#map?.destroy();
  }

  get isOpen() {
    return !this.host.hidden;
  }

  get code() {
    return this.isOpen ? (this.order?.code ?? "") : "";
  }

  /** `quiet` leaves the focus where it is; `replace` writes over the present address instead of adding to the history. */
  async open(code, { quiet = false, replace = false, address = true } = {}) {
    this.#wanted = "";
    this.#followSoon.cancel();
    if (this.code === code) {
      if (!quiet) this.#focusTitle();
      return this.refresh();
    }
    const asked = ++this.#asked;
    this.#opening = code;
    if (!this.isOpen) {
      this.#opener = document.activeElement;
      if (!isOverlay(location.pathname)) this.basePath = location.pathname;
    }
    const waiting = setTimeout(() => asked === this.#asked && this.#showSkeleton(code), PATIENCE);
    try {
      const html = await get(orderUrl(code));
      clearTimeout(waiting);
      if (asked !== this.#asked) return;
      this.#show(html);
      this.#taken({ quiet });
      if (address) this.#writeAddress(orderUrl(code), { replace });
    } catch (error) {
      clearTimeout(waiting);
      if (asked !== this.#asked) return;
      if (!this.order) this.#hide();
      toastError(error);
    } finally {
      if (asked === this.#asked) this.#opening = "";
    }
  }

  /** Walking through a list with the drawer open shows each order in turn: keys must act on what is seen. */
  #follow(row) {
    const coming = this.#opening || this.code;
    if (!row || !coming) return;
    this.#wanted = row.code === coming ? "" : row.code;
    if (this.#wanted) this.#followSoon();
  }

  #followSoon = debounce(() => {
    const code = this.#wanted;
    this.#wanted = "";
    if (code && (this.isOpen || this.#opening)) this.open(code, { quiet: true, replace: true });
  }, PATIENCE);

  close({ address = true } = {}) {
    this.#wanted = "";
    if (!this.isOpen) return;
    this.#asked += 1;
    this.#opening = "";
    const hadFocus = this.host.contains(document.activeElement) || document.activeElement === document.body;
    this.#hide();
    if (address && isOverlay(location.pathname)) this.#writeAddress(this.basePath);
    if (hadFocus) (this.#opener?.isConnected ? this.#opener : document.getElementById("main"))?.focus();
    this.#opener = null;
    emit("order:close");
  }

  /** Reads the order again and replaces only what changed; scroll, focus and opened parts stay. */
  refresh() {
    if (!this.isOpen || !this.order) return null;
    // A change that arrives while one is being read asks once more afterwards.
    if (this.#refreshing) return (this.#refreshing.again = true);
    const reading = (this.#refreshing = { again: false });
    const code = this.order.code;
    return get(orderUrl(code))
      .then((html) => {
        // Another order is being opened: connecting this one again would call the list, and the drawer, back to it.
        if (this.code !== code || (this.#opening && this.#opening !== code)) return;
        this.#sources = mergeSections(this.host, fragmentOf(html), this.#sources);
        this.#connect();
      })
      .catch((error) => {
        if (this.code === code && error.status === 404) {
          this.close();
          toast({ text: `Order ${code} is no longer yours to see.`, tone: "warn" });
        } else if (error.status !== 0) toastError(error);
      })
      .finally(() => {
        this.#refreshing = null;
        if (reading.again) this.refresh();
      });
  }

  #show(html) {
    const fragment = fragmentOf(html);
    this.host.replaceChildren(...fragment.childNodes);
    this.host.hidden = false;
  }

  /** What stands in the host now is the order: read it, connect it, tell who must know. */
  #taken({ quiet }) {
    this.#sources = sourcesOf(this.host);
    this.#map?.destroy();
    this.#map = null;
    this.#connect();
    if (!quiet) this.#focusTitle();
  }

  #connect() {
    this.order = JSON.parse(this.host.querySelector("#drawer-order").textContent);
    noteLegal(this.order);
    // Somebody who has walked on in the list while this was read is not called back.
    if (!this.#wanted) focusedOrder.set(this.order);
    unmountDetached();
    prepare(this.host);
    mountAll(this.host);
    this.#drawMap();
  }

  /** Leaflet comes with the first order that is opened, not with every page. */
  async #drawMap() {
    const { DrawerMap } = await import("order/map/drawer_map");
    const box = this.host.querySelector("[data-drawer-map]");
    if (this.#map && this.#map.box !== box) {
      this.#map.destroy();
      this.#map = null;
    }
    if (!box || !this.order) return;
    if (this.#map) this.#map.update(this.order);
    else this.#map = new DrawerMap(box, this.order);
  }

  #showSkeleton(code) {
    const lines = Array.from({ length: 9 }, () => element("i", { class: "skeleton line" }));
    this.order = null;
    this.host.replaceChildren(
      element("header", { class: "drawer-head" }, element("div", { class: "row" }, element("span", { class: "code" }, code), element("span", { class: "muted small end" }, "Loading…"))),
      element("div", { class: "drawer-body drawer-skeleton", "aria-busy": "true" }, ...lines),
    );
    this.host.hidden = false;
  }

  #hide() {
    this.host.hidden = true;
    this.#map?.destroy();
    this.#map = null;
    this.host.replaceChildren();
    this.#sources = new Map();
    this.order = null;
    unmountDetached();
  }

  #focusTitle() {
    this.host.querySelector(".drawer-title")?.focus({ preventScroll: true });
  }

  #writeAddress(path, { replace = false } = {}) {
    const url = path + location.search;
    if (url === location.pathname + location.search) return;
    history[replace ? "replaceState" : "pushState"](null, "", url);
  }

  /** Back and forward: the address says what is open. */
  #followAddress() {
    const code = codeIn(location.pathname);
    if (code) this.open(code, { address: false, quiet: true });
    else if (!isOverlay(location.pathname)) this.close({ address: false });
  }

  #hear(code, version) {
    if (!this.order) return;
    if (code === this.code ? !(version <= this.order.version) : isRelative(code, this.code)) this.refresh();
  }

  #movePosition(drivers) {
    const id = this.order?.position?.driver_id ?? this.order?.driver?.id ?? this.order?.holder?.id;
    const found = id && drivers.find(([driver]) => driver === id);
    if (!found || !this.#map) return;
    const [, lat, lng, heading, , recordedAt] = found;
    this.order.position = { driver_id: id, lat, lng, heading, recorded_at: new Date(recordedAt).toISOString() };
    this.#map.movePosition(this.order.position);
    this.#map.showAge(this.host.querySelector("[data-last-seen]"));
  }

  #click(event) {
    const action = event.target.closest("[data-order-action]");
    if (action) startAction(action.dataset.orderAction, this.order).catch(toastError);
    const undo = event.target.closest("[data-undo-version]");
    if (undo) undoVersion(this.code, Number(undo.dataset.undoVersion)).catch(toastError);
    const why = event.target.closest("[data-why-not-undo]");
    if (why) toast({ text: why.dataset.whyNotUndo, tone: "accent", id: "why-not-undo" });
    const copy = event.target.closest("[data-order-copy]");
    if (copy) this.copy(copy.dataset.orderCopy);
    const link = event.target.closest("[data-order-link]");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      this.open(link.dataset.orderLink);
    }
    const duplicate = event.target.closest("[data-order-duplicate]");
    if (duplicate && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      emit("order:create", { from: this.code });
    }
  }

  async copy(what) {
    const text = what === "link" ? location.origin + orderUrl(this.code) : this.code;
    try {
      await navigator.clipboard.writeText(text);
      toast({ text: what === "link" ? `Link to ${this.code} copied.` : `${this.code} copied.` });
    } catch {
      // Without https the browser offers no clipboard: show it, to be copied by hand.
      toast({ title: "Copy this", text, tone: "accent", sticky: true });
    }
  }
}
