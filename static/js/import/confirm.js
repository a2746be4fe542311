/** The fourth step: what is going to happen, once more, before it does. */
import { element, icon } from "core/dom";
import { newKey, post } from "core/http";
import { plural } from "core/format";
import { notice } from "import/words";

export async function drawConfirm(box, page) {
  const { job } = page;
  const said = element("div", { "aria-live": "assertive" });
  const key = newKey();
  const create = element("button", { class: "btn primary large", type: "button", onclick: run }, `Create ${plural(job.valid, "order")}`);
  const facts = [
    ["File", job.name],
    ["Created", plural(job.valid, "order")],
    ["Held back", job.invalid ? `${plural(job.invalid, "row")}, for you to download and correct` : "None"],
    ["Warnings", job.warned ? plural(job.warned, "row") : "None"],
    ["Bulk group", job.bulk_group],
  ];
  box.append(
    element(
      "section",
      { class: "card import-confirm" },
      element("h2", { tabindex: -1 }, `Create ${plural(job.valid, "order")}?`),
      element("dl", { class: "facts" }, ...facts.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)])),
      element("p", { class: "muted" }, "Each row is checked once more when its order is created. An external reference that exists by then is refused."),
      said,
      element("div", { class: "form-actions" }, create, element("button", { class: "btn large", type: "button", onclick: () => page.go(job, "check") }, icon("chevron-left"), "Back to the check")),
    ),
  );

  async function run() {
    create.setAttribute("aria-busy", "true");
    try {
      page.go(await post(page.path("confirm/"), { version: job.version }, { key }), "result");
    } catch (error) {
      create.removeAttribute("aria-busy");
      said.replaceChildren(notice("bad", "error", error.message));
    }
  }
}
