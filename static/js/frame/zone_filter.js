/** The zone filter: a checklist of the tenant's zones; an order counts when either end lies in one of them. */
import { element, icon } from "core/dom";
import { filters } from "core/filters";
import { listAll } from "core/lookups";
import { plural } from "core/format";

export function mount(button) {
  const popover = document.getElementById(button.dataset.menu);
  const value = button.querySelector(".value");
  popover.setAttribute("aria-label", "Zones");

  async function show() {
    const chosen = filters.get("zone");
    button.classList.toggle("on", chosen.length > 0);
    if (!chosen.length) {
      value.textContent = "All zones";
      return;
    }
    value.textContent = plural(chosen.length, "zone");
    const zones = await listAll("zones").catch(() => []);
    if (String(filters.get("zone")) !== String(chosen)) return;
    const names = zones.filter((zone) => chosen.includes(String(zone.id))).map((zone) => zone.name);
    if (names.length && names.length <= 2) value.textContent = names.join(", ");
    button.title = names.join(", ");
  }

  function row(zone, chosen) {
    const box = element("input", { type: "checkbox", value: zone.id, checked: chosen.includes(String(zone.id)) });
    const swatch = element("span", { class: "swatch" });
    swatch.style.setProperty("--swatch", zone.colour);
    box.addEventListener("change", () => filters.toggle("zone", zone.id));
    return element("label", { class: "menu-item", dataset: { name: zone.name.toLowerCase() } }, box, swatch, zone.name, zone.code ? element("span", { class: "end small" }, zone.code) : null);
  }

  async function fill() {
    popover.replaceChildren(element("div", { class: "menu-head muted" }, "Loading zones…"));
    let zones;
    try {
      zones = (await listAll("zones")).filter((zone) => zone.is_active || filters.get("zone").includes(String(zone.id)));
    } catch (error) {
      popover.replaceChildren(element("div", { class: "menu-head" }, error.message));
      return;
    }
    const list = element("div", { role: "group", "aria-label": "Zones" }, ...zones.map((zone) => row(zone, filters.get("zone"))));
    const clear = element("button", { class: "menu-item", type: "button" }, icon("close"), "All zones");
    clear.addEventListener("click", () => {
      filters.clear(["zone"]);
      popover.hidePopover();
    });
    const find = element("input", { class: "input", type: "text", placeholder: "Find a zone", "aria-label": "Find a zone", autofocus: true });
    find.addEventListener("input", () => {
      const text = find.value.trim().toLowerCase();
      for (const item of list.children) item.hidden = !item.dataset.name.includes(text);
    });
    popover.replaceChildren(
      ...(zones.length > 8 ? [element("div", { class: "menu-head" }, find)] : []),
      ...(zones.length ? [list, element("hr", { class: "menu-line" }), clear] : [element("div", { class: "menu-head muted" }, "There are no zones yet. An administrator draws them in the setup.")]),
    );
    if (popover.matches(":popover-open")) popover.querySelector("input")?.focus();
  }

  popover.addEventListener("menu:open", fill);
  show();
  return filters.subscribe(show);
}
