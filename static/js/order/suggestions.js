/** The nearest drivers who may take a waiting order, with a button each; the dialog has all of them. */
import { api } from "core/config";
import { element, icon } from "core/dom";
import { distance, exactTime, number, plural, tick } from "core/format";
import { get, post, remove } from "core/http";
import { on } from "core/bus";
import { toastError } from "core/toast";
import { startAction } from "order/actions";
import { orderUrl } from "order/addresses";
import { act } from "order/outcome";
import { arrival } from "order/picker";
import { mayPlan, planInsertion } from "planning/asking";

const SHOWN = 3;
/** Drivers come and go all the time; who is nearest need not be asked at each of it. */
const SECONDS_BETWEEN = 15;
const OUTCOMES = { taken: "taken", stopped: "stopped", nobody: "nobody took it", changed: "withdrawn, because the order changed" };

export function mount(section) {
  const box = section.querySelector(".suggestions");
  const { code } = section.dataset;
  const offersUrl = api(`orders/${code}/offers/`);
  const order = () => JSON.parse(document.getElementById("drawer-order").textContent);

  async function show() {
    try {
      const [found, { search }] = await Promise.all([get(`${orderUrl(code)}candidates/`, { limit: SHOWN }), get(offersUrl)]);
      if (!section.isConnected) return;
      const possible = found.candidates.filter((each) => !each.is_blocked);
      box.replaceChildren(...(found.decision ? [plan(found.decision)] : []), ...(search ? [waves(search)] : []), ...(possible.length ? possible.slice(0, SHOWN).map(line) : [nobody(found)]), footnote(found, search));
    } catch (error) {
      box.replaceChildren(element("p", { class: "muted" }, error.message ?? "The drivers could not be read."));
    }
  }

  const give = (candidate) => act(code, "assign", { driver_id: candidate.id, version: order().version }).catch((error) => {
    // The dialog shows what changed meanwhile and asks again.
    if (error.isStale) return startAction("assign", order());
    return toastError(error);
  });

  function line(candidate, index) {
    const { name, vehicle, used, limit, metres, deciding, seen_at: seenAt, warnings } = candidate;
    return element(
      "div",
      { class: "suggestion" },
      element("span", { class: "place-number", "aria-hidden": "true" }, index + 1),
      element(
        "div",
        { class: "who" },
        element("div", { class: "truncate" }, element("b", {}, name), vehicle && element("span", { class: "muted" }, ` · ${vehicle.kind.toLowerCase()}`), arrival(candidate) && element("span", {}, " · ", arrival(candidate))),
        element("div", { class: "small" }, deciding),
        element("div", { class: "muted small" }, metres === null ? "No position received" : element("span", {}, `${distance(metres)} away, seen `, tick(seenAt)), limit === null ? "" : ` · ${number(used)} of ${number(limit)} units`),
        ...warnings.map((sentence) => element("div", { class: "soon small" }, sentence)),
      ),
      element("button", { class: `btn small${index ? "" : " primary"}`, type: "button", "aria-label": `Assign to ${name}`, onclick: () => give(candidate) }, "Assign", index ? null : element("kbd", {}, "a")),
    );
  }

  /** What the automatic dispatch has in mind; it decides anew every few seconds. */
  const plan = ({ action, sentence, decided_at: at }) =>
    element("div", { class: "notice slim", dataset: { tone: action === "refused" ? "warn" : "accent" } }, icon("clock"), element("span", {}, element("b", {}, "Automatic dispatch: "), sentence, " ", element("span", { class: "muted small" }, tick(at))));

  /** Who is asked now and until when, and what those said who were asked before. */
  function waves(search) {
    const asked = search.offers.map((each) =>
      element("li", { class: "row tight" }, element("span", { class: "truncate" }, each.name), element("span", { class: "end muted small" }, each.answer === "open" && search.is_live ? `asked until ${exactTime(each.expires_at)}` : each.answer_words, each.reason ? `: ${each.reason}` : "")),
    );
    const title = search.is_live ? `Wave ${number(search.wave)}, within ${distance(search.radius)}` : `Offered to ${plural(search.offers.length, "driver")}: ${OUTCOMES[search.outcome]}`;
    return element(
      "div",
      { class: "wave", role: "group", "aria-label": "Offers to drivers nearby" },
      element("div", { class: "row" }, element("b", {}, title), search.is_live && element("button", { class: "btn small end", type: "button", onclick: () => stopAsking() }, "Stop offering")),
      element("ul", {}, ...asked),
    );
  }

  const ask = () => post(offersUrl, { version: order().version }).then(show).catch(toastError);
  const stopAsking = () => remove(offersUrl).then(show).catch(toastError);

  const looked = ({ judged, total }) => (judged < total ? `the ${number(judged)} nearest of ${number(total)}` : number(total));
  const nobody = (found) => element("p", { class: "soon" }, found.total ? `None of ${looked(found)} drivers in service can take it now.` : "No driver is in service now.");
  const footnote = (found, search) =>
    element(
      "p",
      { class: "muted small" },
      `${number(found.possible)} of ${looked(found)} drivers can take it. ${found.change ? `${found.change.sentence} ` : ""}`,
      element("button", { class: "link", type: "button", onclick: () => startAction("assign", order()).catch(toastError) }, "See all"),
      mayPlan() && element("span", {}, " · ", element("button", { class: "link", type: "button", onclick: () => planInsertion(code) }, "Insert into a trip")),
      !search?.is_live && found.possible > 0 && element("span", {}, " · ", element("button", { class: "link", type: "button", onclick: () => ask() }, "Offer to drivers nearby")),
    );

  let waiting = 0;
  const stop = on("live:drivers", () => {
    waiting ||= setTimeout(() => {
      waiting = 0;
      if (section.isConnected && !document.hidden) show();
    }, SECONDS_BETWEEN * 1000);
  });
  const stopEvents = on("live:events", ({ items }) => {
    if (items.some((item) => item.code === code) && section.isConnected) show();
  });
  show();
  return () => {
    stop();
    stopEvents();
    clearTimeout(waiting);
  };
}
