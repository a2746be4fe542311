/** The rail: keeps the filter set when the view is switched, and folds to icons. */
import { registerCommand } from "core/commands";
import { filters } from "core/filters";

const YEAR = 365 * 24 * 3600;

export function mount(rail) {
  const app = rail.closest(".app");
  const links = [...rail.querySelectorAll("a[data-filtered]")].map((link) => ({ link, path: link.getAttribute("href") }));
  const follow = () => {
    for (const { link, path } of links) link.href = filters.address(path);
  };
  follow();
  const stop = filters.subscribe(follow);
  const forget = registerCommand({
    id: "rail.toggle",
    title: "Show or hide the names in the rail",
    section: "Appearance",
    keys: "[",
    icon: "sidebar",
    run() {
      const next = app.dataset.rail === "collapsed" ? "open" : "collapsed";
      app.dataset.rail = next;
      document.cookie = `rail=${next}; path=/; max-age=${YEAR}; samesite=lax`;
      window.dispatchEvent(new Event("resize"));
    },
  });
  return () => {
    stop();
    forget();
  };
}
