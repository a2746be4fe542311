/** The queue switch: order types with their live counts; Shift or Ctrl adds a type to the ones chosen. */
import { registerCommand } from "core/commands";
import { countText, counts } from "core/counts";
import { filters } from "core/filters";

export function mount(group) {
  const buttons = [...group.querySelectorAll("[data-queue]")];

  function show() {
    const chosen = filters.get("type");
    for (const button of buttons) {
      const { queue } = button.dataset;
      button.setAttribute("aria-pressed", String(queue ? chosen.includes(queue) : chosen.length === 0));
    }
  }
  function showCounts() {
    for (const mark of group.querySelectorAll("[data-count]")) mark.textContent = countText("queues", mark.dataset.count);
  }
  function choose(queue, adding) {
    if (queue && adding) filters.toggle("type", queue);
    else filters.set({ type: queue ? [queue] : [] });
  }

  group.addEventListener("click", (event) => {
    const button = event.target.closest("[data-queue]");
    if (button) choose(button.dataset.queue, event.shiftKey || event.ctrlKey || event.metaKey);
  });
  const forget = buttons.map((button, index) =>
    registerCommand({
      id: `queue.${button.dataset.queue || "all"}`,
      title: `Queue: ${button.querySelector(".name").textContent}`,
      section: "Filter",
      keys: String(index + 1),
      icon: "filter",
      run: () => choose(button.dataset.queue, false),
    }),
  );
  show();
  const stops = [filters.subscribe(show), counts.watch(showCounts), ...forget];
  return () => stops.forEach((stop) => stop());
}
