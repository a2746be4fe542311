/** The first step: a file by button, keyboard or drop; and the imports there have been. */
import { on } from "core/bus";
import { api } from "core/config";
import { element, icon } from "core/dom";
import { get, newKey, post } from "core/http";
import { number, time } from "core/format";
import { toastError } from "core/toast";
import { kilobytes, notice, statePill, words } from "import/words";

const AT_ONCE = 15;
const megabytes = Math.floor(words.largest / 1024 / 1024);
const endings = words.extensions?.map((ending) => `.${ending}`) ?? [];

export async function drawUpload(box, page) {
  const said = element("div", { class: "import-said", "aria-live": "assertive" });
  const input = element("input", { type: "file", id: "import-file", class: "visually-hidden", accept: endings.join(","), onchange: () => take(input.files) });
  const button = element("button", { class: "btn primary", type: "button", onclick: () => input.click() }, icon("upload"), "Choose a file");
  const drop = element(
    "div",
    { class: "import-drop", ondragover: (event) => over(event, true), ondragleave: (event) => over(event, false), ondrop: (event) => over(event, false, true) },
    icon("upload"),
    element("h2", { tabindex: -1 }, "Drop a file with orders here"),
    element("p", { class: "muted" }, `${endings.join(", ")}: up to ${megabytes} MB (${number(words.largest)} bytes) and ${number(words.most_rows)} rows. Nothing is created before you confirm.`),
    element("div", { class: "row" }, button, input, element("label", { class: "visually-hidden", for: "import-file" }, "File with orders")),
    element("p", { class: "small muted" }, "No file yet? Start from the template: ", template("xlsx", "Excel"), " or ", template("csv", "CSV"), "."),
  );
  const list = element("div", { class: "import-list" });
  box.append(drop, said, element("section", { class: "card flush", "aria-labelledby": "import-past" }, element("div", { class: "card-head" }, element("h2", { id: "import-past" }, "Past imports")), list));
  const past = new PastImports(list, page);
  await past.load();
  return on("work", (work) => work.kind === "import" && past.load());

  function over(event, isOver, isDrop = false) {
    event.preventDefault();
    drop.classList.toggle("on", isOver);
    if (isDrop) take(event.dataTransfer.files);
  }

  async function take(files) {
    if (!files.length) return;
    said.replaceChildren();
    if (files.length > 1) return refuse("Import one file at a time.");
    const [file] = files;
    // The server decides; this only spares the way there.
    if (!endings.some((ending) => file.name.toLowerCase().endsWith(ending))) return refuse(`“${file.name}” is none of: ${endings.join(", ")}. Save it in one of these formats.`);
    if (file.size > words.largest) return refuse(`“${file.name}” has ${kilobytes(file.size)}; the most is ${megabytes} MB (${number(words.largest)} bytes). Split it into several files.`);
    button.setAttribute("aria-busy", "true");
    said.replaceChildren(element("p", { class: "muted", role: "status" }, `Reading ${file.name}…`));
    const form = new FormData();
    form.append("file", file);
    try {
      const job = await post("imports/", form, { key: newKey() });
      location.assign(`${page.home}${job.label}/columns/`);
    } catch (error) {
      refuse(error.message);
    } finally {
      button.removeAttribute("aria-busy");
      input.value = "";
    }
    return undefined;
  }

  function refuse(sentence) {
    said.replaceChildren(notice("bad", "error", sentence));
  }
}

const template = (format, name) => element("a", { href: `${api("imports/template/")}?format=${format}`, download: "" }, name);

class PastImports {
  #jobs = [];
  #next = null;

  constructor(box, page) {
    Object.assign(this, { box, page });
  }

  async load({ more = false } = {}) {
    try {
      const page = await get("imports/", { limit: AT_ONCE, cursor: more ? this.#next : "" });
      this.#jobs = more ? [...this.#jobs, ...page.results] : page.results;
      this.#next = page.next_cursor;
      this.#draw();
    } catch (error) {
      toastError(error);
    }
  }

  #draw() {
    if (!this.#jobs.length) {
      this.box.replaceChildren(element("div", { class: "empty" }, icon("history"), element("h3", {}, "No imports yet"), element("p", {}, "Every import is kept here with its counts and, for a while, the rows that were not right.")));
      return;
    }
    const heads = ["Import", "File", "State", "Rows", "Created", "Held back", "By", "When"];
    const isNumber = (name) => ["Rows", "Created", "Held back"].includes(name);
    const head = element("tr", {}, ...heads.map((name) => element("th", { scope: "col", class: isNumber(name) ? "number" : null }, name)));
    const rows = this.#jobs.map((job) =>
      element(
        "tr",
        {},
        element("td", {}, element("a", { href: `${this.page.home}${job.label}/` }, job.label)),
        element("td", { class: "what" }, element("span", { class: "truncate", title: job.name }, job.name)),
        element("td", {}, statePill(job)),
        element("td", { class: "number" }, job.total ? number(job.total) : "–"),
        element("td", { class: "number" }, number(job.created)),
        element("td", { class: "number" }, number(["running", "done", "cancelled", "failed"].includes(job.state) ? job.held : job.invalid)),
        element("td", {}, job.actor),
        element("td", { class: "nowrap" }, time(job.created_at)),
      ),
    );
    const more = this.#next && element("div", { class: "more" }, element("button", { class: "btn small", type: "button", onclick: () => this.load({ more: true }) }, "Show older imports"));
    this.box.replaceChildren(element("table", { class: "plain-table" }, element("thead", {}, head), element("tbody", {}, ...rows)), ...(more ? [more] : []));
  }
}
