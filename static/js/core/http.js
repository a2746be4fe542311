/** Requests to the server: one way to ask, one shape of refusal. */
import { emit } from "core/bus";
import { api } from "core/config";

/** A refusal or failure; `message` is a sentence for the person. */
export class RequestError extends Error {
  constructor({ status, code, message, details = {}, requestId = "" }) {
    super(message);
    this.name = "RequestError";
    Object.assign(this, { status, code, details, requestId });
  }

  /** The change was made on an older version; `details` says who changed what since. */
  get isStale() {
    return this.code === "stale_version";
  }

  /** Sentences by field name, for forms. */
  get fields() {
    return this.details.fields ?? {};
  }
}

/** randomUUID exists only on https and localhost; the console may run on a plain address in a depot. */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function csrfToken() {
  const cookie = document.cookie.match(/(?:^|;\s*)csrftoken=([^;]+)/)?.[1];
  return cookie ?? document.querySelector("meta[name=csrf-token]")?.content ?? "";
}

/** Object to query string; lists repeat as one comma list, empty values are left out. */
export function queryString(parameters = {}) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    const text = Array.isArray(value) ? value.join(",") : value;
    if (text !== undefined && text !== null && text !== "") query.set(name, text);
  }
  return query.toString();
}

const FALLBACK = {
  401: "You are signed out. Sign in again to go on.",
  403: "You may not do this. Ask your administrator if you need it.",
  404: "This is no longer there.",
  413: "This is too large to send.",
  429: "Too many requests at once. Wait a moment and try again.",
};

async function refusal(response, requestId) {
  let error = {};
  if (response.headers.get("Content-Type")?.includes("json")) {
    error = (await response.json().catch(() => ({})))?.error ?? {};
  }
  return new RequestError({
    status: response.status,
    code: error.code ?? `http_${response.status}`,
    message: error.message ?? FALLBACK[response.status] ?? "The server could not do this. Try again in a moment.",
    details: error.details ?? {},
    requestId: error.request_id || response.headers.get("X-Request-ID") || requestId,
  });
}

const address = (path) => (/^(\/|https?:)/.test(path) ? path : api(path));

/**
 * request("orders/D-1/actions/assign/", { method: "POST", body: { driver: 3 }, version: 7 })
 * Paths without a leading slash are API paths. A write carries an idempotency key, so a repeat after a broken
 * connection cannot act twice: it is tried once more by itself.
 */
export async function request(path, { method = "GET", body, query, key, signal, headers = {}, accept = "application/json" } = {}) {
  const writes = method !== "GET";
  const requestId = newKey();
  const search = query ? (typeof query === "string" ? query : queryString(query)) : "";
  const url = address(path) + (search ? (path.includes("?") ? "&" : "?") + search : "");
  const isForm = body instanceof FormData;
  const options = {
    method,
    signal,
    credentials: "same-origin",
    headers: {
      Accept: accept,
      "X-Request-ID": requestId,
      "X-Requested-With": "fetch",
      ...(writes && { "X-CSRFToken": csrfToken(), "Idempotency-Key": key ?? newKey() }),
      ...(body !== undefined && !isForm && { "Content-Type": "application/json" }),
      ...headers,
    },
    body: body === undefined || isForm ? body : JSON.stringify(body),
  };
  let response;
  for (let attempt = 0; !response; attempt += 1) {
    try {
      response = await fetch(url, options);
    } catch (error) {
      if (error.name === "AbortError") throw error;
      if (attempt === 0 && writes && !isForm) {
        await new Promise((resolve) => setTimeout(resolve, 700));
        continue;
      }
      throw new RequestError({ status: 0, code: "unreachable", message: "The server cannot be reached. Check the connection and try again.", requestId });
    }
  }
  if (!response.ok) {
    const error = await refusal(response, requestId);
    if (response.status === 401) emit("signed-out", error);
    throw error;
  }
  if (response.status === 204) return null;
  return response.headers.get("Content-Type")?.includes("json") ? response.json() : response.text();
}

export const get = (path, query, options = {}) => request(path, { ...options, query });
export const post = (path, body, options = {}) => request(path, { ...options, method: "POST", body: body ?? {} });
export const patch = (path, body, options = {}) => request(path, { ...options, method: "PATCH", body });
export const put = (path, body, options = {}) => request(path, { ...options, method: "PUT", body });
export const remove = (path, options = {}) => request(path, { ...options, method: "DELETE" });
