/** Short messages above the thumb, read out by screen readers; one at a time, with at most one thing to do. */
import { element, icon } from "core/dom";

const ICONS = { good: "check", warn: "warning", bad: "error", accent: "info" };
let timer;

export function notify(text, { tone = "accent", action, run, seconds = 6 } = {}) {
  const place = document.getElementById("notice");
  // Behind an open sheet nobody would see or hear it.
  const front = [...document.querySelectorAll("dialog[open]")].at(-1) ?? document.body;
  if (place.parentElement !== front) front.append(place);
  const act = action && element("button", { type: "button", class: "notice-act", onclick: () => (dismiss(), run()) }, action);
  clearTimeout(timer);
  place.replaceChildren(element("div", { class: "notice", "data-tone": tone }, icon(ICONS[tone]), element("p", {}, text), act));
  timer = setTimeout(dismiss, seconds * 1000);
}

export const tellError = (error) => notify(error.message, { tone: "bad", seconds: 8 });

function dismiss() {
  clearTimeout(timer);
  document.getElementById("notice").replaceChildren();
}
