/** Connects elements with `data-module="table/grid"` to their modules: mount(element) when they appear, unmount when they go. */
import { emit } from "core/bus";

const mounted = new Map();

/** A module exports mount(element), which may return a function that undoes it, or exports unmount(element). */
async function mountOne(element, name) {
  const known = mounted.get(element) ?? new Map();
  if (known.has(name)) return;
  known.set(name, null);
  mounted.set(element, known);
  try {
    const module = await import(name);
    if (!element.isConnected) return;
    const undo = await module.mount(element);
    known.set(name, typeof undo === "function" ? undo : () => module.unmount?.(element));
  } catch (error) {
    emit("failure", new Error(`A part of this page could not start (${name}). Reload the page; if it stays so, tell your administrator.`, { cause: error }));
    console.error(error);
  }
}

export function mountAll(root = document) {
  const elements = [...root.querySelectorAll("[data-module]")];
  if (root instanceof Element && root.matches("[data-module]")) elements.unshift(root);
  return Promise.all(elements.flatMap((element) => element.dataset.module.split(/\s+/).map((name) => mountOne(element, name))));
}

/** Takes down what is no longer in the page, for example after a fragment was replaced. */
export function unmountDetached() {
  for (const [element, modules] of mounted) {
    if (element.isConnected) continue;
    for (const undo of modules.values()) undo?.();
    mounted.delete(element);
  }
}
