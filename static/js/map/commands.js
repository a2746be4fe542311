/* What the keyboard and the palette can do on the map page. */

import { registerCommand } from "core/commands";
import { config, may } from "core/config";
import { driverCommands } from "drivers/commands";
import { openWorkspace } from "table/bulk";

/** Registers the page's commands; returns the way to take them out. */
export function registerMapCommands(page) {
  const { orders, stage } = page;
  const chosen = () => orders.current !== null;
  const list = { section: "Order list", inPalette: false, repeats: true };
  const map = { section: "Map", icon: "map" };
  const commands = [
    { ...list, id: "list.next", title: "Next order", keys: "j", run: () => page.step(1) },
    { ...list, id: "list.previous", title: "Previous order", keys: "k", run: () => page.step(-1) },
    { ...list, id: "list.open", title: "Open the order", keys: "Enter", when: chosen, run: () => page.open(orders.current) },
    { ...list, id: "list.tick", title: "Tick the order", keys: "x", when: chosen, run: () => orders.tickCurrent() },
    { ...list, id: "list.menu", title: "Actions of the order", keys: ".", when: chosen, run: () => orders.openMenu() },
    { ...map, id: "map.clear-ticks", title: "Untick all orders", when: () => orders.ticked.size > 0, run: () => orders.clearTicks() },
    { ...map, id: "map.fit-ticked", title: "Show the ticked orders on the map", when: () => orders.ticked.size > 0, run: () => page.fit(orders.ticked) },
    { ...map, id: "map.workspace", title: "Ticked orders: open in the bulk workspace", icon: "layers", when: () => orders.ticked.size > 0, run: () => openWorkspace([...orders.ticked]) },
    { ...map, id: "map.fit", title: "Show all orders of the list on the map", keys: "f", icon: "fit", run: () => page.fit() },
    { ...map, id: "map.zoom-in", title: "Zoom in", keys: ["+", "="], icon: "plus", inPalette: false, run: () => stage.map.zoomIn() },
    { ...map, id: "map.zoom-out", title: "Zoom out", keys: "-", icon: "minus", inPalette: false, run: () => stage.map.zoomOut() },
    { ...map, id: "map.home", title: "Go to the tenant's area", icon: "pin", run: () => goHome(stage) },
    { ...map, id: "map.deselect", title: "Deselect", keys: "Escape", inPalette: false, priority: -1, when: () => chosen() || page.driverCard.driver !== null, run: () => (page.driverCard.driver ? page.driverCard.hide() : page.select(null)) },
  ];
  if (may("drivers.view")) {
    commands.push({
      ...map,
      id: "driver.show",
      title: "Show the driver of this order",
      icon: "driver",
      when: () => Boolean(page.set.rows.get(orders.current)?.driver),
      run: () => page.showDriver(page.set.rows.get(orders.current).driver.id),
    });
  }
  commands.push(...driverCommands({ driver: () => page.driverCard.driver, detail: () => page.driverCard, track: () => page.track, follow: (id) => page.follow(page.following === id ? null : id) }));
  const forget = commands.map(registerCommand);
  return () => forget.forEach((stop) => stop());
}

function goHome(stage) {
  const { latitude, longitude, zoom } = config.tenant.map;
  stage.map.setView([latitude, longitude], zoom, { animate: !stage.still.matches });
}
