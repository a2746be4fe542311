/** The list of exceptions: filters in the address, orders opened beside it, and each settled where it stands. */
import { emit, on } from "core/bus";
import { registerCommand } from "core/commands";
import { debounce } from "core/dom";
import { get } from "core/http";
import { toastError } from "core/toast";
import { replaceKeepingFocus } from "groups/redraw";
import { Rows } from "groups/rows";
import { startAction } from "order/actions";

const PAUSE = 250;
const LIVE_PAUSE = 400;

export function mount(root) {
  let asked = 0;

  async function load(href, { push = false } = {}) {
    const mine = ++asked;
    const url = new URL(href, location.href);
    try {
      const html = await get(url.pathname + url.search);
      if (mine !== asked) return;
      if (push && url.href !== location.href) history.pushState(null, "", url);
      replaceKeepingFocus(root, html);
      rows.mark();
    } catch (error) {
      if (mine === asked) toastError(error);
    }
  }

  function apply() {
    const form = root.querySelector(".group-filters");
    const url = new URL(form.action);
    for (const [name, value] of new FormData(form)) if (value) url.searchParams.set(name, value);
    return load(url, { push: true });
  }

  function clicked(event) {
    const link = event.target.closest("[data-list-link]");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      load(link.href, { push: true });
    }
    const row = event.target.closest("[data-settle]")?.closest("tr");
    if (row) startAction("settle-exception", { code: row.dataset.order, version: Number(row.dataset.version) }, { about: row.dataset.row }).catch(toastError);
  }

  const applySoon = debounce(apply, PAUSE);
  const refreshSoon = debounce(() => load(location.href), LIVE_PAUSE);
  const codes = () => new Set([...root.querySelectorAll("tr[data-order]")].map((row) => row.dataset.order));
  const rows = new Rows(root, { section: "Exceptions", name: "exception", open: (_, row) => emit("order:open", { code: row.dataset.order, quiet: true }) });
  const popped = () => load(location.href);
  root.addEventListener("click", clicked);
  root.addEventListener("input", (event) => event.target.matches("[type=search]") && applySoon());
  root.addEventListener("change", (event) => event.target.matches("select") && apply());
  root.addEventListener("submit", (event) => {
    event.preventDefault();
    apply();
  });
  addEventListener("popstate", popped);
  const stops = [
    () => removeEventListener("popstate", popped),
    () => rows.destroy(),
    on("live:events", ({ items }) => items.some((item) => item.kind?.startsWith("order.exception") || codes().has(item.code)) && refreshSoon()),
    on("live:reload", ({ until }) => until(load(location.href))),
    registerCommand({ id: "exception.search", title: "Search by order", keys: "/", icon: "search", section: "Exceptions", run: () => root.querySelector("[name=order]").focus() }),
  ];
  return () => {
    stops.forEach((stop) => stop());
    applySoon.cancel();
    refreshSoon.cancel();
  };
}
