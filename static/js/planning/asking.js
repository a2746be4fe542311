/* Planning from elsewhere: who takes this order best, or a better sequence for this driver; the answer is looked at there. */

import { config, may } from "core/config";
import { post } from "core/http";
import { toastError } from "core/toast";

const address = () => config.destinations.find(({ name }) => name === "planning")?.url;

export const mayPlan = () => may("groups.manage") && may("orders.assign") && Boolean(address());

async function look(body) {
  try {
    const plan = await post("plans/", body);
    location.assign(`${address()}${plan.number}/`);
  } catch (error) {
    toastError(error);
  }
}

/** Where a waiting order fits best into what the drivers on duty do already. */
export const planInsertion = (code) => look({ kind: "insert", codes: [code] });

/** The driver's remaining stops in a better sequence; what is promised holds. */
export const planSequence = (driverId) => look({ kind: "resequence", driver_ids: [driverId] });

/** The ticked orders in the planning's form. */
export const planTrips = (codes) => location.assign(`${address()}?codes=${codes.map(encodeURIComponent).join(",")}`);
