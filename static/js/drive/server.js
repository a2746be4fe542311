/** Requests to the public driver API with this phone's token, and whether the server was reached at last. */
import { emit, store } from "core/bus";
import { newId } from "drive/ids";

const TIMEOUT = 20_000;
const PICTURE_TIMEOUT = 90_000;

/** A refusal or failure; `message` is a sentence for the driver. `status` 0: the server was not reached. */
export class ServerError extends Error {
  constructor({ status, code, message, details = {}, retryAfter = 0 }) {
    super(message);
    this.name = "ServerError";
    Object.assign(this, { status, code, details, retryAfter });
  }

  /** Asking again later may help: the line, the server or a limit, not what was asked. */
  get isPassing() {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500;
  }
}

/** { reached: true | false | null (not asked yet), at: epoch ms } */
export const line = store({ reached: null, at: 0 });

let token = "";
export const useToken = (secret) => (token = secret ?? "");

function noteLine(reached) {
  if (line.get().reached !== reached || reached) line.set({ reached, at: Date.now() });
}

export const unreachable = () =>
  new ServerError({ status: 0, code: "unreachable", message: "There is no connection to the server. Try again when there is." });

async function refusal(response) {
  const said = response.headers.get("Content-Type")?.includes("json") ? (await response.json().catch(() => ({})))?.error : null;
  return new ServerError({
    status: response.status,
    code: said?.code ?? `http_${response.status}`,
    message: said?.message ?? "The server could not do this. Try again in a moment.",
    details: said?.details ?? {},
    retryAfter: Number(response.headers.get("Retry-After")) || 0,
  });
}

/** request("driver/work/") -> JSON, or null for an answer without content; a FormData body is sent as a form. */
export async function request(path, { method = "GET", body, key, headers = {} } = {}) {
  const isForm = body instanceof FormData;
  const asked = token;
  let response;
  try {
    response = await fetch(`/api/v1/${path}`, {
      method,
      credentials: "omit",
      cache: "no-store",
      signal: AbortSignal.timeout(isForm ? PICTURE_TIMEOUT : TIMEOUT),
      headers: {
        Accept: "application/json",
        ...(asked && { Authorization: `Bearer ${asked}` }),
        ...(method !== "GET" && { "Idempotency-Key": key ?? newId() }),
        ...(body !== undefined && !isForm && { "Content-Type": "application/json" }),
        ...headers,
      },
      body: body === undefined || isForm ? body : JSON.stringify(body),
    });
  } catch {
    noteLine(false);
    throw unreachable();
  }
  noteLine(true);
  if (!response.ok) {
    const error = await refusal(response);
    // Of the token that is still in use: an answer to an older one says nothing about it.
    if (response.status === 401 && asked && asked === token) emit("token-refused", error);
    throw error;
  }
  if (response.status === 204) return null;
  try {
    return await response.json();
  } catch {
    noteLine(false);
    throw unreachable();
  }
}

export const get = (path) => request(path);
export const post = (path, body, options = {}) => request(path, { ...options, method: "POST", body });
export const put = (path, body, options = {}) => request(path, { ...options, method: "PUT", body });

addEventListener("offline", () => noteLine(false));
