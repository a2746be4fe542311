/** Orders onto a trip from wherever they are shown: the order drawer, a row's menu, the ticked rows of the table. */
import { config, may } from "core/config";
import { showDialog } from "core/dialog";
import { element } from "core/dom";
import { plural } from "core/format";
import { get, newKey, post } from "core/http";
import { pick } from "core/palette";
import { toast, toastError } from "core/toast";

const MOST_SHOWN = 20;
const address = () => config.destinations.find(({ name }) => name === "trips")?.url;

export const mayAddToTrip = () => may("groups.manage") && Boolean(address());

/** Whether the row alone tells that the order could come onto a trip; the server decides. */
export const fitsTrip = (row) => ["pending", "assigned"].includes(row.status) && !row.held_by && !row.on_hold && (row.carrier_type ?? "internal") === "internal" && !row.is_parent && !row.is_locked;

const tripUrl = (label) => `${address()}${label}/`;

/** Asks for the planned trip, or a new one, and puts the orders on it; resolves with its label, or with nothing. */
export async function addToTrip(codes, { driver = null } = {}) {
  if (!codes.length) return null;
  const what = codes.length === 1 ? codes[0] : plural(codes.length, "order");
  const chosen = await pick({ placeholder: `Put ${what} on which trip?`, section: "Planned trips", empty: "No planned trip fits.", search: (query, signal) => search(query, signal, what) });
  return chosen ? put(chosen.value, codes, driver) : null;
}

async function search(query, signal, what) {
  const { results } = await get("trips/", { status: "planned", search: query, limit: MOST_SHOWN }, { signal });
  const trips = results.map(({ label, driver, orders, notes }) => ({
    id: `trip-${label}`,
    title: label,
    subtitle: [driver?.name ?? "no driver", plural(orders, "order"), notes].filter(Boolean).join(" · "),
    icon: "trip",
    value: label,
  }));
  return query ? trips : [{ id: "trip-new", title: `New trip with ${what}`, icon: "plus", value: "" }, ...trips];
}

async function put(label, codes, driver) {
  try {
    const body = label ? { codes } : { codes, driver_id: driver?.id ?? null };
    return told(await post(label ? `trips/${label}/add/` : "trips/", body, { key: newKey() }), codes.length);
  } catch (error) {
    const blocked = error.details?.blocked ?? [];
    const rest = codes.filter((code) => !blocked.some((each) => each.code === code));
    if (!blocked.length || codes.length === 1) return void toastError(error);
    return (await goOnWithout(blocked, rest)) ? put(label, rest, driver) : null;
  }
}

/** All or none is the rule; who wants the others on the trip says so. */
async function goOnWithout(blocked, rest) {
  const rows = blocked.map(({ code, message }) => element("tr", {}, element("th", { scope: "row", class: "code" }, code), element("td", {}, message)));
  const list = element("div", { class: "bulk-rows", tabindex: 0, role: "region", "aria-label": "Orders that cannot come" }, element("table", { class: "plain-table" }, element("tbody", {}, rows)));
  const back = { value: "", label: rest.length ? "Back" : "Close" };
  const buttons = rest.length ? [back, { value: "go", label: `Add the other ${plural(rest.length, "order")}`, tone: "primary" }] : [back];
  return (await showDialog({ title: `${plural(blocked.length, "order")} cannot come`, body: [list], buttons, wide: true })) === "go";
}

function told({ trip, undo }, count) {
  const text = `${plural(count, "order")} on ${trip.label}${trip.driver ? `, ${trip.driver.name}'s` : ""}.`;
  const look = { label: "Look", run: () => location.assign(tripUrl(trip.label)) };
  toast({ text, ...(undo ? { undo } : { action: look }) });
  return trip.label;
}
