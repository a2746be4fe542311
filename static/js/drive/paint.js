/** Puts a screen's new picture in place of the old one, without taking the focus from under a thumb. */
export function paint(root, nodes) {
  const focused = root.contains(document.activeElement) ? document.activeElement : null;
  const key = focused?.dataset.key;
  const isOpen = new Set([...root.querySelectorAll("details[open][data-key]")].map((details) => details.dataset.key));
  root.replaceChildren(...[nodes].flat(Infinity).filter(Boolean));
  for (const details of root.querySelectorAll("details[data-key]")) if (isOpen.has(details.dataset.key)) details.open = true;
  if (key) root.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
}
