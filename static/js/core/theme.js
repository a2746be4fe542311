/** Light, dark or the system's wish: kept in a cookie so that the server paints the first frame right. */
import { emit } from "core/bus";

const root = document.documentElement;
const system = matchMedia("(prefers-color-scheme: dark)");
const YEAR = 365 * 24 * 3600;
const known = new Map();

export const chosenTheme = () => root.dataset.theme ?? "system";
export const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);

export function setTheme(theme) {
  if (theme === "system") delete root.dataset.theme;
  else root.dataset.theme = theme;
  document.cookie = `theme=${theme}; path=/; max-age=${YEAR}; samesite=lax`;
  announce();
}

function announce() {
  known.clear();
  emit("theme", { dark: isDark(), theme: chosenTheme() });
}

/** The present value of a colour token, for canvas work: colour("--accent") -> "rgb(36, 86, 230)". Ask again on "theme". */
export function colour(token) {
  if (!known.has(token)) {
    const probe = document.createElement("i");
    probe.hidden = true;
    probe.style.color = `var(${token})`;
    document.body.append(probe);
    known.set(token, getComputedStyle(probe).color);
    probe.remove();
  }
  return known.get(token);
}

system.addEventListener("change", () => chosenTheme() === "system" && announce());
