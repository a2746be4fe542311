/** Puts a fresh drawer over the shown one: parts that say the same stay, parts that changed are replaced and flash. */

export function fragmentOf(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
}

const SILENT = new Set(["bar", "zone", "suggestions", "data"]);
const partsOf = (root) => [...root.querySelectorAll("[data-section]")];
const nameOf = (part) => part.dataset.section;
/** Running times differ each time they are read; they are no change. */
const sourceOf = (part) => part.outerHTML.replace(/<time[^>]*data-tick[^>]*>[^<]*<\/time>/g, "");

/** name -> what the server sent, taken before any module touches it. */
export const sourcesOf = (root) => new Map(partsOf(root).map((part) => [nameOf(part), sourceOf(part)]));

/** Returns the sources of what is shown afterwards. */
export function mergeSections(host, fresh, sources) {
  const next = sourcesOf(fresh);
  const shown = new Map(partsOf(host).map((part) => [nameOf(part), part]));
  const sameParts = shown.size === next.size && [...next.keys()].every((name) => shown.has(name));
  const focus = focusMark(host);
  const open = new Set([...host.querySelectorAll("details[open]")].map((each) => each.closest("[id]")?.id));
  const scroll = host.querySelector(".drawer-body")?.scrollTop ?? 0;

  for (const part of partsOf(fresh)) {
    const name = nameOf(part);
    const old = shown.get(name);
    const inBody = part.closest(".drawer-body") !== null;
    if (old && sources.get(name) === next.get(name)) {
      // In a rebuilt body the old part, with its map or its list, takes the place of its twin.
      if (!sameParts && inBody) part.replaceWith(old);
      continue;
    }
    if (sameParts || !inBody) old.replaceWith(part);
    if (!SILENT.has(name)) part.classList.add("flash");
  }
  if (!sameParts) {
    const body = host.querySelector(".drawer-body");
    body.replaceChildren(...fresh.querySelector(".drawer-body").childNodes);
  }
  host.querySelector(".drawer-body").scrollTop = scroll;
  for (const each of host.querySelectorAll("details")) if (open.has(each.closest("[id]")?.id)) each.open = true;
  restoreFocus(host, focus);
  return next;
}

/** How to find the focused element again after its part was replaced. */
function focusMark(host) {
  const active = document.activeElement;
  if (!host.contains(active) || active === host) return null;
  for (const name of ["data-order-action", "data-command", "data-menu", "data-undo-version"]) {
    if (active.hasAttribute(name)) return `[${name}="${CSS.escape(active.getAttribute(name))}"]`;
  }
  return active.id ? `#${CSS.escape(active.id)}` : active.classList.contains("drawer-title") ? ".drawer-title" : "";
}

function restoreFocus(host, mark) {
  if (mark === null || host.contains(document.activeElement)) return;
  // Its button may be gone, because the action is no longer legal: the title keeps the place.
  ((mark && host.querySelector(mark)) || host.querySelector(".drawer-title"))?.focus({ preventScroll: true });
}
