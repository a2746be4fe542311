/** The code on the package: read by the camera where the browser can, typed everywhere. */
import { element } from "core/dom";
import { optional } from "drive/needs/photo";
import { scanner } from "drive/needs/scanner";

export function make(need, { id, order }) {
  const problem = element("p", { class: "field-problem", role: "alert", id: `${id}-problem` });
  const input = element("input", { id, class: "big-input", autocomplete: "off", autocapitalize: "characters", spellcheck: "false", maxlength: 80, "aria-describedby": `${id}-problem`, oninput: check });
  const { video, button, leave } = scanner({ found, failed });
  const node = element(
    "section",
    { class: "need" },
    element("h3", {}, element("label", { for: id }, "Code on the package"), need.optional && optional()),
    video,
    button,
    input,
    problem,
  );

  function check() {
    const read = input.value.trim();
    const expected = order.barcode;
    problem.textContent = read && expected && read.length >= expected.length && read.toLowerCase() !== expected.toLowerCase() ? "This is not the code of this order. Is it the right package?" : "";
  }

  function found(code) {
    input.value = code;
    check();
    return true;
  }

  function failed() {
    problem.textContent = "The camera is not available. Type the code instead.";
    input.focus();
  }

  return {
    node,
    problem: () => (input.value.trim() || need.optional ? "" : "Scan or type the code first."),
    tell: (sentence) => (problem.textContent = sentence),
    value: () => ({ input: input.value.trim() ? { [need.field]: input.value.trim() } : {} }),
    focus: () => input.focus(),
    leave,
  };
}
