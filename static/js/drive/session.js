/** Who drives with this phone: signing in and out, and what the company lets the driver do. */
import { emit, on, store } from "core/bus";
import { forgetAll, keep, keepForGood, kept } from "drive/database";
import { forgetQueue, renumber, unsent } from "drive/queue";
import { get, post, put, request, useToken } from "drive/server";

/** null while nobody is signed in, else { token, device, driver, email, ended } ; `ended`: the token is no longer valid. */
export const session = store(null);
/** The answer of `driver/profile/` as it was last read, or null. */
export const profile = store(null);

export async function restore() {
  const [known, last] = await Promise.all([kept("session"), kept("profile")]);
  profile.set(last ?? null);
  if (known) {
    useToken(known.token);
    session.set(known);
  }
}

export async function signIn(email, password, device) {
  const version = document.documentElement.dataset.version ?? "";
  const answer = await post("driver/sign-in/", { email, password, device, app_version: version });
  const before = await kept("session");
  // What was done on this phone before stays, if it is the same driver's: it is sent as acts of this sign-in.
  if (before && before.driver.id === answer.driver.id) await renumber();
  else {
    await forgetAll();
    forgetQueue();
    emit("other-driver");
  }
  const next = { token: answer.token, device: answer.device, driver: answer.driver, email, ended: false };
  await keep("session", next);
  useToken(answer.token);
  keepForGood();
  session.set(next);
  await refreshProfile();
}

/** How many acts would be lost by signing out now. */
export const unsentCount = () => unsent().length;

export async function signOut() {
  // Without network the token lives on until it is revoked from the console; what is on the phone goes in any case.
  await post("driver/sign-out/").catch(() => null);
  useToken("");
  await forgetAll();
  forgetQueue();
  profile.set(null);
  session.set(null);
}

on("token-refused", async () => {
  const now = session.get();
  if (!now || now.ended) return;
  const ended = { ...now, ended: true };
  await keep("session", ended);
  session.set(ended);
});

async function keepProfile(value) {
  await keep("profile", value);
  profile.set(value);
  return value;
}

export const refreshProfile = async () => keepProfile(await get("driver/profile/"));

export async function startShift(hours) {
  const planned = hours ? new Date(Date.now() + hours * 3_600_000).toISOString() : null;
  await post("driver/shift/start/", { planned_end: planned });
  return refreshProfile();
}

export async function endShift() {
  await post("driver/shift/end/");
  return refreshProfile();
}

export async function setOnline(isOnline) {
  await put("driver/availability/", { online: isOnline });
  return refreshProfile();
}

export async function chooseVehicle(id) {
  await request("driver/vehicle/", { method: "PUT", body: { vehicle_id: id } });
  return refreshProfile();
}
