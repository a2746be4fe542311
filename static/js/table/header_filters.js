/* The filter under each heading: writes to the shared filter set, never to the grid. */

import { element } from "core/dom";
import { filters } from "core/filters";

const SOURCE = "table";
const TYPING_PAUSE = 350;

/** An element that shows and sets the column's filter. */
export function headerFilter(id, { title, filter }) {
  return { text: textFilter, choice: choiceFilter, range: rangeFilter, days: daysFilter }[filter.kind](title, filter);
}

function textFilter(title, { name }) {
  return field({ type: "search", label: `${title} contains`, value: filters.get(name), change: (value) => set({ [name]: value }) });
}

function choiceFilter(title, { name, options }) {
  const chosen = [filters.get(name)].flat().filter(Boolean);
  const list = element("select", { class: "head-filter", "aria-label": `${title} is` }, element("option", { value: "" }, chosen.length > 1 ? `${chosen.length} chosen` : "Any"));
  for (const [value, word] of options) list.append(element("option", { value, selected: chosen.length === 1 && chosen[0] === value }, word));
  list.addEventListener("change", () => set({ [name]: list.value ? [list.value] : [] }));
  return quiet(element("div", { class: "head-filters" }, list));
}

function rangeFilter(title, { name: [from, to] }) {
  return pair(
    field({ type: "text", inputmode: "decimal", label: `${title} from`, placeholder: "from", value: filters.get(from), change: (value) => set({ [from]: value }) }),
    field({ type: "text", inputmode: "decimal", label: `${title} up to`, placeholder: "to", value: filters.get(to), change: (value) => set({ [to]: value }) }),
  );
}

function daysFilter(title, { name: [from, to] }) {
  return pair(
    field({ type: "date", label: `${title} from`, value: filters.get(from).slice(0, 10), change: (value) => set({ [from]: value }) }),
    field({ type: "date", label: `${title} until`, value: filters.get(to).slice(0, 10), change: (value) => set({ [to]: value }) }),
  );
}

const set = (patch) => filters.set(patch, { source: SOURCE });
const pair = (...fields) => quiet(element("div", { class: "head-filters" }, fields.map((each) => each.firstChild)));

function field({ type, label, value, change, placeholder = "", inputmode }) {
  const input = element("input", { class: "head-filter", type, "aria-label": label, placeholder, inputmode, value, autocomplete: "off", maxlength: type === "date" ? null : 100 });
  let timer;
  const commit = () => {
    clearTimeout(timer);
    change(input.value.trim());
  };
  input.addEventListener("input", () => {
    clearTimeout(timer);
    if (type !== "date") timer = setTimeout(commit, TYPING_PAUSE);
  });
  input.addEventListener("change", commit);
  return quiet(element("div", { class: "head-filters" }, input));
}

/** Clicks and drags in a filter are not clicks and drags of the heading. */
function quiet(node) {
  for (const name of ["click", "mousedown", "dblclick", "keydown"]) node.addEventListener(name, (event) => event.stopPropagation());
  return node;
}
