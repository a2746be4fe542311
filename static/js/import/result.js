/** The last step: the orders as they are created, and what became of every row. */
import { element, icon } from "core/dom";
import { get, post } from "core/http";
import { duration, number, plural } from "core/format";
import { toastError } from "core/toast";
import { Findings } from "import/findings";
import { followJob, workCard } from "import/work";
import { figure, notice } from "import/words";

export async function drawResult(box, page) {
  const { job } = page;
  if (job.state === "running") {
    const card = workCard(`Creating ${plural(job.valid, "order")}…`, "You can leave this page: the import goes on, and the list of imports shows it.", page);
    box.append(card.node);
    return followJob(page, card, async () => page.go(await get(page.path()), "result", { replace: true }));
  }
  const seconds = job.started_at && job.finished_at ? (new Date(job.finished_at) - new Date(job.started_at)) / 1000 : null;
  const table = `${page.table}?${new URLSearchParams({ bulk_group: job.bulk_group })}`;
  const left = job.state === "done" ? 0 : Math.max(0, (job.checked || job.total) - job.created - job.held);
  box.append(
    ...(job.problem ? [notice("bad", "error", element("b", {}, "The import stopped. "), job.problem)] : []),
    element(
      "section",
      { class: "card import-summary", "aria-label": "What became of the file" },
      element(
        "header",
        { class: "import-title" },
        element("div", {}, element("h2", { tabindex: -1 }, title(job)), element("p", { class: "muted" }, `Bulk group ${job.bulk_group}${seconds !== null ? ` · ${seconds < 1 ? "in under a second" : `in ${duration(seconds)}`}` : ""}`)),
        element(
          "div",
          { class: "row" },
          job.created ? element("a", { class: "btn primary", href: table }, icon("table"), "Show the orders in the table") : null,
          job.state === "failed" && job.has_file ? element("button", { class: "btn primary", type: "button", onclick: () => goOn(page) }, icon("play"), "Go on where it stopped") : null,
          element("a", { class: "btn", href: page.home }, icon("upload"), "Import another file"),
        ),
      ),
      element("div", { class: "import-figures" }, figure(job.created, "orders created", job.created ? "good" : ""), figure(job.held, "rows held back", job.held ? "bad" : ""), ...(left ? [figure(left, "rows not tried", "warn")] : [])),
    ),
  );
  if (job.held || left) {
    const findings = new Findings(page, { errors: job.held, warnings: 0 });
    box.append(findings.node);
    await findings.load();
  }
  return undefined;
}

function title(job) {
  if (job.state === "cancelled") return job.created ? `Cancelled after ${plural(job.created, "order")}` : "Cancelled: nothing was created";
  if (job.state === "failed") return `Stopped after ${plural(job.created, "order")}`;
  if (!job.held) return job.created === 1 ? "The order is created" : `All ${number(job.created)} orders are created`;
  return `${plural(job.created, "order")} created, ${plural(job.held, "row")} held back`;
}

async function goOn(page) {
  try {
    page.go(await post(page.path("confirm/"), { version: page.job.version }), "result", { replace: true });
  } catch (error) {
    toastError(error);
  }
}
