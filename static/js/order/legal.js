/** Which actions are legal on the focused order, so that keys and palette offer nothing that would be refused. */
import { emit } from "core/bus";
import { may } from "core/config";
import { debounce } from "core/dom";
import { focusedOrder } from "core/focus";
import { get } from "core/http";

const PAUSE = 250;
const KEPT = 60;
const known = new Map();
const keyOf = ({ code, version }) => `${code}@${version}`;

/** What the open drawer was told by the server. */
export function noteLegal(order) {
  known.set(keyOf(order), new Set(order.actions));
  if (known.size > KEPT) known.delete(known.keys().next().value);
  emit("commands");
}

/** True, false, or null while nobody knows yet. */
export function isLegal(order, name) {
  const names = known.get(keyOf(order));
  return names ? names.has(name) : null;
}

const ask = debounce(async () => {
  const order = focusedOrder.get();
  if (!order || !may("orders.view") || known.has(keyOf(order))) return;
  try {
    const { code, version, actions } = await get(`orders/${encodeURIComponent(order.code)}/`);
    noteLegal({ code, version, actions: actions.filter((each) => each.is_allowed).map((each) => each.name) });
  } catch {
    // Then the keys stay on offer, and the server says why when one is not possible.
  }
}, PAUSE);

export function watchLegal() {
  const stop = focusedOrder.watch(() => ask());
  return () => {
    stop();
    ask.cancel();
  };
}
