/** The import: five steps, each with its own address; what a step shows is read from the server. */
import { on } from "core/bus";
import { registerCommand } from "core/commands";
import { element, icon } from "core/dom";
import { get } from "core/http";
import { drawCheck } from "import/check";
import { drawColumns } from "import/columns";
import { drawConfirm } from "import/confirm";
import { drawResult } from "import/result";
import { drawUpload } from "import/upload";
import { isChangeable, isOver, notice, stepOf, wasInterrupted } from "import/words";

const STEPS = [
  ["upload", "Upload", drawUpload],
  ["columns", "Columns", drawColumns],
  ["check", "Check", drawCheck],
  ["confirm", "Confirm", drawConfirm],
  ["result", "Result", drawResult],
];

export function mount(root) {
  const page = new ImportPage(root);
  return () => page.destroy();
}

class ImportPage {
  #serial = 0;
  #stopStep = null;
  job = null;

  constructor(root) {
    const { home, table, label } = root.dataset;
    Object.assign(this, { root, home, table, label });
    this.head = root.querySelector(".import-head");
    this.body = root.querySelector(".import-body");
    this.onPop = () => this.#show(this.#stepOfAddress());
    addEventListener("popstate", this.onPop);
    this.stops = [
      on("live:reload", ({ until }) => until(this.reload())),
      registerCommand({ id: "import.upload", title: "Import another file", section: "Import", icon: "upload", when: () => Boolean(this.label), run: () => location.assign(home) }),
      registerCommand({ id: "import.next", title: "Go on with the import", section: "Import", keys: "mod+Enter", whileTyping: true, when: () => this.#next !== null, run: () => this.#next.click() }),
    ];
    if (label) this.reload();
    else this.#show("upload");
  }

  destroy() {
    removeEventListener("popstate", this.onPop);
    this.stops.forEach((stop) => stop());
    this.#stopStep?.();
  }

  /** The button that leads to the next step, where one does. */
  get #next() {
    return this.body.querySelector("button.btn.primary:not(:disabled)");
  }

  /** Where the API keeps this import. */
  path(part = "") {
    return `imports/${this.label}/${part}`;
  }

  #stepOfAddress() {
    return location.pathname.slice(this.home.length).split("/")[1] || (this.label ? stepOf(this.job) : "upload");
  }

  async reload() {
    if (!this.label) return this.#show("upload");
    try {
      this.job = await get(this.path());
      return this.#show(this.#stepOfAddress(), { focus: document.activeElement === document.body });
    } catch (error) {
      this.body.replaceChildren(notice("bad", "error", error.message, " ", element("button", { class: "btn small", type: "button", onclick: () => this.reload() }, "Try again")));
      return null;
    }
  }

  /** Takes over the job as the server answered it, and goes to a step of it. */
  go(job, step = stepOf(job), { replace = false } = {}) {
    this.job = job;
    const address = `${this.home}${job.label}/${step}/`;
    if (address !== location.pathname) history[replace ? "replaceState" : "pushState"](null, "", address);
    return this.#show(step, { focus: true });
  }

  /** The newest state of the job, while the same step stays on the screen. */
  take(job) {
    this.job = job;
    this.#drawHead(this.step);
  }

  canShow(step) {
    const { job } = this;
    if (step === "upload") return true;
    if (!job) return false;
    if (step === "columns") return isChangeable(job) && job.has_file;
    if (step === "check") return !["uploaded", "running", "done", "cancelled"].includes(job.state) && !wasInterrupted(job);
    if (step === "confirm") return job.state === "reviewed" && job.valid > 0;
    return job.state === "running" || (isOver(job) && (job.state !== "failed" || wasInterrupted(job)));
  }

  async #show(asked, { focus = false } = {}) {
    const step = this.canShow(asked) ? asked : stepOf(this.job);
    if (this.job && (step !== asked || !location.pathname.endsWith(`/${step}/`))) history.replaceState(null, "", `${this.home}${this.label}/${step}/`);
    const serial = ++this.#serial;
    this.#stopStep?.();
    this.#stopStep = null;
    this.step = step;
    this.#drawHead(step);
    this.body.setAttribute("aria-busy", "true");
    const draw = STEPS.find(([name]) => name === step)[2];
    const box = element("div", { class: `import-step import-step-${step}` });
    try {
      const stop = await draw(box, this);
      if (serial !== this.#serial) return stop?.();
      this.#stopStep = stop ?? null;
      this.body.replaceChildren(box);
    } catch (error) {
      if (serial !== this.#serial) return undefined;
      this.body.replaceChildren(notice("bad", "error", error.message, " ", element("button", { class: "btn small", type: "button", onclick: () => this.reload() }, "Try again")));
    }
    this.body.removeAttribute("aria-busy");
    this.body.scrollTop = 0;
    if (focus) box.querySelector("h2")?.focus({ preventScroll: true });
    return undefined;
  }

  #drawHead(current) {
    const at = STEPS.findIndex(([name]) => name === current);
    const items = STEPS.map(([name, title], place) => {
      const isDone = place < at;
      const mark = element("span", { class: "import-number" }, isDone ? icon("check", "small") : String(place + 1));
      const content = [mark, element("span", {}, title)];
      const attributes = { "aria-current": place === at ? "step" : null, dataset: isDone ? { done: "" } : {} };
      if (place === at || name === "upload" || !this.canShow(name)) return element("li", attributes, element("span", {}, ...content));
      return element("li", attributes, element("button", { type: "button", onclick: () => this.go(this.job, name) }, ...content));
    });
    const file = this.job ? element("span", { class: "import-file truncate muted", title: this.job.name }, this.job.name) : null;
    this.head.replaceChildren(element("ol", {}, ...items), ...(file ? [file] : []));
  }
}
