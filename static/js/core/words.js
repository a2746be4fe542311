/** The words and tones of order states, as the server gave them (console/tones.py). */
import { config } from "core/config";
import { pill } from "core/dom";

const words = config.words;

export const statusWord = (status) => words.statuses?.[status]?.label ?? status;
export const statusTone = (status) => words.statuses?.[status]?.tone ?? "quiet";
export const statusPill = (status) => pill(statusWord(status), statusTone(status));
export const assignmentWord = (status) => words.assignments?.[status]?.label ?? status;
export const assignmentPill = (status) => pill(assignmentWord(status), words.assignments?.[status]?.tone ?? "quiet");
export const typeWord = (type) => words.types?.[type] ?? type;
export const isOpen = (status) => words.groups?.open.includes(status) ?? false;
