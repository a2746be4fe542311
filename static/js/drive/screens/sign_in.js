/** Signing in, and signing in again when the phone was signed out from afar. */
import { element, icon } from "core/dom";
import { session, signIn } from "drive/session";
import { unsent } from "drive/queue";
import { plural } from "drive/words";

export const title = () => "Sign in";
export const watches = [];

/** "Pixel 8", "iPhone", "Linux phone": what a driver would call it. */
function deviceName() {
  const agent = navigator.userAgent;
  const model = agent.match(/Android [^;)]*; ([^;)]+?)(?: Build|\))/)?.[1];
  if (model && model !== "K") return model.slice(0, 80);
  if (/iPhone/.test(agent)) return "iPhone";
  if (/iPad/.test(agent)) return "iPad";
  return /Android/.test(agent) ? "Android phone" : "Browser";
}

export function render() {
  const before = session.get();
  const count = unsent().length;
  const email = element("input", { id: "email", class: "big-input plain", type: "email", name: "email", autocomplete: "username", autocapitalize: "none", required: true, value: before?.email ?? "" });
  const password = element("input", { id: "password", class: "big-input plain", type: "password", name: "password", autocomplete: "current-password", required: true });
  const device = element("input", { id: "device", class: "big-input plain", name: "device", autocomplete: "off", maxlength: 80, value: before?.device.name ?? deviceName() });
  const problem = element("p", { class: "field-problem", role: "alert" });
  const button = element("button", { type: "submit", class: "big-button" }, "Sign in");
  async function submit(event) {
    event.preventDefault();
    problem.textContent = "";
    if (!email.value.trim() || !password.value) {
      problem.textContent = "Type your email address and your password.";
      return (email.value.trim() ? password : email).focus();
    }
    button.setAttribute("aria-busy", "true");
    try {
      await signIn(email.value.trim(), password.value, device.value.trim() || deviceName());
    } catch (error) {
      problem.textContent = error.message;
      button.removeAttribute("aria-busy");
    }
  }
  return element(
    "div",
    { class: "sign-in" },
    element("p", { class: "brand" }, element("span", { class: "brand-mark" }, icon("brand")), "Driver"),
    element("h1", {}, "Sign in"),
    before?.ended && element("p", { class: "wait-note", role: "status" }, icon("info"), `This phone was signed out.${count ? ` ${plural(count, "act")} of yours ${count === 1 ? "waits" : "wait"} on it and ${count === 1 ? "is" : "are"} sent when you sign in again.` : ""}`),
    element(
      "form",
      { class: "stack loose", novalidate: true, onsubmit: submit },
      field("Email address", email),
      field("Password", password),
      field("Name of this phone", device),
      problem,
      button,
    ),
    element("p", { class: "hint" }, "Forgotten your password? Your administrator can set a new one."),
  );
}

const field = (words, input) => element("div", { class: "field" }, element("label", { for: input.id }, words), input);
