/** What follows from what is chosen: which services fit, which payer goes with a method, what is promised; said at once. */
import { clock, duration, money, plural } from "core/format";
import { typeWord } from "core/words";

const PAYMENT = {
  wallet: { payer: "sender", words: "A wallet payment is made by the sender." },
  cod: { usual: "receiver", words: "Cash on delivery: the receiver pays this amount for the goods at the door. The fee is paid in cash too, by the sender at the pickup or by the receiver with the goods." },
  cash: { words: "The fee is paid to the driver in cash: by the sender at the pickup, or by the receiver at the door." },
  card: { words: "Either side may pay by card." },
  account: { words: "Goes on the customer's account." },
  prepaid: { words: "Paid already: nothing is collected." },
};

/** What an empty choice of the staging warehouse means, by the service's rule. */
const NONE = {
  "": "None: straight to the receiver",
  chosen: "Choose a warehouse",
  default: "As the service says: the default warehouse",
  nearest: "As the service says: the nearest to the pickup",
};

export class FormRules {
  constructor(form, { services, warehouses, locked }) {
    Object.assign(this, { form, services, warehouses, locked });
  }

  /** `changedName` is the control that was changed, where it was one. */
  apply(changedName = "") {
    this.#services();
    this.#way(changedName);
    this.#payment(changedName);
    this.#units();
    this.#promise();
  }

  get type() {
    return this.form.type;
  }

  get service() {
    return this.services.find((each) => each.id === this.form.value("service_id")) ?? null;
  }

  #services() {
    for (const service of this.services) {
      const box = this.form.root.querySelector(`[data-service="${service.id}"]`);
      if (!box) continue;
      const fits = !service.types.length || service.types.includes(this.type);
      const input = box.querySelector("input");
      input.disabled = !fits;
      if (!fits) input.checked = false;
      box.querySelector("[data-service-why]").textContent = fits ? "" : `Not for ${typeWord(this.type).toLowerCase()} orders.`;
    }
  }

  get mayBeStaged() {
    return this.type === "pickup_delivery";
  }

  /** Through a warehouse or straight to the receiver; what is staged is registered piece by piece. */
  #way(changedName) {
    const way = this.form.root.querySelector("[data-way]");
    const hint = this.form.root.querySelector("[data-service-hint]");
    const rule = this.service?.staging ?? "";
    hint.textContent = rule && !this.mayBeStaged ? `${this.service.name} moves packages through a staging warehouse, which only pickup & delivery orders do.` : "";
    if (!way) return;
    way.hidden = !this.mayBeStaged;
    const list = way.querySelector("[name=staging_warehouse_id]");
    const usual = this.warehouses.find((each) => each.is_default_staging);
    if (rule === "chosen" && !list.value && usual && ["service_id", "type"].includes(changedName)) list.value = String(usual.id);
    way.querySelector("[data-staging-optional]").hidden = rule === "chosen";
    way.querySelector("[data-staging-none]").textContent = NONE[rule];
    const isStaged = this.mayBeStaged && Boolean(rule || list.value);
    way.querySelector("[data-staging-hint]").textContent = isStaged ? "Carried in two legs: to the warehouse, and on from there once the package is staged." : "";
    this.form.root.querySelector("[data-items-need]").textContent = isStaged ? "at least one, which the warehouse receives" : "optional";
  }

  #payment(changedName) {
    const method = this.form.value("payment_method");
    const rule = PAYMENT[method] ?? { words: "" };
    const payers = [...this.form.root.querySelectorAll("[name=payer]")];
    for (const radio of payers) {
      radio.disabled = Boolean(rule.payer) && radio.value !== rule.payer;
      if (rule.payer) radio.checked = radio.value === rule.payer;
      else if (rule.usual && changedName === "payment_method") radio.checked = radio.value === rule.usual;
    }
    this.form.root.querySelector("[data-payment-hint]").textContent = rule.words;
    const cash = this.form.root.querySelector("[data-field=cod_amount]");
    cash.hidden = method !== "cod";
    if (changedName === "payment_method" && method === "cod") cash.querySelector("input").focus();
  }

  #units() {
    const hint = this.form.root.querySelector("[data-units-hint]");
    const units = Number(this.form.value("unit_size"));
    const { service } = this;
    if (!service) hint.textContent = "";
    else if (units < service.min_units || units > service.max_units) hint.textContent = `${service.name} takes ${service.min_units} to ${plural(service.max_units, "unit")}.`;
    else hint.textContent = `Fits ${service.name}: ${service.min_units} to ${plural(service.max_units, "unit")}.`;
    hint.className = `hint${service && (units < service.min_units || units > service.max_units) ? " soon" : ""}`;
  }

  #promise() {
    const { service } = this;
    const summary = this.form.root.querySelector(".form-summary");
    const hint = this.form.root.querySelector("[data-promise-hint]");
    const scheduled = this.form.value("scheduled_delivery_at");
    const fee = this.form.value("delivery_fee");
    this.form.root.querySelector("[name=delivery_fee]").placeholder = service ? service.price : "";
    if (!service) {
      summary.textContent = "";
      hint.textContent = "";
      return;
    }
    let promise = "no time promised";
    if (scheduled) promise = `promised ${scheduled.replace("T", " ")}`;
    else if (service.promise_minutes && !this.form.value("scheduled_pickup_at")) promise = `promised about ${clock(new Date(this.form.promisesSince() + service.promise_minutes * 60_000))}`;
    else if (service.promise_minutes) promise = `promised ${duration(service.promise_minutes * 60)} after the scheduled pickup`;
    hint.textContent = scheduled ? "The scheduled delivery is what the customer is promised." : service.promise_minutes ? `${service.name} promises delivery within ${duration(service.promise_minutes * 60)}.` : `${service.name} promises no time.`;
    summary.textContent = `${service.name} · ${money(fee || service.price)} · ${promise}`;
  }
}
