/** Photos from the camera: one is enough, four at most. */
import { element, icon } from "core/dom";
import { newId } from "drive/ids";
import { shrink } from "drive/needs/picture";

const MOST = 4;

export function make(need, { id, title = "Photo" }) {
  const taken = [];
  const problem = element("p", { class: "field-problem", role: "alert" });
  const strip = element("ul", { class: "photos" });
  const input = element("input", { id, type: "file", accept: "image/*", capture: "environment", class: "camera-input", onchange: took });
  const words = element("span", {}, "Take a photo");
  const button = element("label", { class: "big-choice", for: id }, icon("camera"), words);
  const node = element("section", { class: "need" }, element("h3", {}, title, need.optional && optional()), strip, input, button, problem);

  async function took() {
    const [file] = input.files;
    input.value = "";
    if (!file) return;
    problem.textContent = "";
    button.setAttribute("aria-busy", "true");
    try {
      add(await shrink(file));
    } catch (error) {
      problem.textContent = error.message;
    } finally {
      button.removeAttribute("aria-busy");
    }
  }

  function add(blob) {
    const picture = { id: newId(), kind: "photo", stage: need.stage, blob };
    const address = URL.createObjectURL(blob);
    taken.push(picture);
    const item = element(
      "li",
      {},
      element("img", { src: address, alt: `Photo ${taken.length}` }),
      element("button", { type: "button", class: "photo-remove", "aria-label": `Remove photo ${taken.length}`, onclick: remove }, icon("close")),
    );
    function remove() {
      taken.splice(taken.indexOf(picture), 1);
      URL.revokeObjectURL(address);
      item.remove();
      refresh();
      input.focus();
    }
    strip.append(item);
    refresh();
  }

  function refresh() {
    words.textContent = taken.length ? "Take another photo" : "Take a photo";
    button.hidden = taken.length >= MOST;
  }

  return {
    node,
    problem: () => (taken.length || need.optional ? "" : "Take a photo first."),
    tell: (sentence) => (problem.textContent = sentence),
    value: () => ({ taken }),
    focus: () => input.focus(),
  };
}

/** A picture of the last try, which the server refused for another reason: it need not be taken again. */
export function keptFrom(earlier, need, options, makeAnew) {
  const words = need.kind === "signature" ? "The signature of your last try is kept." : "The photo of your last try is kept.";
  const node = element("div", {}, element("section", { class: "need" }, element("h3", {}, need.kind === "signature" ? "Signature of the receiver" : "Photo"), element("p", { class: "kept-note" }, icon("check"), words), element("button", { type: "button", class: "small-button", onclick: anew }, "Take it again")));
  let part = { problem: () => "", tell: () => {}, value: () => ({ reused: earlier }), focus: () => {} };
  function anew() {
    part = makeAnew(need, options);
    node.replaceChildren(part.node);
    part.focus();
  }
  return { node, problem: () => part.problem(), tell: (sentence) => part.tell(sentence), value: () => part.value(), focus: () => part.focus() };
}

export const optional = () => element("span", { class: "optional" }, " if you can");
