/** Which packages of a batch are there: all are ticked; one is unticked by hand, or all, and then ticked by their codes. */
import { element } from "core/dom";
import { scanner } from "drive/needs/scanner";
import { plural } from "drive/words";

/** make(orders) of the batch's order rows; `value()` -> { input: { codes } }, without codes when nothing is missing. */
export function make(orders, { id }) {
  const problem = element("p", { class: "field-problem", role: "alert", id: `${id}-problem` });
  const count = element("p", { class: "package-count", role: "status" });
  const rows = orders.map((order) => row(order, recount));
  const input = element("input", { id, class: "big-input plain", autocomplete: "off", autocapitalize: "characters", spellcheck: "false", enterkeyhint: "done", maxlength: 80, "aria-describedby": `${id}-problem`, onkeydown: onEnter });
  const camera = scanner({ found: (code) => (tick(code), false), failed });
  const node = element(
    "fieldset",
    { class: "need" },
    element("legend", {}, "What arrived"),
    element("p", { class: "hint" }, "Untick what is missing: it stays on the waybill for dispatch to settle."),
    element("ul", { class: "packages" }, rows.map((each) => each.node)),
    element("div", { class: "two-buttons" }, element("button", { type: "button", class: "other-button", onclick: () => tickAll(false) }, "Untick all"), element("button", { type: "button", class: "other-button", onclick: () => tickAll(true) }, "Tick all")),
    camera.video,
    camera.button,
    element("div", { class: "stack" }, element("label", { for: id }, "Tick by the code on the package"), element("div", { class: "code-row" }, input, element("button", { type: "button", class: "small-button", onclick: typed }, "Tick"))),
    problem,
  );
  recount();

  function missing() {
    return rows.filter((each) => !each.box.checked).map((each) => each.order.code);
  }

  function recount() {
    const gone = missing();
    count.textContent = gone.length ? `${rows.length - gone.length} of ${plural(rows.length, "package")}. Missing: ${gone.join(", ")}.` : `${plural(rows.length, "package")}, nothing missing.`;
    problem.textContent = "";
  }

  function tickAll(checked) {
    for (const each of rows) each.box.checked = checked;
    recount();
  }

  function tick(code) {
    const wanted = code.trim().toLowerCase();
    const found = rows.find(({ order }) => [order.barcode, order.code].some((known) => known?.toLowerCase() === wanted));
    if (!found) {
      problem.textContent = `${code.trim()} is not on this waybill.`;
      return;
    }
    found.box.checked = true;
    found.node.scrollIntoView({ block: "nearest" });
    recount();
  }

  function typed() {
    if (input.value.trim()) tick(input.value);
    input.value = "";
    input.focus();
  }

  /** Enter ticks; it must not send the sheet. */
  function onEnter(event) {
    if (event.key !== "Enter") return;
    event.preventDefault();
    typed();
  }

  function failed() {
    problem.textContent = "The camera is not available. Type the codes instead.";
    input.focus();
  }

  return {
    node,
    count,
    problem: () => (missing().length < rows.length ? "" : "Tick what arrived. When nothing did, call dispatch."),
    tell: (sentence) => (problem.textContent = sentence),
    value: () => ({ input: missing().length ? { codes: rows.filter((each) => each.box.checked).map((each) => each.order.code) } : {} }),
    focus: () => rows[0]?.box.focus(),
    leave: camera.leave,
  };
}

function row(order, onchange) {
  const box = element("input", { type: "checkbox", value: order.code, onchange });
  box.checked = true;
  const words = element("span", { class: "package-words" }, element("span", { class: "code" }, order.code), element("span", { class: "run-place" }, `${plural(order.unit_size, "unit")} · ${order.dropoff.label}`));
  return { order, box, node: element("li", {}, element("label", { class: "choice" }, box, words)) };
}
