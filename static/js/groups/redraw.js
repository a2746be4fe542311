/** Puts fresh markup of the server over what is shown, and leaves the focus and the caret where the person has them. */
import { fragmentOf } from "order/sections";

const ATTRIBUTES = ["name", "data-group-act", "data-command", "data-menu", "data-row", "data-open-order", "data-picker-remove", "id"];

export function replaceKeepingFocus(root, html) {
  const mark = markOf(root);
  const scrolls = [...root.querySelectorAll("[data-keeps-scroll], .group-frame, .group-main, .group-side")].map((box) => [box.className, box.scrollTop]);
  root.replaceChildren(fragmentOf(html));
  for (const [className, top] of scrolls) {
    const box = [...root.querySelectorAll("*")].find((each) => each.className === className);
    if (box) box.scrollTop = top;
  }
  restore(root, mark);
}

function markOf(root) {
  const active = document.activeElement;
  if (!root.contains(active) || active === root) return null;
  const attribute = ATTRIBUTES.find((name) => active.getAttribute(name));
  if (!attribute) return null;
  const caret = active.matches("[type=search], input:not([type]), textarea") ? [active.selectionStart, active.selectionEnd, active.value] : null;
  return { selector: `[${attribute}="${CSS.escape(active.getAttribute(attribute))}"]`, caret };
}

function restore(root, mark) {
  if (!mark) return;
  const found = root.querySelector(mark.selector);
  if (!found) return;
  found.focus({ preventScroll: true });
  if (mark.caret && "setSelectionRange" in found) {
    const [start, end, value] = mark.caret;
    // What was typed while the answer was on its way is not lost.
    if (found.value !== value) found.value = value;
    found.setSelectionRange(start, end);
  }
}
