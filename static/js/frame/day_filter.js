/** The day filter: the tenant's local day on which an order is due or, without a promise, was created. */
import { registerCommand } from "core/commands";
import { element, icon } from "core/dom";
import { filters } from "core/filters";
import { dayName, dayOf } from "core/format";
import { config } from "core/config";

const DAY = 24 * 3600 * 1000;

export function mount(button) {
  const popover = document.getElementById(button.dataset.menu);
  const value = button.querySelector(".value");
  popover.setAttribute("aria-label", "Day");

  function show() {
    const chosen = filters.get("day");
    button.classList.toggle("on", chosen !== "");
    value.textContent = chosen ? dayName(chosen) : "Any day";
  }
  function choose(day) {
    filters.set({ day });
    popover.hidePopover();
  }
  function option(day, label) {
    const chosen = filters.get("day") === day;
    const item = element("button", { class: "menu-item", type: "button", role: "radio", "aria-checked": String(chosen) }, label, element("span", { class: "end check" }, icon("check")));
    item.addEventListener("click", () => choose(day));
    return item;
  }
  function fill() {
    const chosen = filters.get("day");
    const isDate = /^\d{4}-/.test(chosen);
    const date = element("input", { class: "input", type: "date", "aria-label": "Another day", value: isDate ? chosen : "", max: "9999-12-31" });
    date.addEventListener("change", () => date.value && date.validity.valid && filters.set({ day: date.value }));
    popover.replaceChildren(
      element("div", { role: "radiogroup", "aria-label": "Day" }, option("", "Any day"), option("today", "Today"), option("yesterday", "Yesterday"), option(dayOf(new Date(Date.now() + DAY)), "Tomorrow")),
      element("hr", { class: "menu-line" }),
      element("label", { class: "menu-head stack" }, element("span", { class: "small muted" }, `Another day (${config.tenant?.timezone ?? "UTC"})`), date),
    );
  }

  popover.addEventListener("menu:open", fill);
  show();
  const stops = [
    filters.subscribe(show),
    registerCommand({ id: "day.today", title: "Only today's orders", section: "Filter", icon: "calendar", when: () => filters.get("day") !== "today", run: () => filters.set({ day: "today" }) }),
    registerCommand({ id: "filters.clear", title: "Clear all filters", section: "Filter", icon: "close", when: () => filters.query({ without: ["ordering"] }) !== "", run: () => filters.clear(Object.keys(filters.value()).filter((name) => name !== "ordering")) }),
  ];
  return () => stops.forEach((stop) => stop());
}
