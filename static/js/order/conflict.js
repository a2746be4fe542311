/** What somebody else changed meanwhile, as people read it, with the two ways on. */
import { element, icon } from "core/dom";
import { age, plural } from "core/format";

/** `details` are those of a refusal for an old version; `again` and `keep` are what the two buttons do. */
export function conflictNotice(details, { again, keep, extra = null, againWords = "Apply mine again", keepWords = "Keep theirs" }) {
  const entries = details.history ?? [];
  const people = [...new Set(entries.map((entry) => entry.actor))];
  const by = people.length ? people.join(" and ") : "somebody else";
  return element(
    "section",
    { class: "conflict notice", "data-tone": "warn", role: "alert", "aria-label": "Changed meanwhile" },
    icon("warning"),
    element(
      "div",
      { class: "stack" },
      element("p", {}, element("b", {}, `Changed by ${by} since you opened it`), `: ${plural(entries.length, "change")}. Nothing of yours was saved yet.`),
      element("ol", { class: "conflict-list" }, ...entries.map(entryLine)),
      extra,
      element(
        "div",
        { class: "row" },
        element("button", { class: "btn primary", type: "button", onclick: again }, againWords),
        element("button", { class: "btn", type: "button", onclick: keep }, keepWords),
      ),
    ),
  );
}

function entryLine(entry) {
  const because = [entry.reason && `Reason: ${entry.reason}`, entry.note && `Note: ${entry.note}`].filter(Boolean).join(" · ");
  return element(
    "li",
    {},
    element("div", {}, entry.sentence, " ", element("span", { class: "muted small" }, `by ${entry.actor}, ${age(entry.at)}`)),
    because && element("div", { class: "small" }, because),
    entry.changes.length
      ? element("dl", { class: "change-list small" }, ...entry.changes.flatMap(({ label, before, after }) => [element("dt", {}, label), element("dd", {}, element("del", {}, before), " → ", element("ins", {}, after))]))
      : null,
  );
}
