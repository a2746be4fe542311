/** What the server says about this page: tenant, person, rights, addresses, words (console/context.py). */
const source = document.getElementById("console-config");

export const config = Object.freeze(source ? JSON.parse(source.textContent) : { permissions: [], destinations: [], addresses: {}, words: {} });

/** @param {string} permission a code such as "orders.assign" */
export const may = (permission) => config.permissions.includes(permission);

/** Address of an API resource: api("orders/D-10482/") */
export const api = (path = "") => (config.addresses.api ?? "/api/v1/") + path;
