/** Messages about what happened: outcomes with Undo, refusals as sentences. Errors stay until dismissed. */
import { on } from "core/bus";
import { config } from "core/config";
import { element, icon } from "core/dom";
import { request } from "core/http";

const ICONS = { good: "success", bad: "error", warn: "warning", accent: "info" };
const KEPT = 5;
const SHORT = 5000;
const WITH_ACTION = 10000;
const NEXT_PAGE = "toast:next-page";
const shown = [];
let host;

function hostElement() {
  host ??= document.getElementById("toasts");
  // Shown again each time, so that messages lie above a dialog that was opened in between.
  if (host.matches(":popover-open")) host.hidePopover();
  host.popover = "manual";
  host.setAttribute("aria-live", "polite");
  host.showPopover();
  return host;
}

/**
 * toast({ text, title, tone: "good" | "bad" | "warn" | "accent", undo: { method, url, body, label } or a function,
 *         action: { label, run }, sticky, id })
 * A toast with the id of one on screen replaces it. Returns { dismiss }.
 */
export function toast(message) {
  const { text = "", title = "", tone = "good", undo, action, id, detail = "" } = typeof message === "string" ? { text: message } : message;
  const sticky = message.sticky ?? tone === "bad";
  if (id) shown.find((entry) => entry.id === id)?.dismiss({ quietly: true });

  const button = undo ? { label: undo.label ?? "Undo", run: () => runUndo(undo) } : action;
  const entry = { id, undo: undo ? () => press() : null };
  const press = async () => {
    entry.dismiss();
    await button.run();
  };
  const node = element(
    "div",
    { class: "toast", "data-tone": tone, role: tone === "bad" ? "alert" : null },
    icon(ICONS[tone] ?? "info"),
    element("div", { class: "text" }, title && element("span", { class: "title" }, title), text, detail && element("div", { class: "detail small" }, detail)),
    button ? element("button", { class: "btn small", type: "button", onclick: press }, button.label) : element("span"),
    element("button", { class: "icon-btn small", type: "button", "aria-label": "Dismiss", onclick: () => entry.dismiss() }, icon("close", "small")),
  );
  let timer;
  const wait = () => {
    if (!sticky) timer = setTimeout(() => entry.dismiss(), button ? WITH_ACTION : SHORT);
  };
  const hold = () => clearTimeout(timer);
  entry.dismiss = ({ quietly = false } = {}) => {
    hold();
    const index = shown.indexOf(entry);
    if (index < 0) return;
    shown.splice(index, 1);
    if (quietly) node.remove();
    else {
      node.classList.add("leaving");
      setTimeout(() => node.remove(), 220);
    }
  };
  for (const name of ["pointerenter", "focusin"]) node.addEventListener(name, hold);
  for (const name of ["pointerleave", "focusout"]) node.addEventListener(name, wait);

  shown.push(entry);
  while (shown.length > KEPT) (shown.find((other) => other !== entry && !other.sticky) ?? shown[0]).dismiss();
  entry.sticky = sticky;
  hostElement().append(node);
  wait();
  return { dismiss: () => entry.dismiss() };
}

/** Says it on the page that is opened next; `message` as for `toast`, without functions. */
export const toastOnNextPage = (message) => sessionStorage.setItem(NEXT_PAGE, JSON.stringify(message));

export function showWaiting() {
  const waiting = sessionStorage.getItem(NEXT_PAGE);
  if (!waiting) return;
  sessionStorage.removeItem(NEXT_PAGE);
  toast(JSON.parse(waiting));
}

async function runUndo(undo) {
  try {
    const answer = typeof undo === "function" ? await undo() : await request(undo.url, { method: undo.method ?? "POST", body: undo.body ?? {} });
    toast({ text: answer?.message ?? "Undone.", tone: "good" });
  } catch (error) {
    toastError(error);
  }
}

/** A refusal keeps its sentence; anything unexpected is named as such and goes to the browser's log. */
export function toastError(error) {
  if (error?.name === "AbortError") return;
  if (error?.status === 401) return;
  const expected = error?.name === "RequestError" && error.status < 500;
  const group = groupOf(error?.details?.group);
  if (!expected) console.error(error);
  toast({
    text: error?.message || "Something went wrong in this page. Reload it and try again.",
    tone: "bad",
    detail: error?.requestId && error.status >= 500 ? `Reference ${error.requestId}` : "",
    id: error?.code ? `error:${error.code}:${error.message}` : undefined,
    ...(group && { action: { label: `Open ${group.label}`, run: () => location.assign(group.url) } }),
  });
}

/** Where the waybill, trip or session that stands against an act is looked at: `trip:TRIP-00001` -> its label and page. */
export function groupOf(heldBy) {
  const [kind, label] = (heldBy ?? "").split(":");
  const root = label && config.destinations.find(({ name }) => name === `${kind}s` || (kind === "session" && name === "routes"))?.url;
  return root ? { label, url: `${root.replace(/[^/]+\/$/, "")}${kind}s/${label}/` } : null;
}

/** Runs the Undo of the newest message that still offers one. */
export function undoLatest() {
  const entry = [...shown].reverse().find((each) => each.undo);
  entry?.undo();
  return Boolean(entry);
}

on("failure", toastError);
// htmx turns `HX-Trigger: {"toast": {...}}` into this event.
document.addEventListener("toast", (event) => toast(event.detail));
