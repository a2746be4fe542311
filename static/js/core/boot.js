/** Starts a console page: the services first, then every part that the page's elements ask for. */
import { emit, on } from "core/bus";
import { registerCommand } from "core/commands";
import { config } from "core/config";
import { start as startCounts } from "core/counts";
import { confirm } from "core/dialog";
import { filters } from "core/filters";
import { startTicking } from "core/format";
import { csrfToken, newKey } from "core/http";
import { listen } from "core/keyboard";
import { start as startLive } from "core/live";
import { prepare } from "core/menu";
import { mountAll, unmountDetached } from "core/mount";
import { start as startPalette } from "core/palette";
import { start as startRecords } from "core/records";
import { start as startShortcuts } from "core/shortcuts";
import { setTheme } from "core/theme";
import { showWaiting, toast } from "core/toast";

function registerPages() {
  for (const page of config.destinations) {
    registerCommand({
      id: `go.${page.name}`,
      title: `Go to ${page.label}`,
      section: "Go to",
      keys: page.keys,
      icon: page.icon,
      when: () => page.name !== config.current,
      run: () => location.assign(page.filtered ? filters.address(page.url) : page.url),
    });
  }
}

function registerThemes() {
  const themes = { light: ["Light theme", "sun"], dark: ["Dark theme", "moon"], system: ["Theme of the system", "system"] };
  for (const [theme, [title, icon]] of Object.entries(themes)) {
    registerCommand({ id: `theme.${theme}`, title, section: "Appearance", icon, run: () => setTheme(theme) });
  }
}

function registerAccount() {
  const pages = { password: ["Change password", "key"], sessions: ["Where you are signed in", "devices"], admin: ["Setup and users", "settings"] };
  for (const [name, [title, icon]] of Object.entries(pages)) {
    const address = config.addresses[name];
    if (address) registerCommand({ id: `account.${name}`, title, section: "Account", icon, run: () => location.assign(address) });
  }
}

/** A form that is half filled must not vanish because the session ended elsewhere: ask before leaving. */
function watchSession() {
  let asked = false;
  on("signed-out", async () => {
    if (asked) return;
    asked = true;
    const go = await confirm({ title: "You are signed out", text: "Your session has ended. Sign in again to go on; what you typed here and did not save will be lost.", action: "Sign in", refuse: "Stay on this page" });
    asked = false;
    if (go) location.assign(`${config.addresses.sign_in}?next=${encodeURIComponent(location.pathname + location.search)}`);
  });
}

function connectHtmx() {
  document.addEventListener("htmx:configRequest", ({ detail }) => {
    detail.headers["X-CSRFToken"] = csrfToken();
    detail.headers["X-Request-ID"] = newKey();
    if (detail.verb !== "get") detail.headers["Idempotency-Key"] = newKey();
  });
  document.addEventListener("htmx:load", ({ detail }) => {
    prepare(detail.elt);
    mountAll(detail.elt);
  });
  document.addEventListener("htmx:afterSettle", unmountDetached);
  document.addEventListener("htmx:responseError", ({ detail }) => {
    const { status } = detail.xhr;
    if (status === 401) emit("signed-out");
    // A refusal brings its own toast in HX-Trigger; a crash cannot.
    else if (status >= 500) toast({ text: "The server could not do this. Try again in a moment.", tone: "bad", detail: `Reference ${detail.xhr.getResponseHeader("X-Request-ID") ?? "unknown"}`, id: "server-error" });
  });
  document.addEventListener("htmx:sendError", () => toast({ text: "The server cannot be reached. Check the connection and try again.", tone: "bad", id: "unreachable" }));
}

listen();
prepare();
startTicking();
connectHtmx();
watchSession();
registerPages();
startPalette();
startShortcuts();
startRecords();
registerThemes();
registerAccount();
if (document.querySelector(".queues")) startCounts();
await mountAll();
startLive();
showWaiting();
document.documentElement.dataset.ready = "";
emit("ready");
