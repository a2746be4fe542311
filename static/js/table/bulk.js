/* One action on the ticked orders: ask for its input, show per order what would happen, then do it. */

import { config, may } from "core/config";
import { element } from "core/dom";
import { get, newKey, post } from "core/http";
import { showDialog } from "core/dialog";
import { plural } from "core/format";
import { toast, toastError } from "core/toast";
import { keepSelection } from "bulk/selection";
import { routeChoice, takeOffRoute } from "routes/add";

const MOST = 500;
const reason = (kind) => ({ kind, required: true });

/** name of the API's action -> its words, its right, what it asks for, and the key that means the same for one order */
const BULK = {
  assign: { keys: "a", title: "Assign to a driver", verb: "Assign", done: "assigned", permission: "orders.assign", driver: true },
  "assign-to-route": { title: "Add to route", verb: "Add", done: "added to the route", permission: "groups.manage", route: true },
  unassign: { keys: "u", title: "Unassign", verb: "Unassign", done: "unassigned", permission: "orders.assign", reason: reason("unassign"), note: true },
  status: { keys: "s", title: "Change status", verb: "Change", done: "changed", permission: "orders.status", targets: ["picked_up", "in_transit", "delivered"], note: true },
  hold: { keys: "h", title: "Hold", verb: "Hold", done: "held", permission: "orders.hold", reason: reason("hold") },
  release: { title: "Release hold", verb: "Release", done: "released", permission: "orders.hold" },
  cancel: { title: "Cancel orders", verb: "Cancel", done: "cancelled", permission: "orders.cancel", reason: reason("cancel"), danger: true },
};

export const bulkActions = () => Object.entries(BULK).filter(([, { permission }]) => may(permission)).map(([name, { title, keys }]) => ({ name, title, keys }));

/** Resolves with the codes that were changed. */
export async function actOnMany(name, codes) {
  const action = BULK[name];
  if (codes.length > MOST) {
    toast({ text: `A bulk run takes ${MOST} orders at most; ${codes.length} are ticked. Untick some.`, tone: "bad" });
    return [];
  }
  try {
    const input = await askInput(action, codes);
    if (!input) return [];
    const rehearsal = await post(`orders/bulk/${name}/`, { ...input, codes, rehearse: true });
    const possible = rehearsal.rows.filter(({ verdict }) => verdict === "possible").map(({ code }) => code);
    const failed = rehearsal.rows.filter(({ verdict }) => verdict === "failed");
    if ((failed.length || action.danger) && !(await confirmRows(action, possible, failed))) return [];
    if (!possible.length) return [];
    const run = await post(`orders/bulk/${name}/`, { ...input, codes: possible }, { key: newKey() });
    const done = run.rows.filter(({ verdict }) => verdict === "done").map(({ code }) => code);
    const late = run.rows.filter(({ verdict }) => verdict === "failed");
    const look = { label: "Look", run: () => location.assign(`${workspaceAddress()}${run.run}/`) };
    toast({ text: `${plural(done.length, "order")} ${action.done}.`, tone: done.length ? "good" : "bad", ...(done.length ? { undo: action.route ? () => takeOffRoute(input.route_id, done) : () => undoRun(run.run) } : { action: look }) });
    if (late.length) await showRows(`${plural(late.length, "order")} could not be ${action.done}`, late);
    return done;
  } catch (error) {
    toastError(error);
    return [];
  }
}

const workspaceAddress = () => config.destinations.find(({ name }) => name === "bulk")?.url;

/** The ticked orders in the bulk workspace, where every action is offered and every run is kept. */
export function openWorkspace(codes) {
  keepSelection(codes);
  location.assign(workspaceAddress());
}

/** Every order that the filters leave, however many, in the bulk workspace. */
export function openWorkspaceWithSet(query) {
  location.assign(`${workspaceAddress()}?set=1${query ? `&${query}` : ""}`);
}

async function undoRun(number) {
  const back = await post(`bulk-runs/${number}/undo/`);
  const left = back.failed ? ` ${plural(back.failed, "order")} had been changed since and stayed.` : "";
  return { message: `${plural(back.done, "change")} undone.${left}` };
}

async function askInput(action, codes) {
  const fields = [];
  const form = element("div", { class: "form" });
  const add = (id, label, control, read) => {
    form.append(element("div", { class: "field" }, element("label", { class: "label", for: id }, label), control));
    fields.push({ control, read });
  };
  if (action.driver) await addDriver(add);
  if (action.route) {
    const { control, route } = await routeChoice("bulk-route");
    add(control.id, "Route", control, () => ({ route_id: route()?.id }));
  }
  if (action.targets) {
    const list = element("select", { class: "input", id: "bulk-target" }, action.targets.map((value) => element("option", { value }, config.words.statuses[value].label)));
    add("bulk-target", "New status", list, () => ({ target: list.value }));
  }
  if (action.reason) await addReason(action.reason.kind, add);
  if (action.note) {
    const note = element("textarea", { class: "input", id: "bulk-note", rows: 2, maxlength: 2000 });
    add("bulk-note", "Note", note, () => ({ note: note.value.trim() }));
  }
  if (!fields.length) return {};
  const answer = await showDialog({
    title: `${action.title}: ${plural(codes.length, "order")}`,
    body: [form],
    buttons: [
      { value: "", label: "Back" },
      { value: "go", label: "Check", tone: "primary" },
    ],
    focus: fields[0].control,
  });
  return answer === "go" ? Object.assign({}, ...fields.map(({ read }) => read())) : null;
}

async function addDriver(add) {
  const { results } = await get("drivers/", { status: "active", limit: 500 });
  const sorted = [...results].sort((a, b) => Number(b.is_online ?? b.online) - Number(a.is_online ?? a.online) || a.name.localeCompare(b.name));
  const list = element("select", { class: "input", id: "bulk-driver" });
  for (const driver of sorted) list.append(element("option", { value: driver.id }, `${driver.name}${(driver.is_online ?? driver.online) ? "" : " (offline)"}`));
  add("bulk-driver", "Driver", list, () => ({ driver_id: Number(list.value) }));
}

async function addReason(kind, add) {
  const { results } = await get("reasons/", { kind, limit: 100 });
  const options = element("datalist", { id: "bulk-reasons" }, results.map(({ label }) => element("option", { value: label })));
  const input = element("input", { class: "input", id: "bulk-reason", list: "bulk-reasons", maxlength: 200, autocomplete: "off", value: results[0]?.label ?? "" });
  add("bulk-reason", "Reason", element("span", {}, input, options), () => ({ reason: input.value.trim() }));
}

async function confirmRows(action, possible, failed) {
  const body = [];
  if (failed.length) body.push(element("p", {}, `${plural(failed.length, "order")} will be left as they are:`), rowList(failed));
  if (!possible.length) {
    await showDialog({ title: "Nothing can be done", body, buttons: [{ value: "", label: "Close" }], wide: true });
    return false;
  }
  if (!failed.length) body.push(element("p", {}, "All of them can be done. Each order keeps its own history and can be undone on its own."));
  const answer = await showDialog({
    title: `${action.verb} ${plural(possible.length, "order")}?`,
    body,
    wide: failed.length > 0,
    buttons: [
      { value: "", label: "Back" },
      { value: "go", label: `${action.verb} ${plural(possible.length, "order")}`, tone: action.danger ? "primary danger" : "primary" },
    ],
  });
  return answer === "go";
}

const showRows = (title, rows) => showDialog({ title, body: [rowList(rows)], buttons: [{ value: "", label: "Close" }], wide: true });

function rowList(rows) {
  return element(
    "div",
    { class: "bulk-rows", tabindex: 0, role: "region", "aria-label": "Orders left as they are" },
    element("table", { class: "plain-table" }, element("tbody", {}, rows.map(({ code, message }) => element("tr", {}, element("th", { scope: "row", class: "code" }, code), element("td", {}, message))))),
  );
}
