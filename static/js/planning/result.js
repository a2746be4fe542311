/* A plan that was worked out: what it gains, who does what in which sequence, and what was left out and why. */

import { emit } from "core/bus";
import { element, icon, pill } from "core/dom";
import { clock, distance, duration, fullTime, number, plural, time } from "core/format";
import { toneOf } from "planning/map";

const KINDS = { build: "Trips", insert: "Insertion", resequence: "Sequence" };
const GROUPS = { applied: "Applied", taken_back: "Taken back", discarded: "Thrown away" };

/** "+2.1 km", "−300 m", "same" */
function change(metres) {
  if (Math.abs(metres) < 50) return "same way";
  return `${metres > 0 ? "+" : "−"}${distance(Math.abs(metres))}`;
}

const lateness = (minutes) => (minutes ? duration(minutes * 60) : "none");

const orderButton = (code) => element("button", { class: "link code", type: "button", onclick: () => emit("order:open", { code }) }, code);

export class PlanResult {
  constructor(plan, events) {
    Object.assign(this, { plan, events });
    this.chosen = null;
    this.outOfDate = new Set();
    const { result } = plan;
    this.working = result.drivers.filter(({ stops }) => stops.length);
    this.idle = result.drivers.filter(({ stops }) => !stops.length);
    this.warning = element("div", { class: "planning-warning" });
    this.node = element("div", { class: "planning-result" },
      element("header", {}, element("h2", {}, `${KINDS[plan.kind]}: plan ${plan.number}`), this.#state(), element("button", { class: "btn small quiet", type: "button", onclick: () => events.again() }, "Plan again")),
      this.#acts(),
      element("div", { class: "planning-scroll" }, this.warning, this.#stayed(), this.#figures(), this.#choices(), this.#tabs(), this.#notes()));
  }

  #state() {
    const { state } = this.plan;
    if (!GROUPS[state]) return pill("not applied yet", "accent");
    return pill(GROUPS[state], state === "applied" ? "good" : "quiet");
  }

  codes() {
    return this.plan.result.drivers.flatMap(({ added }) => added).concat(this.plan.result.unplanned.map(({ code }) => code));
  }

  choose(id) {
    this.chosen = this.chosen === id ? null : id;
    for (const card of this.node.querySelectorAll(".plan-driver")) {
      const isIt = Number(card.dataset.driver) === this.chosen;
      card.classList.toggle("chosen", isIt);
      card.open = isIt;
      if (isIt) card.scrollIntoView({ block: "nearest" });
    }
    this.events.choose(this.chosen);
  }

  /** One driver is looked at at a time, here and on the map. */
  #toggled(card, id) {
    if (card.open === (this.chosen === id)) return;
    this.choose(id);
  }

  /** The world has moved since: say what, and offer to apply the rest, or to plan anew. */
  outdated(error) {
    const moved = error.details.drivers ?? [];
    for (const { driver_id: id } of moved) this.outOfDate.add(id);
    const others = this.#changing().filter(({ driver_id: id }) => !this.outOfDate.has(id));
    const lines = moved.map(({ sentence }) => element("li", {}, sentence));
    const rest = others.length === 1 ? "Apply the other trip" : `Apply the other ${number(others.length)} trips`;
    this.warning.replaceChildren(element("div", { class: "notice", "data-tone": "warn", role: "alert" }, icon("warning"),
      element("div", {}, element("b", {}, "Things have changed since this was planned; nothing was applied."), element("ul", {}, lines),
        element("div", { class: "row" },
          others.length ? element("button", { class: "btn small primary", type: "button", onclick: () => this.events.apply(others.map(({ driver_id: id }) => id)) }, rest) : null,
          element("button", { class: "btn small", type: "button", onclick: () => this.events.again() }, "Plan again")))));
    this.warning.scrollIntoView({ block: "nearest" });
  }

  /** What did not come back when the plan was taken back, and why. */
  #stayed() {
    const { stayed } = this.plan;
    if (!stayed.length) return null;
    return element("div", { class: "planning-warning" }, element("div", { class: "notice", "data-tone": "warn", role: "status" }, icon("warning"),
      element("div", {}, element("b", {}, "Taken back, but for what has moved on:"), element("ul", {}, stayed.map(({ message }) => element("li", {}, message))))));
  }

  #figures() {
    const { summary } = this.plan.result;
    const figure = (value, words, small = "") => element("div", {}, element("b", {}, value), element("span", {}, words), small ? element("small", {}, small) : null);
    const isBuild = this.plan.kind !== "resequence";
    return element("section", { class: "plan-figures", "aria-label": "The plan in figures" },
      isBuild ? figure(number(summary.planned), "planned", summary.unplanned ? `${number(summary.unplanned)} left out` : "nothing left out") : null,
      figure(number(summary.drivers), summary.drivers === 1 ? "driver changes" : "drivers change", `of ${number(this.plan.drivers)}`),
      figure(distance(summary.metres), "to drive", `now ${distance(summary.metres_now)}`),
      figure(summary.late_orders ? number(summary.late_orders) : "none", "late", summary.late_minutes || summary.late_minutes_now ? `${lateness(summary.late_minutes)}, now ${lateness(summary.late_minutes_now)}` : "every promise kept"));
  }

  /** Who does what, and what was left out: the one that needs a look comes first. */
  #tabs() {
    const { unplanned } = this.plan.result;
    const drivers = element("section", { "aria-label": "Drivers" }, ...this.#drivers());
    if (!unplanned.length) return drivers;
    const left = this.#left();
    const tab = (panel, words, count) => element("button", { type: "button", onclick: () => show(panel) }, words, " ", element("span", { class: "count" }, number(count)));
    const tabs = [[drivers, tab(drivers, "Drivers", this.working.length)], [left, tab(left, "Left out", unplanned.length)]];
    const show = (wanted) => tabs.forEach(([panel, button]) => {
      panel.hidden = panel !== wanted;
      button.setAttribute("aria-pressed", String(panel === wanted));
    });
    show(this.working.length ? drivers : left);
    return element("div", {}, element("div", { class: "segments plan-tabs", role: "group", "aria-label": "What to look at" }, ...tabs.map(([, button]) => button)), drivers, left);
  }

  #choices() {
    const { choices } = this.plan.result;
    if (!choices.length) return null;
    const first = choices[0];
    const rows = choices.map((choice) => element("li", { class: choice === first ? "best" : "" },
      element("div", {}, element("b", {}, choice.driver), choice.trip ? element("span", { class: "muted small" }, ` ${choice.trip}`) : null),
      element("div", { class: "muted small" }, `${change(choice.metres)}, ${plural(choice.minutes, "min", "min")} longer, at the door ${clock(choice.dropoff_at)}${choice.late_minutes ? `, ${lateness(choice.late_minutes)} late` : ""}, after ${plural(choice.stops_before, "stop")}`),
      choice === first ? pill("this plan", "accent") : this.plan.state === "ready" ? element("button", { class: "btn small", type: "button", onclick: () => this.events.insert(choice.driver_id) }, "Take this") : null));
    return element("section", { "aria-label": "Who could take it" }, element("h3", { class: "section-title" }, "Who takes it best"), element("ul", { class: "plan-choices" }, rows));
  }

  #left() {
    const rows = this.plan.result.unplanned.map((left) => element("li", {},
      element("div", { class: "row" }, orderButton(left.code), element("span", { class: "muted small truncate" }, [left.customer, left.place].filter(Boolean).join(" · "))),
      ...left.rules.map(({ label, sentence }) => element("div", { class: "plan-rule" }, pill(label, "warn"), element("span", {}, sentence))),
      left.ways_out.length ? this.#waysOut(left) : null));
    return element("section", { class: "plan-left", "aria-label": "Left out" }, element("ul", {}, rows));
  }

  #waysOut({ ways_out: ways }) {
    const [first, ...others] = ways;
    const line = (way) => element("p", {}, way.sentence);
    const nearest = element("div", { class: "plan-way" }, icon("arrow-right", "small"), element("div", {}, element("b", {}, "Nearest way: "), first.sentence));
    if (!others.length) return nearest;
    return element("div", {}, nearest, element("details", {}, element("summary", {}, `${plural(others.length, "other way")}`), ...others.map(line)));
  }

  #drivers() {
    if (!this.working.length) return [element("div", { class: "empty" }, icon("plan"), element("h3", {}, "Nobody gets a stop"), element("p", {}, "The reasons stand beside the orders that were left out."))];
    const cards = this.working.map((part, index) => this.#driver(part, index));
    const idle = this.idle.length ? element("p", { class: "muted small plan-idle" }, `Without stops: ${this.idle.map(({ driver }) => driver).join(", ")}.`) : null;
    return [...cards, idle];
  }

  #driver(part, index) {
    const swatch = element("span", { class: "swatch", "aria-hidden": "true" });
    swatch.style.setProperty("--swatch", `var(${toneOf(index)})`);
    const changes = [
      part.added.length ? `${plural(part.added.length, "order")} added` : "",
      part.taken_off.length ? `${plural(part.taken_off.length, "order")} taken off` : "",
      part.moved ? `${plural(part.moved, "stop")} at another place` : "",
    ].filter(Boolean);
    const words = part.changes ? changes.join(", ") || "another sequence" : "stays as it is";
    const late = part.late_minutes ? pill(`${lateness(part.late_minutes)} late`, "bad") : null;
    const card = element("details", { class: "plan-driver", dataset: { driver: part.driver_id } },
      element("summary", {},
        swatch,
        element("span", { class: "plan-who" }, element("b", { class: "truncate" }, part.driver), element("span", { class: "muted small truncate" }, [part.trip || (part.changes ? "new trip" : ""), part.vehicle].filter(Boolean).join(" · "))),
        element("span", { class: "plan-sum" }, element("span", {}, `${plural(part.stops.length, "stop")}, ${distance(part.metres)}`), element("span", { class: "muted small" }, `${clock(part.free_at)}–${clock(part.done_at)}`)),
        element("span", { class: "plan-what small" }, words, " ", element("span", { class: "muted" }, part.now.stops ? `(now ${distance(part.now.metres)}, done ${clock(part.now.done_at)})` : "(free now)"), late)),
      this.#stops(part));
    card.addEventListener("toggle", () => this.#toggled(card, part.driver_id));
    card.addEventListener("pointerenter", () => this.events.hover(part.driver_id));
    card.addEventListener("pointerleave", () => this.events.hover(null));
    return card;
  }

  #stops(part) {
    const rests = new Map(part.rests.map((rest) => [rest.after, rest]));
    const rows = [];
    if (part.fixed.length) rows.push(element("li", { class: "muted small" }, icon("lock", "small"), `Before that, ${plural(part.fixed.length, "stop")} under way: ${[...new Set(part.fixed.map(({ code }) => code))].join(", ")}`));
    part.stops.forEach((stop, index) => {
      if (rests.has(index)) rows.push(element("li", { class: "muted small" }, icon("pause", "small"), `Break ${clock(rests.get(index).begin)}–${clock(rests.get(index).done)}`));
      const promise = stop.promise ? element("span", { class: "small muted", title: fullTime(stop.promise) }, `promised ${time(stop.promise)}`) : null;
      rows.push(element("li", { class: `plan-stop ${stop.kind}`, onclick: () => this.events.stop(stop) },
        element("span", { class: `stop-number ${stop.kind}` }, String(index + 1)),
        element("span", { class: "when" }, clock(stop.at)),
        element("span", { class: "what" },
          element("span", { class: "row" }, element("span", {}, stop.kind === "pickup" ? "Pick up" : "Deliver"), orderButton(stop.code), stop.is_new ? pill("new", "accent") : null),
          element("span", { class: "small muted truncate" }, stop.wait_minutes > 4 ? `waits ${duration(stop.wait_minutes * 60)} · ` : "", stop.place)),
        element("span", { class: "figures small" }, stop.late_minutes ? pill(`${lateness(stop.late_minutes)} late`, "bad") : promise, element("span", { class: "muted" }, `${number(stop.load)}${part.capacity === null ? "" : ` of ${number(part.capacity)}`} on board · ${distance(stop.metres)}`))));
    });
    return element("ol", { class: "plan-stops", "aria-label": `Stops of ${part.driver}` }, rows);
  }

  #notes() {
    const { notes, summary } = this.plan.result;
    return element("footer", { class: "plan-notes small muted" }, ...notes.map((note) => element("p", {}, note)), summary.is_estimate ? element("p", {}, "Some ways are estimated as the crow flies.") : null);
  }

  #changing() {
    return this.plan.result.drivers.filter(({ changes, stops }) => changes && stops.length);
  }

  #acts() {
    const { state } = this.plan;
    const changing = this.#changing();
    if (state === "applied") {
      return element("div", { class: "plan-acts" }, element("span", { class: "muted" }, `Applied by ${this.plan.applied_by}, ${time(this.plan.applied_at)}: ${this.plan.trips.join(", ")}`), element("button", { class: "btn", type: "button", onclick: () => this.events.takeBack() }, icon("undo"), "Take back"));
    }
    if (state !== "ready") return null;
    const words = changing.length ? `Apply: ${plural(changing.length, "trip")}` : "Nothing to apply";
    const apply = element("button", { class: "btn primary", type: "button", disabled: !changing.length, onclick: async () => {
      apply.setAttribute("aria-busy", "true");
      await this.events.apply();
      apply.removeAttribute("aria-busy");
    } }, icon("check"), words);
    return element("div", { class: "plan-acts" }, apply, element("button", { class: "btn", type: "button", onclick: () => this.events.discard() }, "Discard"));
  }
}
