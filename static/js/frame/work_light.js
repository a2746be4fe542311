/** Long work that goes on in the background: one quiet chip in the top bar, its list on a press, a word when it ends. */
import { on } from "core/bus";
import { element, pill } from "core/dom";
import { number, plural } from "core/format";
import { allWorks, forgetWork, isOver, share } from "core/progress";
import { toast } from "core/toast";

const KEPT = 60_000; // how long an ended work stays in the list
const LOST = 120_000; // nothing heard for so long: it ended without our hearing of it
const ENDINGS = {
  waiting: ["Waiting", "quiet"],
  running: ["Running", "accent"],
  success: ["Done", "good"],
  partial: ["Partly done", "warn"],
  failed: ["Failed", "bad"],
  cancelled: ["Cancelled", "quiet"],
};

export function mount(light) {
  const list = document.getElementById(light.dataset.menu);
  const word = light.querySelector(".word");
  const bar = light.querySelector("progress");
  const wentOn = new Set();

  function current() {
    const now = Date.now();
    for (const work of allWorks()) if (now - work.heardAt > (isOver(work.state) ? KEPT : LOST)) forgetWork(work);
    return allWorks();
  }
  function show() {
    const works = current();
    const going = works.filter((work) => !isOver(work.state));
    light.hidden = works.length === 0;
    light.classList.toggle("going", going.length > 0);
    word.textContent = going.length ? `${number(going.length)} running` : plural(works.length, "task") + " done";
    const shares = going.map(share);
    bar.hidden = going.length === 0;
    if (shares.includes(null)) bar.removeAttribute("value");
    else bar.value = shares.length ? shares.reduce((a, b) => a + b, 0) / shares.length : 1;
    if (list.matches(":popover-open")) fill(works);
  }
  function fill(works = current()) {
    list.replaceChildren(
      ...works.reverse().map((work) => {
        const [name, tone] = ENDINGS[work.state] ?? [work.state, "quiet"];
        const title = work.url ? element("a", { href: work.url, class: "strong truncate" }, work.label) : element("span", { class: "strong truncate" }, work.label);
        const part = share(work);
        const meter = isOver(work.state) ? null : element("progress", { class: "progress", max: 1, value: part, "aria-label": `Progress of ${work.label}` });
        const figures = work.total ? `${number(work.done)} of ${number(work.total)}` : work.done ? number(work.done) : "";
        return element("div", { class: "work" }, element("div", { class: "row" }, title, element("span", { class: "end" }, pill(name, tone))), meter, figures && element("div", { class: "small muted" }, figures));
      }),
    );
  }

  list.addEventListener("menu:open", () => fill());
  const stop = on("work", (work) => {
    const key = `${work.kind}:${work.id}`;
    if (!isOver(work.state)) wentOn.add(key);
    else if (wentOn.delete(key) && work.url && !location.pathname.startsWith(work.url)) {
      const [name, tone] = ENDINGS[work.state] ?? [work.state, "quiet"];
      toast({ text: `${work.label}: ${name.toLowerCase()}.`, tone: tone === "quiet" ? "accent" : tone, sticky: false, action: { label: "Look", run: () => location.assign(work.url) } });
    }
    show();
  });
  const timer = setInterval(show, 5000);
  show();
  return () => {
    stop();
    clearInterval(timer);
  };
}
