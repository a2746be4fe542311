/** Names for ids (zones, drivers, customers, services), asked once and kept for the life of the page. */
import { get } from "core/http";

const lists = new Map();
const singles = new Map();

/** All zones, or all of another short list, following the pages of the API. */
export function listAll(resource) {
  if (!lists.has(resource)) {
    lists.set(
      resource,
      fetchAll(resource).catch((error) => {
        lists.delete(resource);
        throw error;
      }),
    );
  }
  return lists.get(resource);
}

async function fetchAll(resource) {
  const rows = [];
  let page = await get(`${resource}/`, { limit: 500 });
  for (;;) {
    rows.push(...(page.results ?? page));
    if (!page.next) return rows;
    // The link is absolute; behind a proxy its host may not be the one this page came from.
    const next = new URL(page.next, location.href);
    page = await get(next.pathname + next.search);
  }
}

/** The name behind an id, or the id itself where it is not to be had. */
export function lookUp(resource, id) {
  const key = `${resource}/${id}`;
  if (!singles.has(key)) {
    singles.set(
      key,
      (resource === "zones" ? listAll("zones").then((zones) => zones.find((zone) => String(zone.id) === String(id))) : get(`${resource}/${encodeURIComponent(id)}/`)).then(
        (row) => row?.name ?? String(id),
        () => String(id),
      ),
    );
  }
  return singles.get(key);
}

/** Saves a request when a name is known already, for example from a search result. */
export const remember = (resource, id, name) => singles.set(`${resource}/${id}`, Promise.resolve(name));
