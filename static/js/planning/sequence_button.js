/* A button beside a driver's stops: work out a better sequence, and look at it before anything changes. */

import { planSequence } from "planning/asking";

export function mount(button) {
  const press = async () => {
    button.setAttribute("aria-busy", "true");
    await planSequence(Number(button.dataset.driver));
    button.removeAttribute("aria-busy");
  };
  button.addEventListener("click", press);
  return () => button.removeEventListener("click", press);
}
