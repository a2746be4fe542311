/** Sheets: a task over the screen, with its one button at the thumb. */
import { element, icon } from "core/dom";

let count = 0;
/** Ids for fields and their labels. */
export const fieldId = () => `field-${(count += 1)}`;

/**
 * openSheet({ title, body, foot, action, run, tone }) shows it; `run` is called by the button, and when it answers true
 * the sheet closes. `foot` stands above the button, in sight however long the body is. Resolves with true when done, false when left.
 */
export function openSheet({ title, body, foot = [], action, run, tone = "", leave = "Back", onClose = () => {} }) {
  return new Promise((resolve) => {
    const id = fieldId();
    let isDone = false;
    const button = action && element("button", { type: "submit", class: `big-button ${tone}` }, action);
    const form = element(
      "form",
      { novalidate: true, onsubmit: submit },
      element("header", { class: "sheet-head" }, element("h2", { id, tabindex: -1 }, title), element("button", { type: "button", class: "round-button", "aria-label": leave, onclick: () => sheet.close() }, icon("close"))),
      element("div", { class: "sheet-body" }, body),
      button && element("footer", { class: "sheet-foot" }, foot, button),
    );
    const sheet = element("dialog", { class: "sheet", "aria-labelledby": id, onclose: closed }, form);

    async function submit(event) {
      event.preventDefault();
      if (button.getAttribute("aria-busy")) return;
      button.setAttribute("aria-busy", "true");
      try {
        if (await run()) {
          isDone = true;
          sheet.close();
        }
      } finally {
        button.removeAttribute("aria-busy");
      }
    }
    function closed() {
      // A message that came while it was open stays to be read.
      document.body.append(...sheet.querySelectorAll("#notice"));
      sheet.remove();
      onClose();
      resolve(isDone);
    }
    document.body.append(sheet);
    sheet.showModal();
    // The title and not the first field: a keyboard that jumps up hides what the sheet asks for.
    sheet.querySelector("h2").focus();
  });
}

/** A question with one answer that does something: resolves with whether it was given. */
export const ask = ({ title, text, action, tone }) => openSheet({ title, body: element("p", { class: "sheet-text" }, text), action, tone, run: () => true });
