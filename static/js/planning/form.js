/* What to plan: orders, drivers and wishes, in a dispatcher's words. */

import { element, icon } from "core/dom";
import { dayOf, number, plural, time } from "core/format";
import { get } from "core/http";
import { toastError } from "core/toast";

const KEPT = "bulk-selection";
const GOALS = [["time", "Shortest driving time"], ["distance", "Fewest kilometres"], ["drivers", "As few drivers as possible"]];
const LATE = [[0, "Keep every promise; leave out what cannot be in time"], [15, "Up to 15 min late rather than left out"], [30, "Up to 30 min late rather than left out"], [60, "Up to 1 h late rather than left out"], [1440, "However late, plan everything"]];
const SEARCH = [[3, "Quick (3 s)"], [10, "Thorough (10 s)"], [60, "Very thorough (1 min)"]];
const STATES = { ready: ["accent", "ready"], applied: ["good", "applied"], taken_back: ["quiet", "taken back"], discarded: ["quiet", "discarded"], cancelled: ["quiet", "stopped"], failed: ["bad", "failed"], waiting: ["move", "waiting"], running: ["move", "running"] };
const KINDS = { build: "Trips", insert: "Insertion", resequence: "Sequence" };

/** What other pages hand over: the orders ticked in the table or selected for bulk work. */
function handedOver() {
  const asked = new URLSearchParams(location.search).get("codes");
  if (asked) return asked.split(",").filter(Boolean);
  try {
    return JSON.parse(sessionStorage.getItem(KEPT))?.codes ?? [];
  } catch {
    return [];
  }
}

export class PlanForm {
  #late;
  constructor({ choices, waitingUrl, from, start, open }) {
    Object.assign(this, { choices, waitingUrl, start, open });
    const given = from?.options ?? {};
    const codes = new URLSearchParams(location.search).has("codes") ? handedOver() : [];
    this.error = element("div", { class: "notice", "data-tone": "bad", role: "alert", hidden: true });
    this.node = element("form", { class: "planning-form", novalidate: true, onsubmit: (event) => this.#submit(event) },
      element("header", {}, element("h2", {}, "Plan trips")),
      element("div", { class: "planning-scroll form" }, this.#orders(codes), this.#drivers(), this.#wishes(given), this.#more(given), this.past = element("div", { class: "planning-past" })),
      element("footer", {}, this.error, this.button = element("button", { class: "btn primary wide", type: "submit" }, icon("plan"), "Work out trips")),
    );
  }

  ready() {
    this.#count();
    this.#readPast();
    this.#told();
  }

  #orders(codes) {
    const kept = codes.length ? codes : handedOver();
    const days = [["", "any day"], ["today", "due today"], ["tomorrow", "due tomorrow"]];
    this.all = element("input", { type: "radio", name: "which", value: "all", checked: !codes.length });
    this.these = element("input", { type: "radio", name: "which", value: "these", checked: codes.length > 0 });
    this.day = element("select", { class: "input", "aria-label": "Which day", onchange: () => this.#count() }, days.map(([value, words]) => element("option", { value }, words)));
    this.count = element("span", { class: "muted", role: "status" }, this.#waitingWords(this.choices.waiting));
    this.codes = element("textarea", { class: "input mono", rows: 3, "aria-label": "Order codes", spellcheck: "false", placeholder: "Order codes, with blanks or commas between them", oninput: () => { this.these.checked = true; this.#told(); } });
    this.codes.value = kept.join(" ");
    const hint = kept.length && !codes.length ? `${plural(kept.length, "order")} from the bulk workspace.` : "Tick orders in the table and choose “Plan trips”, or type codes.";
    return element("fieldset", { class: "field" }, element("legend", {}, "Orders"),
      element("label", { class: "check-line" }, this.all, "All that wait", this.day, this.count),
      element("label", { class: "check-line" }, this.these, "These orders"), this.codes, element("span", { class: "hint" }, hint));
  }

  #waitingWords = ({ count, is_more: isMore }) => `${isMore ? "more than " : ""}${plural(count, "order")}`;

  async #count() {
    try {
      this.count.textContent = this.#waitingWords(await get(this.waitingUrl, this.day.value ? { day: this.day.value } : {}));
    } catch (error) {
      toastError(error);
    }
  }

  #drivers() {
    const { drivers } = this.choices;
    this.boxes = drivers.map((driver) => ({ driver, box: element("input", { type: "checkbox", value: driver.id, checked: driver.is_online, onchange: () => this.#told() }) }));
    const rows = this.boxes.map(({ driver, box }) => element("li", {}, element("label", { class: "planning-driver" }, box, element("span", { class: "truncate" }, driver.name),
      element("span", { class: "muted small truncate" }, [driver.vehicle, driver.units === null ? "no vehicle" : plural(driver.units, "unit")].filter(Boolean).join(", ")),
      element("span", { class: "muted small nowrap" }, driver.open_orders ? `${number(driver.open_orders)} open` : driver.is_online ? "free" : "off duty"))));
    this.said = element("span", { class: "muted", role: "status" });
    const set = (test) => () => {
      this.boxes.forEach(({ driver, box }) => (box.checked = test(driver)));
      this.#told();
    };
    return element("fieldset", { class: "field" }, element("legend", {}, "Drivers ", this.said),
      element("div", { class: "chips" }, element("button", { class: "chip", type: "button", onclick: set((driver) => driver.is_online) }, "On duty"), element("button", { class: "chip", type: "button", onclick: set(() => true) }, "All"), element("button", { class: "chip", type: "button", onclick: set(() => false) }, "None")),
      drivers.length ? element("ul", { class: "planning-drivers", "aria-label": "Drivers to plan for" }, rows) : element("p", { class: "muted" }, "No driver is in service."));
  }

  #told() {
    const count = this.boxes.filter(({ box }) => box.checked).length;
    this.said.textContent = `${number(count)} chosen`;
  }

  #wishes(given) {
    const list = (options, value) => element("select", { class: "input" }, options.map(([each, words]) => element("option", { value: each, selected: String(each) === String(value) }, words)));
    this.goal = list(GOALS, given.goal ?? "time");
    this.late = list(LATE, given.may_be_late ?? 0);
    this.seconds = list(SEARCH, given.seconds ?? 10);
    const field = (label, control, hint) => element("label", { class: "field" }, element("span", { class: "label" }, label), control, hint ? element("span", { class: "hint" }, hint) : null);
    this.reshuffle = element("input", { type: "checkbox", checked: Boolean(given.reshuffle) });
    return element("div", { class: "form" },
      field("What matters, when promises and priorities are equal", this.goal),
      field("Promises", this.late, "What others were promised always holds."),
      element("label", { class: "check-line" }, this.reshuffle, "Given orders that have not begun may change the driver"),
      field("How long to search", this.seconds));
  }

  #more(given) {
    const moment = (label) => element("input", { class: "input", type: "time", "aria-label": label });
    this.begins = moment("Begin at");
    this.ends = moment("End at");
    this.tomorrow = element("input", { type: "checkbox" });
    this.warehouse = element("select", { class: "input" }, element("option", { value: "" }, "where the driver is"), this.choices.warehouses.map(({ id, name }) => element("option", { value: id, selected: id === given.warehouse_id }, name)));
    this.returns = element("input", { type: "checkbox", checked: Boolean(given.returns) });
    this.rest = element("input", { class: "input", type: "number", min: 0, max: 240, step: 5, value: given.rest_minutes || "", placeholder: "none", "aria-label": "Minutes of break" });
    this.restFrom = moment("Break not before");
    this.restUntil = moment("Break begins at the latest");
    const row = (label, ...controls) => element("div", { class: "planning-row" }, element("span", { class: "label" }, label), element("span", { class: "row" }, ...controls));
    return element("details", { class: "planning-more" }, element("summary", {}, "Hours, start, breaks"),
      element("div", { class: "form" },
        row("Work from", this.begins, "to", this.ends),
        element("label", { class: "check-line" }, this.tomorrow, "These hours are tomorrow's"),
        element("span", { class: "hint" }, "Empty: from now, to the end of each shift."),
        element("label", { class: "planning-row" }, element("span", { class: "label" }, "Start"), this.warehouse),
        element("label", { class: "check-line" }, this.returns, "Drivers come back to the start"),
        row("Break", this.rest, "min, begun", this.restFrom, "to", this.restUntil)));
  }

  #at(input) {
    if (!input.value) return null;
    const day = dayOf(new Date(Date.now() + (this.tomorrow.checked ? 864e5 : 0)));
    return `${day}T${input.value}:00`;
  }

  #body() {
    const which = this.these.checked ? { codes: [...new Set(this.codes.value.split(/[\s,;]+/).filter(Boolean))] } : { filters: this.day.value ? { day: this.day.value } : {} };
    const rest = Number(this.rest.value) || 0;
    return {
      kind: "build",
      ...which,
      driver_ids: this.boxes.filter(({ box }) => box.checked).map(({ driver }) => driver.id),
      goal: this.goal.value,
      may_be_late: Number(this.late.value),
      reshuffle: this.reshuffle.checked,
      seconds: Number(this.seconds.value),
      begins_at: this.#at(this.begins),
      ends_at: this.#at(this.ends),
      warehouse_id: Number(this.warehouse.value) || null,
      returns: this.returns.checked,
      rest_minutes: rest,
      rest_from: rest ? this.#at(this.restFrom) : null,
      rest_until: rest ? this.#at(this.restUntil) : null,
    };
  }

  async #submit(event) {
    event.preventDefault();
    const body = this.#body();
    this.error.hidden = true;
    if (!body.driver_ids.length) return this.#refuse("Choose at least one driver.");
    if (body.driver_ids.length > this.choices.most_drivers) return this.#refuse(`A plan takes ${this.choices.most_drivers} drivers at most; ${body.driver_ids.length} are chosen.`);
    this.button.setAttribute("aria-busy", "true");
    try {
      await this.start(body);
    } catch (error) {
      this.#refuse(Object.values(error.fields ?? {}).flat().join(" ") || error.message);
    } finally {
      this.button.removeAttribute("aria-busy");
    }
  }

  #refuse(words) {
    this.error.replaceChildren(icon("error"), element("span", {}, words));
    this.error.hidden = false;
  }

  async #readPast() {
    try {
      const { results } = await get("plans/", { limit: 8 });
      if (!results.length) return;
      const rows = results.map((plan) => {
        const [tone, words] = STATES[plan.state];
        return element("li", {}, element("button", { type: "button", onclick: () => this.open(plan.number) },
          element("b", {}, `${KINDS[plan.kind]} ${plan.number}`), element("span", { class: "muted small truncate" }, `${plural(plan.orders, "order")}, ${plural(plan.drivers, "driver")} · ${plan.actor}, ${time(plan.created_at)}`), element("span", { class: "pill", "data-tone": tone }, words)));
      });
      this.past.replaceChildren(element("h3", { class: "section-title" }, "Past plans"), element("ul", { class: "list" }, rows));
    } catch (error) {
      toastError(error);
    }
  }
}
