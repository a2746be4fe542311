/** Orders offered to several drivers at once. The first to accept gets one, so they are read afresh and never kept. */
import { store } from "core/bus";
import { get, request } from "drive/server";

/** [{ id, expires_at, order }] */
export const nearby = store([]);

/** Never fails: without them the work list is still the work list. */
export async function askNearby() {
  const found = await get("driver/offers/").catch(() => null);
  if (found && (found.offers.length || nearby.get().length)) nearby.set(found.offers);
}

/** `word` is "accept" or "reject"; a refusal, such as that somebody was faster, is thrown. */
export async function answerNearby(offer, word) {
  try {
    await request(`driver/offers/${offer.id}/${word}/`, { method: "POST", body: {} });
  } finally {
    nearby.set(nearby.get().filter(({ id }) => id !== offer.id));
  }
}
