/** The second step: which column fills which field, beside the first rows of the file. */
import { element, icon } from "core/dom";
import { get, put } from "core/http";
import { plural } from "core/format";
import { listAll } from "core/lookups";
import { startReview } from "import/check";
import { toastError } from "core/toast";
import { notice, words } from "import/words";

const SECTIONS = [
  ["Order", ["external_reference", "customer", "service", "type", "priority", "carrier_type", "barcode", "is_draft", "staging_warehouse"]],
  ["Pickup", words.fields?.map(({ name }) => name).filter((name) => name.startsWith("pickup_")) ?? []],
  ["Dropoff", words.fields?.map(({ name }) => name).filter((name) => name.startsWith("dropoff_")) ?? []],
  ["Payment", ["payer", "payment_method", "cod_amount", "delivery_fee"]],
  ["Package and times", ["unit_size", "items", "scheduled_pickup_at", "scheduled_delivery_at", "instructions", "notes"]],
];
const NONE = "";

export async function drawColumns(box, page) {
  const step = new Columns(box, page);
  await step.look({});
  step.suggest();
}

class Columns {
  #choices = new Map();
  #errors = {};

  constructor(box, page) {
    Object.assign(this, { box, page });
    this.layout = {};
    this.said = element("div", { class: "import-said", "aria-live": "polite" });
  }

  /** Reads the first rows, with another sheet, encoding, delimiter or heading row where one is chosen. */
  async look(change) {
    const { job } = this.page;
    this.layout = { ...this.layout, ...change };
    if ("sheet" in change || "encoding" in change || "delimiter" in change) delete this.layout.heading_row;
    this.seen = await get(this.page.path("preview/"), this.layout);
    const isAsStored = !Object.keys(this.layout).length && job.state !== "uploaded";
    this.mapping = isAsStored ? job.mapping : this.seen.mapping;
    this.dateOrder ??= isAsStored ? job.date_order : this.seen.date_order;
    this.#errors = {};
    this.#draw();
  }

  /** Names of services and warehouses under the fields that take them. */
  async suggest() {
    for (const [resource, kind] of [["services", "service"], ["warehouses", "warehouse"]]) {
      try {
        const rows = await listAll(resource);
        this.box.append(element("datalist", { id: `import-${kind}` }, ...rows.filter((row) => row.is_active !== false).map((row) => element("option", { value: row.code ?? row.name }, row.name))));
      } catch {
        // Without the list they can be typed.
      }
    }
  }

  #draw() {
    this.#choices.clear();
    const { job } = this.page;
    const found = Object.values(this.mapping).filter(({ column }) => column !== null && column !== undefined).length;
    const about = this.seen.is_remembered ? "as you mapped such a file the last time" : "by their headings";
    const save = element("button", { class: "btn primary", type: "submit" }, "Check all rows", icon("arrow-right"));
    const form = element(
      "form",
      { class: "import-mapping", novalidate: true, onsubmit: (event) => this.#save(event, save) },
      element(
        "header",
        { class: "import-title" },
        element("div", {}, element("h2", { tabindex: -1 }, "What is in which column?"), element("p", { class: "muted" }, `${plural(found, "column")} recognised ${about}.`)),
        save,
      ),
      this.said,
      element("div", { class: "import-options" }, ...this.#options(job)),
      element("table", { class: "plain-table import-fields" }, this.#fieldHead(), ...SECTIONS.map(([title, names]) => this.#section(title, names))),
    );
    this.box.replaceChildren(form, this.#preview(), ...this.box.querySelectorAll("datalist"));
    this.#showErrors();
    this.#mark();
  }

  #options(job) {
    const options = [];
    const choose = (label, name, choices, value, run) => {
      const select = element("select", { id: `import-${name}`, onchange: () => run(select.value) }, ...choices.map(([key, word]) => element("option", { value: key, selected: String(key) === String(value) }, word)));
      options.push(element("div", { class: "field" }, element("label", { for: `import-${name}` }, label), select));
      return select;
    };
    const look = (name) => (value) => this.look({ [name]: value }).catch(toastError);
    if (job.sheets.length > 1) choose("Sheet", "sheet", job.sheets.map((name) => [name, name]), this.layout.sheet ?? job.sheet, look("sheet"));
    if (job.format === "csv") {
      choose("Encoding", "encoding", Object.entries(words.encodings), this.layout.encoding ?? job.encoding, look("encoding"));
      choose("Delimiter", "delimiter", Object.entries(words.delimiters), this.layout.delimiter ?? job.delimiter, look("delimiter"));
    }
    const row = element("input", { id: "import-heading-row", type: "number", min: 1, max: 1000, value: this.seen.heading_row, onchange: () => row.value && this.look({ heading_row: row.value }).catch(toastError) });
    options.push(element("div", { class: "field narrow" }, element("label", { for: "import-heading-row" }, "Headings in row"), row));
    choose("Dates", "date-order", Object.entries(words.date_orders), this.dateOrder, (value) => (this.dateOrder = value));
    this.group = element("input", { id: "import-group", maxlength: 60, value: job.bulk_group });
    options.push(element("div", { class: "field" }, element("label", { for: "import-group" }, "Bulk group of the orders"), this.group));
    this.places = element("input", { type: "checkbox", checked: job.finds_places });
    options.push(element("label", { class: "check-line" }, this.places, "Find the coordinates of addresses"));
    return options;
  }

  #fieldHead() {
    return element("thead", {}, element("tr", {}, ...["Field", "Column of the file", "All rows, or empty cells"].map((name) => element("th", { scope: "col" }, name))));
  }

  #section(title, names) {
    const fields = names.map((name) => words.fields.find((field) => field.name === name)).filter(Boolean);
    return element("tbody", {}, element("tr", { class: "import-section" }, element("th", { scope: "rowgroup", colspan: 3 }, title)), ...fields.map((field) => this.#field(field)));
  }

  #field(field) {
    const source = this.mapping[field.name] ?? { column: null, value: "" };
    const column = element(
      "select",
      { class: "input", "aria-label": `Column for ${field.label}`, onchange: () => this.#mark() },
      element("option", { value: NONE }, "–"),
      ...this.seen.headings.map((name, place) => element("option", { value: place, selected: source.column === place }, name)),
    );
    const value = this.#value(field, source.value ?? "");
    const error = element("div", { class: "errors", id: `import-error-${field.name}` });
    this.#choices.set(field.name, { column, value, error, field });
    const mark = field.is_needed ? element("span", { class: "required-mark", title: "Needed" }, " *") : null;
    return element("tr", { dataset: { field: field.name } }, element("td", {}, element("span", { class: "import-label" }, field.label, mark), field.help ? element("span", { class: "hint" }, field.help) : null, error), element("td", {}, column), element("td", {}, value));
  }

  #value(field, value) {
    const attributes = { class: "input", "aria-label": `${field.label} for all rows`, onchange: () => this.#mark() };
    if (field.choices.length || field.kind === "yes_no") {
      const choices = field.choices.length ? field.choices : [["yes", "Yes"], ["no", "No"]];
      return element("select", attributes, element("option", { value: NONE }, "–"), ...choices.map(([key, word]) => element("option", { value: key, selected: [key, word].map((each) => each.toLowerCase()).includes(value.toLowerCase()) }, word)));
    }
    const list = ["service", "warehouse"].includes(field.kind) ? `import-${field.kind}` : null;
    return element("input", { ...attributes, value, maxlength: 500, list, autocomplete: "off", placeholder: field.is_needed ? "" : null });
  }

  #preview() {
    const { headings, rows } = this.seen;
    this.heads = headings.map((name) => element("th", { scope: "col" }, element("span", { class: "import-meaning" }), element("span", { class: "truncate", title: name }, name)));
    const body = rows.map(({ row, cells }) => element("tr", {}, element("th", { scope: "row", class: "muted" }, String(row)), ...cells.slice(0, headings.length).map((cell) => element("td", { title: cell }, cell))));
    return element(
      "div",
      { class: "import-preview" },
      element("h3", { class: "section-title" }, "First rows of the file"),
      element("div", { class: "import-scroll", tabindex: 0, role: "region", "aria-label": "First rows of the file" }, element("table", { class: "plain-table" }, element("thead", {}, element("tr", {}, element("th", { scope: "col", class: "muted" }, "Row"), ...this.heads)), element("tbody", {}, ...body))),
    );
  }

  /** Shows above each column what it means now, and which fields are filled. */
  #mark() {
    const meanings = new Map();
    for (const { column, value, field } of this.#choices.values()) {
      if (column.value !== NONE) meanings.set(Number(column.value), field.label);
      const row = column.closest("tr");
      row.dataset.filled = String(column.value !== NONE || Boolean(value.value));
    }
    this.heads.forEach((head, place) => {
      head.firstChild.textContent = meanings.get(place) ?? "not used";
      head.classList.toggle("used", meanings.has(place));
    });
  }

  async #save(event, button) {
    event.preventDefault();
    const fields = {};
    for (const [name, { column, value }] of this.#choices) {
      if (column.value !== NONE || value.value.trim()) fields[name] = { column: column.value === NONE ? null : Number(column.value), value: value.value.trim() };
    }
    const body = { fields, ...this.layout, date_order: this.dateOrder, finds_places: this.places.checked, bulk_group: this.group.value.trim(), version: this.page.job.version };
    if (body.heading_row) body.heading_row = Number(body.heading_row);
    button.setAttribute("aria-busy", "true");
    try {
      this.page.take(await put(this.page.path("mapping/"), body));
      await startReview(this.page);
    } catch (error) {
      this.#errors = error.fields ?? {};
      this.said.replaceChildren(notice("bad", "error", Object.keys(this.#errors).length > 1 ? `${plural(Object.keys(this.#errors).length, "field")} need your attention.` : error.message));
      this.#showErrors({ focus: true });
    } finally {
      button.removeAttribute("aria-busy");
    }
  }

  #showErrors({ focus = false } = {}) {
    let first = null;
    for (const [name, { column, error }] of this.#choices) {
      const sentence = this.#errors[name]?.[0] ?? "";
      error.textContent = sentence;
      column.toggleAttribute("aria-invalid", Boolean(sentence));
      if (sentence) column.setAttribute("aria-describedby", error.id);
      first ??= sentence ? column : null;
    }
    if (focus) first?.focus();
  }
}
