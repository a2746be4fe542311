/** Printing orders: which paper, then a PDF to look at or to save; large files are made in the background. */
import { api } from "core/config";
import { showDialog } from "core/dialog";
import { element } from "core/dom";
import { get, newKey, post, queryString } from "core/http";
import { plural } from "core/format";
import { followWork, isOver } from "core/progress";
import { toast, toastError } from "core/toast";

const MOST_AT_ONCE = 500;
const KEPT = "print-choice";

/** What can be printed; the same as orders/printing/forms.py. Fields of a sheet can be used up already. */
const FORMS = [
  { name: "labels", label: "Shipping labels", papers: [["thermal", "Thermal printer, 4 × 6 inches"], ["a4", "A4 sheets, 4 on each", 4]] },
  { name: "barcodes", label: "Barcode labels", papers: [["thermal", "Thermal printer, 57 × 32 mm"], ["a4", "A4 sheets, 24 on each", 24]] },
  { name: "receipts", label: "Receipts", papers: [["a6", "A6, one each"], ["a4", "A4 sheets, 4 on each", 4]] },
];

/**
 * printOrders({ codes }) for these orders in this sequence, or printOrders({ query, count }) for all that filters leave.
 */
export async function printOrders({ codes = null, query = "", count = codes?.length ?? 0 }) {
  if (!count) return;
  const form = new PrintForm(count);
  const many = count > MOST_AT_ONCE;
  const buttons = [{ label: "Back", value: "" }, ...(many ? [] : [{ label: "Download", value: "download" }]), { label: many ? "Make the file" : "Show", value: "show", tone: "primary" }];
  const answer = await showDialog({ title: `Print ${plural(count, "order")}`, body: [form.body, ...(many ? [element("p", { class: "hint" }, "This takes a moment: the file is made in the background, and you are told when it is ready.")] : [])], buttons });
  if (!answer) return;
  form.keep();
  const set = codes ? { codes: codes.join(",") } : Object.fromEntries(new URLSearchParams(query));
  if (many) await inBackground(form, set, count);
  else openFile(form, set, answer === "download");
}

function openFile(form, set, download) {
  const address = api(`prints/${form.form}/?${queryString({ ...set, paper: form.paper, used: form.used || "", download: download ? 1 : "" })}`);
  if (download) location.assign(address);
  else window.open(address, "_blank", "noopener");
}

async function inBackground(form, set, count) {
  try {
    const job = await post("print-jobs/", { form: form.form, paper: form.paper, used: form.used, filters: set }, { key: newKey() });
    toast({ text: `${form.label} of ${plural(count, "order")} are being made.`, tone: "accent" });
    const stop = followWork({
      kind: "print",
      id: job.id,
      read: async () => {
        const now = await get(`print-jobs/${job.id}/`);
        return { ...now, label: `${form.label} of ${plural(count, "order")}`, url: now.file };
      },
      listener: (work) => {
        if (!isOver(work.state)) return;
        stop();
        if (work.state === "success") toast({ text: `${form.label} of ${plural(count, "order")} are ready.`, action: { label: "Show", run: () => window.open(api(`print-jobs/${job.id}/file/`), "_blank", "noopener") }, sticky: true });
        else toast({ text: `${form.label} could not be made. Try again.`, tone: "bad" });
      },
    });
  } catch (error) {
    toastError(error);
  }
}

class PrintForm {
  constructor(count) {
    const kept = readKept();
    this.forms = element("div", { class: "chips", role: "radiogroup", "aria-label": "What to print" });
    this.list = element("select", { id: "print-paper" });
    this.free = element("input", { id: "print-used", type: "number", min: 0, value: 0, inputmode: "numeric" });
    this.usedBox = element("div", { class: "field" }, element("label", { for: "print-used" }, "Fields of the first sheet that are gone already"), this.free);
    this.body = element("div", { class: "form" }, this.forms, element("div", { class: "field" }, element("label", { for: "print-paper" }, "Paper"), this.list), this.usedBox);
    this.list.addEventListener("change", () => this.#drawUsed());
    this.count = count;
    this.#choose(FORMS.find(({ name }) => name === kept.form) ?? FORMS[0], kept.paper);
  }

  get form() {
    return this.chosen.name;
  }

  get label() {
    return this.chosen.label;
  }

  get paper() {
    return this.list.value;
  }

  get used() {
    return this.usedBox.hidden ? 0 : Math.max(0, Number(this.free.value) || 0);
  }

  keep() {
    localStorage.setItem(KEPT, JSON.stringify({ form: this.form, paper: this.paper }));
  }

  #choose(form, paper) {
    this.chosen = form;
    this.forms.replaceChildren(...FORMS.map((each) => element("button", { class: "chip", type: "button", role: "radio", "aria-checked": String(each === form), onclick: () => this.#choose(each) }, each.label)));
    this.list.replaceChildren(...form.papers.map(([value, label]) => element("option", { value, selected: value === paper }, label)));
    this.#drawUsed();
  }

  #drawUsed() {
    const fields = this.chosen.papers.find(([value]) => value === this.list.value)?.[2];
    this.usedBox.hidden = !fields;
    if (fields) this.free.max = fields - 1;
  }
}

function readKept() {
  try {
    return JSON.parse(localStorage.getItem(KEPT)) ?? {};
  } catch {
    return {};
  }
}
