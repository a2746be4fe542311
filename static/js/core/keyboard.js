/** Turns key presses into commands: single keys, two-key sequences, scopes; silent while a person types. */
import { emit } from "core/bus";
import { allCommands, runCommand } from "core/commands";
import { isTyping } from "core/dom";

export const isMac = /Mac|iPhone|iPad/.test(navigator.platform);
const SEQUENCE_PAUSE = 1500;
const OWN_ENTER = "a, button, summary, [role=button], [role=menuitem], [role=menuitemradio], [role=option], [role=tab], [role=checkbox], input, label";

let pressed = [];
let timer;

/** "mod+k", "shift+a", "?", "Escape": how commands write keys. Shift is part of a printed sign such as "?" already. */
export function tokenOf(event) {
  const printed = event.key.length === 1;
  const letter = printed && /\p{L}/u.test(event.key);
  const key = letter ? event.key.toLowerCase() : event.key === " " ? "Space" : event.key;
  const parts = [];
  if (event.ctrlKey || event.metaKey) parts.push("mod");
  if (event.altKey) parts.push("alt");
  if (event.shiftKey && (!printed || letter)) parts.push("shift");
  return [...parts, key].join("+");
}

/** "mod+k" -> ["Ctrl", "K"] or ["⌘", "K"], for <kbd> */
export function keyNames(token) {
  const names = { mod: isMac ? "⌘" : "Ctrl", alt: isMac ? "⌥" : "Alt", shift: isMac ? "⇧" : "Shift", Escape: "Esc", ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→" };
  const parts = token === "+" ? ["+"] : token.split("+");
  return parts.map((part) => names[part] ?? (parts.length > 1 && part.length === 1 ? part.toUpperCase() : part));
}

const startsWith = (sequence, keys) => keys.every((key, index) => sequence[index] === key);

function candidates(keys, event) {
  const typing = isTyping(event.target);
  const inPopover = event.target instanceof Element && event.target.closest(":popover-open") !== null;
  const scope = document.querySelector("dialog:modal") ? "dialog" : "page";
  return allCommands()
    .filter((command) => command.scope === scope)
    .filter((command) => (!typing && !inPopover) || command.whileTyping)
    .filter((command) => command.sequences.some((sequence) => startsWith(sequence, keys)))
    .filter((command) => command.when())
    .sort((a, b) => b.priority - a.priority || b.order - a.order);
}

function forget() {
  if (pressed.length) emit("keys", { keys: [], commands: [] });
  pressed = [];
  clearTimeout(timer);
}

function onKeydown(event) {
  if (event.defaultPrevented || event.isComposing || ["Control", "Shift", "Alt", "Meta", "AltGraph"].includes(event.key)) return;
  const token = tokenOf(event);
  // Enter and space belong to the control that has the focus.
  if ((token === "Enter" || token === "Space") && event.target.closest?.(OWN_ENTER)) return;

  const keys = [...pressed, token];
  let found = candidates(keys, event);
  let matched = keys;
  if (!found.length && pressed.length) {
    found = candidates([token], event);
    matched = [token];
  }
  forget();
  if (!found.length) return;

  const complete = found.find((command) => command.sequences.some((sequence) => sequence.length === matched.length && startsWith(sequence, matched)));
  event.preventDefault();
  if (complete) {
    if (!event.repeat || complete.repeats) runCommand(complete.id, event);
    return;
  }
  pressed = matched;
  emit("keys", { keys: pressed, commands: found });
  timer = setTimeout(forget, SEQUENCE_PAUSE);
}

export function listen() {
  document.addEventListener("keydown", onKeydown);
  window.addEventListener("blur", forget);
  for (const mark of document.querySelectorAll("kbd[data-keys]")) mark.textContent = keyNames(mark.dataset.keys).join(" ");
}
