/** The command palette: every command and every record under one field, driven by the keyboard. */
import { availableCommands, findCommand, hintOf, inSections, registerCommand, runCommand } from "core/commands";
import { openDialog } from "core/dialog";
import { debounce, element, icon } from "core/dom";
import { keyNames } from "core/keyboard";
import { plural } from "core/format";
import { highlighted, rank } from "core/rank";
import { emit, on } from "core/bus";

const RECENT = "palette:recent";
const RECENT_KEPT = 6;
const SEARCH_PAUSE = 140;
const providers = new Map();

/**
 * registerProvider({ id: "drivers", section: "Drivers", minimum: 2,
 *   search: async (query, signal) => [{ id, title, subtitle, icon, href | run, badge: Node }] })
 */
export function registerProvider(provider) {
  providers.set(provider.id, { minimum: 2, ...provider });
  return () => providers.delete(provider.id);
}

const dialog = document.getElementById("palette");
const input = dialog?.querySelector("input");
const results = dialog?.querySelector(".results");
const status = dialog?.querySelector("[role=status]");
const foot = dialog?.querySelector(".foot .end");
const PLACEHOLDER = input?.placeholder;

let shown = [];
let active = -1;
let running;
let found = new Map();
let task = null;

const recent = () => {
  try {
    return JSON.parse(localStorage.getItem(RECENT)) ?? [];
  } catch {
    return [];
  }
};
function remember(id) {
  try {
    localStorage.setItem(RECENT, JSON.stringify([id, ...recent().filter((each) => each !== id)].slice(0, RECENT_KEPT)));
  } catch {
    // Private windows may refuse storage; the palette works without a memory.
  }
}
on("command:run", (command) => command.inPalette && command.id !== "palette.open" && remember(command.id));

const commandItem = (command, match) => ({
  id: `command:${command.id}`,
  title: command.title,
  subtitle: hintOf(command),
  icon: command.icon ?? "command",
  keys: command.sequences[0],
  marks: match?.marks ?? [],
  score: match?.score ?? 0,
  run: () => runCommand(command.id),
});

/** The groups to show for what is typed: [{ section, items, waiting }] */
function groups(query) {
  if (task) return [{ section: task.section, items: found.get("task") ?? [], waiting: !found.has("task") }];
  const commands = availableCommands().filter((command) => command.inPalette && command.id !== "palette.open");
  if (!query) {
    const latest = recent().map(findCommand).filter((command) => command && commands.includes(command)).slice(0, 4);
    const rest = inSections(commands.filter((command) => !latest.includes(command)));
    return [["Recent", latest], ...rest].map(([section, members]) => ({ section, items: members.map((command) => commandItem(command)) }));
  }
  const matched = commands
    .map((command) => ({ command, match: rank(command.title, query) ?? rankHint(command, query) }))
    .filter(({ match }) => match)
    .map(({ command, match }) => commandItem(command, match))
    .sort((a, b) => b.score - a.score)
    .slice(0, 8);
  const records = [...providers.values()]
    .filter((provider) => query.length >= provider.minimum)
    .map((provider) => ({ section: provider.section, items: found.get(provider.id) ?? [], waiting: !found.has(provider.id) }));
  const commandGroup = { section: "Commands", items: matched };
  // Something with a digit in it is a code, a phone number or an address: records first.
  return /\d/.test(query) ? [...records, commandGroup] : [commandGroup, ...records];
}

function rankHint(command, query) {
  const match = rank(`${command.section} ${hintOf(command) ?? ""}`, query);
  return match && { score: match.score - 500, marks: [] };
}

function row(item, index) {
  const node = element(
    "div",
    { class: "result", role: "option", id: `palette-${index}`, "aria-selected": "false" },
    icon(item.icon ?? "arrow-right"),
    element("span", { class: "title" }, ...highlighted(item.title, item.marks ?? [])),
    item.badge ?? null,
    item.subtitle && element("span", { class: "subtitle" }, item.subtitle),
    item.keys?.length ? element("span", { class: "end", "aria-hidden": "true" }, ...item.keys.flatMap((token) => keyNames(token)).map((name) => element("kbd", {}, name))) : null,
  );
  node.addEventListener("pointermove", () => active !== index && choose(index, { scroll: false }));
  node.addEventListener("click", (event) => run(index, event));
  return node;
}

function render({ keepActive = false } = {}) {
  const query = input.value.trim();
  const kept = keepActive ? shown[active]?.id : null;
  shown = [];
  const nodes = [];
  let waiting = false;
  for (const { section, items, waiting: pending } of groups(query)) {
    waiting ||= Boolean(pending);
    if (!items.length) continue;
    const title = `palette-group-${nodes.length}`;
    const group = element("div", { role: "group", "aria-labelledby": title }, element("div", { class: "group-title", id: title }, section));
    for (const item of items) {
      group.append(row(item, shown.length));
      shown.push(item);
    }
    nodes.push(group);
  }
  if (!shown.length) {
    nodes.push(element("div", { class: "nothing" }, waiting ? "Searching…" : query ? `Nothing matches “${query}”.` : task?.empty ?? "Nothing to choose."));
  }
  results.replaceChildren(...nodes);
  foot.textContent = waiting ? "Searching…" : "";
  status.textContent = waiting ? "" : shown.length ? plural(shown.length, "result") : "No results";
  const again = kept ? shown.findIndex((item) => item.id === kept) : -1;
  choose(again >= 0 ? again : shown.length ? 0 : -1, { scroll: again < 0 });
}

function choose(index, { scroll = true } = {}) {
  results.querySelector("[aria-selected=true]")?.setAttribute("aria-selected", "false");
  active = index;
  const node = document.getElementById(`palette-${index}`);
  node?.setAttribute("aria-selected", "true");
  if (node) input.setAttribute("aria-activedescendant", node.id);
  else input.removeAttribute("aria-activedescendant");
  if (!scroll) return;
  if (index <= 0) results.scrollTop = 0;
  else node?.scrollIntoView({ block: "nearest" });
}

function run(index, event) {
  const item = shown[index];
  if (!item) return;
  const { href } = item;
  if (href && (event?.ctrlKey || event?.metaKey)) {
    window.open(href, "_blank", "noopener");
    return;
  }
  const resolveTask = task?.resolve;
  task = null;
  dialog.close();
  // After the dialog has given the focus back, so that a command may take it.
  setTimeout(() => {
    if (resolveTask) resolveTask(item);
    else if (item.run) Promise.resolve(item.run()).catch((error) => emit("failure", error));
    else if (href) location.assign(href);
  });
}

const searchRecords = debounce(async () => {
  const query = input.value.trim();
  running?.abort();
  running = new AbortController();
  const { signal } = running;
  const wanted = task ? [{ id: "task", minimum: 0, search: task.search }] : [...providers.values()];
  await Promise.all(
    wanted
      .filter((provider) => query.length >= provider.minimum)
      .map(async (provider) => {
        let items = [];
        try {
          items = (await provider.search(query, signal)) ?? [];
        } catch (error) {
          if (error.name === "AbortError") return;
          // One source that fails must not hide the others; it says so by having no results.
          console.error(error);
        }
        if (signal.aborted) return;
        found.set(
          provider.id,
          items.map((item) => ({ ...item, id: `${provider.id}:${item.id ?? item.title}`, marks: query ? rank(item.title, query)?.marks ?? [] : [] })),
        );
        render({ keepActive: true });
      }),
  );
}, SEARCH_PAUSE);

function onInput() {
  running?.abort();
  found = new Map();
  render();
  searchRecords();
}

function onKeydown(event) {
  const last = shown.length - 1;
  const moves = { ArrowDown: active >= last ? 0 : active + 1, ArrowUp: active <= 0 ? last : active - 1, PageDown: Math.min(last, active + 8), PageUp: Math.max(0, active - 8) };
  if (event.isComposing) return;
  if (event.key in moves && last >= 0) {
    event.preventDefault();
    choose(moves[event.key]);
  } else if (event.key === "Enter") {
    event.preventDefault();
    run(active, event);
  }
}

async function open() {
  if (dialog.open) return;
  input.value = "";
  input.placeholder = task?.placeholder ?? PLACEHOLDER;
  found = new Map();
  render();
  if (task) searchRecords();
  await openDialog(dialog, { focus: input });
  running?.abort();
  searchRecords.cancel();
  if (task && !dialog.open) {
    task.resolve(null);
    task = null;
  }
}

/**
 * The palette as a picker: await pick({ placeholder: "Assign D-1 to…", section: "Drivers", search: async (query, signal) => items })
 * resolves with the chosen item, or null.
 */
export function pick({ placeholder, section, search, empty }) {
  return new Promise((resolve) => {
    task = { placeholder, section, search, empty, resolve };
    open();
  });
}

export function start() {
  if (!dialog) return;
  input.addEventListener("input", onInput);
  input.addEventListener("keydown", onKeydown);
  on("commands", () => dialog.open && !task && render({ keepActive: true }));
  registerCommand({ id: "palette.open", title: "Find a command or a record", section: "General", keys: ["mod+k"], icon: "search", whileTyping: true, run: open });
}
