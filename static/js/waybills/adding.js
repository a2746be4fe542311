/** Orders onto a drafted waybill from wherever they are shown: the order drawer, a row's menu, the ticked rows. */
import { config, may } from "core/config";
import { plural } from "core/format";
import { get, newKey, post } from "core/http";
import { pick } from "core/palette";
import { toast, toastError } from "core/toast";
import { refusalWords } from "groups/dialog";

const MOST_SHOWN = 20;
const address = () => config.destinations.find(({ name }) => name === "waybills")?.url;

export const mayAddToWaybill = () => may("groups.manage") && Boolean(address());

/** Whether the row alone tells that the order could go on a waybill; the server decides. */
export const fitsWaybill = (row) => row.status === "pending" && !row.driver && !row.held_by && !row.on_hold && row.carrier_type !== "hybrid" && !row.is_parent && !row.is_locked;

/** Asks which draft, and puts the orders on it; those that do not fit are named. */
export async function addToWaybill(codes) {
  if (!codes.length) return;
  const what = codes.length === 1 ? codes[0] : plural(codes.length, "order");
  const chosen = await pick({ placeholder: `Put ${what} on which waybill?`, section: "Drafted waybills", empty: "No drafted waybill fits. Make one under Waybills.", search });
  if (!chosen) return;
  if (!chosen.value) return void location.assign(`${address()}new/`);
  try {
    const { waybill, refused } = await post(`waybills/${chosen.value}/add/`, { codes }, { key: newKey() });
    const added = codes.length - refused.length;
    toast({
      text: `${plural(added, "order")} on ${waybill.label}.`,
      detail: refusalWords(refused),
      tone: refused.length ? "warn" : "good",
      sticky: refused.length > 0,
      undo: () => takeBack(waybill.label, codes.filter((code) => !refused.some((each) => each.code === code))),
    });
  } catch (error) {
    toastError(error);
  }
}

async function search(query, signal) {
  const { results } = await get("waybills/", { status: "drafted", search: query, limit: MOST_SHOWN }, { signal });
  const drafts = results.map(({ label, origin, destination, carrier_type: carrier, orders }) => ({
    id: `waybill-${label}`,
    title: label,
    subtitle: [`${origin.label} → ${destination.label}`, config.words.carriers?.[carrier] ?? carrier, plural(orders, "order")].join(" · "),
    icon: "waybill",
    value: label,
  }));
  return query ? drafts : [...drafts, { id: "waybill-new", title: "New waybill…", icon: "plus", value: "" }];
}

async function takeBack(label, codes) {
  await post(`waybills/${label}/remove/`, { codes }, { key: newKey() });
  return { message: `${plural(codes.length, "order")} taken off ${label} again.` };
}
