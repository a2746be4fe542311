/** The sheet that holds the order form: opens over the page, has an address of its own, and never closes over unsaved work. */
import { emit, on } from "core/bus";
import { confirm, openDialog } from "core/dialog";
import { filters } from "core/filters";
import { get } from "core/http";
import { keyNames } from "core/keyboard";
import { prepare } from "core/menu";
import { toastError } from "core/toast";
import { codeIn, editUrl, isOverlay, newUrl, orderUrl, viewPath } from "order/addresses";
import { forget } from "order/form/kept";
import { tellOutcome } from "order/outcome";
import { fragmentOf } from "order/sections";

export async function mount(dialog) {
  const sheet = new Sheet(dialog);
  await sheet.ready;
  return () => sheet.destroy();
}

const isFormPath = (path) => path.endsWith("/edit/") || path.endsWith("/orders/new/");

class Sheet {
  #stops = [];
  #form = null;
  #returnTo = null;
  #isOpening = false;

  constructor(dialog) {
    this.dialog = dialog;
    const popped = () => this.#followAddress();
    const leaving = (event) => this.#form?.isDirty && event.preventDefault();
    addEventListener("popstate", popped);
    addEventListener("beforeunload", leaving);
    dialog.addEventListener("cancel", (event) => {
      if (event.target !== dialog) return;
      event.preventDefault();
      this.close();
    });
    // A browser may close a dialog on a second Escape without asking: what was typed is kept by the form.
    dialog.addEventListener("close", (event) => event.target === dialog && this.#form && this.#drop());
    this.#stops.push(
      () => removeEventListener("popstate", popped),
      () => removeEventListener("beforeunload", leaving),
      on("order:create", ({ from }) => this.#openNew(from)),
      on("order:edit", ({ code }) => this.open(editUrl(code))),
    );
    if (dialog.querySelector("form")) this.ready = this.#show({ returnTo: codeIn(location.pathname) ? orderUrl(codeIn(location.pathname)) : viewPath() });
  }

  destroy() {
    this.#stops.forEach((stop) => stop());
    this.#form?.destroy();
  }

  #openNew(from) {
    const [type] = filters.get("type").length === 1 ? filters.get("type") : [];
    return this.open(newUrl(), from ? { from } : { type });
  }

  async open(url, query = {}, { address = true } = {}) {
    if (this.dialog.open || this.#isOpening) return;
    this.#isOpening = true;
    try {
      const html = await get(url, query);
      const returnTo = isFormPath(location.pathname) ? viewPath() : location.pathname;
      this.dialog.replaceChildren(fragmentOf(html));
      if (address) history.pushState(null, "", url + location.search);
      await this.#show({ returnTo });
    } catch (error) {
      toastError(error);
    } finally {
      this.#isOpening = false;
    }
  }

  async #show({ returnTo }) {
    this.#returnTo = returnTo;
    // The form's modules and its map come with the first form that is opened, not with every page.
    const { OrderForm } = await import("order/form/form");
    for (const mark of this.dialog.querySelectorAll("kbd[data-keys]")) mark.textContent = keyNames(mark.dataset.keys).join(" ");
    prepare(this.dialog);
    openDialog(this.dialog, { focus: this.dialog.querySelector("#form-customer:not(:disabled)") ?? this.dialog.querySelector(".form-fields") });
    this.#form = new OrderForm(this.dialog.querySelector("form"), { saved: (answer, options) => this.#saved(answer, options), closeWanted: () => this.close() });
  }

  async close() {
    if (this.#form?.isDirty) {
      const sure = await confirm({ title: "Leave without saving?", text: "What you typed in this form would be lost.", action: "Leave", refuse: "Keep editing", danger: true });
      if (!sure) return;
      forget(this.#form.name);
    }
    this.#leave();
  }

  /** Takes the form away and goes back to what was open before. */
  #leave({ address = true } = {}) {
    this.#drop();
    if (address && isFormPath(location.pathname)) history.pushState(null, "", this.#returnTo + location.search);
  }

  #drop() {
    this.#form?.destroy();
    this.#form = null;
    if (this.dialog.open) this.dialog.close();
    this.dialog.replaceChildren();
  }

  #saved(answer, { again }) {
    const isNew = this.#form.isNew;
    const returnTo = this.#returnTo;
    const type = this.#form.type;
    this.#leave();
    tellOutcome(answer);
    if (again) this.open(newUrl(), { type });
    else if (isNew) emit("order:open", { code: answer.code, replace: isOverlay(returnTo) });
  }

  #followAddress() {
    const { pathname } = location;
    if (isFormPath(pathname)) {
      this.open(pathname, new URLSearchParams(location.search).has("from") ? { from: new URLSearchParams(location.search).get("from") } : {}, { address: false });
      return;
    }
    if (!this.dialog.open || !this.#form) return;
    if (this.#form.isDirty) {
      // Going back must not lose work either: stay, and ask.
      history.pushState(null, "", (this.#form.isNew ? newUrl() : editUrl(this.#form.data.code)) + location.search);
      this.close();
    } else this.#leave({ address: false });
  }
}
