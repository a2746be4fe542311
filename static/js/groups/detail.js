/** One group: its acts by button and key, its orders, its map; it follows every change of itself and of its orders. */
import { emit, on } from "core/bus";
import { registerCommand } from "core/commands";
import { config } from "core/config";
import { debounce } from "core/dom";
import { get } from "core/http";
import { prepare } from "core/menu";
import { mountAll, unmountDetached } from "core/mount";
import { toast, toastError } from "core/toast";
import { openGroupDialog } from "groups/dialog";
import { replaceKeepingFocus } from "groups/redraw";
import { Rows } from "groups/rows";

const LIVE_PAUSE = 300;
/** While an order lies open beside it, the keys are the order's. */
const isUncovered = () => document.getElementById("drawer")?.hidden !== false;

export function mount(root) {
  const detail = new GroupDetail(root);
  return () => detail.destroy();
}

class GroupDetail {
  #stops = [];
  #keys = [];
  #map = null;
  #opening = null;

  constructor(root) {
    this.root = root;
    this.kind = root.dataset.kind;
    this.label = root.dataset.label;
    this.path = location.pathname;
    const section = root.dataset.one[0].toUpperCase() + root.dataset.one.slice(1);
    this.section = section;
    this.rows = new Rows(root, { section, name: "group", open: (code, row) => row.dataset.order && emit("order:open", { code: row.dataset.order, quiet: true }) });
    root.addEventListener("click", (event) => this.#click(event));
    this.#stops.push(
      () => this.rows.destroy(),
      on("live:groups", ({ items }) => items.some((item) => (item.kind === this.kind && item.label === this.label && item.version > this.version) || this.#isPart(item)) && this.refreshSoon()),
      on("group:changed", ({ label, version }) => label === this.label && version > this.version && this.refresh()),
      on("live:events", ({ items }) => items.some(({ code }) => this.codes.has(code)) && this.refreshSoon()),
      on("live:reload", ({ until }) => until(this.refresh())),
      registerCommand({ id: "group.copy-link", title: `Copy the link to this ${root.dataset.one}`, hint: this.label, icon: "link", section, run: () => this.#copy() }),
      registerCommand({ id: "group.back", title: "Back to the list", keys: "Backspace", icon: "chevron-left", section, run: () => this.#back() }),
      registerCommand({ id: "group.edit", title: `Edit this ${root.dataset.one}`, hint: this.label, keys: "e", icon: "edit", section, priority: 1, when: () => isUncovered() && Boolean(this.root.querySelector("[data-command='group.edit']")), run: () => location.assign(this.root.querySelector("[data-command='group.edit']").href) }),
    );
    this.#connect();
  }

  destroy() {
    [...this.#stops, ...this.#keys].forEach((stop) => stop());
    this.refreshSoon.cancel();
    this.#map?.destroy();
  }

  get version() {
    return Number(this.root.querySelector("[data-version]")?.dataset.version ?? 0);
  }

  get codes() {
    return new Set([...this.root.querySelectorAll("[data-order]")].map((row) => row.dataset.order));
  }

  /** A route's page shows its sessions: `R0007-3` is one of `R0007`. */
  #isPart({ kind, label }) {
    return this.kind === "route" && kind === "session" && label.startsWith(`${this.label}-`);
  }

  /** After a change elsewhere; an open menu is not taken away. */
  refreshSoon = debounce(() => (this.root.querySelector(":popover-open") ? this.refreshSoon() : this.refresh()), LIVE_PAUSE);

  async refresh() {
    try {
      const html = await get(this.path);
      this.#map?.destroy();
      this.#map = null;
      replaceKeepingFocus(this.root, html);
      this.#connect();
      unmountDetached();
      prepare(this.root);
      mountAll(this.root);
      this.rows.mark();
    } catch (error) {
      if (error.status !== 0) toastError(error);
    }
  }

  #connect() {
    this.#keys.forEach((stop) => stop());
    // An act has its key only while it is possible.
    this.#keys = [...this.root.querySelectorAll("[data-group-act]")].map((button) => {
      const name = button.dataset.groupAct;
      const keys = button.querySelector("kbd")?.textContent ?? "";
      const title = button.childNodes[0].textContent.trim();
      return registerCommand({ id: `group.act.${name}`, title, hint: this.label, keys: keys || [], section: this.section, priority: 1, when: isUncovered, run: () => this.act(name) });
    });
    this.#drawMap();
  }

  /** Leaflet comes after the page. */
  async #drawMap() {
    const box = this.root.querySelector("[data-group-map]");
    if (!box) return;
    const { GroupMap, pointsIn } = await import("groups/map");
    if (!box.isConnected || this.#map) return;
    this.#map = new GroupMap(box, pointsIn(this.root));
  }

  act(name) {
    this.#opening ??= openGroupDialog(`${this.path}acts/${name}/`, { done: ({ url }) => (url && url !== this.path ? location.assign(url) : this.refresh()) }).finally(() => (this.#opening = null));
    return this.#opening;
  }

  #click(event) {
    const button = event.target.closest("[data-group-act]");
    if (!button) return;
    button.closest("[popover]")?.hidePopover();
    this.act(button.dataset.groupAct).catch(toastError);
  }

  #back() {
    const { url } = config.destinations.find(({ name }) => name === config.current) ?? {};
    location.assign(this.root.ownerDocument.querySelector(".group-back")?.href ?? url);
  }

  async #copy() {
    const text = location.origin + this.path;
    try {
      await navigator.clipboard.writeText(text);
      toast({ text: `Link to ${this.label} copied.` });
    } catch {
      toast({ title: "Copy this", text, tone: "accent", sticky: true });
    }
  }
}
