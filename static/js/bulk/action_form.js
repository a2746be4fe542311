/** The action to be done and what it asks for, built from what the server says about it. */
import { element } from "core/dom";
import { get } from "core/http";
import { plural } from "core/format";

export class ActionForm {
  chosen = null;
  #serial = 0;

  constructor(choices, form, { actions, submit, changed }) {
    Object.assign(this, { choices, form, actions, submit, changed });
    this.#drawChoices();
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.chosen) submit(this.chosen, this.values());
    });
  }

  /** @param {{count: number}} selection how many orders are selected */
  setCount(count) {
    this.count = count;
    this.#drawButton();
  }

  choose(name) {
    this.chosen = this.actions.find((action) => action.name === name) ?? null;
    for (const chip of this.choices.querySelectorAll("[role=radio]")) {
      const isChosen = chip.dataset.action === this.chosen?.name;
      chip.setAttribute("aria-checked", String(isChosen));
      chip.tabIndex = isChosen ? 0 : -1;
    }
    this.#drawForm();
    this.changed?.();
  }

  values() {
    const values = {};
    for (const { field, control } of this.controls) {
      if (field.kind === "check") values[field.name] = control.checked;
      else if (field.kind === "driver" || field.kind === "list" || field.kind === "number") values[field.name] = control.value ? Number(control.value) : null;
      else if (field.kind === "date") values[field.name] = control.value || null;
      else values[field.name] = control.value.trim();
      if (values[field.name] === null && field.kind !== "date") delete values[field.name];
    }
    return values;
  }

  /** Shows the sentences at their fields; true when every one found its place. */
  showErrors(fields) {
    const placed = Object.entries(fields).filter(([name, sentences]) => {
      const box = this.form.querySelector(`[data-field="${CSS.escape(name)}"]`);
      if (!box) return false;
      box.querySelector(".error").textContent = [sentences].flat().join(" ");
      const control = box.querySelector("input, select, textarea");
      control.setAttribute("aria-invalid", "true");
      control.focus();
      return true;
    });
    return placed.length > 0 && placed.length === Object.keys(fields).length;
  }

  busy(isBusy) {
    this.button?.setAttribute("aria-busy", String(isBusy));
  }

  #drawChoices() {
    const sections = new Map();
    for (const action of this.actions) sections.set(action.section, [...(sections.get(action.section) ?? []), action]);
    this.choices.replaceChildren(
      ...[...sections].flatMap(([section, actions]) => [
        element("span", { class: "section-title", "aria-hidden": "true" }, section),
        element("div", { class: "chips" }, ...actions.map(({ name, label }) => element("button", { class: "chip", type: "button", role: "radio", "aria-checked": "false", tabindex: -1, dataset: { action: name }, onclick: () => this.choose(name) }, label))),
      ]),
    );
    const chips = [...this.choices.querySelectorAll("[role=radio]")];
    if (chips.length) chips[0].tabIndex = 0;
    this.choices.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const next = chips[(chips.indexOf(document.activeElement) + step + chips.length) % chips.length];
      this.choose(next.dataset.action);
      next.focus();
    });
  }

  #drawForm() {
    this.controls = [];
    if (!this.chosen) {
      this.form.replaceChildren();
      return;
    }
    const fields = this.chosen.fields.map((field) => this.#field(field));
    this.button = element("button", { class: `btn primary${this.chosen.danger ? " danger" : ""}`, type: "submit" }, "");
    this.form.replaceChildren(...fields, element("div", { class: "form-actions" }, this.button, element("span", { class: "hint" }, "Nothing is changed yet: you see first what would happen.")));
    this.#drawButton();
  }

  #drawButton() {
    if (!this.button) return;
    this.button.textContent = this.count ? `Validate ${plural(this.count, "order")}` : "Validate";
    this.button.disabled = !this.count;
  }

  #field(field) {
    const id = `bulk-field-${field.name}`;
    if (field.kind === "check") {
      const box = element("input", { type: "checkbox", id });
      this.controls.push({ field, control: box });
      return element("label", { class: "check-line", for: id, dataset: { field: field.name } }, box, field.label, element("span", { class: "error" }));
    }
    const control = this.#control(field, id);
    this.controls.push({ field, control });
    const optional = field.required ? null : element("span", { class: "optional" }, field.hint || "optional");
    const box = element("div", { class: "field", dataset: { field: field.name } }, element("label", { for: id }, field.label, " ", optional), control, element("span", { class: "error", id: `${id}-error` }));
    control.setAttribute("aria-describedby", `${id}-error`);
    box.addEventListener("input", () => {
      box.querySelector(".error").textContent = "";
      control.removeAttribute("aria-invalid");
    });
    if (field.kind === "reason" && this.chosen.reason_kind) this.#reasons(control, box);
    return box;
  }

  #control(field, id) {
    if (field.kind === "driver" || field.kind === "list") {
      const list = element("select", { id }, element("option", { value: "" }, "Loading…"));
      this.#fill(list, field);
      return list;
    }
    if (field.kind === "choice") return element("select", { id }, field.choices.map(([value, label]) => element("option", { value }, label)));
    if (field.kind === "note") return element("textarea", { id, rows: 2, maxlength: field.most ?? 2000 });
    return element("input", { id, type: { date: "date", number: "number" }[field.kind] ?? "text", maxlength: field.most, autocomplete: "off" });
  }

  async #fill(list, field) {
    const mine = (this.#serial += 1);
    list.dataset.serial = mine;
    try {
      const address = field.kind === "driver" ? "drivers/?status=active&limit=500" : field.list;
      const { results } = await get(address);
      if (Number(list.dataset.serial) !== mine) return;
      const isOn = (driver) => driver.is_online ?? driver.online;
      if (field.kind === "driver") results.sort((a, b) => Number(isOn(b)) - Number(isOn(a)) || a.name.localeCompare(b.name));
      const words = (item) => (field.kind === "driver" && !isOn(item) ? `${item.name} (off duty)` : item.name);
      list.replaceChildren(element("option", { value: "" }, field.required ? "Choose…" : "None"), ...results.map((item) => element("option", { value: item.id }, words(item))));
    } catch (error) {
      list.replaceChildren(element("option", { value: "" }, error.message));
    }
  }

  async #reasons(control, box) {
    const { results } = await get("reasons/", { kind: this.chosen.reason_kind, limit: 8 }).catch(() => ({ results: [] }));
    if (!results.length || !control.isConnected) return;
    const chips = results.map(({ label }) =>
      element("button", { class: "chip", type: "button", onclick: () => {
        control.value = label;
        control.dispatchEvent(new Event("input", { bubbles: true }));
        control.focus();
      } }, label),
    );
    box.querySelector("label").after(element("div", { class: "chips", role: "group", "aria-label": "Common reasons" }, ...chips));
  }
}

