/** The three ways to add orders as tabs: arrow keys walk, the chosen panel takes the focus. */
export function tabs(list, { chosen } = {}) {
  const buttons = [...list.querySelectorAll("[role=tab]")];
  const panelOf = (button) => document.getElementById(button.getAttribute("aria-controls"));

  function choose(button, { focus = true } = {}) {
    for (const each of buttons) {
      const isChosen = each === button;
      each.setAttribute("aria-selected", String(isChosen));
      each.tabIndex = isChosen ? 0 : -1;
      panelOf(each).hidden = !isChosen;
    }
    if (focus) panelOf(button).querySelector("input, textarea")?.focus();
    chosen?.(button.id.replace("tab-", ""));
  }

  list.addEventListener("click", (event) => {
    const button = event.target.closest("[role=tab]");
    if (button) choose(button);
  });
  list.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const next = buttons[(buttons.indexOf(document.activeElement) + step + buttons.length) % buttons.length];
    choose(next, { focus: false });
    next.focus();
  });
  return { choose: (name) => choose(document.getElementById(`tab-${name}`)) };
}
