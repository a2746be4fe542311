/** After the first key of a sequence: which keys may follow, for whoever hesitates. */
import { on } from "core/bus";
import { element } from "core/dom";
import { keyNames } from "core/keyboard";

const HESITATION = 400;

export function mount(host) {
  let timer;
  function show({ keys, commands }) {
    const next = commands.map((command) => {
      const token = command.sequences.find((sequence) => keys.every((key, index) => sequence[index] === key))[keys.length];
      return element("span", { class: "row" }, element("kbd", {}, keyNames(token).join(" ")), command.title);
    });
    host.replaceChildren(...next);
    host.hidden = false;
  }
  const stop = on("keys", (pending) => {
    clearTimeout(timer);
    host.hidden = true;
    if (pending.keys.length) timer = setTimeout(show, HESITATION, pending);
  });
  return () => {
    clearTimeout(timer);
    stop();
  };
}
