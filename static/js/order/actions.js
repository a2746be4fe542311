/** Starting what can be done with an order: at once, in its dialog, or in its form. */
import { emit } from "core/bus";
import { openActionDialog } from "order/dialog";
import { act } from "order/outcome";

/** These need no question: what they do is said by their button, and they can be taken back. */
const AT_ONCE = new Set(["release"]);

/** The dialog that is being fetched: keys pressed meanwhile must not open a second one over it. */
let opening = null;

/** Starts an action on an order, given as a row or as whatever holds its code and version; `about` one exception of it. */
export async function startAction(name, { code, version }, { about = "" } = {}) {
  if (name === "edit") return emit("order:edit", { code });
  if (AT_ONCE.has(name)) return act(code, name, { version });
  opening ??= Promise.resolve(openActionDialog(code, name, { about })).finally(() => (opening = null));
  return opening;
}
