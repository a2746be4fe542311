/** Small builders for elements: text goes in as text, never as markup. */
import { config } from "core/config";

const SVG = "http://www.w3.org/2000/svg";

/**
 * element("button", { class: "btn", type: "button", onclick: run }, "Assign", icon("plus"))
 * Attributes with a false, null or undefined value are left out; functions become listeners.
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (typeof value === "function") made.addEventListener(name.replace(/^on/, ""), value);
    else if (name === "dataset") Object.assign(made.dataset, value);
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

export function icon(name, size = "") {
  const picture = document.createElementNS(SVG, "svg");
  picture.setAttribute("class", `icon ${size}`.trim());
  picture.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `${config.addresses.icons}#${name}`);
  picture.append(use);
  return picture;
}

/** A state: always a mark and a word. Tones: accent, good, warn, bad, move, quiet. */
export const pill = (word, tone = "quiet") => element("span", { class: "pill", "data-tone": tone }, word);

export const isTyping = (target) =>
  target instanceof Element && (target.closest("textarea, select, [contenteditable=true]") !== null || (target.matches("input") && !target.matches("[type=checkbox], [type=radio], [type=button], [type=submit], [type=range]")));

export function debounce(run, wait) {
  let timer;
  const later = (...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => run(...args), wait);
  };
  later.cancel = () => clearTimeout(timer);
  return later;
}

/** Walking through a list leaves the button that was pressed before: Enter then opens the row, and not the button again. */
export function leaveControl() {
  const held = document.activeElement;
  if (held?.matches("a, button, summary, input[type=checkbox], input[type=radio]")) held.blur();
}
