/** Acting and telling: the toast of an outcome, and its Undo. */
import { emit } from "core/bus";
import { post } from "core/http";
import { toast } from "core/toast";
import { actionUrl } from "order/addresses";

/** Does it and tells; refusals are thrown. */
export async function act(code, name, body, options = {}) {
  const answer = await post(actionUrl(code, name), body, options);
  tellOutcome(answer);
  return answer;
}

/** The toast of a successful act; its Undo goes through the same door. */
export function tellOutcome(answer) {
  emit("order:changed", { code: answer.code, version: answer.version });
  const why = answer.why_not_undo;
  toast({
    text: answer.message,
    detail: answer.warnings?.length ? answer.warnings.join(" ") : "",
    tone: answer.warnings?.length ? "warn" : "good",
    id: `outcome:${answer.code}`,
    undo: answer.undo ? () => undo(answer.undo) : undefined,
    action: answer.undo || !why ? undefined : { label: "Why no undo?", run: () => toast({ text: why, tone: "accent", id: "why-not-undo" }) },
  });
}

/** `undo` is what the server offered: an address and the version it takes back. */
export async function undo({ url, body }) {
  const answer = await post(url, body);
  emit("order:changed", { code: answer.code, version: answer.version });
  return answer;
}
