/** Errors as GOV.UK shows them: a summary that links to each field, and the sentence at the field itself. */
import { element } from "core/dom";
import { ownerOf } from "order/form/state";

/** Refusals about the driver come without a field's name: these are their codes. */
const ABOUT_DRIVER = new Set(["driver_unavailable", "driver_not_allowed_in_pickup_zone", "driver_not_allowed_in_delivery_zone", "vehicle_missing", "vehicle_inactive", "vehicle_not_allowed", "licence_missing", "over_capacity"]);

export class FormErrors {
  constructor(form) {
    this.form = form;
    this.summary = form.root.querySelector(".error-summary");
    form.root.addEventListener("input", (event) => this.#forget(event.target));
    form.root.addEventListener("change", (event) => this.#forget(event.target));
  }

  clear() {
    this.summary.hidden = true;
    this.summary.replaceChildren();
    for (const place of this.form.root.querySelectorAll("[data-error]")) place.textContent = "";
    for (const control of this.form.root.querySelectorAll("[aria-invalid]")) control.removeAttribute("aria-invalid");
  }

  show(error) {
    this.clear();
    const fields = { ...error.fields };
    if (!Object.keys(fields).length && ABOUT_DRIVER.has(error.code) && this.form.root.querySelector("[data-field=driver_id]")) fields.driver_id = [error.message];
    const lines = [];
    for (const [name, sentences] of Object.entries(fields)) {
      const sentence = sentences.join(" ");
      const control = this.#mark(name, sentence);
      lines.push({ sentence, control });
    }
    if (!lines.length) lines.push({ sentence: error.message, control: null });
    this.#summarise(lines, error);
  }

  #summarise(lines) {
    const link = ({ sentence, control }) => element("li", {}, control ? element("button", { class: "link", type: "button", onclick: () => this.#go(control) }, sentence) : sentence);
    this.summary.replaceChildren(element("h3", {}, lines.length === 1 ? "There is a problem" : "There are problems"), element("ul", {}, ...lines.map(link)));
    this.summary.hidden = false;
    this.summary.scrollIntoView({ block: "nearest" });
    this.summary.focus();
  }

  #go(control) {
    control.scrollIntoView({ block: "center" });
    control.focus();
  }

  /** Writes the sentence at the field and returns the control to go to. */
  #mark(name, sentence) {
    const [head, index, part] = name.split(".");
    if (head === "items" && index !== undefined) {
      const control = this.form.items.control(Number(index), part);
      control.setAttribute("aria-invalid", "true");
      this.#say("items", `Item ${Number(index) + 1}: ${sentence}`);
      return control;
    }
    const shown = this.#placeOf(name);
    this.#say(shown, sentence);
    const box = this.form.root.querySelector(`[data-field="${shown}"]`);
    const control = box?.querySelector("input:not(:disabled):not([type=hidden]), select:not(:disabled), textarea:not(:disabled)") ?? (shown === "items" ? this.form.items.add : null);
    control?.setAttribute("aria-invalid", "true");
    return control;
  }

  /** An end shows the control of its kind, whichever of its API fields is meant. */
  #placeOf(name) {
    const owner = ownerOf(name);
    if (owner === "pickup" || owner === "dropoff") return `${owner}_${this.form.ends[owner].kind === "warehouse" ? "warehouse_id" : "address"}`;
    return name;
  }

  #say(name, sentence) {
    const place = this.form.root.querySelector(`[data-field="${name}"] [data-error]`);
    if (place) place.textContent = [place.textContent, sentence].filter(Boolean).join(" ");
  }

  #forget(control) {
    const box = control.closest?.("[data-field]");
    if (!box || !control.matches("[aria-invalid], [type=radio]")) return;
    control.removeAttribute("aria-invalid");
    const place = box.querySelector("[data-error]");
    if (place) place.textContent = "";
  }
}
