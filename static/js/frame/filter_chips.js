/** The filters that are set, as chips with an × each; a page puts this where its toolbar wants it. */
import { element, icon } from "core/dom";
import { filters } from "core/filters";

/** Whether a pressed button of the page says the same already. */
function isShownByButton({ name }) {
  const value = filters.get(name);
  return Array.isArray(value) && value.length === 1 && document.querySelector(`.table-toolbar [data-${name}="${CSS.escape(value[0])}"]`) !== null;
}

export function mount(host) {
  let serial = 0;

  async function show() {
    const mine = ++serial;
    const active = filters.active().filter((each) => !isShownByButton(each));
    const chips = await Promise.all(
      active.map(async ({ label, words, remove }) => {
        const text = `${label}: ${await words}`;
        return element(
          "span",
          { class: "chip on" },
          element("span", { class: "truncate" }, text),
          element("button", { class: "remove", type: "button", "aria-label": `Remove the filter ${text}`, title: "Remove", onclick: remove }, icon("close", "small")),
        );
      }),
    );
    // Names arrive late; a newer set may be on screen already.
    if (mine !== serial) return;
    if (active.length > 1) chips.push(element("button", { class: "btn quiet small", type: "button", onclick: () => filters.clear(active.map((each) => each.name)) }, "Clear"));
    host.replaceChildren(...chips);
  }

  show();
  return filters.subscribe(show);
}
