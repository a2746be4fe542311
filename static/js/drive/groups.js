/**
 * What the driver moves as a whole: sessions of routes and waybills, with the one act that comes next, and trips, whose
 * stops say in which order the single orders are worked off. Kept on the phone for reading without network.
 */
import { store } from "core/bus";
import { keep, kept } from "drive/database";
import { newId } from "drive/ids";
import { formOf } from "drive/needs/picture";
import { waitingActs } from "drive/queue";
import { get, post, request, ServerError } from "drive/server";

/** { sessions, waybills, trips, at: epoch ms } as the driver API gives them, or null before the first reading. */
export const groups = store(null);

const LISTS = { sessions: "driver/sessions/", waybills: "driver/waybills/", trips: "driver/trips/" };
/** An act that may have arrived although nobody said so keeps its key: sent again as it was, it is the same act. */
const keys = new Map();
/** Codes of orders that left the list because the driver ended them with their group. */
const ended = new Set();
export const isEnded = (code) => ended.has(code);

export async function restore() {
  const last = await kept("groups");
  if (last) groups.set(last);
}

export function forget() {
  keys.clear();
  ended.clear();
  groups.set(null);
}

/** Never fails: without them the list of orders is still the list of orders. */
export async function askGroups() {
  const before = groups.get();
  const asked = Object.entries(LISTS).map(async ([name, path]) => [name, (await get(path).catch(() => null))?.results ?? before?.[name] ?? []]);
  const now = { ...Object.fromEntries(await Promise.all(asked)), at: Date.now() };
  if (before && JSON.stringify({ ...now, at: 0 }) === JSON.stringify({ ...before, at: 0 })) return;
  groups.set(now);
  await keep("groups", now);
}

/** The act of a group that the driver does next: { name, label }, or null; `why` says what stands against it. */
export function nextOf(kind, group) {
  if (kind === "waybills") return { act: group.next ? { name: group.next, label: waybillAct(group) } : null, why: "" };
  const step = group.actions.find(({ is_step: isStep, is_allowed: isAllowed }) => isStep && isAllowed);
  // Of the steps in their order, the first one that is refused for another reason than its turn.
  const refused = group.actions.find(({ is_step: isStep, code }) => isStep && code && code !== "step_not_allowed");
  return { act: step ? { name: step.name, label: step.label } : null, why: refused?.why_not ?? "" };
}

const WAYBILL_ACTS = { "pick-up": "Picked up", depart: "In transit", receive: "Hand over" };
const waybillAct = ({ next, status }) => (next === "receive" && status === "received" ? "Hand over the rest" : (WAYBILL_ACTS[next] ?? next));

/**
 * Moves the whole group; every order in it follows, so the server decides at once and this cannot wait in the phone.
 * Acts on single orders that still wait are earlier and have to be sent first. `taken` are pictures that prove the act.
 */
export async function actOnGroup(kind, group, name, given = {}, taken = []) {
  const waiting = waitingActs().length;
  if (waiting) throw sentence(`${waiting === 1 ? "1 act waits" : `${waiting} acts wait`} to be sent. They come first; try again when they are sent.`);
  const input = taken.length ? { ...given, proof_ids: taken.map(({ id }) => id) } : given;
  const place = `${kind} ${group.label} ${name} ${JSON.stringify(input)}`;
  const key = keys.get(place) ?? newId();
  keys.set(place, key);
  try {
    for (const picture of taken) await sendPicture(`driver/${kind}/${group.label}/proofs/`, picture);
    await post(`driver/${kind}/${group.label}/${name}/`, input, { key });
    keys.delete(place);
    if (name === "complete" || name === "receive") for (const code of given.codes ?? group.items.map(({ order }) => order.code)) ended.add(code);
  } catch (error) {
    if (error.status === 0) throw sentence(`${group.label} moves as a whole, which needs a connection. Try again when there is one: it is not done twice.`);
    keys.delete(place);
    if (error.code === "proof_unknown") for (const picture of taken) sent.delete(picture);
    throw error;
  }
}

/** Pictures that are with the server already: they are sent once, however often the act is tried. */
const sent = new WeakSet();

async function sendPicture(address, picture) {
  if (sent.has(picture)) return;
  await request(address, { method: "POST", body: formOf(picture), key: picture.id });
  sent.add(picture);
}

const sentence = (message) => new ServerError({ status: 0, code: "needs_connection", message });
