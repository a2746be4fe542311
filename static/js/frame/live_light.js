/** The live light: whether this page hears of changes, and how old its picture is. */
import { on } from "core/bus";
import { element } from "core/dom";
import { clock, duration, fullTime, number } from "core/format";

const WORDS = { connected: "Live", catching_up: "Catching up", offline: "Offline" };
const MEANING = {
  connected: "Changes appear here within a second.",
  catching_up: "The connection is back. What happened in between is being fetched.",
  offline: "No connection to the server. What you see may be out of date; it is brought up to date by itself when the connection is back.",
};

/** Listens for "live:state" { state, pictureAt: epoch ms of the last proof that the picture is whole, number }. */
export function mount(light) {
  const detail = document.getElementById(light.dataset.menu);
  const word = light.querySelector(".word");
  const small = light.querySelector("small");
  let latest = null;

  function show() {
    if (!latest) return;
    const seconds = latest.pictureAt ? Math.max(0, (Date.now() - latest.pictureAt) / 1000) : null;
    const age = seconds === null ? "no picture yet" : seconds < 10 ? `${seconds.toFixed(1)} s old` : `${duration(seconds)} old`;
    // In a narrow bar the small words are hidden: while something is wrong the age moves into the word itself.
    const words = WORDS[latest.state] ?? latest.state;
    const isWell = latest.state === "connected" || seconds === null;
    word.textContent = isWell ? words : `${words}, ${duration(seconds)} old`;
    small.textContent = isWell ? age : "";
    light.title = seconds === null ? words : `${words}: the picture is ${age}`;
    light.dataset.state = latest.state;
    light.hidden = false;
    if (detail.matches(":popover-open")) fill();
  }
  function fill() {
    detail.replaceChildren(
      element("div", { class: "stack" }, element("p", { class: "strong" }, WORDS[latest.state] ?? latest.state), element("p", { class: "muted" }, MEANING[latest.state] ?? "")),
      element("dl", { class: "facts" },
        element("dt", {}, "Picture of"), element("dd", { title: latest.pictureAt ? fullTime(latest.pictureAt) : "" }, latest.pictureAt ? `${clock(latest.pictureAt)} (${duration((Date.now() - latest.pictureAt) / 1000)} old)` : "–"),
        element("dt", {}, "Last change"), element("dd", {}, latest.number === undefined || latest.number === null ? "–" : `number ${number(latest.number)}`)),
    );
  }

  detail.setAttribute("aria-label", "Live connection");
  detail.addEventListener("menu:open", fill);
  const stop = on("live:state", (state) => {
    latest = state;
    show();
  });
  const timer = setInterval(() => !document.hidden && show(), 500);
  return () => {
    stop();
    clearInterval(timer);
  };
}
