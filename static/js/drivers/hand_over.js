/* Handing over a run: to whom, why, which orders; the verdict on each is shown before anything is done. */

import { openDialog } from "core/dialog";
import { debounce, element, icon, pill } from "core/dom";
import { age, distance, plural } from "core/format";
import { get, newKey, post } from "core/http";
import { tellRun } from "drivers/acts";
import { Run } from "drivers/run";
import { isAvailable, stateOf, stopPill } from "drivers/state";
import { placeOf } from "map/card";
import { metresPerUnit } from "map/mercator";

const SHOWN = 40;
const PAUSE = 200;

/** Opens it for a driver; `fleet` are all drivers to choose from. Resolves when it is closed. */
export async function openHandOver(driver, fleet) {
  const view = new HandOverDialog(driver, fleet);
  document.body.append(view.dialog);
  await openDialog(view.dialog, { focus: view.find });
  view.destroy();
  view.dialog.remove();
}

class HandOverDialog {
  #key = newKey();
  #busy = false;
  #asked = 0;
  #shown = [];
  #to = null;
  #left = new Set();
  #verdicts = new Map();
  #rehearseSoon = debounce(() => this.#rehearse(), PAUSE);

  constructor(driver, fleet) {
    this.driver = driver;
    this.others = fleet.filter(({ id, row }) => id !== driver.id && row.status === "active").map((other) => ({ other, metres: metresBetween(driver, other) }));
    // Who can be reached and found comes first, the nearest of them on top.
    this.others.sort((one, two) => isAvailable(two.other) - isAvailable(one.other) || two.other.online - one.other.online || one.metres - two.metres);
    this.find = element("input", { id: "hand-over-find", type: "text", role: "combobox", "aria-expanded": "true", "aria-controls": "hand-over-drivers", "aria-describedby": "error-to-driver", autocomplete: "off", maxlength: "80", placeholder: "Search by name, phone or vehicle", oninput: () => this.#drawDrivers(), onkeydown: (event) => this.#keys(event) });
    this.options = element("div", { id: "hand-over-drivers", class: "hand-over-drivers", role: "listbox", "aria-label": "Drivers" });
    this.driverError = element("span", { class: "error", id: "error-to-driver" });
    this.reason = element("input", { id: "hand-over-reason", maxlength: "200", autocomplete: "off", "aria-describedby": "error-reason", placeholder: "Choose above or write your own", oninput: () => this.#reasonGiven() });
    this.reasonError = element("span", { class: "error", id: "error-reason" });
    this.reasons = element("div", { class: "chips", role: "group", "aria-label": "Common reasons" });
    this.orders = element("ul", { class: "hand-over-orders", "aria-label": "Orders to hand over" });
    this.notice = element("div", { class: "dialog-trouble", hidden: true });
    this.summary = element("p", { class: "small", role: "status" });
    this.leave = element("button", { class: "btn small", type: "button", hidden: true, onclick: () => this.#leaveBlocked() }, "");
    this.submit = element("button", { class: "btn primary", type: "submit" }, "Hand over");
    const field = (label, id, ...parts) => element("div", { class: "field" }, element("label", { for: id }, label), ...parts);
    this.dialog = element(
      "dialog",
      { class: "dialog wide hand-over-dialog", "aria-labelledby": "hand-over-title", "data-keep": true },
      element(
        "form",
        { novalidate: true, onsubmit: (event) => this.#submitted(event), onkeydown: (event) => (event.ctrlKey || event.metaKey) && event.key === "Enter" && this.#submitted(event) },
        element("header", {}, element("h2", { id: "hand-over-title" }, `Hand over ${driver.name}'s run`), element("button", { class: "icon-btn", type: "button", "data-close": "", "aria-label": "Close" }, icon("close"))),
        element(
          "div",
          { class: "body" },
          this.notice,
          element(
            "div",
            { class: "hand-over-columns" },
            element("div", { class: "stack loose" }, field("To", this.find.id, this.find, this.options, this.driverError), field("Reason", this.reason.id, this.reasons, this.reason, this.reasonError)),
            element("div", { class: "stack" }, element("h3", { class: "section-title" }, "Orders, in their sequence"), this.orders, this.summary, element("div", {}, this.leave)),
          ),
        ),
        element("footer", {}, element("button", { class: "btn", type: "button", "data-close": "" }, "Back"), this.submit),
      ),
    );
    this.run = new Run({ changed: () => this.#runRead() });
    this.run.show(driver.row);
    this.#drawDrivers();
    this.#loadReasons();
  }

  destroy() {
    this.run.destroy();
    this.#asked += 1;
    this.#rehearseSoon.cancel();
  }

  get #chosen() {
    return (this.run.stops ?? []).map(({ code }) => code).filter((code) => !this.#left.has(code));
  }

  #drawDrivers() {
    const words = this.find.value.trim().toLowerCase();
    const found = this.others.filter(({ other: { name, row } }) => !words || [name, row.phone, row.vehicle?.name].some((text) => text?.toLowerCase().includes(words)));
    this.#shown = found.slice(0, SHOWN).map(({ other }) => other);
    this.options.replaceChildren(...found.slice(0, SHOWN).map((each) => this.#option(each)));
    if (!found.length) this.options.append(element("p", { class: "muted small nothing" }, words ? "No active driver fits these words." : "There is no other active driver."));
    else if (found.length > SHOWN) this.options.append(element("p", { class: "muted small nothing" }, `${plural(found.length - SHOWN, "more driver")}: type a name.`));
    const chosen = this.options.querySelector("[aria-selected=true]");
    if (chosen) this.find.setAttribute("aria-activedescendant", chosen.id);
    else this.find.removeAttribute("aria-activedescendant");
    chosen?.scrollIntoView({ block: "nearest" });
  }

  #option({ other, metres }) {
    const { row } = other;
    const capacity = row.vehicle ? `${row.load_units} of ${row.vehicle.capacity_units} units used` : "no vehicle";
    const facts = [other.load || "no orders", capacity, Number.isFinite(metres) ? `${distance(metres)} away` : ""].filter(Boolean);
    return element(
      "div",
      { class: "picker-option", id: `hand-over-to-${other.id}`, role: "option", "aria-selected": String(this.#to?.id === other.id), onclick: () => this.#choose(other) },
      element("div", { class: "row" }, element("b", { class: "truncate" }, other.name), element("span", { class: "end row tight" }, element("span", { class: "muted small nowrap" }, other.seenAt ? age(other.seenAt) : "no position"), pill(...stateOf(other)))),
      element("div", { class: "muted small" }, facts.join(" · ")),
    );
  }

  #choose(driver) {
    this.#to = driver;
    this.#forget();
    this.driverError.textContent = "";
    this.submit.textContent = `Hand over to ${driver.name}`;
    this.#key = newKey();
    this.#drawDrivers();
    this.#drawOrders();
    this.#rehearseSoon();
  }

  /** What was found out about another choice says nothing about this one. */
  #forget() {
    this.#asked += 1;
    this.#verdicts.clear();
  }

  #keys(event) {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      if (!this.#to && this.#shown.length) this.#choose(this.#shown[0]);
      this.reason.focus();
      return;
    }
    if (!by || !this.#shown.length) return;
    event.preventDefault();
    const at = this.#shown.findIndex(({ id }) => id === this.#to?.id);
    this.#choose(this.#shown[Math.max(0, Math.min(this.#shown.length - 1, at + by))]);
  }

  async #loadReasons() {
    const { results } = await get("reasons/", { kind: "switch", limit: 9 }).catch(() => ({ results: [] }));
    this.reasons.replaceChildren(...results.map(({ label }) => element("button", { class: "chip", type: "button", "aria-pressed": "false", onclick: () => this.#giveReason(label) }, label)));
  }

  #giveReason(label) {
    this.reason.value = label;
    this.#reasonGiven();
    this.reason.focus();
  }

  #reasonGiven() {
    const words = this.reason.value.trim();
    for (const chip of this.reasons.children) chip.setAttribute("aria-pressed", String(chip.textContent === words));
    if (words) this.reasonError.textContent = "";
    this.#key = newKey();
  }

  #runRead() {
    const codes = new Set((this.run.stops ?? []).map(({ code }) => code));
    for (const code of this.#left) if (!codes.has(code)) this.#left.delete(code);
    this.#forget();
    this.#key = newKey();
    this.#drawOrders();
    this.#rehearseSoon();
  }

  #drawOrders() {
    const { run } = this;
    if (run.error) {
      this.orders.replaceChildren(element("li", { class: "muted" }, run.error.message));
      return;
    }
    const items = (run.stops ?? []).map(({ code, order }) => {
      const verdict = this.#verdicts.get(code);
      const isChosen = !this.#left.has(code);
      const tick = element("input", { type: "checkbox", checked: isChosen, dataset: { code }, onchange: ({ target }) => this.#tick(code, target.checked) });
      return element(
        "li",
        {},
        element("label", { class: "check-line" }, tick, element("span", { class: "code" }, code), stopPill(order), element("span", { class: "muted truncate" }, placeOf(order.dropoff))),
        isChosen && verdict?.message ? element("p", { class: "small late" }, verdict.message) : null,
        ...(isChosen ? (verdict?.warnings ?? []).map((sentence) => element("p", { class: "small soon" }, sentence)) : []),
      );
    });
    const focused = this.orders.contains(document.activeElement) ? document.activeElement.dataset.code : null;
    this.orders.replaceChildren(...items);
    if (focused) this.orders.querySelector(`[data-code="${focused}"]`)?.focus();
    if (run.stops && !items.length) this.orders.append(element("li", { class: "muted" }, "No open order."));
    this.#summarise();
  }

  #tick(code, isChosen) {
    this.#left[isChosen ? "delete" : "add"](code);
    this.#forget();
    this.#key = newKey();
    this.#drawOrders();
    this.#rehearseSoon();
  }

  #leaveBlocked() {
    for (const code of this.#blocked) this.#left.add(code);
    this.#forget();
    this.#key = newKey();
    this.#drawOrders();
    this.#rehearseSoon();
    this.find.focus();
  }

  get #blocked() {
    return this.#chosen.filter((code) => this.#verdicts.get(code)?.verdict === "blocked");
  }

  #summarise(kept = []) {
    const chosen = this.#chosen.length;
    const blocked = this.#blocked.length;
    const parts = [];
    if (!chosen) parts.push("Tick at least one order.");
    else if (!this.#to) parts.push(`${plural(chosen, "order")} chosen. Choose the driver to see who can take what.`);
    else if (blocked) parts.push(`${plural(blocked, "order")} cannot go to ${this.#to.name}: nothing is handed over while ${blocked === 1 ? "it is" : "they are"} ticked.`);
    else if (this.#verdicts.size) parts.push(`${this.#to.name} can take ${chosen === 1 ? "it" : `all ${chosen}`}.`);
    else parts.push(`Asking whether ${this.#to.name} can take ${chosen === 1 ? "it" : `all ${chosen}`}…`);
    if (kept.length) parts.push(`${this.driver.name} still has to bring back ${kept.join(", ")} (cancelled).`);
    this.leave.hidden = !blocked || blocked === chosen;
    this.leave.textContent = `Leave ${blocked === 1 ? "it" : `those ${blocked}`} with ${this.driver.name}`;
    this.summary.textContent = parts.join(" ");
    this.summary.classList.toggle("late", blocked > 0);
    // Without a driver the button says what is missing; with one, the verdicts come first.
    this.submit.disabled = !chosen || blocked > 0 || (this.#to !== null && !this.#verdicts.size);
  }

  #body(more = {}) {
    const all = this.#left.size === 0;
    return { to_driver_id: this.#to.id, reason: this.reason.value.trim() || "Rehearsal", codes: all ? null : this.#chosen, version: this.run.version, ...more };
  }

  async #rehearse() {
    if (!this.#to || !this.#chosen.length || this.run.version === null) return;
    const asked = ++this.#asked;
    try {
      const answer = await post(`drivers/${this.driver.id}/hand-over/`, this.#body({ rehearse: true }));
      if (asked !== this.#asked) return;
      this.#verdicts = new Map(answer.rows.map((row) => [row.code, row]));
      this.notice.hidden = true;
      this.#drawOrders();
      this.#summarise(answer.packages_kept);
    } catch (error) {
      if (asked !== this.#asked) return;
      this.#verdicts.clear();
      this.#refused(error);
    }
  }

  async #submitted(event) {
    event.preventDefault();
    if (this.#busy || this.submit.disabled) return;
    this.driverError.textContent = this.#to ? "" : "Choose a driver from the list.";
    this.reasonError.textContent = this.reason.value.trim() ? "" : "Say why: it is kept with every order.";
    if (!this.#to) return this.find.focus();
    if (!this.reason.value.trim()) return this.reason.focus();
    this.#busy = true;
    this.submit.setAttribute("aria-busy", "true");
    try {
      const answer = await post(`drivers/${this.driver.id}/hand-over/`, this.#body(), { key: this.#key });
      this.dialog.close("done");
      tellRun(answer);
    } catch (error) {
      if (error.status !== 0) this.#key = newKey();
      this.#refused(error);
    } finally {
      this.#busy = false;
      this.submit.setAttribute("aria-busy", "false");
    }
    return undefined;
  }

  #refused(error) {
    this.notice.hidden = false;
    this.notice.replaceChildren(element("div", { class: "notice slim", "data-tone": error.isStale ? "warn" : "bad", role: "alert" }, icon(error.isStale ? "warning" : "error"), element("span", {}, error.message)));
    // The list shows how it stands now; the verdicts follow.
    if (error.isStale || error.code === "not_in_run") this.run.read();
    else this.#drawOrders();
  }
}

/** As the crow flies, between the last known places; endless where one is not known. */
function metresBetween({ track: one }, { track: other }) {
  return one.placed && other.placed ? Math.hypot(one.x - other.x, one.y - other.y) * metresPerUnit(one.y) : Infinity;
}
