/**
 * The stepper of a group: details, orders, review. Each step is saved on the server before the next one begins, so
 * nothing is lost on an error, a reload or a closed window.
 */
import { on } from "core/bus";
import { registerCommand } from "core/commands";
import { confirm } from "core/dialog";
import { get, newKey, post } from "core/http";
import { prepare } from "core/menu";
import { mountAll, unmountDetached } from "core/mount";
import { toastError } from "core/toast";
import { showTrouble, tellThere } from "groups/dialog";
import { GroupForm } from "groups/form";
import { OrderPicker } from "groups/picker";
import { replaceKeepingFocus } from "groups/redraw";

export function mount(root) {
  const stepper = new Stepper(root);
  return () => stepper.destroy();
}

class Stepper {
  #stops;
  #form = null;
  #picker = null;
  #map = null;
  #key = newKey();
  #busy = false;

  constructor(root) {
    this.root = root;
    const section = root.dataset.one[0].toUpperCase() + root.dataset.one.slice(1);
    const popped = () => this.load(location.href);
    const leaving = (event) => this.#form?.isChanged && event.preventDefault();
    addEventListener("popstate", popped);
    addEventListener("beforeunload", leaving);
    root.addEventListener("click", (event) => this.#click(event));
    root.addEventListener("submit", (event) => event.target.matches(".step-form") && (event.preventDefault(), this.next()));
    this.#stops = [
      () => removeEventListener("popstate", popped),
      () => removeEventListener("beforeunload", leaving),
      on("group:changed", ({ label }) => label === root.dataset.label && !this.#form && this.load(location.href)),
      registerCommand({ id: "step.next", title: "Save and go on", keys: "mod+Enter", section, whileTyping: true, run: () => this.next() }),
      registerCommand({ id: "step.leave", title: "Leave the stepper", section, keys: "Escape", priority: -1, run: () => this.leave() }),
    ];
    this.#connect();
  }

  destroy() {
    this.#stops.forEach((stop) => stop());
    this.#disconnect();
  }

  get #next() {
    return this.root.querySelector("[data-command='step.next']");
  }

  /** Shows the step of an address. */
  async load(href, { push = false } = {}) {
    const url = new URL(href, location.href);
    const html = await get(url.pathname + url.search);
    if (push && url.href !== location.href) history.pushState(null, "", url);
    this.#disconnect();
    replaceKeepingFocus(this.root, html);
    unmountDetached();
    prepare(this.root);
    mountAll(this.root);
    this.#connect();
  }

  async next() {
    if (this.#busy) return;
    const button = this.#next;
    this.#busy = true;
    button.setAttribute("aria-busy", "true");
    try {
      if (this.#picker && !(await this.#picker.addTicked())) return;
      if (this.#form) await this.#save();
      else if (button.dataset.finalAct) await this.#finish(button);
      else if (button.dataset.stepLink) await this.load(button.href, { push: true });
      else location.assign(button.href);
    } catch (error) {
      if (error.status !== 0) this.#key = newKey();
      this.#refused(error);
    } finally {
      this.#busy = false;
      button.removeAttribute("aria-busy");
    }
  }

  async leave() {
    if (this.#form?.isChanged) {
      const sure = await confirm({ title: "Leave without saving?", text: "What you changed in this step is not saved yet.", action: "Leave", danger: true });
      if (!sure) return;
      this.#form.forget();
    }
    location.assign(this.root.querySelector("[data-command='step.leave']").href);
  }

  async #save() {
    const { form } = this.#form;
    const answer = await post(form.dataset.post, this.#form.read(), { key: this.#key });
    this.#key = newKey();
    this.#form.forget();
    if (!form.dataset.next) return void location.assign(answer.url);
    const url = `${answer.edit_url}?step=${form.dataset.next}`;
    // A new one has its own address from here on: back leads to its details, not to another new one.
    if (location.pathname !== answer.edit_url) history.replaceState(null, "", answer.edit_url);
    await this.load(url, { push: true });
  }

  async #finish(button) {
    if (button.getAttribute("aria-disabled") === "true") {
      this.root.querySelector(".step-review [role=status]")?.scrollIntoView({ block: "nearest" });
      return;
    }
    const base = location.pathname.replace(/edit\/$/, "");
    const answer = await post(`${base}acts/${button.dataset.finalAct}/`, { version: Number(button.dataset.version) }, { key: this.#key });
    tellThere(answer);
    location.assign(answer.url);
  }

  #refused(error) {
    if (this.#form?.show(error)) return;
    const box = this.root.querySelector(".step-main .dialog-trouble");
    if (box) showTrouble(box, error);
    else toastError(error);
  }

  #connect() {
    const form = this.root.querySelector(".step-form");
    this.#form = form && new GroupForm(form, { warehouses: this.#data("#group-warehouses") ?? [], changed: () => this.#drawMap() });
    const picker = this.root.querySelector("[data-group-picker]");
    this.#picker = picker && new OrderPicker(picker, { changed: () => this.load(location.href), shown: (points) => this.#drawMap(points) });
    this.#drawMap();
    if (!this.root.contains(document.activeElement)) (this.#form?.first ?? this.root.querySelector("[data-picker-search], .step-review h2"))?.focus();
  }

  #disconnect() {
    this.#form?.destroy();
    this.#picker?.destroy();
    this.#map?.destroy();
    this.#form = this.#picker = this.#map = null;
  }

  #data(selector) {
    const source = this.root.querySelector(selector);
    return source && JSON.parse(source.textContent);
  }

  /** The group's ends and orders; in the form, the ends as they are chosen; in the picker, what is ticked, too. */
  async #drawMap(more = []) {
    const box = this.root.querySelector("[data-group-map]");
    if (!box) return;
    const { GroupMap, pointsIn } = await import("groups/map");
    if (!box.isConnected) return;
    const kept = pointsIn(this.root).filter(({ end }) => !(this.#form?.hasPlaces && end));
    const points = [...(this.#form?.marks ?? []), ...kept, ...more];
    if (this.#map?.box === box) this.#map.show(points);
    else this.#map = new GroupMap(box, points);
  }

  #click(event) {
    const link = event.target.closest("[data-step-link]");
    if (!link || link.dataset.command || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this.#go(link.href).catch(toastError);
  }

  /** Another step by its name: what was changed here is saved first. */
  async #go(href) {
    if (this.#form?.isChanged) {
      try {
        await post(this.#form.form.dataset.post, this.#form.read(), { key: this.#key });
        this.#key = newKey();
        this.#form.forget();
      } catch (error) {
        this.#refused(error);
        return;
      }
    }
    if (this.#picker && !(await this.#picker.addTicked())) return;
    await this.load(href, { push: true });
  }
}
