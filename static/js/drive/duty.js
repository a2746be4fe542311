/** Going to work and home: shift, break, and the question about the position. */
import { element } from "core/dom";
import { notify, tellError } from "drive/notice";
import { agree, isPossible, position } from "drive/position";
import { endShift, profile, setOnline, startShift } from "drive/session";
import { refresh } from "drive/work";
import { ask, fieldId, openSheet } from "drive/sheet";

const LENGTHS = [
  ["", "Open end"],
  ["2", "2 hours"],
  ["4", "4 hours"],
  ["6", "6 hours"],
  ["8", "8 hours"],
  ["10", "10 hours"],
];

export async function beginShift() {
  const id = fieldId();
  const me = profile.get();
  const vehicle = me?.vehicles.find((each) => each.is_current);
  const choose = element("select", { id, class: "big-input plain" }, LENGTHS.map(([value, words]) => element("option", { value }, words)));
  const body = element(
    "div",
    { class: "stack loose" },
    element("p", { class: "sheet-text" }, vehicle ? `You drive ${vehicle.name}. You can change that under You.` : "You have no vehicle. Some work needs one: choose it under You."),
    element("label", { for: id }, "How long do you mean to drive?"),
    choose,
  );
  const started = await openSheet({ title: "Start shift", body, action: "Start shift", run: () => tried(() => startShift(Number(choose.value))) });
  if (started && !position.get().wanted && isPossible()) await askForPosition();
}

export async function askForPosition() {
  const body = element(
    "div",
    { class: "stack loose" },
    element("p", { class: "sheet-text" }, "While you are on duty, dispatch sees where you are, so that you get the work that is near you and the receiver knows when you come."),
    element("p", { class: "sheet-text" }, "It stops when you take a break or end your shift. You can switch it off under You at any time."),
    element("p", { class: "sheet-text" }, "Keep this page open while you drive: a phone gives no position to a page that is closed."),
  );
  // The browser's own question comes from this tap.
  return openSheet({ title: "Share your position?", body, action: "Share my position", leave: "Not now", run: () => agree().then(() => true) });
}

export const goOnline = () => tried(() => setOnline(true));
export const takeBreak = () => tried(() => setOnline(false));

export async function goHome() {
  const sure = await ask({ title: "End your shift?", text: "You get no more work until you start again. Your position is no longer shared.", action: "End shift", tone: "danger" });
  if (sure && (await tried(endShift))) notify("Your shift is over. Ride home safely.", { tone: "good" });
}

async function tried(work) {
  try {
    await work();
    refresh().catch(() => null);
    return true;
  } catch (error) {
    tellError(error);
    return false;
  }
}
