/** Where the console's order pages are. */
import { config } from "core/config";

const home = config.addresses.home ?? "/console/";
const CODE = "[A-Za-z0-9._-]{1,24}";

export const orderUrl = (code) => `${home}orders/${encodeURIComponent(code)}/`;
export const actionUrl = (code, name) => `${orderUrl(code)}actions/${name}/`;
export const undoUrl = (code) => `${orderUrl(code)}undo/`;
export const editUrl = (code) => `${orderUrl(code)}edit/`;
export const eventsUrl = (code) => `${orderUrl(code)}events/`;
export const newUrl = (query = "") => `${home}orders/new/${query ? `?${query}` : ""}`;
export const lastActUrl = () => `${home}undo/`;
export const formUrl = (what) => `${home}orders/new/${what}/`;

const order = new RegExp(`^${home}orders/(${CODE})/(?:edit/)?$`);
/** The code in the address of an order (or of its edit form); "" anywhere else. */
export function codeIn(path) {
  const code = path.match(order)?.[1];
  return code && code !== "new" ? decodeURIComponent(code) : "";
}
/** Whether an address stands for something that lies over a view, and not for the view itself. */
export const isOverlay = (path) => codeIn(path) !== "" || path.startsWith(`${home}orders/new/`);

/** The view below: where closing an overlay leads. */
export function viewPath() {
  const page = config.destinations.find((each) => each.name === config.current);
  return page?.url ?? home;
}
