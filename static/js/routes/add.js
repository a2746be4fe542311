/** “Add to route”: one order, or several, go into the open session of a route that is chosen by name. */
import { showDialog } from "core/dialog";
import { element } from "core/dom";
import { plural } from "core/format";
import { get, newKey, post } from "core/http";
import { toast, toastError } from "core/toast";

/** The choice of a route in use: `control` for the form, `route()` what is chosen. */
export async function routeChoice(id) {
  const { results } = await get("routes/", { status: "assigned", limit: 100 });
  const control = element(
    "select",
    { class: "input", id },
    results.map((route) => element("option", { value: route.label }, `${route.name} · ${route.driver.name}${route.open_session ? ` · ${route.open_session} is open` : ""}`)),
  );
  return { control, route: () => results.find(({ label }) => label === control.value) };
}

/** Whether the row alone says that it could go on a route; the server decides. */
export const fitsRoute = (row) => row.status === "pending" && !row.driver && (row.carrier_type ?? "internal") === "internal" && !row.on_hold && !row.held_by;

export async function addToRoute(codes) {
  try {
    const { control, route } = await routeChoice("add-to-route");
    if (!control.options.length) return void toast({ text: "No route in use has a driver. Make one under Routes first.", tone: "warn" });
    const what = codes.length === 1 ? codes[0] : plural(codes.length, "order");
    const answer = await showDialog({
      title: `Add ${what} to a route`,
      body: [
        element("div", { class: "field" }, element("label", { class: "label", for: control.id }, "Route"), control),
        element("p", { class: "muted small" }, "It goes into the open session and to the route's driver. Without an open session, one is opened."),
      ],
      buttons: [
        { value: "", label: "Back" },
        { value: "go", label: "Add to route", tone: "primary" },
      ],
      focus: control,
    });
    if (answer !== "go") return;
    const { session } = await post(`routes/${route().label}/add-orders/`, { codes }, { key: newKey() });
    toast({
      text: `${what} ${codes.length === 1 ? "is" : "are"} in session ${session.label} now.`,
      tone: "good",
      id: "group",
      undo: () => takeOut(session.label, codes, what),
    });
  } catch (error) {
    toastError(error);
  }
}

/** What a bulk run put on a route leaves its open session again. */
export async function takeOffRoute(id, codes) {
  const { results } = await get("routes/", { status: "assigned", limit: 100 });
  const session = results.find((route) => route.id === id)?.open_session;
  if (!session) throw new Error("The session has started meanwhile. Take the orders out on its page.");
  return takeOut(session, codes, plural(codes.length, "order"));
}

async function takeOut(label, codes, what) {
  await post(`sessions/${label}/remove-orders/`, { codes, reason: "Undone" }, { key: newKey() });
  return { message: `${what} left session ${label} again.` };
}
