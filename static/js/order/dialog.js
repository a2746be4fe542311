/** The dialog of an action: the server's form, with reasons on number keys, the driver picker, and errors in their place. */
import { emit } from "core/bus";
import { openDialog } from "core/dialog";
import { element, icon, isTyping } from "core/dom";
import { get, newKey, post } from "core/http";
import { groupOf } from "core/toast";
import { tellOutcome } from "order/outcome";
import { actionUrl } from "order/addresses";
import { conflictNotice } from "order/conflict";
import { DriverPicker } from "order/picker";
import { fragmentOf } from "order/sections";

/** Opens it; resolves when it is closed. Refusals of the action itself are thrown before anything shows. */
export async function openActionDialog(code, name, { about = "" } = {}) {
  const html = await get(about ? `${actionUrl(code, name)}?${new URLSearchParams({ about })}` : actionUrl(code, name));
  const dialog = element("dialog", { class: "dialog action-dialog" });
  dialog.append(fragmentOf(html));
  const title = dialog.querySelector("h2");
  title.id = "action-dialog-title";
  dialog.setAttribute("aria-labelledby", title.id);
  dialog.classList.toggle("wide", Boolean(dialog.querySelector(".driver-form")));
  document.body.append(dialog);
  const form = new ActionForm(dialog, code, name);
  await openDialog(dialog, { focus: form.firstField() });
  form.destroy();
  dialog.remove();
}

class ActionForm {
  #key = newKey();
  #busy = false;

  constructor(dialog, code, name) {
    Object.assign(this, { dialog, code, name });
    this.form = dialog.querySelector("form");
    this.version = Number(this.form.dataset.version);
    this.trouble = dialog.querySelector(".dialog-trouble");
    this.submitButton = dialog.querySelector("[type=submit]");
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    this.form.addEventListener("click", (event) => this.#chooseReason(event.target.closest("[data-reason]")));
    this.form.addEventListener("input", (event) => this.#forgetError(event.target));
    dialog.addEventListener("keydown", (event) => this.#key_(event));
    const box = dialog.querySelector(".driver-picker");
    this.picker = box && new DriverPicker(box, { chosen: (driver, { sure }) => this.#driverChosen(driver, sure) });
    if (this.form.classList.contains("status-form")) {
      this.form.addEventListener("change", () => this.#showNeeds());
      this.#showNeeds();
    }
  }

  destroy() {
    this.picker?.destroy();
  }

  firstField() {
    return this.dialog.querySelector(".status-form input[type=radio]:checked") ?? this.dialog.querySelector(".driver-form #picker-search") ?? this.dialog.querySelector("input[name=reason]") ?? this.submitButton;
  }

  get #target() {
    return this.form.querySelector("input[name=target]:checked");
  }

  get #needs() {
    return (this.#target?.dataset.needs ?? this.form.dataset.needs ?? "").split(" ").filter(Boolean);
  }

  /** The status form asks only for what the chosen status needs. */
  #showNeeds() {
    const needs = this.#needs;
    const kind = this.#target?.dataset.reasonKind;
    for (const part of this.form.querySelectorAll("[data-shown-for]")) {
      part.hidden = !needs.includes(part.dataset.shownFor) || (part.dataset.kind !== undefined && part.dataset.kind !== kind);
    }
    this.form.querySelector("[data-optional]").hidden = needs.includes("note");
    if (needs.includes("driver_id")) this.picker.load();
    const words = this.#target?.dataset.actionWords;
    if (words) this.submitButton.textContent = `Set to ${words.toLowerCase()}`;
    this.dialog.classList.toggle("wide", needs.includes("driver_id"));
  }

  #driverChosen(driver, sure) {
    const words = this.submitButton.dataset.submitWords;
    if (words) this.submitButton.textContent = driver ? `${words} ${driver.name}` : this.submitButton.dataset.plain ?? this.submitButton.textContent;
    if (!sure || !driver) return;
    // Enter in the list means “give it to this one”, unless something else must be said first.
    const missing = this.#needs.find((name) => ["reason", "note"].includes(name) && !this.#field(name)?.value.trim());
    if (missing) this.#field(missing).focus();
    else this.submit();
  }

  #field(name) {
    return [...this.form.querySelectorAll(`[name="${name}"]`)].find((each) => !each.closest("[hidden]"));
  }

  #chooseReason(chip) {
    if (!chip) return;
    const box = chip.closest("[data-field=reason]");
    const input = box.querySelector("input[name=reason]");
    input.value = chip.dataset.reason;
    this.#markReasons(box);
    this.#forgetError(input);
    input.focus();
  }

  #markReasons(box) {
    const value = box.querySelector("input[name=reason]").value;
    for (const each of box.querySelectorAll("[data-reason]")) each.setAttribute("aria-pressed", String(each.dataset.reason === value));
  }

  #key_(event) {
    if ((event.ctrlKey || event.metaKey) && event.key === "Enter") {
      event.preventDefault();
      this.submit();
    } else if (/^[1-9]$/.test(event.key) && !event.ctrlKey && !event.metaKey && !event.altKey) {
      const input = event.target.closest?.("input[name=reason]");
      // A number picks a reason while nothing is being written.
      if (isTyping(event.target) && !(input && input.value === "")) return;
      const chips = [...this.form.querySelectorAll("[data-field=reason] [data-reason]")].filter((chip) => !chip.closest("[hidden]"));
      const chip = chips[Number(event.key) - 1];
      if (!chip) return;
      event.preventDefault();
      this.#chooseReason(chip);
    }
  }

  #body() {
    const body = { version: this.version };
    for (const name of ["reason", "note"]) {
      const field = this.#field(name);
      if (field) body[name] = field.value.trim();
    }
    if (this.#target) body[this.#target.closest("[data-field]").dataset.field] = this.#target.value;
    for (const name of ["exception_id", "resolution"]) {
      const field = this.#field(name);
      if (field) body[name] = field.value;
    }
    const day = this.#field("day");
    if (day) body.day = day.value || null;
    const stage = this.#field("stage");
    if (stage) body.stage = stage.value;
    const asksDriver = this.picker && !this.picker.box.closest("[hidden]");
    if (asksDriver) body.driver_id = this.picker.value;
    if (this.#field("force")?.checked) body.force = true;
    return body;
  }

  async submit() {
    if (this.#busy) return;
    const body = this.#body();
    if ("driver_id" in body && body.driver_id === null) {
      this.#showFieldError("driver_id", "Choose a driver from the list.");
      return;
    }
    const file = this.form.querySelector("input[type=file]");
    if (file && !file.files.length) {
      this.#showFieldError("file", "Choose a picture.");
      return;
    }
    this.#clearErrors();
    this.#setBusy(true);
    try {
      if (file) body.proof_ids = [await this.#upload(file.files[0])];
      const answer = await post(actionUrl(this.code, this.name), body, { key: this.#key });
      this.dialog.close("done");
      tellOutcome(answer);
    } catch (error) {
      // Nothing was written under this key unless the answer was lost on the way: then the same key finds it again.
      if (error.status !== 0) this.#key = newKey();
      this.#showError(error);
    } finally {
      this.#setBusy(false);
    }
  }

  /** The picture goes first; the act then names it. The same picture is sent once, however often the act is tried. */
  async #upload(file) {
    const form = new FormData();
    for (const name of ["kind", "stage"]) form.append(name, this.#field(name).value);
    form.append("file", file);
    const sent = `${file.name} ${file.size} ${file.lastModified} ${form.get("kind")} ${form.get("stage")}`;
    if (this.sent?.what !== sent) this.sent = { what: sent, id: (await post(this.form.dataset.upload, form)).id };
    return this.sent.id;
  }

  #setBusy(busy) {
    this.#busy = busy;
    this.submitButton.setAttribute("aria-busy", String(busy));
  }

  #showError(error) {
    if (error.isStale) return this.#showConflict(error);
    const fields = Object.entries(error.fields);
    const placed = fields.filter(([name, sentences]) => this.#showFieldError(name, sentences.join(" ")));
    if (placed.length && placed.length === fields.length) return undefined;
    const group = groupOf(error.details.group);
    return this.#showTrouble(icon("error"), element("span", {}, error.message), group && element("a", { class: "end nowrap", href: group.url }, `Open ${group.label}`));
  }

  #showTrouble(...content) {
    this.trouble.hidden = false;
    this.trouble.replaceChildren(element("div", { class: "notice slim", "data-tone": "bad", role: "alert" }, ...content));
    this.trouble.scrollIntoView({ block: "nearest" });
    this.trouble.focus();
  }

  /** Somebody was faster: their change is shown, and this one can be made again on top of it. */
  #showConflict(error) {
    emit("order:changed", { code: this.code, version: error.details.version });
    this.trouble.hidden = false;
    this.trouble.replaceChildren(
      conflictNotice(error.details, {
        again: () => {
          this.version = error.details.version;
          this.#clearErrors();
          this.submit();
        },
        keep: () => this.dialog.close("kept"),
      }),
    );
    this.trouble.querySelector("button")?.focus();
  }

  #showFieldError(name, sentence) {
    const box = [...this.form.querySelectorAll(`[data-field="${name}"]`)].find((each) => !each.closest("[hidden]"));
    const place = box?.querySelector("[data-error]");
    if (!place) return false;
    place.textContent = sentence;
    const input = box.querySelector("input, textarea, select");
    input?.setAttribute("aria-invalid", "true");
    input?.focus();
    return true;
  }

  #forgetError(input) {
    const box = input?.closest("[data-field]");
    if (!box) return;
    if (box.dataset.field === "reason") this.#markReasons(box);
    if (box.querySelector("[data-error]")) box.querySelector("[data-error]").textContent = "";
    input.removeAttribute("aria-invalid");
  }

  #clearErrors() {
    this.trouble.hidden = true;
    this.trouble.replaceChildren();
    for (const place of this.form.querySelectorAll("[data-error]")) place.textContent = "";
    for (const input of this.form.querySelectorAll("[aria-invalid]")) input.removeAttribute("aria-invalid");
  }
}
