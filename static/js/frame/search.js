/** The search field: filters as a person types, one step of history per search. */
import { registerCommand } from "core/commands";
import { debounce } from "core/dom";
import { filters } from "core/filters";

const PAUSE = 250;

export function mount(form) {
  const input = form.querySelector("input");
  const clear = form.querySelector(".clear");
  let pushed = false;

  function apply() {
    const text = input.value.trim();
    if (text === filters.get("search")) return;
    filters.set({ search: text }, { history: pushed ? "replace" : "push", source: "search" });
    pushed = true;
  }
  const applySoon = debounce(apply, PAUSE);
  function mark() {
    form.classList.toggle("filled", input.value !== "");
    clear.hidden = input.value === "";
  }
  function show(_, source) {
    if (source !== "search") input.value = filters.get("search");
    mark();
  }

  input.addEventListener("input", () => {
    mark();
    applySoon();
  });
  input.addEventListener("focus", () => {
    pushed = false;
  });
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    applySoon.cancel();
    if (input.value) {
      input.value = "";
      mark();
      apply();
    } else input.blur();
  });
  clear.addEventListener("click", () => {
    input.value = "";
    apply();
    mark();
    input.focus();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    applySoon.cancel();
    apply();
    document.getElementById("main")?.focus();
  });
  show();
  const stops = [
    filters.subscribe(show),
    registerCommand({
      id: "search.focus",
      title: "Search orders",
      section: "Filter",
      keys: "/",
      icon: "search",
      run: () => {
        input.focus();
        input.select();
      },
    }),
  ];
  return () => stops.forEach((stop) => stop());
}
