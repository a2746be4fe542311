/* The most urgent order, over the map: what is wrong, why, and the one thing that helps. */

import { attention } from "core/attention";
import { age, clock, distance, due, plural } from "core/format";
import { element, icon } from "core/dom";
import { get } from "core/http";
import { isUnassigned } from "core/matches";
import { findCommand } from "core/commands";
import { distanceMetres } from "map/mercator";
import { orderUrl } from "order/addresses";

const ASK_AGAIN_AFTER = 20_000;

/**
 * What the card says about an order: {tag, title, why, remedy}. `remedy` is the id of a command that would help, which
 * is offered only where that command exists and may be run. Nothing here is guessed: each part is read from the order
 * and from its driver's last position.
 */
export function diagnosis(row, driver, now = Date.now()) {
  const reason = attention(row, now);
  if (reason === "package_with_driver") {
    return { tag: "Package", title: `${row.code} is cancelled, the package is not back`, why: `${row.holder.name} still has it. Decide where it goes.`, remedy: ["order.return", "Record the return"] };
  }
  if (reason === "holder_dropped") {
    return { tag: "Nobody", title: `${row.code} has a package and no driver`, why: `${row.holder.name} picked it up and was taken off the order. Somebody must carry on.`, remedy: ["order.assign", "Assign a driver"] };
  }
  if (reason === "attempt_failed") {
    const door = row.picked_up_at ? "the receiver's door" : "the pickup";
    return { tag: "Attempt failed", title: `${row.code} could not be ${row.picked_up_at ? "delivered" : "picked up"}`, why: `${row.driver?.name ?? "The driver"} stood at ${door} in vain${row.failed_attempts > 1 ? `, for the ${row.failed_attempts}${["th", "st", "nd", "rd"][row.failed_attempts] ?? "th"} time` : ""}. Decide what comes next.`, remedy: ["order.try-again", "Try again"] };
  }
  if (reason === "exception") {
    const many = row.open_exceptions > 1;
    return { tag: "Exception", title: `${row.code} has ${many ? `${row.open_exceptions} open exceptions` : "an open exception"}`, why: `Something went wrong${row.driver ? ` with ${row.driver.name}` : ""}. Open the order, and settle ${many ? "them" : "it"}.`, remedy: ["order.settle-exception", "Settle it"] };
  }
  if (reason === "held") {
    return { tag: "On hold", title: `${row.code} is on hold`, why: `${row.hold_reason || "No reason was given"}. It stays where it is until somebody releases it.`, remedy: ["order.release", "Release it"] };
  }
  const head = { tag: due(row.due_at, now), title: `${row.code} ${reason === "late" ? "was" : "is"} due at ${clock(row.due_at)}` };
  const who = row.driver?.name;
  if (isUnassigned(row)) return { ...head, why: "No driver has it yet.", remedy: ["order.assign", "Assign a driver"] };
  if (!who) return { ...head, why: "It is with another carrier, who reports its progress.", remedy: null };
  if (row.assignment_status === "pending") return { ...head, why: `${who} has not accepted it yet.`, remedy: ["order.switch", "Give it to another driver"] };
  const where = positionWords(row, driver, now);
  if (row.picked_up_at) return { ...head, why: `${who} has it on board${where}.`, remedy: null };
  const others = driver ? driver.row.open_orders - 1 : 0;
  const work = others > 0 ? `, with ${plural(others, "other order")}` : "";
  return { ...head, why: `${who} has not picked it up yet${work}${where}.`, remedy: ["order.switch", "Give it to another driver"] };
}

/** Where the driver is, as the end of a sentence. */
function positionWords(row, driver, now) {
  const goal = row.picked_up_at ? row.dropoff : row.pickup;
  if (driver && !driver.online) return ", and is offline";
  if (!driver?.track.placed || goal.lat === null) return "";
  if (driver.state !== "fresh") return `; the last position is ${age(driver.seenAt, now).replace(" ago", " old")}`;
  return `, ${distance(Math.round(distanceMetres(driver.track, goal) / 10) * 10)} from the ${row.picked_up_at ? "dropoff" : "pickup"} in a straight line`;
}

/** `events`: open(code), run(command, code), give(row, candidate), driver(id). */
export class AttentionCard {
  #dismissed = new Map();
  #drawn = "";
  #again = () => {};
  #nearest = new NearestDriver(() => this.#again());

  constructor(box, { events }) {
    Object.assign(this, { box, events });
  }

  /** Shows the first of `rows` (the group that needs attention, most urgent first) that was not put aside. */
  show(rows, driverOf, now = Date.now()) {
    this.#again = () => this.show(rows, driverOf);
    const row = rows.find((each) => this.#dismissed.get(each.code) !== attention(each, now));
    this.box.hidden = !row;
    if (!row) {
      this.#drawn = "";
      return;
    }
    const driver = driverOf(row);
    const diagnosed = diagnosis(row, driver, now);
    const helps = diagnosed.remedy && findCommand(diagnosed.remedy[0]) ? diagnosed.remedy : null;
    const nearest = helps?.[0] === "order.assign" ? this.#nearest.of(row) : null;
    const picture = JSON.stringify([row.code, row.version, diagnosed, rows.length, helps, nearest, driver?.track.placed]);
    if (picture === this.#drawn) return;
    this.#drawn = picture;
    this.#draw({ row, driver, ...diagnosed, helps, nearest, more: rows.length - 1, tone: TONES[attention(row, now)] });
  }

  #draw({ row, driver, tag, title, why, helps, nearest, more, tone }) {
    const focused = this.box.contains(document.activeElement) ? document.activeElement.dataset.name : null;
    const choice = nearest ? [button("give", `Give to ${nearest.name}`, () => this.events.give(row, nearest), "primary"), button("help", "Choose", () => this.events.run(helps[0], row.code))] : helps ? [button("help", helps[1], () => this.events.run(helps[0], row.code), "primary")] : [];
    this.box.replaceChildren(
      element("div", { class: "row" },
        element("span", { class: "pill", "data-tone": tone }, tag),
        element("b", { class: "truncate", title }, title),
        element("button", { class: "icon-btn small end", type: "button", dataset: { name: "aside" }, "aria-label": `Put ${row.code} aside`, title: "Put aside until something about it changes", onclick: () => this.#aside(row) }, icon("close", "small"))),
      element("p", { class: "why" }, why, nearest ? ` ${nearestWords(nearest)}` : "", more ? element("span", { class: "muted" }, ` ${more} more ${more === 1 ? "needs" : "need"} attention.`) : null),
      element("div", { class: "row" },
        ...choice,
        button("open", "Open", () => this.events.open(row.code)),
        driver?.track.placed ? button("driver", "Show driver", () => this.events.driver(driver.id)) : null),
    );
    if (focused) this.box.querySelector(`[data-name="${focused}"]`)?.focus();
  }

  #aside(row) {
    this.#dismissed.set(row.code, attention(row));
    this.#again();
  }
}

const TONES = { package_with_driver: "bad", holder_dropped: "bad", attempt_failed: "bad", exception: "bad", late: "bad", held: "warn", at_risk: "warn" };

function button(name, label, run, tone = "") {
  return element("button", { class: `btn small ${tone}`, type: "button", dataset: { name }, onclick: run }, label);
}

function nearestWords({ name, metres, used, limit }) {
  const room = limit === null ? "" : ` with ${used} of ${plural(limit, "unit")} used`;
  return metres === null ? `${name} can take it${room}.` : `${name} can take it${room}, ${distance(metres)} away in a straight line.`;
}

/** Asks who could take an order: the first driver whom no rule blocks and no rule warns about. */
class NearestDriver {
  #code = "";
  #askedAt = 0;
  #found = null;

  constructor(changed) {
    this.changed = changed;
  }

  /** The driver as far as is known now; a fresh answer is announced by `changed`. */
  of({ code, version }) {
    const key = `${code}@${version}`;
    const isOther = key !== this.#code;
    if (isOther) this.#found = null;
    if (isOther || Date.now() - this.#askedAt > ASK_AGAIN_AFTER) {
      this.#code = key;
      this.#askedAt = Date.now();
      this.#ask(code, key);
    }
    return this.#found;
  }

  async #ask(code, key) {
    try {
      const { candidates } = await get(`${orderUrl(code)}candidates/`);
      if (key !== this.#code) return;
      // That a late order is late speaks against nobody.
      const isWarned = ({ rules }) => rules.some(({ rule, level }) => level === "warning" && rule !== "promise");
      const best = candidates.find((each) => !each.is_blocked && !isWarned(each) && !each.is_stale);
      this.#found = best ? { id: best.id, name: best.name, metres: best.metres, used: best.used, limit: best.limit } : null;
      this.changed();
    } catch {
      // The card is right without a name: the dialog of the remedy says what is wrong.
    }
  }
}
