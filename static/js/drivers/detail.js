/* The details of one driver: who, how to reach, where and how sure that is, the run in its order, and what is done. */

import { attention } from "core/attention";
import { may } from "core/config";
import { element, icon, pill } from "core/dom";
import { age, duration, expected, fullTime, initials, plural, speed, tick, time } from "core/format";
import { toastError } from "core/toast";
import { callUrl, recordUrl, setOnline } from "drivers/acts";
import { Run } from "drivers/run";
import { LOW_BATTERY, stateOf, statusOf, stopPill } from "drivers/state";
import { dueOf, placeOf } from "map/card";
import { mayPlan, planSequence } from "planning/asking";

/**
 * `events`: open(code), follow(driver), closed(), redraw(), fleet() -> all drivers; and where the page has it: hover(code or
 * null), centre(driver), filter(driver), track(driver), run(run).
 */
export class DriverDetail {
  driver = null;
  run = new Run({
    changed: () => {
      this.events.run?.(this.run);
      this.events.redraw();
    },
  });
  #showsDone = false;
  #drawn = "";
  #options = {};
  #seen = null;
  #speed = null;
  #dues = [];

  constructor(box, { events }) {
    Object.assign(this, { box, events });
    box.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      event.preventDefault();
      this.hide();
    });
    const codeAt = (target) => target.closest?.("[data-stop]")?.dataset.stop ?? null;
    box.addEventListener("pointerover", ({ target }) => this.events.hover?.(codeAt(target)));
    box.addEventListener("pointerleave", () => this.events.hover?.(null));
    box.addEventListener("focusin", ({ target }) => this.events.hover?.(codeAt(target)));
  }

  destroy() {
    this.run.destroy();
  }

  show(driver) {
    this.driver = driver;
    this.run.show(driver.row);
    this.draw();
  }

  hide() {
    if (!this.driver) return;
    this.driver = null;
    this.#drawn = "";
    this.run.show(null);
    this.box.hidden = true;
    this.events.closed();
  }

  /** Builds it anew only when something but time has changed: what is being clicked must not vanish under the hand. */
  draw(options = this.#options) {
    const { driver, run } = this;
    if (!driver) return;
    this.#options = options;
    const picture = JSON.stringify([driver.id, driver.row, driver.state, driver.doubt, Boolean(driver.seenAt), run.reading, options]);
    if (picture === this.#drawn) return;
    this.#drawn = picture;
    this.#build(options);
  }

  /** Ages, promises and the speed go on while nothing else changes. */
  tick() {
    const { driver } = this;
    if (!driver) return;
    this.draw();
    if (this.#seen && driver.seenAt) {
      this.#seen.dateTime = new Date(driver.seenAt).toISOString();
      this.#seen.title = fullTime(driver.seenAt);
      this.#seen.textContent = age(driver.seenAt);
    }
    if (this.#speed) this.#speed.textContent = speed(driver.speed);
    for (const { node, row } of this.#dues) {
      const { text, tone } = dueOf(row, attention(row));
      if (node.textContent !== text) node.textContent = text;
      if (!node.classList.contains(tone || "end")) node.className = `end due nowrap ${tone}`;
    }
  }

  #build({ following = false, tracked = false }) {
    const { driver } = this;
    this.#seen = this.#speed = null;
    this.#dues = [];
    const { row } = driver;
    const [word, tone] = stateOf(driver);
    const status = statusOf(row);
    const close = element("button", { class: "icon-btn small", type: "button", "aria-label": "Close", onclick: () => this.hide() }, icon("close", "small"));
    const focused = this.box.contains(document.activeElement) ? document.activeElement.dataset.name : null;
    const scrolled = this.box.scrollTop;
    this.box.replaceChildren(
      element(
        "header",
        {},
        element("span", { class: "avatar", "aria-hidden": "true" }, initials(driver.name)),
        element("div", { class: "who" }, element("h2", {}, driver.name), element("div", { class: "chips" }, pill(word, tone), status && pill(...status))),
        close,
      ),
      element("dl", { class: "facts" }, ...this.#facts(row)),
      element("div", { class: "row driver-acts" }, ...this.#acts({ following, tracked })),
      ...this.#work(),
    );
    this.box.hidden = false;
    this.box.scrollTop = scrolled;
    if (focused) this.box.querySelector(`[data-name="${focused}"]`)?.focus({ preventScroll: true });
  }

  #facts(row) {
    const { driver } = this;
    const { vehicle, position } = row;
    const facts = [];
    if (row.phone) facts.push(["Phone", element("a", { href: callUrl(row.phone), dataset: { name: "phone" } }, row.phone)]);
    facts.push(["Vehicle", vehicle ? vehicle.name : "None"]);
    if (row.licence_number) facts.push(["Licence", row.licence_number]);
    if (vehicle) facts.push(["Load", `${row.load_units} of ${plural(vehicle.capacity_units, "unit")}`]);
    const isOld = driver.online && driver.state === "stale";
    this.#seen = driver.seenAt ? tick(driver.seenAt) : null;
    facts.push(["Position", element("span", { class: isOld ? "soon" : "" }, this.#seen ?? "Not known yet")]);
    // How fast somebody drove ten minutes ago would be read as how fast they drive.
    if (driver.state === "fresh" && driver.speed !== null && driver.speed !== undefined) facts.push(["Speed", (this.#speed = element("span", {}, speed(driver.speed)))]);
    const battery = position?.battery ?? null;
    if (battery !== null) facts.push(["Battery", element("span", { class: battery <= LOW_BATTERY ? "soon" : "" }, `${Math.round(battery * 100)} %${battery <= LOW_BATTERY ? ", low" : ""}`)]);
    if (row.online_changed_at) facts.push([driver.online ? "On duty" : "Off duty", `since ${time(row.online_changed_at)}`]);
    if (driver.doubt) facts.push(["Caution", driver.doubt]);
    return facts.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]);
  }

  #acts({ following, tracked }) {
    const { driver, run, events } = this;
    const { row } = driver;
    const acts = [];
    if (row.phone) acts.push(element("a", { class: "btn small", href: callUrl(row.phone), dataset: { name: "call" } }, icon("phone"), "Call"));
    if (driver.track.placed) {
      if (events.centre) acts.push(button("centre", "Centre", "crosshair", () => events.centre(driver)));
      acts.push(button("follow", following ? "Stop following" : "Follow", "eye", () => events.follow(driver), { "aria-pressed": String(following) }));
    }
    if (events.track) acts.push(button("track", tracked ? "Hide the day" : "Day on map", "history", () => events.track(driver), { "aria-pressed": String(tracked) }));
    if (events.filter) acts.push(button("filter", "Only these orders", "filter", () => events.filter(driver)));
    if (may("orders.assign") && run.movable.length) acts.push(button("sequence", "Change sequence", "grip", () => this.changeSequence()));
    if (mayPlan() && run.movable.length > 1) acts.push(button("resequence", "Re-sequence", "plan", () => planSequence(this.driver.id)));
    if (may("orders.assign") && run.stops?.length) acts.push(button("hand-over", "Hand over run", "swap", () => this.handOver()));
    if (may("drivers.manage") && (driver.online || row.status === "active")) acts.push(button("availability", driver.online ? "Take off duty" : "Put on duty", driver.online ? "pause" : "play", () => setOnline(driver, !driver.online).catch(toastError)));
    const record = recordUrl(driver);
    if (record) acts.push(element("a", { class: "btn small quiet", href: record, dataset: { name: "record" } }, icon("external"), "Driver's record"));
    return acts;
  }

  async changeSequence() {
    const { openSequenceDialog } = await import("drivers/sequence_dialog");
    await openSequenceDialog(this.driver);
  }

  async handOver() {
    const { openHandOver } = await import("drivers/hand_over");
    await openHandOver(this.driver, this.events.fleet());
  }

  #work() {
    if (!may("orders.view")) return [];
    const { run } = this;
    if (run.error && !run.stops) {
      return [element("p", { class: "muted" }, run.error.message), button("again", "Try again", "refresh", () => run.read())];
    }
    if (!run.stops) return [element("div", { "aria-hidden": "true" }, ...[1, 2].map(() => element("i", { class: "skeleton line" })))];
    const title = (name, count, words) => element("h3", { class: "section-title" }, words, element("span", { dataset: { count: name } }, String(count)));
    const stops = run.stops.map(({ order, is_fixed: isFixed, why_fixed: why }, index) => this.#stop(order, { number: index + 1, isFixed, why }));
    const parts = [
      title("current", run.stops.length, "Current orders"),
      run.stops.length ? element("ol", { class: "driver-orders", "aria-label": "Current orders in sequence" }, ...stops) : element("p", { class: "muted" }, "No order at the moment."),
    ];
    if (run.hidden) parts.push(element("p", { class: "muted small" }, `${plural(run.hidden, "order")} of other teams ${run.hidden === 1 ? "is" : "are"} in this run, too.`));
    parts.push(title("done", run.doneTotal, "Finished today"));
    if (!run.done.length) parts.push(element("p", { class: "muted" }, "Nothing yet today."));
    else parts.push(this.#finished());
    return parts;
  }

  #finished() {
    const { done, doneTotal } = this.run;
    const rest = doneTotal - done.length;
    const details = element(
      "details",
      { class: "driver-done", open: this.#showsDone, ontoggle: () => (this.#showsDone = details.open) },
      element("summary", { dataset: { name: "done" } }, this.#summaryOf(done)),
      element("ul", { class: "driver-orders", "aria-label": "Orders finished today" }, ...done.map((row) => this.#stop(row))),
      rest > 0 ? element("p", { class: "muted small" }, `and ${plural(rest, "earlier one")}`) : null,
    );
    return details;
  }

  #summaryOf(done) {
    const counts = ["delivered", "returned", "cancelled"].map((status) => [status, done.filter((row) => row.status === status).length]);
    return counts.filter(([, count]) => count).map(([status, count]) => `${count} ${status}`).join(", ");
  }

  #stop(row, { number = null, isFixed = false, why = "" } = {}) {
    const { text, tone } = dueOf(row, attention(row));
    const due = element("span", { class: `end due nowrap ${tone}` }, text);
    this.#dues.push({ node: due, row });
    const expects = expected(row);
    const isLate = Boolean(expects && row.due_at && row.eta.dropoff_at && Date.parse(row.eta.dropoff_at) - Date.parse(row.due_at) >= 60_000);
    return element(
      "li",
      {},
      element(
        "button",
        { type: "button", dataset: { name: row.code, stop: row.code }, onclick: () => this.events.open(row.code) },
        element("span", { class: "row" }, number !== null && element("span", { class: `stop-number${isFixed ? " fixed" : ""}`, title: why || null }, String(number)), element("span", { class: "code" }, row.code), stopPill(row), due),
        expects && element("span", { class: `stop-eta truncate ${isLate ? "soon" : "muted"}`, title: row.eta.is_estimate ? "An estimate: some way is not known by streets, or the driver was not seen lately" : null }, `Expected: ${expects.words}`, isLate && ` · ${duration((Date.parse(row.eta.dropoff_at) - Date.parse(row.due_at)) / 1000)} late`),
        element("span", { class: "muted truncate" }, row.picked_up_at || row.closed_at ? `to ${placeOf(row.dropoff)}` : `${placeOf(row.pickup)} → ${placeOf(row.dropoff)}`),
      ),
    );
  }
}

function button(name, label, picture, run, attributes = {}) {
  return element("button", { class: "btn small", type: "button", dataset: { name }, onclick: run, ...attributes }, icon(picture), label);
}
