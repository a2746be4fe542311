/** Two lists that are read when they are opened: orders that are free to take, and what is finished today. */
import { store } from "core/bus";
import { element, icon } from "core/dom";
import { doStep } from "drive/act";
import { keep, kept } from "drive/database";
import { dueNote, statusPill } from "drive/parts";
import { acts, actsOf } from "drive/queue";
import { get } from "drive/server";
import { plural, time } from "drive/words";

function list({ heading, address, name, row, empty }) {
  const state = store({ results: null, error: "" });
  async function load() {
    const last = await kept(name);
    if (last && !state.get().results) state.set({ results: last, error: "" });
    try {
      const { results } = await get(address);
      await keep(name, results);
      state.set({ results, error: "" });
    } catch (error) {
      state.set({ results: state.get().results, error: error.message });
    }
  }
  return {
    title: () => heading,
    back: "#/",
    watches: [state, acts],
    enter: load,
    render() {
      const { results, error } = state.get();
      return [
        error && element("p", { class: "wait-note", role: "status" }, icon("warning"), error),
        results && (results.length ? element("ul", { class: "stops" }, results.map(row)) : element("p", { class: "empty-note" }, empty)),
        !results && !error && element("div", { class: "skeletons" }, element("div", { class: "skeleton" })),
      ];
    },
  };
}

export const free = list({
  heading: "Free orders",
  address: "driver/unclaimed/",
  name: "free",
  empty: "Nothing is free for you right now.",
  row: (job) =>
    element(
      "li",
      { class: "card" },
      element("p", { class: "stop-act" }, element("span", { class: "code" }, job.order.code), dueNote(job.order.due_at)),
      element("ul", { class: "ends" }, element("li", {}, icon("package"), job.order.pickup.label), element("li", {}, icon("pin"), job.order.dropoff.label)),
      element("p", { class: "facts" }, plural(job.order.unit_size, "unit")),
      actsOf(job.order.code).some((act) => act.act === "self-assign" && act.verdict === "waiting")
        ? element("p", { class: "unsent" }, icon("clock"), "Asked for it; waiting to be sent")
        : job.next && element("button", { type: "button", class: "big-button", "data-key": `take ${job.order.code}`, onclick: () => doStep(job, job.next, { others: job.others, next: job.next }) }, job.next.label),
    ),
});

export const finished = list({
  heading: "Finished",
  address: "driver/finished/",
  name: "finished",
  empty: "Nothing is finished yet today.",
  row: (order) =>
    element(
      "li",
      { class: "card" },
      element("p", { class: "stop-act" }, statusPill(order.status), element("span", { class: "code" }, order.code), order.closed_at && element("span", { class: "muted" }, time(order.closed_at))),
      element("p", { class: "stop-place" }, order.dropoff.label),
      order.closing_reason && element("p", { class: "facts" }, order.closing_reason),
    ),
});
