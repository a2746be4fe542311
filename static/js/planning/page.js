/* Planning: the form, the search while it runs, and the plan that came of it; one of the three stands beside the map. */

import { on } from "core/bus";
import { confirm } from "core/dialog";
import { element, icon } from "core/dom";
import { number, plural } from "core/format";
import { get, newKey, post } from "core/http";
import { followWork } from "core/progress";
import { toast, toastError } from "core/toast";
import { PlanForm } from "planning/form";
import { PlanMap } from "planning/map";
import { PlanResult } from "planning/result";

export function mount(root) {
  const page = new PlanningPage(root);
  return () => page.destroy();
}

const AT_WORK = ["waiting", "running"];
const READING = "Reading orders, drivers and roads …";

class PlanningPage {
  #stopFollowing = () => {};
  #keys = new Map();
  #lookedAt = 0;
  plan = null;

  constructor(root) {
    this.root = root;
    this.side = root.querySelector(".planning-side");
    this.choices = JSON.parse(document.getElementById("planning-choices").textContent);
    this.map = new PlanMap(root.querySelector(".planning-map"), { chosen: (id) => this.result?.choose(id), empty: root.querySelector(".planning-empty") });
    this.stops = [on("theme", () => this.map.redraw()), on("live:reload", ({ until }) => this.plan && until(this.read()))];
    const wanted = Number(root.dataset.number);
    if (wanted) this.open(wanted);
    else this.showForm();
  }

  destroy() {
    this.#stopFollowing();
    this.stops.forEach((stop) => stop());
    this.map.destroy();
  }

  showForm(plan = null) {
    this.#stopFollowing();
    this.plan = null;
    this.result = null;
    this.#address("");
    this.map.show(null, "The trips appear here when they are worked out.");
    const form = new PlanForm({ choices: this.choices, waitingUrl: this.root.dataset.waitingUrl, from: plan, start: (body) => this.start(body), open: (number) => this.open(number) });
    this.side.replaceChildren(form.node);
    form.ready();
  }

  async start(body) {
    const plan = await post("plans/", body, { key: newKey() });
    this.#take(plan);
  }

  async open(number) {
    try {
      this.#take(await get(`plans/${number}/`));
    } catch (error) {
      this.showForm();
      toastError(error);
    }
  }

  async read() {
    this.plan = await get(`plans/${this.plan.number}/`);
    this.draw();
    return this.plan;
  }

  #take(plan) {
    this.plan = plan;
    this.#address(`${plan.number}/`);
    this.#stopFollowing();
    if (AT_WORK.includes(plan.state)) {
      this.#stopFollowing = followWork({ kind: "plan", id: plan.number, listener: (work) => this.#heard(work), read: async () => this.#asWork(await get(`plans/${plan.number}/`)) });
    }
    this.draw();
  }

  #asWork(plan) {
    this.plan = plan;
    const states = { ready: "success", failed: "failed", cancelled: "cancelled" };
    if (AT_WORK.includes(plan.state)) this.#drawProgress(plan.progress.share ?? 0);
    else this.draw();
    return { done: Math.round((plan.progress.share ?? 0) * 100), total: 100, label: `Plan ${plan.number}`, url: location.pathname, state: AT_WORK.includes(plan.state) ? "running" : (states[plan.state] ?? "success") };
  }

  #heard(work) {
    if (AT_WORK.includes(work.state)) {
      this.#drawProgress(work.total ? work.done / work.total : 0);
      this.#lookAtBest();
    }
    else if (AT_WORK.includes(this.plan.state)) this.read().catch(toastError);
  }

  /** The frames say how far it is; what the best plan so far is like, the server is asked now and then. */
  async #lookAtBest() {
    if (Date.now() - this.#lookedAt < 1500) return;
    this.#lookedAt = Date.now();
    const plan = await get(`plans/${this.plan.number}/`).catch(() => null);
    if (plan?.number !== this.plan?.number) return;
    if (AT_WORK.includes(plan.state)) this.plan = plan;
  }

  draw() {
    const { plan } = this;
    if (AT_WORK.includes(plan.state)) {
      this.map.show(null, "Working the trips out …");
      this.#drawWork();
      return;
    }
    if (!plan.result) {
      this.#drawFailure();
      return;
    }
    this.result = new PlanResult(plan, {
      hover: (id) => this.map.light(id),
      choose: (id) => this.map.choose(id),
      stop: (stop) => this.map.point(stop),
      apply: (driverIds) => this.#apply(driverIds),
      discard: () => this.#act("discard/", "Plan thrown away."),
      again: () => this.showForm(plan),
      takeBack: () => this.#takeBack(),
      insert: (driverId) => this.#insert(driverId),
    });
    this.side.replaceChildren(this.result.node);
    this.map.show(plan.result);
  }

  #drawWork() {
    this.meter = element("progress", { class: "progress", max: 1, "aria-label": "How far the search is" });
    this.said = element("div", { role: "status", "aria-live": "polite", class: "muted" }, READING);
    this.side.replaceChildren(
      element("header", {}, element("h2", {}, `Plan ${this.plan.number}`)),
      element("div", { class: "planning-work" }, element("p", {}, `${plural(this.plan.orders, "order")}, ${plural(this.plan.drivers, "driver")}.`), this.meter, this.said,
        element("p", { class: "hint" }, "You can leave this page; the search goes on and is found under past plans."),
        element("div", { class: "form-actions" }, element("button", { class: "btn", type: "button", onclick: () => this.#act("cancel/") }, icon("pause"), "Stop"))),
    );
    this.#drawProgress(this.plan.progress.share ?? 0);
  }

  #drawProgress(share) {
    if (!this.meter?.isConnected) return;
    this.meter.value = share;
    const { progress, waits_for: waitsFor } = this.plan;
    if (waitsFor && !share) this.said.textContent = waitsFor;
    else if (progress.iterations) this.said.textContent = `Best so far: ${plural(progress.drivers, "driver")}, ${progress.unplanned ? `${number(progress.unplanned)} left out` : "everything planned"}.`;
    else this.said.textContent = share ? `${Math.round(share * 100)} %` : READING;
  }

  #drawFailure() {
    const words = this.plan.state === "cancelled" ? "The search was stopped; nothing was kept." : this.plan.message || "This plan has no result.";
    this.map.show(null, "No plan.");
    this.side.replaceChildren(
      element("header", {}, element("h2", {}, `Plan ${this.plan.number}`)),
      element("div", { class: "planning-work" }, element("div", { class: "notice", "data-tone": this.plan.state === "failed" ? "bad" : "accent", role: "alert" }, icon(this.plan.state === "failed" ? "error" : "info"), element("span", {}, words)),
        element("div", { class: "form-actions" }, element("button", { class: "btn primary", type: "button", onclick: () => this.showForm(this.plan) }, "Plan again"))),
    );
  }

  /** All of it, or the parts of some drivers. */
  async #apply(driverIds) {
    if (this.isApplying) return;
    this.isApplying = true;
    try {
      this.plan = await post(`plans/${this.plan.number}/apply/`, driverIds ? { driver_ids: driverIds } : {}, { key: this.#key("apply") });
      this.draw();
      toast({ text: `${plural(this.plan.trips.length, "trip")} planned: ${this.plan.trips.join(", ")}.`, undo: async () => ({ message: await this.#back() }) });
    } catch (error) {
      this.#keys.delete("apply");
      if (error.code === "plan_outdated") this.result.outdated(error);
      else toastError(error);
    } finally {
      this.isApplying = false;
    }
  }

  async #takeBack() {
    const go = await confirm({ title: "Take this plan back?", text: "The trips it made are called off, changed trips get their old stops, orders it assigned wait for a driver again, and those it took from another driver go back. What has moved on since stays.", action: "Take the plan back" });
    if (!go) return;
    try {
      toast({ text: await this.#back() });
    } catch (error) {
      toastError(error);
    }
  }

  /** What has moved on since stays; the plan then lists it. */
  async #back() {
    this.plan = await post(`plans/${this.plan.number}/take-back/`);
    this.draw();
    const { number: name, stayed } = this.plan;
    return stayed.length ? `Plan ${name} taken back, but for ${stayed.length === 1 ? stayed[0].label : `${stayed.length} orders and trips`}.` : `Plan ${name} taken back.`;
  }

  async #insert(driverId) {
    try {
      const { options } = this.plan;
      const codes = this.result.codes();
      await this.start({ kind: "insert", codes, driver_ids: [driverId], goal: options.goal, may_be_late: options.may_be_late });
    } catch (error) {
      toastError(error);
    }
  }

  async #act(part, words = "") {
    try {
      this.plan = await post(`plans/${this.plan.number}/${part}`);
      if (words) {
        toast({ text: words });
        this.showForm();
      } else if (!AT_WORK.includes(this.plan.state)) this.draw();
    } catch (error) {
      toastError(error);
    }
  }

  /** The same press sent twice is one act. */
  #key(name) {
    if (!this.#keys.has(name)) this.#keys.set(name, newKey());
    return this.#keys.get(name);
  }

  #address(part) {
    const path = this.root.dataset.url + part;
    if (location.pathname !== path) history.replaceState(null, "", path);
  }
}

