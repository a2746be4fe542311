/** What was typed and not yet saved, kept in this tab until it is: a signed-out session or a reload loses nothing. */
import { config } from "core/config";

const OLDEST = 12 * 3600_000;
const keyOf = (name) => `order-form:${config.tenant?.id}:${config.user?.id}:${name}`;

/** `name` is "new" or an order's code. */
export function keep(name, state) {
  try {
    sessionStorage.setItem(keyOf(name), JSON.stringify({ at: Date.now(), state }));
  } catch {
    // Private windows may refuse storage; the warning before leaving still holds.
  }
}

export function forget(name) {
  try {
    sessionStorage.removeItem(keyOf(name));
  } catch {
    // As above.
  }
}

/** { at, state } or null */
export function recall(name) {
  try {
    const kept = JSON.parse(sessionStorage.getItem(keyOf(name)));
    return kept && Date.now() - kept.at < OLDEST ? kept : null;
  } catch {
    return null;
  }
}
