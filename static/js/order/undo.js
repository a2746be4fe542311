/** Undo: of the last change of an order, of the newest message, or of whatever this person did last. */
import { confirm } from "core/dialog";
import { age } from "core/format";
import { get } from "core/http";
import { toast, undoLatest } from "core/toast";
import { tellOutcome, undo } from "order/outcome";
import { lastActUrl, undoUrl } from "order/addresses";

export async function undoVersion(code, version) {
  tellOutcome(await undo({ url: undoUrl(code), body: { version } }));
}

/** First what a message on screen still offers; else asks whether to take back the person's own last change. */
export async function undoMyLast() {
  if (undoLatest()) return;
  const last = await get(lastActUrl());
  const what = `“${last.sentence}” on order ${last.code}, ${age(last.at)}`;
  if (last.why_not) {
    toast({ title: `Your last change cannot be undone: ${what}.`, text: last.why_not, tone: "warn" });
    return;
  }
  const sure = await confirm({ title: "Undo your last change?", text: `${what.charAt(0).toUpperCase()}${what.slice(1)}.`, action: "Undo it" });
  if (sure) tellOutcome(await undo(last.undo));
}
