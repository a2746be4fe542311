/** The dialog of an act on a group: the server's form with reasons on number keys, the driver picker, orders to tick. */
import { emit } from "core/bus";
import { openDialog } from "core/dialog";
import { element, icon, isTyping } from "core/dom";
import { plural } from "core/format";
import { get, newKey, post, request } from "core/http";
import { toast, toastOnNextPage } from "core/toast";
import { Pictures } from "groups/pictures";
import { DriverPicker } from "order/picker";
import { fragmentOf } from "order/sections";

/** Opens the dialog behind an act's address; `done(answer)` hears what came of it. Refusals are thrown. */
export async function openGroupDialog(url, { done }) {
  const html = await get(url);
  const dialog = element("dialog", { class: "dialog action-dialog" });
  dialog.append(fragmentOf(html));
  const title = dialog.querySelector("h2");
  title.id = "group-dialog-title";
  dialog.setAttribute("aria-labelledby", title.id);
  dialog.classList.toggle("wide", Boolean(dialog.querySelector(".driver-form")));
  document.body.append(dialog);
  const form = new ActForm(dialog, url, done);
  await openDialog(dialog, { focus: form.firstField() });
  form.destroy();
  dialog.remove();
}

/** Tells what an act did; orders that could not come along are named, and what can be taken back has its Undo. */
export function tell({ undo, ...answer }) {
  toast({ ...words(answer), undo: undo ? () => takeBack(undo) : undefined });
}

/** The same on the page that is opened next: nothing can be taken back from there. */
export const tellThere = (answer) => toastOnNextPage(words(answer));

const words = ({ message, refused = [] }) => ({ text: message, tone: refused.length ? "warn" : "good", detail: refusalWords(refused), id: "group" });

async function takeBack({ method, url, body }) {
  const answer = await request(url, { method, body, key: newKey() });
  const { label, version } = answer.session ?? answer.trip;
  emit("group:changed", { label, version });
  return answer;
}

export function refusalWords(refused) {
  if (!refused.length) return "";
  const rest = refused.length > 3 ? ` And ${plural(refused.length - 3, "more order")} did not fit.` : "";
  return refused.slice(0, 3).map((each) => each.message).join(" ") + rest;
}

class ActForm {
  #key = newKey();
  #busy = false;

  constructor(dialog, url, done) {
    Object.assign(this, { dialog, url, done });
    this.form = dialog.querySelector("form");
    this.version = Number(this.form.dataset.version);
    this.asks = this.form.dataset.asks.split(" ").filter(Boolean);
    this.trouble = dialog.querySelector(".dialog-trouble");
    this.submitButton = dialog.querySelector("[type=submit]");
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    this.form.addEventListener("click", (event) => this.#chooseReason(event.target.closest("[data-reason]")));
    this.form.addEventListener("change", (event) => this.#tick(event.target));
    this.form.addEventListener("input", ({ target }) => this.#forget(target.closest("[data-field]")));
    dialog.addEventListener("keydown", (event) => this.#keydown(event));
    const box = dialog.querySelector(".driver-picker");
    this.picker = box && new DriverPicker(box, { chosen: (driver, { sure }) => this.#driverChosen(driver, sure) });
    this.picker?.load();
    const pictures = dialog.querySelector("[data-pictures]");
    this.pictures = pictures && new Pictures(pictures);
  }

  destroy() {
    this.picker?.destroy();
  }

  firstField() {
    return this.dialog.querySelector("#picker-search") ?? this.dialog.querySelector("input[name=reason]") ?? this.submitButton;
  }

  #driverChosen(driver, sure) {
    this.#forget(this.form.querySelector("[data-field=driver_id]"));
    if (!sure || !driver) return;
    const reason = this.form.querySelector("[name=reason]");
    if (reason && !reason.value.trim() && !this.form.querySelector("[data-field=reason] .optional")) reason.focus();
    else this.submit();
  }

  #chooseReason(chip) {
    if (!chip) return;
    const input = this.form.querySelector("[name=reason]");
    input.value = chip.dataset.reason;
    this.#forget(chip.closest("[data-field]"));
    input.focus();
  }

  #tick(target) {
    const boxes = [...this.form.querySelectorAll("[name=codes]")];
    const all = this.form.querySelector("[data-tick-all]");
    if (target === all) for (const box of boxes) box.checked = all.checked;
    else if (all && target.name === "codes") {
      const ticked = boxes.filter((box) => box.checked).length;
      all.checked = ticked === boxes.length;
      all.indeterminate = ticked > 0 && ticked < boxes.length;
    }
  }

  #keydown(event) {
    if ((event.ctrlKey || event.metaKey) && event.key === "Enter") {
      event.preventDefault();
      this.submit();
    } else if (/^[1-9]$/.test(event.key) && !event.ctrlKey && !event.metaKey && !event.altKey) {
      const isEmptyReason = event.target.name === "reason" && !event.target.value;
      if (isTyping(event.target) && !isEmptyReason) return;
      const chip = this.form.querySelectorAll("[data-reason]")[Number(event.key) - 1];
      if (!chip) return;
      event.preventDefault();
      this.#chooseReason(chip);
    }
  }

  #body() {
    const body = { version: this.version };
    for (const field of this.form.querySelectorAll("[name]")) {
      if (field.name === "codes") continue;
      if (field.type === "checkbox") body[field.name] = field.checked;
      else if (field.type !== "radio" || field.checked) body[field.name] = field.value.trim();
    }
    const boxes = [...this.form.querySelectorAll("[name=codes]")];
    // All of them is said as “all”: it stays true when the group changes meanwhile.
    if (boxes.some((box) => !box.checked)) body.codes = boxes.filter((box) => box.checked).map((box) => box.value);
    if (this.picker) body.driver_id = this.picker.value;
    return body;
  }

  async submit() {
    if (this.#busy) return;
    const body = this.#body();
    if (this.picker && body.driver_id === null) return void this.#showFieldError("driver_id", "Choose a driver from the list.");
    if (body.codes?.length === 0) return void this.#showFieldError("codes", "Tick at least one order.");
    this.#clear();
    this.#setBusy(true);
    try {
      if (this.pictures) body.proof_ids = await this.pictures.ids();
      const answer = await post(this.url, body, { key: this.#key });
      this.dialog.close("done");
      tell(answer);
      this.done(answer);
    } catch (error) {
      if (error.status !== 0) this.#key = newKey();
      if (error.code?.startsWith("proof_")) this.pictures?.forget();
      this.#showError(error);
    } finally {
      this.#setBusy(false);
    }
  }

  #setBusy(busy) {
    this.#busy = busy;
    this.submitButton.setAttribute("aria-busy", String(busy));
  }

  #showError(error) {
    const fields = Object.entries(error.fields);
    const placed = fields.filter(([name, sentences]) => this.#showFieldError(name, sentences.join(" ")));
    if (placed.length && placed.length === fields.length) return;
    const content = [element("span", {}, error.message)];
    if (error.isStale) {
      content.push(
        element("button", { class: "btn small end", type: "button", onclick: () => this.#again(error.details.version) }, "Do it all the same"),
      );
    }
    showTrouble(this.trouble, error, content);
  }

  /** Somebody changed the group meanwhile; who still wants this says so. */
  #again(version) {
    this.version = version;
    this.submit();
  }

  #showFieldError(name, sentence) {
    const box = this.form.querySelector(`[data-field="${name}"]`);
    const place = box?.querySelector("[data-error]");
    if (!place) return false;
    place.textContent = sentence;
    const input = box.querySelector("input, textarea, select");
    input?.setAttribute("aria-invalid", "true");
    input?.focus();
    return true;
  }

  #forget(box) {
    const place = box?.querySelector("[data-error]");
    if (place) place.textContent = "";
    box?.querySelector("[aria-invalid]")?.removeAttribute("aria-invalid");
    const reason = this.form.querySelector("[name=reason]");
    for (const chip of this.form.querySelectorAll("[data-reason]")) chip.setAttribute("aria-pressed", String(chip.dataset.reason === reason?.value));
  }

  #clear() {
    this.trouble.hidden = true;
    for (const box of this.form.querySelectorAll("[data-field]")) this.#forget(box);
  }
}

/** Puts a refusal into a form's place for troubles, and the eyes on it; orders that stand against it are named. */
export function showTrouble(box, error, content = [element("span", {}, error.message)]) {
  const blocked = error.details?.blocked ?? error.details?.refused ?? [];
  const list = blocked.length > 1 ? element("ul", { class: "group-blocked small" }, ...blocked.slice(0, 8).map((each) => element("li", {}, each.message))) : null;
  box.hidden = false;
  box.replaceChildren(element("div", { class: "notice slim", "data-tone": "bad", role: "alert" }, icon("error"), element("div", { class: "stack" }, ...content, list)));
  box.scrollIntoView({ block: "nearest" });
  box.focus();
}
