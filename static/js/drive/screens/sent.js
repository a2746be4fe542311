/** What this phone still has to send, and what became of everything it sent. */
import { element, icon } from "core/dom";
import { tick } from "core/format";
import { notify, tellError } from "drive/notice";
import { actLine } from "drive/parts";
import { position } from "drive/position";
import { profile } from "drive/session";
import { acts, canTakeBack, madeAct, noteUndone, orderOf, pictures, takeBack, unsent } from "drive/queue";
import { sendNow, sending } from "drive/sender";
import { line, post } from "drive/server";
import { ask } from "drive/sheet";
import { refresh } from "drive/work";
import { done, megabytes, plural } from "drive/words";

export const title = () => "Sent";
export const watches = [acts, pictures, sending, line, position];

const UNDOABLE = new Set(["arrive", "pick-up", "depart", "deliver", "stage", "fail-attempt", "return"]);

export function render() {
  const all = acts.get().toReversed();
  const waiting = unsent();
  return [
    state(waiting),
    all.length > 0
      ? element("ul", { class: "acts card" }, all.map((act) => actLine(act, {}, buttons(act))))
      : element("p", { class: "empty-note" }, "Everything you do is listed here, with what the server said to it."),
  ];
}

function state(waiting) {
  const { busy, nextAt, message } = sending.get();
  const { count, bytes } = pictures.get();
  const places = position.get().waiting;
  const parts = [
    count > 0 && `${plural(count, "picture")}, ${megabytes(bytes)}`,
    places > 3 && plural(places, "position"),
  ].filter(Boolean);
  return element(
    "section",
    { class: "card call", "data-waiting": waiting.length },
    element("h2", {}, waiting.length ? `${waiting.length} waiting to be sent` : "Everything is sent"),
    parts.length > 0 && element("p", {}, `Also waiting: ${parts.join(" and ")}.`),
    waiting.length > 0 && element("p", {}, busy ? "Sending …" : nextAt ? `${message} It is tried again by itself.` : "It is sent as soon as there is a connection."),
    line.get().at > 0 && element("p", { class: "hint" }, "Last answer of the server: ", tick(new Date(line.get().at))),
    waiting.length > 0 && element("button", { type: "button", class: "big-button quiet", "data-key": "send", "aria-busy": busy && "true", onclick: sendNow }, "Send now"),
  );
}

function buttons(act) {
  if (canTakeBack(act)) {
    return element("button", { type: "button", class: "small-button", "data-key": `back ${act.sequence}`, onclick: () => withdraw(act) }, icon("undo"), "Take back");
  }
  if (isUndoable(act)) {
    return element("button", { type: "button", class: "small-button", "data-key": `undo ${act.sequence}`, onclick: () => undo(act) }, icon("undo"), "Undo");
  }
  return null;
}

/** Only the last act on an order, for as long as the company allows. */
export function isUndoable(act) {
  const minutes = profile.get()?.company.undo_window_minutes ?? 0;
  return (
    act.verdict === "done" &&
    !act.undone &&
    UNDOABLE.has(act.act) &&
    Date.now() - new Date(act.answered_at).getTime() < minutes * 60_000 &&
    !acts.get().some((other) => other.order === act.order && other.sequence > act.sequence)
  );
}

async function withdraw(act) {
  const sure = await ask({ title: `Take “${done(madeAct(act))}” back?`, text: `It has not been sent yet. Order ${orderOf(act)} is then as it was before.`, action: "Take back" });
  if (!sure) return;
  await takeBack(act);
  sendNow();
}

export async function undo(act) {
  const sure = await ask({ title: `Undo “${done(act.act)}”?`, text: `Order ${act.order} goes back to what it was before. Dispatch sees both in its history.`, action: "Undo" });
  if (!sure) return;
  try {
    await post(`driver/orders/${encodeURIComponent(act.order)}/undo/`, { version: act.reached });
    await noteUndone(act);
    await refresh();
    notify(`“${done(act.act)}” is undone.`, { tone: "good" });
  } catch (error) {
    tellError(error);
  }
}
