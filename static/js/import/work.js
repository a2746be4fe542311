/** How far a check or a run is: heard over the live socket, asked for when nothing is heard. */
import { element } from "core/dom";
import { get, post } from "core/http";
import { number } from "core/format";
import { confirm } from "core/dialog";
import { followWork } from "core/progress";
import { toastError } from "core/toast";
import { asWork, isAtWork } from "import/words";

export function workCard(title, text, page) {
  const meter = element("progress", { class: "progress", "aria-label": title });
  const said = element("p", { role: "status", "aria-live": "polite" }, "Waiting for a worker…");
  const cancel = element("button", { class: "btn danger", type: "button", onclick: () => stop(page) }, "Cancel the import");
  const node = element("section", { class: "card import-work" }, element("h2", { tabindex: -1 }, title), element("p", { class: "muted" }, text), meter, element("div", { class: "row" }, said, element("span", { class: "spacer" }), cancel));
  return {
    node,
    show({ done, total }) {
      if (total) meter.max = total;
      if (total) meter.value = Math.min(done, total);
      said.textContent = done || total ? `${number(done)}${total ? ` of ${number(Math.max(total, done))}` : ""} rows` : "Waiting for a worker…";
    },
  };
}

/** Calls `ended` once the server says that the job is not at work any more. @returns {() => void} stops */
export function followJob(page, card, ended) {
  let isOver = false;
  const finish = () => {
    if (isOver) return;
    isOver = true;
    ended().catch(toastError);
  };
  const state = page.job.state;
  card.show(asWork(page.job));
  return followWork({
    kind: "import",
    id: page.label,
    listener: async (work) => {
      if (isOver) return;
      card.show(work);
      if (work.state === "running" || work.state === "waiting") return;
      // It may be the news of an earlier step that came late: the job itself knows.
      const job = await get(page.path()).catch(() => null);
      if (job && (!isAtWork(job) || job.state !== state)) finish();
    },
    read: async () => asWork(await get(page.path())),
  });
}

async function stop(page) {
  const isRunning = page.job.state === "running";
  const sure = await confirm({ title: "Cancel this import?", text: isRunning ? "Orders that are created already stay. The other rows are not imported." : "Nothing has been created.", action: "Cancel the import", refuse: "Go on", danger: true });
  if (!sure) return;
  try {
    page.go(await post(page.path("cancel/"), {}), "result", { replace: true });
  } catch (error) {
    toastError(error);
  }
}
