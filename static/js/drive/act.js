/** One tap or one sheet makes an act: it is stored on the phone and sent when it can be. */
import { element, icon } from "core/dom";
import * as barcode from "drive/needs/barcode";
import * as fields from "drive/needs/fields";
import * as photo from "drive/needs/photo";
import * as signature from "drive/needs/signature";
import { notify } from "drive/notice";
import * as queue from "drive/queue";
import { sendNow } from "drive/sender";
import { fieldId, openSheet } from "drive/sheet";
import { line } from "drive/server";
import { profile } from "drive/session";
import { cashWords, done } from "drive/words";
import { find } from "drive/work";

const MAKERS = {
  photo: photo.make,
  signature: signature.make,
  barcode: barcode.make,
  pin: fields.pin,
  cash: fields.cash,
  reason: fields.reason,
  note: (need, options) => fields.text({ ...need, isLong: true }, { ...options, title: "Note for dispatch" }),
};
// What has consequences that a thumb in a pocket should not cause is confirmed in a sheet.
const CONFIRMED = new Set(["deliver", "stage", "return", "fail-attempt", "reject", "self-unassign"]);
const TITLES = {
  deliver: "Hand over",
  stage: "Hand over to the warehouse",
  "pick-up": "Pick up",
  "fail-attempt": "What went wrong?",
  return: "Brought back",
  reject: "Reject this offer",
  "self-unassign": "Give back",
};
const ACTIONS = {
  deliver: "Delivered",
  stage: "Brought to the warehouse",
  "fail-attempt": "Report",
  return: "Brought back",
  reject: "Reject",
  "self-unassign": "Give back",
};
const DANGEROUS = new Set(["fail-attempt", "reject", "self-unassign"]);

/** What may be added to an act beyond what it needs. */
function extras(step, place) {
  const stage = place?.end === "pickup" ? "pickup" : "delivery";
  if (step.act === "deliver") {
    return [{ make: fields.text, need: { field: "recipient", optional: true, most: 120 }, title: "Who took it" }];
  }
  if (step.act === "fail-attempt") {
    return [
      { make: photo.make, need: { kind: "photo", stage, optional: true }, title: "Photo of the place" },
      { make: fields.text, need: { field: "note", optional: true, isLong: true }, title: "Note for dispatch" },
    ];
  }
  if (step.act === "return" || step.act === "raise-exception") return [{ make: fields.text, need: { field: "note", optional: true, isLong: true }, title: "Note for dispatch" }];
  return [];
}

// How long a tap waits for the server to say what a step needs, before going on without knowing.
const PATIENCE = 5_000;

export const sentOrPatience = () => Promise.race([sendNow(), new Promise((resolve) => setTimeout(resolve, PATIENCE))]);

/** With a connection, the server's word on what comes next is worth a moment's wait. */
async function certain(job, step, view) {
  if (!view.isGuess || line.get().reached === false || !navigator.onLine) return { job, step, view };
  await sentOrPatience();
  const now = find(job.order.code);
  const same = now && [now.view.next, ...now.view.others].find((other) => other?.act === step.act);
  return same ? { ...now, step: same } : { job, step, view };
}

/** Does one step of an order, after asking for what it needs. Resolves with whether the driver did it. */
export async function doStep(...asked) {
  const { job, step, view } = await certain(...asked);
  if (!CONFIRMED.has(step.act) && !step.needs.length) {
    return make(job, step);
  }
  const earlier = picturesOfLastTry(job.order.code, step.act);
  const wanted = step.needs
    .filter((need) => MAKERS[need.kind])
    .map((need) => {
      const same = earlier.filter((picture) => picture.kind === need.kind);
      const maker = MAKERS[need.kind];
      return { need, make: same.length ? (given, options) => photo.keptFrom(same, given, options, maker) : maker };
    });
  const parts = [...wanted, ...extras(step, view.place ?? step.place ?? view.next?.place)].map((part) =>
    part.make(part.need, { id: fieldId(), title: part.title, order: job.order }),
  );
  const guess = view.isGuess && step.needs.some((need) => need.optional);
  const cash = guess && step.act === "deliver" && cashWords(job.order, profile.get()?.company.currency);
  const body = [
    element("p", { class: "sheet-order" }, element("span", { class: "code" }, job.order.code), ` · ${(view.next?.place ?? view.place ?? job.order.dropoff).label}`),
    guess && element("p", { class: "hint" }, "Without connection it is not known what this delivery asks for. Add what you can get."),
    cash && element("p", { class: "wait-note" }, icon("cash"), `Cash: ${cash}. It counts as collected by you.`),
    parts.map((part) => part.node),
  ];
  return openSheet({
    title: TITLES[step.act] ?? step.label,
    body: body.flat().filter(Boolean),
    action: ACTIONS[step.act] ?? step.label,
    tone: DANGEROUS.has(step.act) ? "danger" : "",
    onClose: () => parts.forEach((part) => part.leave?.()),
    async run() {
      for (const part of parts) part.tell("");
      const missing = parts.find((part) => part.problem());
      if (missing) {
        missing.tell(missing.problem());
        missing.focus();
        return false;
      }
      const given = await Promise.all(parts.map((part) => part.value()));
      const input = Object.assign({}, ...given.map((each) => each.input));
      const all = (name) => given.flatMap((each) => each[name] ?? []);
      return make(job, step, { input, taken: all("taken"), reused: all("reused") });
    },
  });
}

/** What was uploaded for an act that was then refused, such as for a wrong PIN: the server has it still. */
function picturesOfLastTry(code, act) {
  const last = queue.actsOf(code).findLast((other) => other.act === act);
  return last?.verdict === "refused" && !last.code.startsWith("proof_") ? (last.proofs ?? []) : [];
}

async function make(job, step, { input = {}, taken = [], reused = [] } = {}) {
  try {
    await queue.add({ act: step.act, order: job.order.code, version: job.order.version, input, taken, reused });
  } catch (error) {
    reportError(error);
    notify("The phone has no room left for this. Free some storage and try again.", { tone: "bad" });
    return false;
  }
  // Once is enough: from then on the mark at the top counts.
  if ((line.get().reached === false || !navigator.onLine) && queue.unsent().length === 1) {
    notify(`${done(step.act)}. Kept on the phone, sent as soon as there is a connection.`);
  }
  sendNow();
  return true;
}
