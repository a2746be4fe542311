/** The driver's own screen: shift, vehicle, position, cash in hand, the phone. */
import { store } from "core/bus";
import { element, icon, pill } from "core/dom";
import { tick } from "core/format";
import { askForPosition, beginShift, goHome, goOnline, takeBreak } from "drive/duty";
import { keep, kept } from "drive/database";
import { notify, tellError } from "drive/notice";
import { decline, position } from "drive/position";
import { chooseVehicle, profile, session, signOut, unsentCount } from "drive/session";
import { get } from "drive/server";
import { ask } from "drive/sheet";
import { awake, chooseTheme, setAwake, theme } from "drive/screen";
import { money, plural, time } from "drive/words";

/** { total: string, orders: number } of the cash this driver has to hand over, or null. */
export const cash = store(null);

export const title = () => "You";
export const watches = [profile, position, cash, awake, theme];

export async function enter() {
  if (!cash.get()) cash.set((await kept("cash")) ?? null);
  try {
    let cents = 0;
    let count = 0;
    let query = "collections/?status=collected&limit=200";
    while (query) {
      const page = await get(query);
      for (const row of page.results) cents += Math.round(Number(row.amount) * 100);
      count += page.results.length;
      query = page.next_cursor ? `collections/?status=collected&limit=200&cursor=${encodeURIComponent(page.next_cursor)}` : "";
    }
    const now = { total: (cents / 100).toFixed(2), count, at: Date.now() };
    await keep("cash", now);
    cash.set(now);
  } catch (error) {
    if (error.status !== 0) tellError(error);
  }
}

export function render() {
  const me = profile.get();
  const who = session.get();
  return [
    element("section", { class: "card who" }, element("h2", {}, me?.name ?? who?.driver.name ?? ""), element("p", { class: "muted" }, me?.company.name ?? "")),
    me && shift(me),
    sharing(me),
    cashInHand(me),
    me && vehicles(me),
    phone(who),
  ];
}

function shift(me) {
  const running = me.shift;
  return element(
    "section",
    { class: "card" },
    element("div", { class: "card-head" }, element("h2", {}, "Shift"), pill(running ? (me.is_online ? "On duty" : "Break") : "Off duty", running ? (me.is_online ? "good" : "warn") : "quiet")),
    running && element("p", {}, `Since ${time(running.started_at)}`, running.planned_end && ` · until ${time(running.planned_end)}`),
    running
      ? element(
          "div",
          { class: "two-buttons" },
          element("button", { type: "button", class: "big-button quiet", "data-key": "break", onclick: me.is_online ? takeBreak : goOnline }, me.is_online ? "Break" : "Go on"),
          element("button", { type: "button", class: "big-button quiet danger", "data-key": "end", onclick: goHome }, "End shift"),
        )
      : element("button", { type: "button", class: "big-button", "data-key": "shift", onclick: beginShift }, "Start shift"),
  );
}

const SHARING = {
  off: ["Off", "quiet"],
  asking: ["Looking for you …", "warn"],
  on: ["Shared", "good"],
  denied: ["Not allowed", "bad"],
  unavailable: ["No position", "warn"],
  impossible: ["Not possible", "quiet"],
};
const WHY = {
  denied: "The browser does not give this page your position. Allow it in the browser's settings for this site, then switch it on again.",
  unavailable: "The phone does not know where it is. It goes on trying.",
  impossible: "Positions need a page that was opened over https. Ask your administrator for that address.",
};

function sharing(me) {
  const now = position.get();
  const [word, tone] = SHARING[now.state];
  const isOn = now.wanted && now.state !== "denied";
  const paused = now.wanted && now.state === "off" && !(me?.shift && me.is_online);
  return element(
    "section",
    { class: "card" },
    element("div", { class: "card-head" }, element("h2", {}, "Your position"), pill(paused ? "Only on duty" : word, tone)),
    WHY[now.state] && element("p", {}, WHY[now.state]),
    now.state === "on" && element("p", {}, "Last reading ", tick(new Date(now.at)), now.accuracy !== null && `, to ${Math.round(now.accuracy)} m`, now.battery !== null && ` · battery ${Math.round(now.battery * 100)} %`),
    now.waiting > 0 && element("p", { class: "muted" }, `${plural(now.waiting, "reading")} waiting to be sent`),
    now.battery !== null && now.battery < 0.15 && element("p", { class: "trouble", "data-tone": "warn" }, icon("warning"), element("span", {}, "Your battery is nearly empty. Charge the phone, or dispatch loses you.")),
    now.state !== "impossible" &&
      element("button", { type: "button", class: "big-button quiet", "data-key": "position", onclick: () => (isOn ? decline() : askForPosition()) }, isOn ? "Stop sharing" : "Share my position"),
  );
}

function cashInHand(me) {
  const now = cash.get();
  return element(
    "section",
    { class: "card" },
    element("h2", {}, "Cash to hand over"),
    element("p", { class: "cash-total" }, now ? money(now.total, me?.company.currency ?? "EUR") : "–"),
    now && element("p", { class: "muted" }, now.count ? `From ${plural(now.count, "collection")}, as of ${time(now.at)}. Dispatch records when you hand it over.` : `Nothing to hand over, as of ${time(now.at)}.`),
  );
}

function vehicles(me) {
  const usable = me.vehicles.filter((each) => each.is_active);
  if (!usable.length) return element("section", { class: "card" }, element("h2", {}, "Vehicle"), element("p", {}, "No vehicle is entered for you. Ask your dispatcher."));
  return element(
    "fieldset",
    { class: "card" },
    element("legend", {}, "Vehicle"),
    usable.map((vehicle) =>
      element(
        "label",
        { class: "choice" },
        element("input", { type: "radio", name: "vehicle", value: vehicle.id, checked: vehicle.is_current, "data-key": `vehicle ${vehicle.id}`, onchange: () => choose(vehicle) }),
        element("span", {}, vehicle.name, element("span", { class: "muted" }, ` ${plural(vehicle.capacity_units, "unit")}`)),
      ),
    ),
  );
}

async function choose(vehicle) {
  try {
    await chooseVehicle(vehicle.id);
    notify(`You drive ${vehicle.name} now.`, { tone: "good" });
  } catch (error) {
    tellError(error);
    profile.set({ ...profile.get() });
  }
}

const THEMES = [
  ["system", "Like the phone"],
  ["light", "Light"],
  ["dark", "Dark"],
];

function phone(who) {
  return element(
    "section",
    { class: "card" },
    element("h2", {}, "This phone"),
    "wakeLock" in navigator &&
      element("label", { class: "choice" }, element("input", { type: "checkbox", checked: awake.get(), "data-key": "awake", onchange: (event) => setAwake(event.target.checked) }), element("span", {}, "Keep the screen on while on duty")),
    element(
      "fieldset",
      { class: "themes" },
      element("legend", {}, "Colours"),
      THEMES.map(([value, words]) => element("label", { class: "choice" }, element("input", { type: "radio", name: "theme", value, checked: theme.get() === value, "data-key": `theme ${value}`, onchange: () => chooseTheme(value) }), element("span", {}, words))),
    ),
    element("p", { class: "muted" }, `${who?.device.name ?? ""}, signed in as ${who?.email ?? ""}`),
    element("button", { type: "button", class: "big-button quiet danger", "data-key": "sign out", onclick: leave }, "Sign out"),
  );
}

async function leave() {
  const count = unsentCount();
  const sure = await ask({
    title: "Sign out?",
    text: count ? `${plural(count, "act")} of yours ${count === 1 ? "is" : "are"} not sent yet and would be lost. Wait for a connection first.` : "Your work is removed from this phone. You can sign in again at any time.",
    action: count ? `Lose ${count} and sign out` : "Sign out",
    tone: "danger",
  });
  if (sure) await signOut();
}
