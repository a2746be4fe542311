/** The order that single-key actions speak about: the open one, else the chosen card or row, else none. */
import { store } from "core/bus";

/** Holds null or an order row ({ code, version, status, ... }); set by drawer, list and table. */
export const focusedOrder = store(null);
