/* What the keyboard and the palette can do with the chosen driver, and on the drivers page. */

import { registerCommand } from "core/commands";
import { may } from "core/config";
import { callUrl, setOnline } from "drivers/acts";
import { mayPlan, planSequence } from "planning/asking";

/** The commands about one driver; the four functions answer who that is and what the page shows of them. */
export function driverCommands({ driver, detail, track, follow }) {
  const about = { section: "Driver", icon: "driver", hint: () => driver()?.name ?? "" };
  const run = () => detail().run;
  const commands = [
    { ...about, id: "driver.track", title: "Show or hide the driver's day on the map", icon: "history", when: () => driver() !== null, run: () => track().toggle(driver()) },
    { ...about, id: "driver.follow", title: "Follow the driver on the map", icon: "eye", when: () => Boolean(driver()?.track.placed), run: () => follow(driver().id) },
    { ...about, id: "driver.call", title: "Call the driver", icon: "phone", when: () => Boolean(driver()?.row.phone), run: () => location.assign(callUrl(driver().row.phone)) },
  ];
  if (may("orders.assign")) {
    commands.push(
      { ...about, id: "driver.sequence", title: "Change sequence of the driver's run", keys: "r s", icon: "grip", when: () => driver() !== null && run().movable.length > 0, run: () => detail().changeSequence() },
      { ...about, id: "driver.hand-over", title: "Hand over the driver's run", keys: "r h", icon: "swap", when: () => driver() !== null && Boolean(run().stops?.length), run: () => detail().handOver() },
    );
  }
  if (mayPlan()) {
    commands.push({ ...about, id: "driver.resequence", title: "Work out a better sequence for the driver", keys: "r p", icon: "plan", when: () => driver() !== null && run().movable.length > 1, run: () => planSequence(driver().id) });
  }
  if (may("drivers.manage")) {
    commands.push(
      { ...about, id: "driver.online", title: "Put the driver on duty", icon: "play", when: () => driver()?.online === false && driver().row.status === "active", run: () => setOnline(driver(), true) },
      { ...about, id: "driver.offline", title: "Take the driver off duty", icon: "pause", when: () => Boolean(driver()?.online), run: () => setOnline(driver(), false) },
    );
  }
  return commands;
}

/** Registers the commands of the drivers page; returns the way to take them out. */
export function registerDriverCommands(page) {
  const { stage } = page;
  const move = { section: "Driver", inPalette: false, repeats: true };
  const map = { section: "Map", inPalette: false };
  const commands = [
    ...driverCommands({ driver: () => page.driver, detail: () => page.detail, track: () => page.track, follow: (id) => page.follow(page.following === id ? null : id) }),
    { ...move, id: "drivers.next", title: "Next driver", keys: "j", run: () => page.step(1) },
    { ...move, id: "drivers.previous", title: "Previous driver", keys: "k", run: () => page.step(-1) },
    { ...move, id: "drivers.find", title: "Find a driver", keys: "/", repeats: false, run: () => page.root.querySelector(".driver-find input").focus() },
    { ...move, id: "driver.close", title: "Close the driver", keys: "Escape", repeats: false, priority: -1, when: () => page.driver !== null, run: () => page.showDriver(null) },
    { ...map, id: "map.fit", title: "Show the run, or all drivers, on the map", keys: "f", icon: "fit", inPalette: true, run: () => page.fit() },
    { ...map, id: "map.zoom-in", title: "Zoom in", keys: ["+", "="], icon: "plus", run: () => stage.map.zoomIn() },
    { ...map, id: "map.zoom-out", title: "Zoom out", keys: "-", icon: "minus", run: () => stage.map.zoomOut() },
  ];
  const forget = commands.map(registerCommand);
  return () => forget.forEach((stop) => stop());
}
