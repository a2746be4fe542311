/** What stays around the screens: the title, the state of line and queue, and the three places to go. */
import { element, icon } from "core/dom";
import { age } from "core/format";
import { acts, unsent } from "drive/queue";
import { sending } from "drive/sender";
import { line } from "drive/server";
import { position } from "drive/position";
import { isTrouble } from "drive/words";
import { shown } from "drive/work";

const TABS = [
  ["#/", "Work", "order"],
  ["#/sent", "Sent", "upload"],
  ["#/you", "You", "customer"],
];

export function head({ title, back }) {
  return [
    back ? element("a", { class: "round-button", href: back, "aria-label": "Back", "data-key": "back" }, icon("chevron-left")) : null,
    element("h1", { tabindex: -1, "data-key": "title" }, title),
    whereChip(Boolean(back)),
    lineChip(Boolean(back)),
  ];
}

const WHERE = {
  on: ["good", "Position shared"],
  asking: ["warn", "Looking for your position"],
  denied: ["bad", "Position not allowed"],
  unavailable: ["warn", "No position"],
};

function whereChip(isShort) {
  const now = position.get();
  if (!now.wanted || !WHERE[now.state]) return null;
  const [tone, words] = WHERE[now.state];
  const stale = now.state === "on" && Date.now() - now.at > 60_000;
  return element("a", { class: "state-chip", href: "#/you", "data-tone": stale ? "warn" : tone, "data-key": "where", "aria-label": now.state === "on" ? `${words}, last reading ${age(now.at)}` : words }, icon("crosshair"), now.state === "on" && !isShort && element("span", { class: "chip-age" }, age(now.at).replace(" ago", "")));
}

/** Never by colour alone: a word for the line, and how many acts wait. */
function lineChip(isShort) {
  const waiting = unsent().length;
  const isOffline = line.get().reached === false || !navigator.onLine;
  const [tone, picture, words] = waiting
    ? [isOffline ? "warn" : "accent", isOffline ? "warning" : "upload", sending.get().busy && !isOffline ? "Sending" : `${waiting} to send`]
    : isOffline
      ? ["warn", "warning", "No connection"]
      : ["good", "check", "Connected"];
  const said = waiting ? `${waiting} waiting to be sent${isOffline ? ", no connection" : ""}` : words;
  const isQuiet = !waiting && !isOffline;
  return element("a", { class: "state-chip", href: "#/sent", "data-tone": tone, "data-key": "line", "aria-label": said, "data-line": isOffline ? "offline" : "online" }, icon(picture), !isQuiet && (isShort ? waiting > 0 && String(waiting) : words));
}

export function tabs(current) {
  const { offers, orders } = shown();
  const untold = acts.get().filter((act) => isTrouble(act) && !act.seen).length;
  const badges = { "#/": offers.length + orders.length, "#/sent": unsent().length + untold };
  return TABS.map(([href, words, picture]) =>
    element(
      "a",
      { class: "tab", href, "aria-current": href === current && "page", "data-key": `tab ${href}`, "data-alert": href === "#/sent" && untold > 0 },
      icon(picture),
      element("span", {}, words),
      badges[href] > 0 && element("span", { class: "tab-badge" }, String(badges[href]), href === "#/sent" && element("span", { class: "visually-hidden" }, " to look at")),
    ),
  );
}
