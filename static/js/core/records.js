/** Records in the palette: orders, drivers, customers, zones, each through the API and with the person's rights. */
import { registerProvider } from "core/palette";
import { config, may } from "core/config";
import { emit } from "core/bus";
import { filters } from "core/filters";
import { get } from "core/http";
import { remember } from "core/lookups";
import { statusPill, typeWord } from "core/words";

const LIMIT = 6;
/** Groups that are found by their number. */
const GROUPS = { waybills: "Waybills", trips: "Trips" };
const rows = (page) => (page.results ?? page).slice(0, LIMIT + 2);

/** The drawer opens it in place; a page without one leaves for the order's address. */
function openOrder(code) {
  if (!emit("order:open", { code })) location.assign(`${config.addresses.home}orders/${encodeURIComponent(code)}/`);
}

/** A page with a map shows the driver in place; elsewhere the drivers page does. */
function showDriver({ id }) {
  const page = config.destinations.find(({ name }) => name === "drivers");
  if (!emit("driver:show", { id })) location.assign(`${page.url}${id}/`);
}

function filterBy(name, id, label) {
  remember(`${name}s`, id, label);
  const list = config.destinations.find((item) => item.name === config.current && item.filtered) ?? config.destinations.find((item) => item.filtered);
  if (list.name === config.current) filters.set({ [name]: [id] });
  else location.assign(`${list.url}?${name}=${id}`);
}

export function start() {
  if (may("orders.view")) {
    registerProvider({
      id: "orders",
      section: "Orders",
      search: async (query, signal) =>
        rows(await get("orders/", { search: query, limit: LIMIT + 2 }, { signal })).map((order) => ({
          id: order.code,
          title: order.code,
          subtitle: [order.customer.name, order.dropoff.label, typeWord(order.type)].filter(Boolean).join(" · "),
          badge: statusPill(order.status),
          icon: "order",
          run: () => openOrder(order.code),
        })),
    });
    for (const { name, icon, url } of config.destinations.filter((page) => page.name in GROUPS)) {
      registerProvider({
        id: name,
        section: GROUPS[name],
        search: async (query, signal) =>
          rows(await get(`${name}/`, { search: query, limit: LIMIT }, { signal })).map((group) => ({
            id: group.label,
            title: group.label,
            subtitle: [group.origin && `${group.origin.label} → ${group.destination.label}`, group.driver?.name, group.notes].filter(Boolean).join(" · "),
            icon,
            run: () => location.assign(`${url}${group.label}/`),
          })),
      });
    }
    registerProvider({
      id: "customers",
      section: "Customers: show their orders",
      search: async (query, signal) =>
        rows(await get("customers/", { search: query, limit: LIMIT }, { signal })).map((customer) => ({
          id: customer.id,
          title: customer.name,
          subtitle: customer.phone ?? "",
          icon: "customer",
          run: () => filterBy("customer", customer.id, customer.name),
        })),
    });
    registerProvider({
      id: "zones",
      section: "Zones: show their orders",
      search: async (query, signal) =>
        rows(await get("zones/", { search: query, limit: LIMIT }, { signal })).map((zone) => ({
          id: zone.id,
          title: zone.name,
          subtitle: zone.code ?? "",
          icon: "zone",
          run: () => filterBy("zone", zone.id, zone.name),
        })),
    });
  }
  if (may("drivers.view")) {
    registerProvider({
      id: "drivers",
      section: "Drivers",
      search: async (query, signal) =>
        rows(await get("drivers/", { search: query, limit: LIMIT }, { signal })).map((driver) => ({
          id: driver.id,
          title: driver.name,
          subtitle: [driver.vehicle?.name, driver.phone].filter(Boolean).join(" · "),
          icon: "driver",
          run: () => showDriver(driver),
        })),
    });
  }
}

