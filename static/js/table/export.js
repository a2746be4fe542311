/* Export: the browser downloads what the server writes for the set on screen, with the columns on screen. */

import { config } from "core/config";
import { filters } from "core/filters";
import { queryString } from "core/http";

/** Columns of the table whose name in a file differs; the others have the same. */
const IN_FILE = {
  customer: "customer_name",
  driver: "driver_name",
  due: "due_at",
  zones: ["pickup_zone", "dropoff_zone"],
  service: "service_name",
  created: "created_at",
  vehicle: "vehicle_name",
  scheduled_pickup: "scheduled_pickup_at",
  scheduled_delivery: "scheduled_delivery_at",
  picked_up: "picked_up_at",
  closed: "closed_at",
  updated: "updated_at",
};

/** `layout` gives the columns and their order, without one they are those of an import; `codes` narrows the set. */
export function exportOrders({ format, layout = null, codes = null }) {
  const columns = !layout ? "import" : layout.filter(({ shown }) => shown).flatMap(({ id }) => IN_FILE[id] ?? id);
  const set = codes ? { codes } : filters.value();
  location.assign(`${config.addresses.export}?${queryString({ ...set, columns, format })}`);
}
