/** The driver in a group's form: found by name, with the vehicle shown. The markup is console/groups/driver_field.html. */
import { get } from "core/http";
import { Combobox } from "order/form/combobox";

export class DriverField {
  #name;

  constructor(root, { changed = () => {} } = {}) {
    Object.assign(this, { root, changed });
    this.input = root.querySelector("[role=combobox]");
    this.value = root.querySelector("[name=driver_id]");
    this.line = root.querySelector("[data-driver-vehicle]");
    this.#name = this.input.value;
    this.combobox = new Combobox(this.input, { search: (text, signal) => this.#search(text, signal), choose: (item) => this.#choose(item), empty: "No driver in service has this name." });
    this.input.addEventListener("input", () => !this.input.value.trim() && this.#choose(null));
    // What is no driver does not stay written as if it were one.
    this.input.addEventListener("blur", () => (this.input.value = this.#name));
    root.querySelector("[data-clear-driver]").addEventListener("click", () => {
      this.#choose(null);
      this.input.focus();
    });
  }

  destroy() {
    this.combobox.destroy();
  }

  async #search(text, signal) {
    const { results } = await get("drivers/", { search: text.trim() === this.#name ? "" : text, status: "active", limit: 20 }, { signal });
    const items = results.map(({ id, name, vehicle, is_online: isOnline }) => ({ id, name, label: name, vehicle, detail: `${vehicle ? vehicle.name : "no vehicle"}${isOnline ? "" : " · off duty"}` }));
    return { groups: [{ title: "Drivers in service", items }], note: "" };
  }

  #choose(item) {
    this.value.value = item?.id ?? "";
    this.input.value = this.#name = item?.name ?? "";
    this.line.textContent = item ? (item.vehicle ? `Drives ${item.vehicle.name}, ${item.vehicle.capacity_units} units.` : `${item.name} has no vehicle.`) : "";
    const error = this.root.querySelector("[data-error]");
    if (error) error.textContent = "";
    this.changed();
  }
}
