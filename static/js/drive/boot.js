/** Starts the driver's page: what the phone has kept first, then the server; which screen is shown follows the address. */
import { emit, on } from "core/bus";
import { startTicking } from "core/format";
import { install } from "drive/install";
import { head, tabs } from "drive/frame";
import { notify } from "drive/notice";
import { paint } from "drive/paint";
import * as position from "drive/position";
import * as queue from "drive/queue";
import * as screen from "drive/screen";
import * as sender from "drive/sender";
import { line } from "drive/server";
import * as session from "drive/session";
import * as work from "drive/work";
import { done, isTrouble, plural } from "drive/words";
import * as lists from "drive/screens/lists";
import * as order from "drive/screens/order";
import * as sent from "drive/screens/sent";
import * as signIn from "drive/screens/sign_in";
import * as workScreen from "drive/screens/work";
import * as you from "drive/screens/you";

const parts = Object.fromEntries(["head", "main", "foot", "tabs"].map((name) => [name, document.getElementById(name)]));
const SCREENS = { "": workScreen, sent, you, free: lists.free, finished: lists.finished };
const TABS = { "": "#/", sent: "#/sent", you: "#/you" };

let shown = null;
let parameters = {};
let stopWatching = [];
let planned = false;

function route() {
  if (!session.session.get() || session.session.get().ended) return [signIn, {}];
  const [, name = "", rest] = location.hash.split("/");
  if (name === "order" && rest) return [order, { code: decodeURIComponent(rest) }];
  return [SCREENS[name] ?? workScreen, {}];
}

/** Shows the screen of the address; a new one from its top, with its title read out. */
function go() {
  const [next, given] = route();
  const isNew = next !== shown || given.code !== parameters.code;
  shown = next;
  parameters = given;
  if (!isNew) return plan();
  for (const stop of stopWatching) stop();
  stopWatching = shown.watches.map((watched) => watched.watch(plan));
  draw();
  scrollTo(0, 0);
  shown.enter?.();
  if (shown === sent) queue.noteSeen();
  parts.head.querySelector("h1")?.focus({ preventScroll: true });
}

/** Many things change at once; the screen is drawn once for all of them. */
function plan() {
  if (planned) return;
  planned = true;
  requestAnimationFrame(() => {
    planned = false;
    draw();
  });
}

function draw() {
  const isSignedIn = shown !== signIn;
  const title = shown.title(parameters);
  document.title = `${title} · Driver`;
  document.body.dataset.screen = isSignedIn ? "in" : "out";
  paint(parts.head, isSignedIn ? head({ title, back: shown.back }) : []);
  paint(parts.main, shown.render(parameters));
  paint(parts.foot, (isSignedIn && shown.foot?.(parameters)) || []);
  const isBelow = Boolean(shown.back);
  parts.tabs.hidden = !isSignedIn || isBelow;
  if (!parts.tabs.hidden) paint(parts.tabs, tabs(`#/${location.hash.split("/")[1] ?? ""}`));
}

function drawFrame() {
  if (!shown || shown === signIn) return;
  paint(parts.head, head({ title: shown.title(parameters), back: shown.back }));
  if (!parts.tabs.hidden) paint(parts.tabs, tabs(`#/${location.hash.split("/")[1] ?? ""}`));
}

/** What follows from being signed in and on duty. */
function follow() {
  const isIn = session.session.get() && !session.session.get().ended;
  const me = session.profile.get();
  const isOnDuty = Boolean(isIn && me?.shift && me.is_online);
  position.follow(isOnDuty);
  screen.follow(isOnDuty);
}

async function begin() {
  if (!session.session.get() || session.session.get().ended) return;
  await sender.sendNow();
  work.poll();
  session.refreshProfile().catch(() => null);
}

function tellVerdicts(settled) {
  const bad = settled.filter(isTrouble);
  if (bad.length) {
    const [first] = bad;
    navigator.vibrate?.([80, 60, 80]);
    const more = bad.length > 1 ? ` (and ${bad.length - 1} more under Sent)` : "";
    // The order's own screen shows it where it belongs.
    if (shown !== order || parameters.code !== first.order) notify(`${first.message}${more}`, { tone: first.verdict === "refused" ? "bad" : "warn", seconds: 12 });
    return;
  }
  const last = settled.findLast((act) => act.verdict === "done");
  if (!last) return;
  if (last.act === "deliver" || last.act === "pick-up") you.enter();
  const undoable = sent.isUndoable(last) && ["deliver", "stage", "return", "pick-up"].includes(last.act);
  // An arrival needs no message: the button has changed under the thumb.
  if (!undoable && settled.length < 3) return;
  const rest = settled.length > 1 ? ` ${plural(settled.length, "act")} sent.` : "";
  notify(`${last.order}: ${done(last.act).toLowerCase()}.${rest}`, { tone: "good", ...(undoable && { action: "Undo", run: () => sent.undo(last) }) });
}

function tellNews({ offers, orders, gone }) {
  if (offers.length) {
    navigator.vibrate?.([200, 100, 200]);
    if (shown === workScreen) return scrollTo({ top: 0, behavior: "smooth" });
    notify(offers.length === 1 ? `New offer: ${offers[0].order.code}` : `${offers.length} new offers`, { action: "Look", run: () => (location.hash = "#/"), seconds: 15 });
  } else if (gone.length) {
    navigator.vibrate?.([80, 60, 80]);
    notify(`${gone.join(", ")} ${gone.length === 1 ? "is" : "are"} no longer on your list.`, { tone: "warn", action: "Finished today", run: () => (location.hash = "#/finished"), seconds: 12 });
  } else if (orders.length) {
    navigator.vibrate?.(120);
    notify(orders.length === 1 ? `New work: ${orders[0].order.code}` : `${orders.length} new orders`, { action: "Look", run: () => (location.hash = "#/"), seconds: 10 });
  }
}

function countDown() {
  for (const node of document.querySelectorAll("[data-until]")) {
    const left = work.secondsLeft({ expires_at: node.dataset.until });
    const words = left > 0 ? `${left} s` : "Over";
    if (node.textContent !== words) node.textContent = words;
    node.dataset.tone = left <= 10 ? "bad" : "";
  }
}

async function start() {
  await Promise.all([session.restore(), work.restore(), queue.load(), position.restore(), screen.restore()]);
  sender.start({ onWork: (list) => work.takeAfterActs(list) });
  let was = null;
  session.session.watch((now) => {
    const key = now && !now.ended ? now.token : "";
    follow();
    if (key === was) return;
    was = key;
    if (key) {
      begin();
      if (location.hash === "") history.replaceState(null, "", "#/");
    } else {
      sender.stop();
      if (!now) work.forget();
    }
    go();
  });
  session.profile.watch(follow);
  for (const watched of [queue.acts, sender.sending, line, position.position, work.work]) watched.watch(drawFrame);
  on("settled", tellVerdicts);
  on("other-driver", work.forget);
  on("news", tellNews);
  addEventListener("hashchange", go);
  addEventListener("online", () => (drawFrame(), work.wake()));
  addEventListener("offline", drawFrame);
  document.addEventListener("visibilitychange", () => work.wake());
  setInterval(countDown, 1000);
  setInterval(drawFrame, 20_000);
  startTicking();
  install();
  document.documentElement.dataset.ready = "";
  emit("ready");
}

start().catch((error) => {
  parts.main.textContent = "This page could not start: the browser does not let it keep anything on this phone. Leave private browsing, or use another browser.";
  reportError(error);
});
