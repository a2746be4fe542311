/** The details of a group: its fields as what the command takes, and each error in its place. */
import { DriverField } from "groups/driver_field";
import { PlaceField } from "groups/place_field";

export class GroupForm {
  #places;
  #drivers;
  #before;

  constructor(form, { warehouses, changed }) {
    this.form = form;
    this.#places = [...form.querySelectorAll("[data-place-field]")].map((box) => new PlaceField(box, { warehouses, changed }));
    this.#drivers = [...form.querySelectorAll("[data-driver-field]")].map((box) => new DriverField(box, { changed }));
    form.addEventListener("input", ({ target }) => this.#forgetError(target.closest("[data-field]")));
    form.addEventListener("change", () => {
      this.#showParts();
      changed();
    });
    this.#showParts();
    this.#before = this.#text();
  }

  destroy() {
    [...this.#places, ...this.#drivers].forEach((part) => part.destroy());
  }

  get first() {
    return this.form.querySelector("select, input:not([type=hidden], [type=radio]), textarea");
  }

  get hasPlaces() {
    return this.#places.length > 0;
  }

  get marks() {
    return this.#places.map((place) => place.mark).filter(Boolean);
  }

  get isChanged() {
    return this.#text() !== this.#before;
  }

  /** Saved, or given up: nothing is left to warn about. */
  forget() {
    this.#before = this.#text();
  }

  /** Every field by its name; numbers as numbers, what is not shown as empty, `version` of what is edited. */
  read() {
    const body = {};
    const ends = new Set(this.#places.flatMap(({ end }) => [`${end}_kind`, `${end}_address`, `${end}_warehouse_id`]));
    for (const field of this.form.querySelectorAll("[name]")) {
      const { name } = field;
      if (ends.has(name)) continue;
      const hidden = field.closest("[data-shown-by][hidden]") !== null;
      if (field.type === "checkbox" && field.hasAttribute("data-many")) {
        body[name] ??= [];
        if (field.checked && !hidden) body[name].push(field.hasAttribute("data-number") ? Number(field.value) : field.value);
      } else if (field.type === "checkbox") body[name] = field.checked && !hidden;
      else if (field.type === "radio") {
        if (field.checked) body[name] = field.value;
      } else if (field.hasAttribute("data-number") || field.type === "number") body[name] = hidden || field.value === "" ? null : Number(field.value);
      else if (["date", "time", "datetime-local"].includes(field.type)) body[name] = hidden || field.value === "" ? null : field.value;
      else body[name] = hidden ? "" : field.value.trim();
    }
    for (const place of this.#places) Object.assign(body, place.read());
    if (this.form.dataset.version) body.version = Number(this.form.dataset.version);
    return body;
  }

  /** Puts each sentence of a refusal beside its field; true when all of them have found a place. */
  show(error) {
    for (const box of this.form.querySelectorAll("[data-field]")) this.#forgetError(box);
    const fields = Object.entries(error.fields ?? {});
    const placed = fields.map(([name, sentences]) => this.#showOne(name, sentences.join(" "))).filter(Boolean);
    placed[0]?.focus();
    return fields.length > 0 && placed.length === fields.length;
  }

  #showOne(name, sentence) {
    // An end that is neither chosen nor typed is shown at the one of the two that is seen.
    const end = this.#places.find((place) => name.startsWith(`${place.end}_`));
    const boxes = end ? [...end.root.querySelectorAll("[data-field]")] : [...this.form.querySelectorAll(`[data-field="${name}"]`)];
    const box = boxes.find((each) => !each.hidden && !each.closest("[hidden]"));
    const place = box?.querySelector("[data-error]");
    if (!place) return null;
    place.textContent = sentence;
    const input = box.querySelector("select, input:not([type=hidden]), textarea");
    input?.setAttribute("aria-invalid", "true");
    return input;
  }

  #forgetError(box) {
    const place = box?.querySelector("[data-error]");
    if (!place) return;
    place.textContent = "";
    box.querySelector("[aria-invalid]")?.removeAttribute("aria-invalid");
  }

  /** A part with `data-shown-by` belongs to the choice whose `data-shows` names it. */
  #showParts() {
    const shown = new Set([...this.form.querySelectorAll("[data-shows]:checked")].map((choice) => choice.dataset.shows));
    for (const part of this.form.querySelectorAll("[data-shown-by]")) part.hidden = !part.dataset.shownBy.split(" ").some((name) => shown.has(name));
  }

  #text() {
    const { version, ...values } = this.read();
    return JSON.stringify(values);
  }
}
