/** Words for the states of runs and for what became of orders. */
import { pill } from "core/dom";
import { number } from "core/format";

const STATES = { validating: "accent", validated: "warn", running: "accent", success: "good", partial: "warn", failed: "bad", cancelled: "quiet" };
const VERDICTS = { waiting: ["Waiting", "quiet"], possible: ["Can be done", "accent"], done: ["Done", "good"], failed: ["Failed", "bad"], skipped: ["Not tried", "quiet"] };

export const outcomePill = (run) => pill(run.state === "validated" ? "Not carried out yet" : run.state_label, STATES[run.state]);
export const verdictPill = (verdict) => pill(VERDICTS[verdict][0], VERDICTS[verdict][1]);
export const verdictWord = (verdict) => VERDICTS[verdict][0];
export const isOver = (run) => ["success", "partial", "failed", "cancelled"].includes(run.state);
export const isAtWork = (run) => ["validating", "running"].includes(run.state);

/** "48 of 60" */
export const figures = (run) => (run.done === run.total || ["validating", "validated"].includes(run.state) ? number(run.total) : `${number(run.done)} of ${number(run.total)}`);
