/** “Driver now” in the form of a new order: judged by the same rules as the order itself will be. */
import { element, pill } from "core/dom";
import { distance, number } from "core/format";
import { get } from "core/http";
import { formUrl } from "order/addresses";
import { Combobox } from "order/form/combobox";

export class DriverField {
  value = null;

  constructor(root, form) {
    this.form = form;
    this.input = root.querySelector("#form-driver");
    this.hint = root.querySelector("[data-driver-hint]");
    this.section = root.querySelector("[data-driver-section]");
    this.combobox = new Combobox(this.input, { search: (text, signal) => this.#search(text, signal), choose: (item) => this.#choose(item.value), empty: "No driver in service has this name." });
    this.input.addEventListener("input", () => this.value !== null && this.#choose(null, { keepText: true }));
    this.input.addEventListener("blur", () => this.value === null && (this.input.value = ""));
    root.querySelector("[name=carrier_type]").addEventListener("change", (event) => {
      this.section.hidden = event.target.value !== "internal";
      if (this.section.hidden) this.#choose(null);
    });
  }

  destroy() {
    this.combobox.destroy();
  }

  async #search(text, signal) {
    const { pickup, dropoff } = this.form.ends;
    const service = this.form.value("service_id");
    if (!service) return { groups: [], note: "Choose the service first: it decides who may take the order." };
    const { candidates, judged, total, possible } = await get(
      formUrl("candidates"),
      { search: text, service, units: this.form.value("unit_size"), pickup_lat: pickup.point?.lat, pickup_lng: pickup.point?.lng, dropoff_lat: dropoff.point?.lat, dropoff_lng: dropoff.point?.lng },
      { signal },
    );
    const items = candidates.map((each) => ({
      label: each.name,
      detail: [each.vehicle?.kind.toLowerCase(), each.limit === null ? "" : `${number(each.used)} of ${number(each.limit)} units`, ...each.warnings].filter(Boolean).join(" · "),
      end: element("span", { class: "row tight" }, each.metres === null ? "" : distance(each.metres), each.is_online ? "" : pill("Offline", "quiet")),
      blocked: each.blocks[0],
      value: each,
    }));
    return { groups: [{ title: `${number(possible)} of ${judged < total ? `the ${number(judged)} nearest of ${number(total)}` : number(total)} can take it; distance to the pickup as the crow flies`, items }] };
  }

  #choose(driver, { keepText = false } = {}) {
    this.value = driver?.id ?? null;
    if (!keepText) this.input.value = driver?.name ?? "";
    this.hint.textContent = driver ? driver.warnings.join(" ") : "";
  }
}
