/** Search, typed codes and scans: three ways into one selection, and a word about each. */
import { element, icon, debounce } from "core/dom";
import { get } from "core/http";
import { plural } from "core/format";
import { toastError } from "core/toast";
import { statusPill } from "core/words";
import { Camera, isPossible } from "bulk/camera";
import { orderLine } from "bulk/lines";
import { tabs } from "bulk/tabs";

const PAUSE = 200;
const SHOWN = 20;
const NAMED = 3;

export class Adding {
  #serial = 0;

  constructor(root, selection) {
    const find = (selector) => root.querySelector(selector);
    Object.assign(this, { root, selection, said: find(".bulk-said"), found: find(".bulk-found"), search: find("#bulk-search"), scan: find("#bulk-scan"), codes: find("#bulk-codes") });
    this.tabs = tabs(root.querySelector("[role=tablist]"), { chosen: (name) => name !== "scan" && this.camera.isOn && this.camera.stop() });
    this.camera = new Camera(find(".bulk-video"), (text) => this.#scanned(text));
    const cameraButton = find(".bulk-camera");
    cameraButton.hidden = !isPossible();
    cameraButton.addEventListener("click", () => (this.camera.isOn ? this.camera.stop() : this.camera.start().catch(toastError)));

    const searchSoon = debounce(() => this.#search(), PAUSE);
    this.search.addEventListener("input", searchSoon);
    this.search.addEventListener("keydown", (event) => this.#searchKey(event));
    find(".bulk-codes").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#addCodes();
    });
    this.codes.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      this.#addCodes();
    });
    find(".bulk-scan").addEventListener("submit", (event) => {
      event.preventDefault();
      const text = this.scan.value.trim();
      this.scan.value = ""; // the scanner may be at its next label already
      if (text) this.#scanned(text);
    });
  }

  destroy() {
    this.camera.stop();
  }

  redraw() {
    for (const line of this.found.querySelectorAll("[data-code]")) line.disabled = this.selection.orders.has(line.dataset.code);
  }

  async #search() {
    const text = this.search.value.trim();
    const mine = (this.#serial += 1);
    if (text.length < 2) {
      this.found.replaceChildren();
      return;
    }
    try {
      const { results, total } = await get("orders/", { search: text, limit: SHOWN });
      if (mine !== this.#serial) return;
      const lines = results.map((row) => element("li", {}, orderLine(fromRow(row), { mark: statusPill(row.status), press: () => this.#choose(row), disabled: this.selection.orders.has(row.code) })));
      if (!results.length) lines.push(element("li", { class: "note" }, `No order matches “${text}”.`));
      else if (total > results.length) lines.push(element("li", { class: "note small" }, `The newest ${results.length} of ${total} are shown. Type more to narrow them.`));
      this.found.replaceChildren(...lines);
    } catch (error) {
      if (mine === this.#serial) toastError(error);
    }
  }

  #choose(row) {
    this.selection.addOrder(fromRow(row));
    this.#say("good", `${row.code} added.`);
  }

  #searchKey(event) {
    const lines = [...this.found.querySelectorAll("button:not(:disabled)")];
    if (event.key === "ArrowDown" && lines.length) {
      event.preventDefault();
      lines[0].focus();
    } else if (event.key === "Enter") {
      event.preventDefault();
      lines[0]?.click();
    }
  }

  async #addCodes() {
    const texts = this.codes.value.split(/[\s,;]+/).map((text) => text.trim()).filter(Boolean);
    if (!texts.length) return;
    try {
      const { added, twice, others } = await this.selection.add(texts);
      this.#tell(added, twice, others);
      // What could not be used stays, to be corrected.
      this.codes.value = others.map(({ text }) => text).join("\n");
    } catch (error) {
      toastError(error);
    }
  }

  async #scanned(text) {
    try {
      const { added, twice, others } = await this.selection.add([text]);
      if (added.length) this.#say("good", `${added[0].order.code}, ${added[0].order.customer}: added.`);
      else if (twice.length) this.#say("warn", `${twice[0].order.code} is selected already.`);
      else this.#say("bad", `${others[0].text}: ${others[0].message}`);
    } catch (error) {
      toastError(error);
    }
  }

  #tell(added, twice, others) {
    const words = [];
    if (added.length) words.push(`${plural(added.length, "order")} added`);
    if (twice.length) words.push(`${twice.length === 1 ? `${twice[0].order.code} was` : `${twice.length} were`} in the list already`);
    if (others.length) {
      const named = others.slice(0, NAMED).map(({ text, kind }) => (kind === "unknown" ? text : `${text} (${kind})`));
      words.push(`not an order: ${named.join(", ")}${others.length > NAMED ? ` and ${others.length - NAMED} more` : ""}`);
    }
    this.#say(others.length ? "bad" : twice.length ? "warn" : "good", `${words.join("; ")}.`);
  }

  #say(tone, text) {
    const picture = { good: "success", warn: "warning", bad: "error" }[tone];
    this.said.replaceChildren(element("div", { class: "notice", "data-tone": tone }, icon(picture), element("span", {}, text)));
  }
}

const fromRow = (row) => ({ code: row.code, status: row.status, customer: row.customer.name, driver: row.driver?.name ?? null, dropoff: row.dropoff.label, warehouse: null, held_by: row.held_by ?? "" });
