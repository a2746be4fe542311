/** The driver's work: the list as it was last read, kept on the phone, and read anew now and then. */
import { emit, store } from "core/bus";
import { keep, kept } from "drive/database";
import { foresee } from "drive/foresee";
import { askGroups, forget as forgetGroups, isEnded, restore as restoreGroups } from "drive/groups";
import { askNearby, nearby } from "drive/nearby";
import { actsOf, waitingActs } from "drive/queue";
import { get } from "drive/server";

const EVERY = 15_000;
const EVERY_HIDDEN = 60_000;

/** { offers, orders, at: epoch ms it was read at, skew: ms the phone's clock is behind }, or null before the first. */
export const work = store(null);

let timer;
let asking = null;
let edition = 0;

export async function restore() {
  const last = await kept("work");
  if (last) work.set(last);
  await restoreGroups();
}

export function forget() {
  clearTimeout(timer);
  work.set(null);
  nearby.set([]);
  forgetGroups();
}

const codes = (list) => [...list.offers, ...list.orders].map((job) => job.order.code);

/** A list that came with an answer: keep it, and say what is new in it and what has left it. */
export async function take(list) {
  edition += 1;
  const before = work.get();
  const skew = list.server_time ? new Date(list.server_time).getTime() - Date.now() : (before?.skew ?? 0);
  const now = { offers: list.offers, orders: list.orders, at: Date.now(), skew };
  // At once: the verdicts that came with it are on the page already, and no picture may be drawn of one without the other.
  work.set(now);
  await keep("work", now);
  if (!before) return;
  const known = new Set(codes(before));
  const there = new Set(codes(now));
  const offers = now.offers.filter((job) => !known.has(job.order.code));
  const orders = now.orders.filter((job) => !known.has(job.order.code));
  // What the driver did himself needs no news.
  const own = (code) => isEnded(code) || actsOf(code).some((act) => ["deliver", "stage", "return", "reject", "self-unassign"].includes(act.act) && act.verdict !== "refused");
  const gone = codes(before).filter((code) => !there.has(code) && !own(code));
  const mine = (code) => actsOf(code).some((act) => act.act === "self-assign" || act.act === "accept");
  const changed = { offers, orders: orders.filter((job) => !mine(job.order.code)), gone };
  if (changed.offers.length || changed.orders.length || changed.gone.length) emit("news", changed);
}

/** The list that came with the answer to acts, which may have moved a session or a trip along. */
export async function takeAfterActs(list) {
  await take(list);
  await askGroups();
}

export function refresh() {
  const asked = edition;
  asking ??= get("driver/work/")
    // One that was asked for before acts were done shows the past.
    .then((list) => (asked === edition ? take(list) : null))
    .then(() => Promise.all([askNearby(), askGroups()]))
    .finally(() => (asking = null));
  return asking;
}

/** Reads the list again and again while somebody is signed in; without network it waits for the network. */
export function poll() {
  clearTimeout(timer);
  const next = () => (timer = setTimeout(poll, document.hidden ? EVERY_HIDDEN : EVERY));
  // The answer to unsent acts brings the list, and a list from before them would show the past.
  if (waitingActs().length || !navigator.onLine) return next();
  return refresh().then(next, (error) => error.status !== 401 && next());
}

export function wake() {
  if (!document.hidden) poll();
}

/** What to show: offers that are still open, and orders with the steps that follow the unsent acts. */
export function shown() {
  const list = work.get();
  if (!list) return { offers: [], orders: [] };
  const seen = (job) => ({ job, view: foresee(job, waitingActs().filter((act) => act.order === job.order.code)) });
  const offers = list.offers.map(seen);
  const taken = offers.filter(({ view }) => view.isAccepted);
  return {
    offers: offers.filter(({ view }) => !view.isAccepted && !view.isGone),
    // What only waits to be sent needs nobody's eyes.
    orders: [...list.orders.map(seen), ...taken].filter(({ view }) => !view.isGone).sort((a, b) => Boolean(a.view.isClosed) - Boolean(b.view.isClosed)),
  };
}

export function find(code) {
  const { offers, orders } = shown();
  return [...offers, ...orders].find(({ job }) => job.order.code === code) ?? null;
}

/** Seconds left to answer an offer by the server's clock; null: it waits without end. */
export function secondsLeft(offer) {
  if (!offer?.expires_at) return null;
  return Math.max(0, Math.round((new Date(offer.expires_at).getTime() - Date.now() - (work.get()?.skew ?? 0)) / 1000));
}
