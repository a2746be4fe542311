/** What the page knows of files, fields and states. */
import { element, icon, pill } from "core/dom";
import { number } from "core/format";

export const words = JSON.parse(document.getElementById("import-words")?.textContent ?? "{}");

const STATES = {
  uploaded: ["Columns open", "quiet"],
  mapped: ["To be checked", "quiet"],
  reviewing: ["Checking", "move"],
  reviewed: ["Checked", "accent"],
  running: ["Creating orders", "move"],
  done: ["Done", "good"],
  cancelled: ["Cancelled", "quiet"],
  failed: ["Failed", "bad"],
};

export const isAtWork = ({ state }) => state === "reviewing" || state === "running";
export const isOver = ({ state }) => ["done", "cancelled", "failed"].includes(state);
export const isChangeable = ({ state }) => ["uploaded", "mapped", "reviewed"].includes(state);
/** A run that failed in its middle can go on; its rows are not checked again. */
export const wasInterrupted = (job) => job.state === "failed" && (job.created > 0 || job.held > 0);

export function statePill(job) {
  if (job.state === "done" && job.held) return pill(job.created ? "Done, rows held back" : "No row imported", job.created ? "warn" : "bad");
  return pill(...STATES[job.state]);
}

/** The step that the state of an import asks for. */
export function stepOf(job) {
  if (job.state === "uploaded" || job.state === "mapped") return "columns";
  if (job.state === "reviewing" || job.state === "reviewed") return "check";
  return job.state === "failed" && !wasInterrupted(job) ? "check" : "result";
}

export const kilobytes = (size) => (size < 1024 * 1024 ? `${number(Math.max(1, Math.round(size / 1024)))} kB` : `${(size / 1024 / 1024).toFixed(1)} MB`);

export const figure = (count, label, tone = "") => element("div", { dataset: tone ? { tone } : {} }, element("b", {}, number(count)), element("span", {}, label));

export const notice = (tone, picture, ...children) => element("div", { class: "notice", "data-tone": tone, role: tone === "bad" ? "alert" : "status" }, icon(picture), element("div", {}, ...children));

/** For the lists of core/progress: how far an import is. */
export const asWork = (job) => ({
  done: job.state === "reviewing" ? job.checked : job.created + job.held,
  total: job.total || null,
  state: isAtWork(job) ? "running" : job.state === "failed" ? "failed" : job.state === "cancelled" ? "cancelled" : "success",
});
