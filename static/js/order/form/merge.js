/** Somebody edited the same order meanwhile: their changes are taken in, and where both changed a field, a person chooses. */
import { element } from "core/dom";
import { conflictNotice } from "order/conflict";
import { FIELDS } from "order/form/state";

/**
 * `merged` comes from `merge` of state.js. `again(state)` saves what was chosen; `keep()` drops mine. The notice goes
 * into the form; the form itself shows the merged fields behind it.
 */
export function mergeNotice({ details, merged, mine, theirs, form, again, keep }) {
  const { conflicts, adopted } = merged;
  const chosen = new Map(conflicts.map((name) => [name, "mine"]));
  const lines = conflicts.map((name) => {
    const pick = (side, words) =>
      element("label", {}, element("input", { type: "radio", name: `conflict_${name}`, value: side, checked: side === "mine", onchange: () => chosen.set(name, side) }), element("span", {}, element("b", {}, side === "mine" ? "Mine: " : "Theirs: "), words));
    return element("fieldset", { class: "conflict-field" }, element("legend", {}, FIELDS[name].label), pick("mine", FIELDS[name].words(mine[name], form)), pick("theirs", FIELDS[name].words(theirs[name], form)));
  });
  const taken = adopted.length ? element("p", { class: "small" }, `Taken over from them: ${adopted.map((name) => FIELDS[name].label.toLowerCase()).join(", ")}.`) : null;
  const extra = element("div", { class: "stack" }, taken, conflicts.length ? element("p", {}, "Both of you changed these. Choose which to keep:") : null, ...lines);
  const state = () => ({ ...merged.state, ...Object.fromEntries([...chosen].filter(([, side]) => side === "theirs").map(([name]) => [name, theirs[name]])) });
  return conflictNotice(details, { extra, again: () => again(state()), keep, againWords: conflicts.length ? "Save with these choices" : "Apply mine again" });
}
