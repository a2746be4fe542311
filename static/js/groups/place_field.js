/** A place in a group's form: a warehouse, or an address with its point. The markup is console/groups/place.html. */
import { get } from "core/http";
import { Combobox } from "order/form/combobox";

const SHORTEST = 3;

export class PlaceField {
  #point = null;
  #chosenText = "";

  /** `changed()` hears every change; `warehouses` are those of the company, with lat and lng. */
  constructor(root, { warehouses, changed }) {
    Object.assign(this, { root, warehouses, changed, end: root.dataset.placeField });
    this.address = root.querySelector(`[name=${this.end}_address]`);
    this.warehouse = root.querySelector(`[name=${this.end}_warehouse_id]`);
    this.hint = root.querySelector("[data-place-hint]");
    const { lat, lng } = this.address.dataset;
    if (lat && lng) this.#point = { lat: Number(lat), lng: Number(lng) };
    this.#chosenText = this.address.value;
    this.combobox = new Combobox(this.address, { search: (text, signal) => this.#suggest(text, signal), choose: (item) => this.#choose(item), empty: "No such address is known. What you typed is kept.", openOnFocus: false });
    this.address.addEventListener("input", () => this.#typed());
    this.warehouse.addEventListener("change", () => changed());
    for (const radio of root.querySelectorAll(`[name=${this.end}_kind]`)) radio.addEventListener("change", () => this.#showKind());
  }

  destroy() {
    this.combobox.destroy();
  }

  get kind() {
    return this.root.querySelector(`[name=${this.end}_kind]:checked`)?.value ?? "warehouse";
  }

  /** What the command takes. */
  read() {
    const atWarehouse = this.kind === "warehouse";
    return {
      [`${this.end}_warehouse_id`]: atWarehouse && this.warehouse.value ? Number(this.warehouse.value) : null,
      [`${this.end}_address`]: atWarehouse ? "" : this.address.value.trim(),
      [`${this.end}_latitude`]: atWarehouse ? null : (this.#point?.lat ?? null),
      [`${this.end}_longitude`]: atWarehouse ? null : (this.#point?.lng ?? null),
    };
  }

  /** The end as a point of the map, or null. */
  get mark() {
    const role = this.root.querySelector(".end-mark").classList.contains("dropoff") ? "dropoff" : "pickup";
    if (this.kind === "warehouse") {
      const found = this.warehouses.find(({ id }) => String(id) === this.warehouse.value);
      return found ? { role, shape: "warehouse", label: found.name, lat: found.lat, lng: found.lng, end: this.end } : null;
    }
    return this.#point && { role, shape: role, label: this.address.value, ...this.#point, end: this.end };
  }

  async #suggest(text, signal) {
    if (text.trim().length < SHORTEST) return { groups: [], note: "Type a street and number." };
    const { results } = await get("geocode/", { q: text }, { signal });
    return { groups: [{ title: "Found on the map", items: results.map(({ label, lat, lng }) => ({ label, lat, lng })) }], note: "" };
  }

  #choose({ label, lat, lng }) {
    this.address.value = this.#chosenText = label;
    this.#point = { lat, lng };
    this.#tell();
  }

  #typed() {
    if (this.#point && !this.address.value.startsWith(this.#chosenText)) this.#point = null;
    this.#tell();
  }

  #tell() {
    this.hint.textContent = this.address.value.trim() && !this.#point ? "Without a suggestion taken, this place is not on the map." : "";
    this.changed();
  }

  #showKind() {
    for (const part of this.root.querySelectorAll("[data-shown]")) part.hidden = part.dataset.shown !== this.kind;
    this.changed();
  }
}
