/** The orders of a draft: found, ticked, scanned or pasted, added many at a time, taken out again. */
import { registerCommand } from "core/commands";
import { debounce, element, icon } from "core/dom";
import { number, plural } from "core/format";
import { get, newKey, post } from "core/http";
import { toast, toastError } from "core/toast";
import { refusalWords, showTrouble } from "groups/dialog";

const PAUSE = 220;
const AT_ONCE = 100;

export class OrderPicker {
  #ticked = new Map();
  #rows = [];
  #next = null;
  #asked = 0;
  #key = newKey();

  /** `changed()` reads the step again after orders came or went; `shown(points)` hears what is ticked, for the map. */
  constructor(root, { changed, shown }) {
    Object.assign(this, { root, changed, shown, find: (name) => root.querySelector(`[data-picker-${name}]`) });
    const { eligible, add, remove, version } = root.dataset;
    Object.assign(this, { eligible, addUrl: add, removeUrl: remove, version: Number(version) });
    this.find("search").addEventListener("input", debounce(() => this.load(), PAUSE));
    this.find("here")?.addEventListener("change", () => this.load());
    this.find("more").addEventListener("click", () => this.load({ more: true }));
    this.find("add").addEventListener("click", () => this.add([...this.#ticked.keys()]));
    this.find("all").addEventListener("change", ({ target }) => this.#tickAll(target.checked));
    this.find("free").addEventListener("change", ({ target }) => this.#tick(target));
    this.find("free").addEventListener("dblclick", ({ target }) => target.closest("[data-code]") && this.add([target.closest("[data-code]").dataset.code]));
    this.find("scan").addEventListener("submit", (event) => {
      event.preventDefault();
      event.stopPropagation();
      this.#scan();
    });
    root.addEventListener("click", ({ target }) => {
      const button = target.closest("[data-picker-remove]");
      if (button) this.remove(button.dataset.pickerRemove);
    });
    const forget = [registerCommand({ id: "picker.search", title: "Search orders that fit", keys: "/", section: "Order list", run: () => this.find("search").focus() })];
    this.destroy = () => forget.forEach((stop) => stop());
    this.load();
  }

  /** What fits, from the start or a page further. */
  async load({ more = false } = {}) {
    const asked = ++this.#asked;
    const here = this.find("here")?.checked ? "1" : "";
    const query = { search: this.find("search").value.trim(), here, cursor: more ? this.#next : "" };
    try {
      const answer = await get(this.eligible, query);
      if (asked !== this.#asked) return;
      this.#rows = more ? [...this.#rows, ...answer.results] : answer.results;
      this.#next = answer.next_cursor;
      this.#draw(answer);
    } catch (error) {
      if (asked === this.#asked) toastError(error);
    }
  }

  #draw({ total, total_is_capped: isCapped }) {
    const free = this.find("free");
    free.replaceChildren(...this.#rows.map((each) => this.#row(each)));
    if (!this.#rows.length) free.append(element("p", { class: "muted nothing" }, this.find("here")?.checked ? "No pending order here fits. Untick “only at” to look further." : "No pending order fits."));
    this.find("total").textContent = `${isCapped ? "more than " : ""}${plural(total, "order")}`;
    this.find("more").hidden = this.#next === null;
    this.#showTicks();
  }

  #row({ order, warning }) {
    const { code, pickup, dropoff, customer, unit_size: units } = order;
    return element(
      "label",
      { class: "picker-row", dataset: { code } },
      element("input", { type: "checkbox", value: code, checked: this.#ticked.has(code) }),
      element("span", { class: "code" }, code),
      element(
        "span",
        { class: "what" },
        element("span", { class: "truncate" }, `${pickup.label} → ${dropoff.label}`),
        element("span", { class: "muted small truncate" }, `${customer.name} · ${plural(units, "unit")}`),
        warning && element("span", { class: "small soon row tight" }, icon("warning", "small"), warning),
      ),
    );
  }

  #tick({ value, checked }) {
    const found = this.#rows.find(({ order }) => order.code === value);
    if (checked && found) this.#ticked.set(value, found.order);
    else this.#ticked.delete(value);
    this.#showTicks();
  }

  #tickAll(checked) {
    for (const { order } of this.#rows) {
      if (checked) this.#ticked.set(order.code, order);
      else this.#ticked.delete(order.code);
    }
    for (const box of this.find("free").querySelectorAll("input")) box.checked = checked;
    this.#showTicks();
  }

  #showTicks() {
    const count = this.#ticked.size;
    const add = this.find("add");
    add.disabled = count === 0;
    add.textContent = count ? `Add ${number(count)} ticked` : "Add ticked";
    const all = this.find("all");
    all.checked = this.#rows.length > 0 && this.#rows.every(({ order }) => this.#ticked.has(order.code));
    all.indeterminate = !all.checked && count > 0;
    this.shown(pointsOf([...this.#ticked.values()]));
  }

  /** The orders behind codes or barcodes, with why they cannot join. */
  async #named(words) {
    const found = [];
    for (let start = 0; start < words.length; start += AT_ONCE) {
      const { results } = await get(this.eligible, { code: words.slice(start, start + AT_ONCE) });
      found.push(...results);
    }
    return found;
  }

  /** One that was scanned, or many that were pasted. */
  async #scan() {
    const input = this.root.querySelector("#picker-codes");
    const words = [...new Set(input.value.split(/[\s,;]+/).filter(Boolean))];
    if (!words.length) return;
    const found = await this.#named(words);
    const missing = words.filter((word) => !found.some(({ asked }) => asked === word)).map((word) => ({ message: `There is no order ${word}.` }));
    const unknown = [...missing, ...found.filter((each) => each.why_not).map((each) => ({ message: each.why_not }))];
    const codes = found.filter((each) => !each.why_not).map(({ order }) => order.code);
    if (codes.length) await this.add(codes, { refused: unknown });
    else showTrouble(this.find("trouble"), { message: unknown[0].message, details: { refused: unknown } });
    if (!unknown.length) input.value = "";
    input.select();
    input.focus();
  }

  /** What is ticked joins before the step is left; false when something was refused and has to be read first. */
  async addTicked() {
    return this.#ticked.size ? this.add([...this.#ticked.keys()]) : true;
  }

  /** True when every one of them joined. */
  async add(codes, { refused = [] } = {}) {
    try {
      const answer = await post(this.addUrl, { codes }, { key: this.#key });
      this.#key = newKey();
      const out = [...refused, ...answer.refused];
      if (out.length) toast({ text: answer.message, detail: refusalWords(out), tone: "warn", id: "group", sticky: true });
      this.#ticked.clear();
      await this.changed();
      return out.length === 0;
    } catch (error) {
      this.#refused(error);
      return false;
    }
  }

  async remove(code) {
    try {
      const answer = await post(this.removeUrl, { codes: [code] }, { key: this.#key });
      this.#key = newKey();
      toast({ text: answer.message, id: "group", undo: () => this.#addBack(code) });
      await this.changed();
    } catch (error) {
      this.#refused(error);
    }
  }

  async #addBack(code) {
    const answer = await post(this.addUrl, { codes: [code] });
    await this.changed();
    return answer;
  }

  #refused(error) {
    if (error.status !== 0) this.#key = newKey();
    showTrouble(this.find("trouble"), error);
  }
}

/** The ends of orders that are only ticked. */
function pointsOf(orders) {
  return orders.flatMap(({ code, pickup, dropoff }) =>
    [
      { role: "pickup", end: pickup },
      { role: "dropoff", end: dropoff },
    ]
      .filter(({ end }) => end.lat !== null && end.lng !== null)
      .map(({ role, end }) => ({ role, shape: end.kind === "warehouse" ? "warehouse" : role, label: end.label, lat: end.lat, lng: end.lng, code })),
  );
}
