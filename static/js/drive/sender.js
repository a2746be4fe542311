/** Brings acts to the server: pictures first, then the acts in one batch; again and again until each has its verdict. */
import { emit, store } from "core/bus";
import { formOf } from "drive/needs/picture";
import * as queue from "drive/queue";
import { post, request, unreachable } from "drive/server";

const FIRST_PAUSE = 2_000;
const LONGEST_PAUSE = 60_000;
const MOST_AT_ONCE = 200;

/** { busy, nextAt: epoch ms of the next try or 0, message: why the last try failed, or "" } */
export const sending = store({ busy: false, nextAt: 0, message: "" });

let pause = FIRST_PAUSE;
let timer;
let running = null;
let takeWork = () => {};

/** `onWork(work)` gets the work list that comes with every answer. */
export function start({ onWork }) {
  takeWork = onWork;
  addEventListener("online", () => sendNow());
  document.addEventListener("visibilitychange", () => !document.hidden && queue.waitingActs().length && sendNow());
}

/** Send what waits; resolves when this try is over. Never throws: what goes wrong is in `sending` and tried again. */
export function sendNow() {
  clearTimeout(timer);
  running ??= attempt().finally(() => (running = null));
  return running;
}

export function stop() {
  clearTimeout(timer);
  sending.set({ busy: false, nextAt: 0, message: "" });
}

async function attempt() {
  if (!queue.waitingActs().length) return stop();
  sending.set({ busy: true, nextAt: 0, message: "" });
  try {
    // Acts made while this one was under way go with the next round.
    while (queue.waitingActs().length) await round();
    pause = FIRST_PAUSE;
    stop();
  } catch (error) {
    if (error.status === 401) return stop();
    if (!error.status && error.name !== "ServerError") reportError(error);
    const wait = Math.max(pause, (error.retryAfter ?? 0) * 1000) * (0.8 + 0.4 * Math.random());
    pause = Math.min(pause * 2, LONGEST_PAUSE);
    sending.set({ busy: false, nextAt: Date.now() + wait, message: error.message });
    timer = setTimeout(sendNow, wait);
  }
}

async function round() {
  // What surely never left the phone can still be taken back.
  if (!navigator.onLine) throw unreachable();
  const batch = queue.waitingActs().slice(0, MOST_AT_ONCE);
  for (const act of batch) await sendPictures(act);
  await queue.noteTried(batch);
  const answer = await exchange(batch);
  for (const problem of answer.malformed) await answerHere(batch[problem.index], problem);
  const settled = await queue.settle(answer.verdicts);
  if (answer.work) takeWork(answer.work);
  await queue.dropPictures(settled.flatMap((act) => act.input.proof_ids ?? []));
  if (settled.length) emit("settled", settled);
  else if (!answer.malformed.length) throw new Error("The server answered none of what was sent.");
}

const asSent = ({ id, sequence, made_at, act, order, version, input }) => ({ id, sequence, made_at, act, order, version, input });

/** A picture that the server will not take is dropped: the act's own verdict then tells what is missing. */
async function sendPictures(act) {
  for (const id of act.input.proof_ids ?? []) {
    const picture = await queue.picture(id);
    if (!picture) continue;
    try {
      await request(`driver/orders/${encodeURIComponent(act.order)}/proofs/`, { method: "POST", body: formOf({ ...picture, id }), key: id });
    } catch (error) {
      if (error.isPassing || error.status === 401) throw error;
    }
    await queue.dropPictures([id]);
  }
}

/** When not one act can be read the whole batch is refused, and says why for each: an answer like any other. */
async function exchange(batch) {
  try {
    return await post("driver/sync/", { sent_at: new Date().toISOString(), acts: batch.map(asSent) });
  } catch (error) {
    if (!error.details?.malformed) throw error;
    return { verdicts: [], malformed: error.details.malformed, work: null };
  }
}

const answerHere = (act, problem) => (problem.code === "malformed" ? queue.skip(act, problem.message) : queue.refuse(act, problem));
