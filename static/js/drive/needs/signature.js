/** A pad to sign on with a finger. What is drawn is kept as strokes, so that turning the phone does not lose it. */
import { element, icon } from "core/dom";
import { newId } from "drive/ids";
import { optional } from "drive/needs/photo";
import { asBlob } from "drive/needs/picture";

const WIDTH = 900;
const HEIGHT = 360;

export function make(need, { id, title = "Signature of the receiver" }) {
  const strokes = [];
  let stroke = null;
  /** What was drawn as a picture: the same one, with the same id, until it is drawn on again. */
  let signed = null;
  const problem = element("p", { class: "field-problem", role: "alert" });
  const pad = element("canvas", { id, class: "pad", width: WIDTH, height: HEIGHT, role: "img", "aria-label": "Signature pad, empty" });
  const clear = element("button", { type: "button", class: "small-button", onclick: wipe, hidden: true }, icon("undo"), "Clear");
  const node = element(
    "section",
    { class: "need" },
    element("div", { class: "need-head" }, element("h3", {}, title, need.optional && optional()), clear),
    pad,
    problem,
  );
  const context = pad.getContext("2d");

  const at = (event) => {
    const box = pad.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * WIDTH, ((event.clientY - box.top) / box.height) * HEIGHT];
  };

  function draw() {
    context.fillStyle = "#ffffff";
    context.fillRect(0, 0, WIDTH, HEIGHT);
    context.lineWidth = 5;
    context.lineCap = context.lineJoin = "round";
    context.strokeStyle = "#10151f";
    for (const points of strokes) {
      context.beginPath();
      context.moveTo(...points[0]);
      // A tap is a dot.
      for (const point of points.length > 1 ? points.slice(1) : points) context.lineTo(...point);
      context.stroke();
    }
    const isEmpty = !strokes.length;
    clear.hidden = isEmpty;
    pad.setAttribute("aria-label", isEmpty ? "Signature pad, empty" : "Signature pad, signed");
  }

  function wipe() {
    strokes.length = 0;
    signed = null;
    draw();
  }

  pad.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    pad.setPointerCapture(event.pointerId);
    stroke = [at(event)];
    strokes.push(stroke);
    signed = null;
    problem.textContent = "";
    draw();
  });
  pad.addEventListener("pointermove", (event) => {
    if (!stroke) return;
    stroke.push(...(event.getCoalescedEvents?.() ?? [event]).map(at));
    draw();
  });
  for (const over of ["pointerup", "pointercancel"]) pad.addEventListener(over, () => (stroke = null));
  draw();

  return {
    node,
    problem: () => (strokes.length || need.optional ? "" : "Let the receiver sign first."),
    tell: (sentence) => (problem.textContent = sentence),
    async value() {
      if (!strokes.length) return { taken: [] };
      signed ??= { id: newId(), kind: "signature", stage: need.stage, blob: await asBlob(pad, "image/png") };
      return { taken: [signed] };
    },
    focus: () => pad.scrollIntoView({ block: "center" }),
  };
}
