/** The list of shortcuts, made from the registry each time it opens: it cannot be out of date. */
import { allCommands, inSections, registerCommand } from "core/commands";
import { openDialog } from "core/dialog";
import { element } from "core/dom";
import { keyNames } from "core/keyboard";

const dialog = document.getElementById("shortcuts");

function keys(sequences) {
  const parts = sequences.flatMap((sequence, index) => {
    const marks = sequence.flatMap((token, step) => [...(step ? [element("span", { class: "then" }, "then")] : []), ...keyNames(token).map((name) => element("kbd", {}, name))]);
    return index ? [element("span", { class: "then" }, "or"), ...marks] : marks;
  });
  return element("span", { class: "keys" }, ...parts);
}

function fill() {
  const sections = inSections(allCommands().filter((command) => command.sequences.length));
  dialog.querySelector(".shortcuts").replaceChildren(
    ...sections.map(([name, commands]) =>
      element(
        "section",
        {},
        element("h3", { class: "section-title" }, name),
        ...commands.map((command) => element("div", { class: "row" }, element("span", {}, command.title), keys(command.sequences))),
      ),
    ),
  );
}

export function start() {
  if (!dialog) return;
  registerCommand({
    id: "shortcuts.show",
    title: "Keyboard shortcuts",
    section: "General",
    keys: "?",
    icon: "keyboard",
    run() {
      fill();
      return openDialog(dialog);
    },
  });
}
