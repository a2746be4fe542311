/* What a dispatcher does to a driver as a whole: on and off duty, and telling how it went, with its Undo. */

import { config } from "core/config";
import { confirm } from "core/dialog";
import { plural } from "core/format";
import { post, put } from "core/http";
import { toast } from "core/toast";

/** The toast of a change of a run; `undo` is the request that the server offers for taking it back. */
export function tellRun({ message, undo }) {
  toast({ text: message, tone: "good", id: "run", undo: undo ? () => takeBack(undo) : undefined });
}

async function takeBack({ method, url, body }) {
  const answer = await (method === "PUT" ? put(url, body) : post(url, body));
  return { message: `Undone. ${answer.message}` };
}

/** Takes a driver on or off duty; asks first where orders would be left with somebody who is not there. */
export async function setOnline(driver, online) {
  const { open_orders: open, moving_orders: moving } = driver.row;
  // With packages on the way the server says no, and names them.
  if (!online && open && !moving) {
    const sure = await confirm({
      title: `Take ${driver.name} off duty?`,
      text: `${plural(open, "order")} stay with ${driver.name} and may not be seen soon. Handing them over first is safer.`,
      action: "Take off duty",
    });
    if (!sure) return;
  }
  await put(`drivers/${driver.id}/availability/`, { online });
  toast({
    text: online ? `${driver.name} is on duty.` : `${driver.name} is off duty.`,
    id: `availability:${driver.id}`,
    undo: async () => {
      await put(`drivers/${driver.id}/availability/`, { online: !online });
      return { message: online ? `${driver.name} is off duty again.` : `${driver.name} is on duty again.` };
    },
  });
}

/** The driver's record in the setup, for those who may change it; else nothing. */
export const recordUrl = (driver) => (config.addresses.admin && config.permissions.includes("setup.manage") ? `${config.addresses.admin}drivers/driver/${driver.id}/change/` : "");

/** A `tel:` address; extensions and blanks are for people. */
export const callUrl = (phone) => `tel:${phone.replace(/[^+\d]/g, "")}`;
