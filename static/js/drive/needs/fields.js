/** Needs that are typed or chosen: PIN, cash, reason, note, and who took the package. */
import { element } from "core/dom";
import { optional } from "drive/needs/photo";
import { money } from "drive/words";

const alertLine = (id) => element("p", { class: "field-problem", role: "alert", id: `${id}-problem` });

export function pin(need, { id }) {
  const problem = alertLine(id);
  const input = element("input", { id, class: "big-input pin", inputmode: "numeric", pattern: "[0-9]*", maxlength: 4, autocomplete: "off", placeholder: "0000", "aria-describedby": `${id}-problem ${id}-hint` });
  const node = element(
    "section",
    { class: "need" },
    element("h3", {}, element("label", { for: id }, "PIN of the receiver"), need.optional && optional()),
    element("p", { class: "hint", id: `${id}-hint` }, "The receiver was sent four digits. Ask for them."),
    input,
    problem,
  );
  const value = () => input.value.trim();
  return {
    node,
    problem: () => (/^\d{4}$/.test(value()) || (need.optional && !value()) ? "" : "Type the four digits that the receiver tells you."),
    tell: (sentence) => (problem.textContent = sentence),
    value: () => ({ input: value() ? { [need.field]: value() } : {} }),
    focus: () => input.focus(),
  };
}

const AMOUNT = /^\d{1,8}([.,]\d{1,2})?$/;

/** Nothing is chosen beforehand: the driver says that the money is there. */
export function cash(need, { id }) {
  const due = money(need.amount, need.currency);
  const problem = alertLine(id);
  const choice = (value, words) =>
    element("label", { class: "choice" }, element("input", { type: "radio", name: id, value, onchange: show }), element("span", {}, words));
  const amount = element("input", { id: `${id}-amount`, class: "big-input", inputmode: "decimal", autocomplete: "off" });
  const reason = element("input", { id: `${id}-reason`, class: "big-input plain", maxlength: 200, autocomplete: "off" });
  const other = element(
    "div",
    { class: "stack", hidden: true },
    element("label", { for: amount.id }, `What you got, in ${need.currency}`),
    amount,
    element("label", { for: reason.id }, "Why it differs"),
    reason,
  );
  const node = element(
    "fieldset",
    { class: "need" },
    element("legend", {}, "Cash to collect"),
    element("p", { class: "cash-due" }, due),
    choice("all", `I have ${due}`),
    choice("other", "Another amount"),
    other,
    problem,
  );
  const chosen = () => node.querySelector("input:checked")?.value;
  function show() {
    other.hidden = chosen() !== "other";
    problem.textContent = "";
    if (!other.hidden) amount.focus();
  }
  const typed = () => amount.value.trim();
  return {
    node,
    problem() {
      if (!chosen()) return `Collect ${due} first, then say what you got.`;
      if (chosen() === "all") return "";
      if (!AMOUNT.test(typed())) return "Type the amount, such as 12.50.";
      return reason.value.trim() ? "" : "Say why it differs.";
    },
    tell: (sentence) => (problem.textContent = sentence),
    value: () => ({ input: chosen() === "all" ? { [need.field]: need.amount } : { [need.field]: typed().replace(",", "."), collected_reason: reason.value.trim() } }),
    focus: () => node.querySelector("input").focus(),
  };
}

/** The company's own words, or the driver's. */
export function reason(need, { id }) {
  const problem = alertLine(id);
  const choices = need.choices ?? [];
  const other = element("input", { id, class: "big-input plain", maxlength: 200, autocomplete: "off" });
  const otherPart = element("div", { class: "stack", hidden: choices.length > 0 }, element("label", { for: id }, "In your words"), other);
  const choice = (value, words) =>
    element("label", { class: "choice" }, element("input", { type: "radio", name: `${id}-choice`, value, onchange: show }), element("span", {}, words));
  const node = element(
    "fieldset",
    { class: "need" },
    element("legend", {}, need.only_choices ? "What is it?" : "Why?"),
    choices.map((words) => choice(words, words)),
    choices.length > 0 && !need.only_choices && choice("", "Something else"),
    otherPart,
    problem,
  );
  const chosen = () => node.querySelector("input:checked");
  function show() {
    otherPart.hidden = chosen().value !== "";
    problem.textContent = "";
    if (!otherPart.hidden) other.focus();
  }
  const value = () => chosen()?.value || other.value.trim();
  return {
    node,
    problem: () => (value() ? "" : choices.length ? "Choose one first." : "Say why."),
    tell: (sentence) => (problem.textContent = sentence),
    value: () => ({ input: { [need.field]: value() } }),
    focus: () => node.querySelector("input").focus(),
  };
}

export function text(need, { id, title, hint = "" }) {
  const problem = alertLine(id);
  const shape = { id, class: "big-input plain", maxlength: need.most ?? 2000, autocomplete: "off", "aria-describedby": `${id}-problem` };
  const input = need.isLong ? element("textarea", { ...shape, rows: 2 }) : element("input", shape);
  const node = element("section", { class: "need" }, element("h3", {}, element("label", { for: id }, title), need.optional && optional()), hint && element("p", { class: "hint" }, hint), input, problem);
  return {
    node,
    problem: () => (input.value.trim() || need.optional ? "" : "Write something first."),
    tell: (sentence) => (problem.textContent = sentence),
    value: () => ({ input: input.value.trim() ? { [need.field]: input.value.trim() } : {} }),
    focus: () => input.focus(),
  };
}
