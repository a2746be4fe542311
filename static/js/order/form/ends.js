/** One end of the order in the form: an address with its point, or a warehouse; its zone is told as soon as it is known. */
import { element } from "core/dom";
import { get, post } from "core/http";
import { toast, toastError } from "core/toast";
import { formUrl } from "order/addresses";
import { Combobox } from "order/form/combobox";

export class EndField {
  #asked = 0;
  #point = null;
  /** Where the point came from: "list" (a chosen suggestion), "map", or "saved" with the order. */
  #pointSource = "";
  #chosenText = "";

  /** `changed()` hears every change; `customer()` is the chosen customer or null; `warehouses` are those of the tenant. */
  constructor(root, { end, warehouses, customer, changed }) {
    Object.assign(this, { root, end, warehouses, customer, changed });
    this.address = root.querySelector(`[name=${end}_address]`);
    this.warehouse = root.querySelector(`[name=${end}_warehouse_id]`);
    this.line = root.querySelector("[data-place]");
    this.add = root.querySelector("[data-add-address]");
    this.combobox = new Combobox(this.address, { search: (text, signal) => this.#suggest(text, signal), choose: (item) => this.#choose(item), empty: "No such address is known. Keep what you typed and set the place on the map." });
    this.address.addEventListener("input", () => this.#typed());
    this.warehouse.addEventListener("change", () => this.#moved());
    for (const radio of this.#kinds) {
      radio.addEventListener("change", () => {
        this.#showKind();
        this.#moved();
      });
    }
    this.add.addEventListener("click", () => this.#saveAddress());
  }

  destroy() {
    this.combobox.destroy();
  }

  get #kinds() {
    return [...this.root.querySelectorAll(`[name=${this.end}_kind]`)];
  }

  get kind() {
    return this.#kinds.find((radio) => radio.checked)?.value ?? "address";
  }

  set kind(kind) {
    for (const radio of this.#kinds) radio.checked = radio.value === kind;
    this.#showKind();
  }

  /** Where the end is now: of the address or of the warehouse; null while nobody knows. */
  get point() {
    if (this.kind === "address") return this.#point;
    const found = this.warehouses.find((each) => String(each.id) === this.warehouse.value);
    return found ? { lat: found.lat, lng: found.lng } : null;
  }

  get label() {
    return this.kind === "address" ? this.address.value.trim() : (this.warehouses.find((each) => String(each.id) === this.warehouse.value)?.name ?? "");
  }

  read() {
    const atWarehouse = this.kind === "warehouse";
    return {
      kind: this.kind,
      address: atWarehouse ? "" : this.address.value,
      warehouse_id: atWarehouse && this.warehouse.value ? Number(this.warehouse.value) : null,
      lat: atWarehouse ? null : (this.#point?.lat ?? null),
      lng: atWarehouse ? null : (this.#point?.lng ?? null),
    };
  }

  write(place) {
    this.kind = place.kind;
    this.address.value = place.address;
    this.warehouse.value = place.warehouse_id ?? "";
    this.#setPoint(place.lat === null ? null : { lat: place.lat, lng: place.lng }, "saved");
    this.#moved({ silent: true });
  }

  /** Set on the map: the nearest address is taken where none was written by hand. */
  async setFromMap({ lat, lng }) {
    if (this.kind === "warehouse") this.kind = "address";
    const mayFill = !this.address.value.trim() || this.address.value === this.#chosenText;
    this.#setPoint({ lat: round(lat), lng: round(lng) }, "map");
    const answer = await this.#moved({ address: true });
    if (!answer?.address) return;
    if (mayFill) {
      this.address.value = this.#chosenText = answer.address.label;
      this.#tidy();
      this.changed();
    } else if (answer.address.label !== this.address.value) {
      this.line.append(" · ", element("button", { class: "link", type: "button", onclick: () => this.#useAddress(answer.address.label) }, `Use the nearest address: ${answer.address.label}`));
    }
  }

  customerChanged() {
    this.#tidy();
  }

  #useAddress(label) {
    this.address.value = this.#chosenText = label;
    this.#moved();
  }

  #setPoint(point, source) {
    this.#point = point;
    this.#pointSource = source;
  }

  async #suggest(text, signal) {
    const { groups, trouble } = await get(formUrl("addresses"), { q: text, end: this.end, customer: this.customer()?.id }, { signal });
    return { groups, note: trouble || (groups.length || text.length >= 3 ? "" : "Type a street and number.") };
  }

  #choose(item) {
    this.address.value = this.#chosenText = item.label;
    this.#setPoint(item.lat === null ? null : { lat: item.lat, lng: item.lng }, "list");
    for (const part of ["contact", "phone", "notes"]) {
      const field = this.root.querySelector(`[name=${this.end}_${part}]`);
      if (item[part] && !field.value) field.value = item[part];
    }
    this.#moved();
  }

  /** Another address is another place: a point taken from the list goes, one set on the map stays. */
  #typed() {
    const isContinued = this.#chosenText && this.address.value.startsWith(this.#chosenText);
    if (this.#point && this.#pointSource !== "map" && !isContinued) {
      this.#setPoint(null, "");
      this.#moved();
    } else {
      this.#tidy();
      this.changed();
    }
  }

  #showKind() {
    for (const part of this.root.querySelectorAll("[data-shown]")) part.hidden = part.dataset.shown !== this.kind;
  }

  #tidy() {
    const customer = this.customer();
    this.add.disabled = !customer || !this.address.value.trim();
    this.add.title = customer ? `Save to the address book of ${customer.name}` : "Choose the customer first";
  }

  /** Tells the others, and asks which zone the place is in. */
  async #moved({ address = false, silent = false } = {}) {
    const asked = ++this.#asked;
    this.#tidy();
    const point = this.point;
    if (!silent) this.changed();
    if (!point) {
      this.#say(this.kind === "warehouse" || !this.label ? "" : "No position yet: choose a suggestion or click the map. Without one the order is not on the map.", "soon");
      return null;
    }
    try {
      const answer = await get(formUrl("point"), { lat: point.lat, lng: point.lng, end: this.end, address: address ? 1 : "" });
      if (asked !== this.#asked) return null;
      this.#sayZone(answer, point);
      return answer;
    } catch (error) {
      if (asked === this.#asked) this.#say(error.message, "soon");
      return null;
    }
  }

  #sayZone({ zone, others, closed, trouble }, point) {
    const where = `${point.lat.toFixed(5)}, ${point.lng.toFixed(5)}`;
    const also = others.length ? ` (also in ${others.join(", ")})` : "";
    const shut = closed.length ? ` ${closed.join(", ")} takes no ${this.end === "pickup" ? "pickups" : "deliveries"}.` : "";
    if (zone) this.#say([element("b", {}, `Zone ${zone.name}`), `${also} · ${where}`], "");
    else this.#say(`In no active zone: drivers limited to zones cannot take it.${shut} · ${where}`, "soon");
    if (this.kind === "address") this.line.append(" · ", element("button", { class: "link", type: "button", onclick: () => this.#removePoint() }, "Remove the point"));
    if (trouble) this.line.append(element("span", { class: "soon" }, ` ${trouble}`));
  }

  #removePoint() {
    this.#setPoint(null, "");
    this.#moved();
    this.address.focus();
  }

  #say(content, tone) {
    this.line.className = `place-line small ${tone}`;
    this.line.replaceChildren(...[content].flat());
  }

  async #saveAddress() {
    const customer = this.customer();
    const value = (part) => this.root.querySelector(`[name=${this.end}_${part}]`).value.trim();
    this.add.setAttribute("aria-busy", "true");
    try {
      await post(`customers/${customer.id}/addresses/`, { text: this.address.value.trim(), lat: this.#point?.lat ?? null, lng: this.#point?.lng ?? null, contact_name: value("contact"), contact_phone: value("phone"), notes: value("notes") });
      toast({ text: `Saved to the address book of ${customer.name}.` });
    } catch (error) {
      toastError(error);
    } finally {
      this.add.removeAttribute("aria-busy");
    }
  }
}

const round = (degrees) => Math.round(degrees * 1e6) / 1e6;
