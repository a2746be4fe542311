/** Modal dialogs on the native element: the browser traps the focus and gives it back. */
import { element, icon } from "core/dom";

/** Opens a dialog of the page; resolves with its returnValue when it closes. */
export function openDialog(dialog, { focus } = {}) {
  const cameFrom = document.activeElement;
  dialog.returnValue = "";
  dialog.showModal();
  const body = dialog.querySelector(".body");
  // Without a control inside, only a focusable region can be scrolled by keyboard.
  if (body && body.scrollHeight > body.clientHeight) body.tabIndex = 0;
  (typeof focus === "string" ? dialog.querySelector(focus) : focus)?.focus();
  return new Promise((resolve) => {
    dialog.addEventListener(
      "close",
      () => {
        // Where the opener is gone (a replaced row), the content takes the focus, not the top of the page.
        if (!cameFrom?.isConnected || document.activeElement === document.body) (cameFrom?.isConnected ? cameFrom : document.getElementById("main"))?.focus();
        resolve(dialog.returnValue);
      },
      { once: true },
    );
  });
}

// A click on the backdrop closes, like Esc; `data-close` buttons do too. `data-keep` dialogs hold unsaved work.
document.addEventListener("click", (event) => {
  const dialog = event.target.closest?.("dialog");
  if (!dialog) return;
  if (event.target.closest("[data-close]")) dialog.close(event.target.closest("[data-close]").dataset.close);
  else if (event.target === dialog && !dialog.hasAttribute("data-keep") && isOutside(event, dialog)) dialog.close("");
});

function isOutside({ clientX, clientY }, dialog) {
  const box = dialog.getBoundingClientRect();
  return clientX < box.left || clientX > box.right || clientY < box.top || clientY > box.bottom;
}

let serial = 0;
/** Builds a dialog, opens it and takes it away again; resolves with the value of the button that closed it. */
export async function showDialog({ title, body = [], buttons = [], wide = false, keep = false, focus }) {
  serial += 1;
  const dialog = element(
    "dialog",
    { class: `dialog${wide ? " wide" : ""}`, "aria-labelledby": `dialog-title-${serial}`, "data-keep": keep },
    element("header", {}, element("h2", { id: `dialog-title-${serial}` }, title), element("button", { class: "icon-btn", type: "button", "data-close": "", "aria-label": "Close" }, icon("close"))),
    element("div", { class: "body" }, ...[body].flat()),
    element("footer", {}, ...buttons.map(({ label, value, tone = "" }) => element("button", { class: `btn ${tone}`, type: "button", "data-close": value }, label))),
  );
  document.body.append(dialog);
  const answer = await openDialog(dialog, { focus: focus ?? "footer .btn:last-child" });
  dialog.remove();
  return answer;
}

/** await confirm({ title: "Cancel D-10482?", text: "The driver is told at once.", action: "Cancel order", danger: true }) */
export async function confirm({ title, text = "", action = "Continue", refuse = "Back", danger = false }) {
  const buttons = [
    { label: refuse, value: "" },
    { label: action, value: "yes", tone: danger ? "primary danger" : "primary" },
  ];
  return (await showDialog({ title, body: text ? [element("p", {}, text)] : [], buttons, focus: danger ? "footer .btn:first-child" : undefined })) === "yes";
}
