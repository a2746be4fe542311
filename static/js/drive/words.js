/** How the driver's page says things: acts, verdicts, times on the phone's own clock. */
import { age, due, duration, money, plural } from "core/format";

export { age, due, duration, money, plural };

const CLOCK = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat("en-GB", { weekday: "short", hour: "2-digit", minute: "2-digit" });

const sameDay = (a, b) => a.toDateString() === b.toDateString();

/** "14:05", on another day "Mon 14:05"; a driver's phone shows the time where the driver is. */
export function time(value) {
  const at = new Date(value);
  return (sameDay(at, new Date()) ? CLOCK : DAY).format(at);
}

const DONE = {
  accept: "Accepted",
  reject: "Rejected",
  "self-assign": "Taken",
  "self-unassign": "Given back",
  arrive: "Arrived",
  "pick-up": "Picked up",
  depart: "On the way to the receiver",
  deliver: "Delivered",
  stage: "Brought to the warehouse",
  "fail-attempt": "Reported as failed",
  "try-again": "Trying again",
  "withdraw-attempt": "Failed attempt withdrawn",
  return: "Brought back",
  "add-proof": "Proof added",
  "raise-exception": "Problem reported",
  note: "Note added",
  skip: "Taken back",
};

/** What an act says once it was made: "Picked up". */
export const done = (act) => DONE[act] ?? act;

export const VERDICTS = {
  waiting: { word: "Waiting to be sent", tone: "accent", icon: "clock" },
  done: { word: "Done", tone: "good", icon: "check" },
  already_done: { word: "Was already done", tone: "good", icon: "check" },
  changed: { word: "Changed meanwhile", tone: "warn", icon: "warning" },
  refused: { word: "Refused", tone: "bad", icon: "error" },
  taken_back: { word: "Taken back", tone: "quiet", icon: "undo" },
};

export const isSettled = (act) => act.verdict !== "waiting";
/** Verdicts that the driver has to know of. */
export const isTrouble = (act) => act.verdict === "changed" || act.verdict === "refused";

const STATUSES = {
  draft: ["Draft", "quiet"],
  pending: ["Free", "quiet"],
  assigned: ["To pick up", "accent"],
  picked_up: ["Picked up", "move"],
  in_transit: ["On the way", "move"],
  staged: ["At the warehouse", "quiet"],
  delivered: ["Delivered", "good"],
  cancelled: ["Cancelled", "bad"],
  returned: ["Brought back", "quiet"],
};
export const status = (value) => STATUSES[value] ?? [value, "quiet"];

/** What the order says about cash at the door, as facts: what is due at which end is the server's to say. */
export function cashWords(order, currency) {
  const goods = Number(order.cod_amount) > 0 && `goods ${money(order.cod_amount, currency)}`;
  const fee = ["cod", "cash"].includes(order.payment_method) && Number(order.delivery_fee) > 0 && `delivery fee ${money(order.delivery_fee, currency)}, paid by the ${order.payer}`;
  const said = [goods, fee].filter(Boolean).join("; ");
  return said && said[0].toUpperCase() + said.slice(1);
}

export const endWord = (end) => (end === "pickup" ? "Pick up" : "Deliver");
export const megabytes = (bytes) => (bytes < 1_000_000 ? `${Math.max(1, Math.round(bytes / 1000))} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`);
