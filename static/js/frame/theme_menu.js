/** The three choices of theme in the rail's menu. */
import { on } from "core/bus";
import { icon } from "core/dom";
import { chosenTheme, setTheme } from "core/theme";

const ICONS = { light: "sun", dark: "moon", system: "system" };

export function mount(menu) {
  const trigger = document.querySelector(`[data-menu="${menu.id}"]`);
  function show() {
    for (const item of menu.querySelectorAll("[data-theme-choice]")) item.setAttribute("aria-checked", String(item.dataset.themeChoice === chosenTheme()));
    trigger.replaceChildren(icon(ICONS[chosenTheme()]));
  }
  menu.addEventListener("click", (event) => {
    const item = event.target.closest("[data-theme-choice]");
    if (item) setTheme(item.dataset.themeChoice);
  });
  show();
  return on("theme", show);
}
