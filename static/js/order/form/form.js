/** The order form: fills its controls, reads them, explains what follows, and saves without ever losing what was typed. */
import { element } from "core/dom";
import { time } from "core/format";
import { filters } from "core/filters";
import { get, newKey, post } from "core/http";
import { toast } from "core/toast";
import { actionUrl, formUrl, newUrl, orderUrl } from "order/addresses";
import { Combobox } from "order/form/combobox";
import { DriverField } from "order/form/driver";
import { EndField } from "order/form/ends";
import { FormErrors } from "order/form/errors";
import { ItemsField } from "order/form/items";
import { forget, keep, recall } from "order/form/kept";
import { FormMap } from "order/form/map";
import { mergeNotice } from "order/form/merge";
import { FormRules } from "order/form/rules";
import { changedNames, fromServer, merge, NAMES, toBody } from "order/form/state";

const SPECIAL = new Set(["customer", "service_id", "staging_warehouse_id", "wants_replacement", "pickup", "dropoff", "payer", "priority", "items"]);

export class OrderForm {
  #key = newKey();
  #busy = false;
  #customer = null;

  /** `events`: saved(answer, {again}), closeWanted(). */
  constructor(root, events) {
    this.root = root;
    this.events = events;
    this.data = JSON.parse(root.querySelector("#order-form-data").textContent);
    this.isNew = this.data.mode === "create";
    this.version = this.data.version;
    this.name = this.isNew ? "new" : this.data.code;
    this.notices = root.querySelector(".form-notices");
    const changed = () => this.#changed();
    this.items = new ItemsField(root, { changed });
    this.map = new FormMap(root.querySelector(".form-map"), { moved: (end, point) => this.#setFromMap(end, point) });
    this.ends = Object.fromEntries(["pickup", "dropoff"].map((end) => [end, new EndField(root.querySelector(`[data-end="${end}"].form-end`), { end, warehouses: this.data.warehouses, customer: () => this.#customer, changed: () => this.#endsChanged() })]));
    this.rules = new FormRules(this, { services: this.data.services, warehouses: this.data.warehouses, locked: this.data.locked });
    this.errors = new FormErrors(this);
    this.customerInput = root.querySelector("#form-customer");
    this.customers = new Combobox(this.customerInput, { search: (text, signal) => this.#searchCustomers(text, signal), choose: (item) => this.#setCustomer(item.value, { move: true }), empty: "No customer has this name or number. Ask a tenant admin to add them." });
    this.driver = root.querySelector("#form-driver") ? new DriverField(root, this) : null;
    this.#listen();
    this.write(fromServer(this.data.values, this.data.customer));
    if (this.isNew && !this.data.customer) this.#presetByType({ first: true });
    this.base = this.read();
    this.#drawMap({ fit: true });
    this.#offerKept();
  }

  destroy() {
    this.#saveSoon.cancel?.();
    for (const part of [...Object.values(this.ends), this.customers, this.map, this.driver]) part?.destroy();
  }

  get type() {
    return this.root.querySelector("[name=type]:checked")?.value ?? this.data.type;
  }

  get isDirty() {
    return changedNames(this.base, this.read()).length > 0;
  }

  value(name) {
    if (name === "service_id") return Number(this.root.querySelector("[name=service_id]:checked")?.value) || null;
    const radio = this.root.querySelector(`[type=radio][name=${name}]`);
    if (radio) return this.root.querySelector(`[name=${name}]:checked`)?.value ?? "";
    return this.root.querySelector(`[name=${name}]`)?.value ?? "";
  }

  /** From when a service's promise counts, in milliseconds: now, or when the order that is edited was created. */
  promisesSince() {
    return this.data.created_at ? Date.parse(this.data.created_at) : Date.now();
  }

  serviceName(id) {
    return this.data.services.find((each) => each.id === id)?.name;
  }

  warehouseName(id) {
    return this.data.warehouses.find((each) => each.id === id)?.name;
  }

  read() {
    const state = {
      customer: this.#customer,
      service_id: this.value("service_id"),
      pickup: this.ends.pickup.read(),
      dropoff: this.ends.dropoff.read(),
      items: this.items.read(),
      ...this.#way(),
    };
    for (const name of NAMES) if (!(name in state)) state[name] = this.value(name);
    if (state.payment_method !== "cod") state.cod_amount = "";
    // The order of the names is that of the fields, so that two states compare as texts.
    return Object.fromEntries(NAMES.map((name) => [name, state[name]]));
  }

  /** Chosen when an order is created, and only for pickup & delivery: else it stays what it was. */
  #way() {
    const staging = this.root.querySelector("[name=staging_warehouse_id]");
    if (!staging) return { staging_warehouse_id: this.base?.staging_warehouse_id ?? String(this.data.values.staging_warehouse_id ?? ""), wants_replacement: this.data.values.wants_replacement ? "yes" : "" };
    if (!this.rules.mayBeStaged) return { staging_warehouse_id: "", wants_replacement: "" };
    return { staging_warehouse_id: staging.value, wants_replacement: this.root.querySelector("[name=wants_replacement]").checked ? "yes" : "" };
  }

  write(state) {
    const staging = this.root.querySelector("[name=staging_warehouse_id]");
    if (staging) {
      staging.value = state.staging_warehouse_id ?? "";
      this.root.querySelector("[name=wants_replacement]").checked = state.wants_replacement === "yes";
    }
    this.#setCustomer(state.customer);
    for (const radio of this.root.querySelectorAll("[name=service_id]")) radio.checked = Number(radio.value) === state.service_id;
    for (const name of ["payer", "priority"]) for (const radio of this.root.querySelectorAll(`[name=${name}]`)) radio.checked = radio.value === state[name];
    for (const name of NAMES.filter((each) => !SPECIAL.has(each))) this.root.querySelector(`[name=${name}]`).value = state[name];
    for (const end of ["pickup", "dropoff"]) this.ends[end].write(state[end]);
    this.items.write(state.items);
    this.rules.apply();
  }

  #listen() {
    this.root.addEventListener("submit", (event) => {
      event.preventDefault();
      this.save(event.submitter?.value ?? (this.isNew ? "create" : "save"));
    });
    this.root.addEventListener("keydown", (event) => {
      if ((event.ctrlKey || event.metaKey) && event.key === "Enter") {
        event.preventDefault();
        this.save(event.shiftKey && this.isNew ? "again" : this.isNew ? "create" : "save");
      } else if (event.key === "Enter" && event.target.matches("input:not([type=radio])") && !event.defaultPrevented) {
        // A form this long is sent on purpose, not by the Enter that closes a suggestion.
        event.preventDefault();
      }
    });
    this.root.addEventListener("change", (event) => {
      if (event.target.name === "type") this.#presetByType();
      if (event.target.name === "map_end") this.map.chosenEnd = event.target.value;
      this.rules.apply(event.target.name);
      this.#changed();
    });
    this.root.addEventListener("input", () => this.#changed());
    for (const end of ["pickup", "dropoff"]) this.ends[end].root.addEventListener("focusin", () => this.#chooseEnd(end));
    this.root.querySelector("[data-swap-ends]").addEventListener("click", () => this.#swapEnds());
    this.customerInput.addEventListener("input", () => this.#customer && this.customerInput.value !== this.#customer.name && this.#setCustomer(null, { keepText: true }));
    this.customerInput.addEventListener("blur", () => {
      // A half-typed name is no customer: the field shows what is chosen.
      if (this.#customer) this.customerInput.value = this.#customer.name;
    });
    for (const button of this.root.querySelectorAll("[data-form-close]")) button.addEventListener("click", () => this.events.closeWanted());
  }

  /** Pickups end at a warehouse and deliveries start at one, as a rule: the form starts there, and lets you say otherwise. */
  #presetByType({ first = false } = {}) {
    const wanted = { pickup: { dropoff: "warehouse" }, delivery: { pickup: "warehouse" } }[this.type] ?? {};
    for (const end of ["pickup", "dropoff"]) {
      const isEmpty = !this.ends[end].label;
      if (isEmpty && this.data.warehouses.length) this.ends[end].kind = wanted[end] ?? "address";
    }
    if (!first) this.rules.apply("type");
  }

  async #searchCustomers(text, signal) {
    const { customers, is_recent: isRecent } = await get(formUrl("customers"), { q: text }, { signal });
    return { groups: [{ title: isRecent ? "Of the latest orders" : "Customers", items: customers.map((each) => ({ label: each.name, detail: [each.phone, each.email].filter(Boolean).join(" · "), value: each })) }] };
  }

  #setCustomer(customer, { keepText = false, move = false } = {}) {
    this.#customer = customer ? { id: customer.id, name: customer.name, phone: customer.phone } : null;
    if (!keepText) this.customerInput.value = customer?.name ?? "";
    this.root.querySelector("[data-customer-hint]").textContent = customer?.phone ?? "";
    for (const end of Object.values(this.ends)) end.customerChanged();
    if (!move) return;
    this.errors.clear();
    this.#changed();
    (this.root.querySelector("[name=service_id]:checked") ?? this.root.querySelector("[name=service_id]:not(:disabled)"))?.focus();
  }

  #chooseEnd(end) {
    this.map.chosenEnd = end;
    for (const radio of this.root.querySelectorAll("[name=map_end]")) radio.checked = radio.value === end;
  }

  async #setFromMap(end, point) {
    const other = end === "pickup" ? "dropoff" : "pickup";
    await this.ends[end].setFromMap(point);
    // The first click sets one end, the next one the other.
    if (!this.ends[other].point) this.#chooseEnd(other);
  }

  #swapEnds() {
    const state = this.read();
    const swapped = { ...state, pickup: state.dropoff, dropoff: state.pickup };
    for (const part of ["contact", "phone", "notes"]) [swapped[`pickup_${part}`], swapped[`dropoff_${part}`]] = [state[`dropoff_${part}`], state[`pickup_${part}`]];
    this.write(swapped);
    this.#endsChanged();
  }

  #endsChanged() {
    this.#drawMap({ fit: true });
    this.#changed();
  }

  #drawMap(options) {
    const ends = Object.entries(this.ends)
      .filter(([, end]) => end.point)
      .map(([role, end]) => ({ role, shape: end.kind === "warehouse" ? "warehouse" : role, ...end.point, label: end.label, draggable: end.kind === "address" }));
    this.map.show(ends, options);
  }

  #saveSoon = debounced(() => this.isDirty && keep(this.name, this.read()), 400);

  #changed() {
    // The constructor fills the form before it knows what it started from.
    if (this.base) this.#saveSoon();
  }

  #offerKept() {
    const kept = recall(this.name);
    if (!kept || !changedNames(this.base, kept.state).length) return;
    const notice = element(
      "div",
      { class: "notice slim", "data-tone": "accent" },
      element("span", {}, `You typed something here at ${time(new Date(kept.at))} and did not save it.`),
      element("span", { class: "end row tight" },
        element("button", { class: "btn small", type: "button", onclick: () => { this.write(kept.state); this.#drawMap({ fit: true }); notice.remove(); } }, "Restore it"),
        element("button", { class: "btn small quiet", type: "button", onclick: () => { forget(this.name); notice.remove(); } }, "Forget it")),
    );
    this.notices.append(notice);
  }

  /** `how`: create, again (then a new one), draft, or save. */
  async save(how) {
    if (this.#busy) return;
    const state = this.read();
    const names = this.isNew ? NAMES : changedNames(this.base, state);
    if (!names.length) {
      toast({ text: "Nothing was changed.", tone: "accent" });
      this.events.closeWanted();
      return;
    }
    const body = toBody(state, names);
    if (this.isNew) Object.assign(body, { type: this.type, is_draft: how === "draft", carrier_type: this.value("carrier_type") || "internal", driver_id: this.driver?.value ?? null });
    else if (!body.cod_amount && names.includes("payment_method")) Object.assign(body, toBody(state, ["cod_amount"]));
    if (!this.isNew) body.version = this.version;
    this.#setBusy(how);
    try {
      const answer = await post(this.isNew ? newUrl() : actionUrl(this.data.code, "edit"), body, { key: this.#key });
      this.base = state;
      forget(this.name);
      this.errors.clear();
      this.#key = newKey();
      this.events.saved(answer, { again: how === "again" });
    } catch (error) {
      this.#refused(error, state);
    } finally {
      this.#setBusy("");
    }
  }

  #refused(error, mine) {
    keep(this.name, mine);
    // Without an answer nobody knows whether it was saved: the same key finds out on the next try, and saves only once.
    if (error.status !== 0) this.#key = newKey();
    if (error.isStale) return this.#conflict(error.details, mine);
    this.errors.show(error);
    if (error.code === "idempotency_key_reused" && error.details.order) this.errors.summary.append(element("a", { href: orderUrl(error.details.order) }, `Open ${error.details.order}`));
    return undefined;
  }

  #conflict(details, mine) {
    const theirs = fromServer(details.values, this.data.customer);
    const merged = merge(this.base, mine, theirs);
    this.version = details.version;
    this.base = theirs;
    this.write(merged.state);
    this.#drawMap({ fit: false });
    const close = (work) => (value) => {
      notice.remove();
      work(value);
    };
    const notice = mergeNotice({
      details, merged, mine, theirs, form: this,
      again: close((state) => {
        this.write(state);
        this.save("save");
      }),
      keep: close(() => {
        this.write(theirs);
        forget(this.name);
        this.events.closeWanted();
      }),
    });
    this.notices.replaceChildren(notice);
    notice.scrollIntoView({ block: "nearest" });
    notice.querySelector("button, input")?.focus();
  }

  #setBusy(how) {
    this.#busy = Boolean(how);
    for (const button of this.root.querySelectorAll("[type=submit]")) button.setAttribute("aria-busy", String(button.value === how));
  }
}

function debounced(run, wait) {
  let timer;
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(run, wait);
  };
  later.cancel = () => clearTimeout(timer);
  return later;
}
