/** Popover menus: a button with `data-menu="id"` opens the popover of that id beside it; arrow keys walk, letters jump. */
const GAP = 6;
const EDGE = 8;
const ITEMS = "a[href], button:not(:disabled), input:not([type=hidden]), select, textarea";

export function place(popover, anchor, { align = "start" } = {}) {
  const box = anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = popover;
  const inRail = anchor.closest(".rail") !== null;
  let left = inRail ? box.right + GAP : align === "end" ? box.right - width : box.left;
  let top = inRail ? box.bottom - height : box.bottom + GAP;
  if (!inRail && top + height > innerHeight - EDGE && box.top - GAP - height > EDGE) top = box.top - GAP - height;
  left = Math.max(EDGE, Math.min(left, innerWidth - width - EDGE));
  top = Math.max(EDGE, Math.min(top, innerHeight - height - EDGE));
  popover.style.left = `${left}px`;
  popover.style.top = `${top}px`;
}

/** Opens `popover` beside `anchor`; the focus returns to the anchor when it closes by keyboard. */
export function openMenu(popover, anchor, options = {}) {
  popover.dispatchEvent(new CustomEvent("menu:open", { detail: { anchor } }));
  popover.showPopover({ source: anchor });
  // Content may arrive later and change the size: keep it beside its anchor and inside the window.
  const watcher = new ResizeObserver(() => place(popover, anchor, options));
  watcher.observe(popover);
  place(popover, anchor, options);
  anchor.setAttribute("aria-expanded", "true");
  const first = options.focus === "none" ? null : popover.querySelector("[autofocus], [aria-checked=true]") ?? popover.querySelector(ITEMS);
  first?.focus({ preventScroll: false });
  popover.addEventListener("toggle", function closed(event) {
    if (event.newState !== "closed") return;
    popover.removeEventListener("toggle", closed);
    watcher.disconnect();
    anchor.setAttribute("aria-expanded", "false");
    if (popover.contains(document.activeElement) || document.activeElement === document.body) anchor.focus();
  });
}

function step(popover, move) {
  const items = [...popover.querySelectorAll(ITEMS)].filter((item) => item.offsetParent !== null);
  const index = items.indexOf(document.activeElement);
  items.at(move === "first" ? 0 : move === "last" ? -1 : (index + move + items.length) % items.length)?.focus();
}

function onKeydown(event) {
  const popover = event.target.closest?.("[popover]");
  if (!popover || popover.id === "toasts") return;
  const inMenu = popover.getAttribute("role") === "menu";
  const inText = event.target.matches("input, textarea, select");
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    if (event.target.matches("select, textarea, [type=date], [type=number]")) return;
    event.preventDefault();
    step(popover, event.key === "ArrowDown" ? 1 : -1);
  } else if ((event.key === "Home" || event.key === "End") && !inText) {
    event.preventDefault();
    step(popover, event.key === "Home" ? "first" : "last");
  } else if (event.key === "Escape") {
    event.preventDefault();
    popover.hidePopover();
  } else if (event.key === "Tab" && inMenu) {
    popover.hidePopover();
  } else if (inMenu && event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey && event.key !== " ") {
    const items = [...popover.querySelectorAll(ITEMS)];
    const from = items.indexOf(document.activeElement);
    const match = [...items.slice(from + 1), ...items.slice(0, from + 1)].find((item) => item.textContent.trim().toLowerCase().startsWith(event.key.toLowerCase()));
    match?.focus();
    event.preventDefault();
  }
}

// The press that opens must not first let the popover's own light dismissal close it, and then open it again.
let closing = null;
document.addEventListener("pointerdown", (event) => {
  const trigger = event.target.closest?.("[data-menu]");
  closing = trigger && document.getElementById(trigger.dataset.menu)?.matches(":popover-open") ? trigger : null;
}, true);

document.addEventListener("click", (event) => {
  const trigger = event.target.closest?.("[data-menu]");
  if (trigger) {
    const popover = document.getElementById(trigger.dataset.menu);
    if (!popover) return;
    event.preventDefault();
    if (closing === trigger || popover.matches(":popover-open")) {
      if (popover.matches(":popover-open")) popover.hidePopover();
    } else openMenu(popover, trigger, { align: trigger.dataset.menuAlign });
    closing = null;
    return;
  }
  const item = event.target.closest?.("[popover][role=menu] .menu-item");
  if (item && item.getAttribute("aria-disabled") !== "true") item.closest("[popover]").hidePopover();
});
document.addEventListener("keydown", onKeydown);

export function prepare(root = document) {
  for (const trigger of root.querySelectorAll("[data-menu]")) {
    trigger.setAttribute("aria-haspopup", document.getElementById(trigger.dataset.menu)?.getAttribute("role") === "menu" ? "menu" : "dialog");
    if (!trigger.hasAttribute("aria-expanded")) trigger.setAttribute("aria-expanded", "false");
  }
}
