/** The third step: all rows are checked without creating anything. */
import { element, icon } from "core/dom";
import { get, post } from "core/http";
import { plural } from "core/format";
import { Findings } from "import/findings";
import { followJob, workCard } from "import/work";
import { figure, notice } from "import/words";

export async function startReview(page) {
  const job = await post(page.path("review/"), { version: page.job.version });
  return page.go(job, "check");
}

export async function drawCheck(box, page) {
  const { job } = page;
  if (job.state === "reviewing") {
    const card = workCard("Checking every row…", "Nothing is created yet. You can leave this page: the check goes on.", page);
    box.append(card.node);
    return followJob(page, card, async () => page.go(await get(page.path()), "check", { replace: true }));
  }
  if (job.state === "mapped") {
    box.append(actions("The rows are not checked yet", "Checking reads the whole file and creates nothing.", button("Check all rows", () => startReview(page))));
    return undefined;
  }
  if (job.state === "failed") {
    box.append(
      notice("bad", "error", element("b", {}, "The file could not be checked. "), job.problem),
      actions("What now?", "Correct the file and upload it again, or try once more.", button("Check again", () => startReview(page))),
    );
    return undefined;
  }
  const summary = element(
    "section",
    { class: "card import-summary", "aria-label": "What the check found" },
    element("header", { class: "import-title" }, element("div", {}, element("h2", { tabindex: -1 }, title(job)), element("p", { class: "muted" }, hint(job))), forward(page)),
    element("div", { class: "import-figures" }, figure(job.total, "rows"), figure(job.valid, "can be imported", "good"), figure(job.invalid, "held back", job.invalid ? "bad" : ""), figure(job.warned, "with a warning", job.warned ? "warn" : "")),
  );
  const findings = new Findings(page, { errors: job.invalid, warnings: job.warned });
  box.append(summary, findings.node);
  await findings.load();
  return undefined;
}

function title({ valid, invalid }) {
  if (!invalid) return "Every row can be imported";
  return valid ? `${plural(invalid, "row")} would be held back` : "No row can be imported";
}

function hint({ valid, invalid }) {
  if (!invalid) return "Look at the warnings, if there are any, and go on.";
  return valid ? "You can import the others now, and the corrected rows later." : "Correct the file, or choose other columns.";
}

function forward(page) {
  const back = element("button", { class: "btn", type: "button", onclick: () => page.go(page.job, "columns") }, "Change columns");
  const again = element("button", { class: "btn", type: "button", onclick: () => startReview(page) }, icon("refresh"), "Check again");
  const next = page.job.valid ? element("button", { class: "btn primary", type: "button", onclick: () => page.go(page.job, "confirm") }, `Continue with ${plural(page.job.valid, "order")}`, icon("arrow-right")) : null;
  return element("div", { class: "row" }, back, again, next);
}

const button = (word, run) => element("button", { class: "btn primary", type: "button", onclick: run }, word);
const actions = (title, text, ...buttons) => element("section", { class: "card" }, element("h2", { tabindex: -1 }, title), element("p", { class: "muted" }, text), element("div", { class: "form-actions" }, ...buttons));
