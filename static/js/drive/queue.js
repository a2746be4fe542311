/** Acts made on this phone: each is stored before anything is sent, and keeps what became of it. */
import { store } from "core/bus";
import { change, read } from "drive/database";
import { newId } from "drive/ids";

const KEPT_ANSWERED = 150;

/** Every act that is kept, in the order they were made; see `add` for their shape. */
export const acts = store([]);
/** { count, bytes } of pictures that are still to be sent. */
export const pictures = store({ count: 0, bytes: 0 });

/** All that is still to be sent; the driver is told of `unsent` only, not of what fills a number. */
export const waitingActs = () => acts.get().filter((act) => act.verdict === "waiting");
export const unsent = () => waitingActs().filter((act) => act.act !== "skip");
export const actsOf = (code) => acts.get().filter((act) => act.order === code);

export async function load() {
  acts.set(await read("acts", (kept) => kept.all()));
  await countPictures();
}

async function countPictures() {
  const kept = await read("pictures", (store) => store.all());
  pictures.set({ count: kept.length, bytes: kept.reduce((sum, picture) => sum + picture.blob.size, 0) });
}

/**
 * Stores an act with its pictures in one go: `taken` are { id, kind, stage, blob }, `reused` the server has already.
 * An act: { id, sequence, act, order, version, input, proofs, made_at, verdict, code, message, changes, tried, seen }; `verdict`
 * is "waiting" until the server has decided; `tried`: it may have reached the server; `seen`: the driver knows of it.
 */
export async function add({ act, order, version, input = {}, taken = [], reused = [] }) {
  const proofs = [...reused, ...taken].map(({ id, kind }) => ({ id, kind }));
  const made = await change(["acts", "pictures", "kept"], async ({ acts: store, pictures: shelf, kept }) => {
    const sequence = ((await kept.get("sequence")) ?? 0) + 1;
    const record = {
      id: newId(),
      sequence,
      act,
      order,
      version,
      input: proofs.length ? { ...input, proof_ids: proofs.map((proof) => proof.id) } : input,
      proofs,
      made_at: new Date().toISOString(),
      verdict: "waiting",
      code: "",
      message: "",
      changes: [],
      tried: false,
      seen: false,
    };
    await kept.put(sequence, "sequence");
    await store.put(record);
    for (const picture of taken) await shelf.put({ ...picture, order });
    return record;
  });
  acts.set([...acts.get(), made]);
  await countPictures();
  return made;
}

async function update(records) {
  if (!records.length) return;
  await change(["acts"], async ({ acts: store }) => {
    for (const record of records) await store.put(record);
  });
  const changed = new Map(records.map((record) => [record.sequence, record]));
  acts.set(acts.get().map((act) => changed.get(act.sequence) ?? act));
}

export const noteTried = (sent) => update(sent.filter((act) => !act.tried).map((act) => ({ ...act, tried: true })));

/** What the server said of acts, by id: { verdict, code, message, version, status, changes }. */
export async function settle(answers) {
  const known = new Map(answers.map((answer) => [answer.id, answer]));
  const settled = acts.get().flatMap((act) => {
    const answer = known.get(act.id);
    if (!answer || act.verdict !== "waiting" || answer.verdict === "waiting") return [];
    const { pin, ...input } = act.input; // a receiver's PIN has done its work
    const { code, changes, version: reached } = answer;
    const skipped = act.act === "skip" && (act.refusal ? "refused" : "taken_back");
    const told = { verdict: skipped || answer.verdict, code, message: act.refusal || answer.message, changes, reached };
    return [{ ...act, input, ...told, answered_at: new Date().toISOString() }];
  });
  await update(settled);
  forgetOld();
  return settled;
}

/** An act that never left the phone can be taken back; its number is filled, so that later ones need not wait for it. */
export const canTakeBack = (act) =>
  act.verdict === "waiting" && !act.tried && act.act !== "skip" && !acts.get().some((other) => other.order === act.order && other.sequence > act.sequence && other.verdict === "waiting");

export async function takeBack(act) {
  if (!canTakeBack(act)) return;
  await skip(act);
  await dropPictures(act.input.proof_ids ?? []);
}

/** Fills an act's number with one that does nothing: taken back, or unreadable for the server, which is its `refusal`. */
export function skip(act, refusal = "") {
  return update([{ ...act, id: newId(), act: "skip", was: act.act, order: "", of: act.order, version: null, input: {}, tried: false, refusal }]);
}

/** An act that the server cannot take at all gets its answer here. */
export const refuse = (act, { code, message }) => update([{ ...act, verdict: "refused", code, message, answered_at: new Date().toISOString() }]);

/** What the driver did and to which order, also of an act whose number was filled. */
export const madeAct = (act) => act.was ?? act.act;
export const orderOf = (act) => act.of ?? act.order;

/** Undone by the server at the driver's wish: it cannot be undone twice. */
export const noteUndone = (act) => update([{ ...act, undone: true }]);

export async function noteSeen() {
  await update(acts.get().filter((act) => act.verdict !== "waiting" && !act.seen).map((act) => ({ ...act, seen: true })));
}

async function forgetOld() {
  const answered = acts.get().filter((act) => act.verdict !== "waiting");
  const old = answered.slice(0, Math.max(0, answered.length - KEPT_ANSWERED));
  if (!old.length) return;
  await change(["acts"], async ({ acts: store }) => {
    for (const act of old) await store.remove(act.sequence);
  });
  const gone = new Set(old.map((act) => act.sequence));
  acts.set(acts.get().filter((act) => !gone.has(act.sequence)));
}

/** After signing in anew the server counts from 1: what is unsent keeps its id and gets new numbers. */
export async function renumber() {
  await change(["acts", "kept"], async ({ acts: store, kept }) => {
    const waiting = (await store.all()).filter((act) => act.verdict === "waiting");
    await store.clear();
    let sequence = 0;
    for (const act of waiting) await store.put({ ...act, sequence: (sequence += 1) });
    await kept.put(sequence, "sequence");
  });
  await load();
}

export function forgetQueue() {
  acts.set([]);
  pictures.set({ count: 0, bytes: 0 });
}

// Pictures

export const picture = (id) => read("pictures", (store) => store.get(id));

export async function dropPictures(ids) {
  if (!ids.length) return;
  await change(["pictures"], async ({ pictures: store }) => {
    for (const id of ids) await store.remove(id);
  });
  await countPictures();
}
