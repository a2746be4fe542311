/** Photos from the camera: one is enough, four at most. */
import { element, icon } from "core/dom";
import { newId } from "drive/ids";
import { shrink } from "drive/needs/picture";

const MOST = 4;

export function make(need, { id, title = "Photo" }) {
  const taken = [];
  const problem = element("p", { class: "field-problem", role: "alert" });
  const strip = element("ul", { class: "photos" });
  const input = element("input", { id, type: "file", accept: "image/*", capture: "environment", class: "visually-hidden", onchange: took });
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

export const optional = () => element("span", { class: "optional" }, " if you can");
