/**
 * The registry of everything a person can do: the keyboard, the palette, the buttons with `data-command` and the
 * list of shortcuts all read it.
 *
 * registerCommand({
 *   id: "order.assign",             unique; registering it again replaces it
 *   title: "Assign driver",         as a verb
 *   hint: "D-10482",                string or () => string, shown in the palette
 *   keys: "a",                      one string or several: "a", "g m", "mod+k", "shift+Enter", "?"
 *   section: "Order",               heading in the palette and in the list of shortcuts
 *   icon: "driver",
 *   when: () => boolean,            asked each time; without it the command is always there
 *   run: (event) => any,            may be async: a rejection becomes a toast
 *   inPalette: true,                false for moves such as j and k
 *   whileTyping: false,             true: works in a text field too
 *   scope: "page",                  "dialog": works while a modal dialog is open, and only then
 *   priority: 0,                    higher wins where two commands share keys; then the later one
 * })
 */
import { emit } from "core/bus";

const registry = new Map();
let order = 0;

// Parts of a page register in whatever order they have loaded; people want to find things in the same place.
const SECTIONS = ["Ticked orders", "Order", "Order list", "Driver", "Go to", "Filter", "Map", "Table", "General", "Appearance", "Account"];
const rankOf = (section) => (SECTIONS.includes(section) ? SECTIONS.indexOf(section) : SECTIONS.indexOf("General"));

/** [[section, commands], …] in the order people expect. */
export function inSections(commands) {
  const sections = new Map();
  for (const command of commands) {
    if (!sections.has(command.section)) sections.set(command.section, []);
    sections.get(command.section).push(command);
  }
  return [...sections].sort(([a], [b]) => rankOf(a) - rankOf(b));
}

/** @returns {() => void} takes the command out again */
export function registerCommand(command) {
  const entry = Object.freeze({
    section: "General",
    hint: "",
    keys: [],
    when: () => true,
    inPalette: true,
    whileTyping: false,
    scope: "page",
    priority: 0,
    ...command,
    sequences: [command.keys ?? []].flat().map((keys) => keys.split(" ")),
    order: ++order,
  });
  registry.set(entry.id, entry);
  emit("commands");
  return () => {
    if (registry.get(entry.id) !== entry) return;
    registry.delete(entry.id);
    emit("commands");
  };
}

export const allCommands = () => [...registry.values()];
export const availableCommands = () => allCommands().filter((command) => command.when());
export const findCommand = (id) => registry.get(id);
export const hintOf = (command) => (typeof command.hint === "function" ? command.hint() : command.hint);

/** Runs a command by its id; false when there is none or it does not apply now. */
export function runCommand(id, event) {
  const command = registry.get(id);
  if (!command || !command.when()) return false;
  emit("command:run", command);
  Promise.resolve()
    .then(() => command.run(event))
    .catch((error) => emit("failure", error));
  return true;
}

// Buttons and links in templates name their command; a link keeps its address as the way without it.
document.addEventListener("click", (event) => {
  const trigger = event.target.closest?.("[data-command]");
  if (!trigger || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (runCommand(trigger.dataset.command, event)) event.preventDefault();
});
