"""What imports cannot show: rules read from the syntax tree, each with the files in which it does not apply."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = ("dispatch_console", "orders", "drivers", "routes")

Finder = Callable[[ast.Module], Iterator[ast.AST]]


@dataclass(frozen=True)
class Rule:
    """`allowed` are file or folder paths; `bad` must be found by `find`, `good` must not."""

    name: str
    why: str
    find: Finder
    allowed: tuple[str, ...]
    bad: str
    good: str

    def violations(self, path: str, source: str) -> list[str]:
        if any(path == allowed or path.startswith(f"{allowed}/") for allowed in self.allowed):
            return []
        lines = sorted({getattr(node, "lineno", 1) for node in self.find(ast.parse(source))})
        return [f"{path}:{line}: {self.why}" for line in lines]


def source_files() -> Iterator[tuple[str, str]]:
    """Every module of the product; migrations are a record of the past and keep no rules."""
    for package in PACKAGES:
        for file in sorted((ROOT / package).rglob("*.py")):
            if "migrations" not in file.parts:
                yield file.relative_to(ROOT).as_posix(), file.read_text(encoding="utf-8")


def last_name(node: ast.AST) -> str:
    """`order` of `order`, `self.order` and `outcome.order`; `get` of `get()`."""
    if isinstance(node, ast.Call):
        return last_name(node.func)
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def calls(*names: str) -> Finder:
    """Any mention of a method or function of that name, called or handed over."""

    def find(tree: ast.Module) -> Iterator[ast.AST]:
        for node in ast.walk(tree):
            if isinstance(node, (ast.Attribute, ast.Name)) and last_name(node) in names:
                yield node

    return find


def imports(*modules: str) -> Finder:
    def is_named(module: str) -> bool:
        return any(module == name or module.startswith(f"{name}.") for name in modules)

    def find(tree: ast.Module) -> Iterator[ast.AST]:
        for node in ast.walk(tree):
            if isinstance(node, ast.Import) and any(is_named(alias.name) for alias in node.names):
                yield node
            if isinstance(node, ast.ImportFrom):
                names = [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
                if any(map(is_named, names)):
                    yield node

    return find


def order_status_writes(tree: ast.Module) -> Iterator[ast.AST]:
    """`order.status = ...`, `setattr(order, "status", ...)` and `Order.objects....update(status=...)`."""
    for node in ast.walk(tree):
        targets = node.targets if isinstance(node, ast.Assign) else []
        if isinstance(node, (ast.AugAssign, ast.AnnAssign)):
            targets = [node.target]
        for target in targets:
            if (
                isinstance(target, ast.Attribute)
                and target.attr == "status"
                and "order" in last_name(target.value).lower()
            ):
                yield target
        if isinstance(node, ast.Call):
            named = any(keyword.arg == "status" for keyword in node.keywords)
            if named and last_name(node.func) == "update" and "Order" in names_in(node.func):
                yield node
            if last_name(node.func) == "setattr" and len(node.args) == 3 and "order" in last_name(node.args[0]).lower():
                attribute = node.args[1]
                if isinstance(attribute, ast.Constant) and attribute.value == "status":
                    yield node


def names_in(node: ast.AST) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def every_order(tree: ast.Module) -> Iterator[ast.AST]:
    """`Order.objects` followed by anything but `visible_to`."""
    seen: set[int] = set()
    for node in ast.walk(tree):  # parents come before their children
        if isinstance(node, ast.Attribute) and node.attr == "visible_to":
            seen.add(id(node.value))
        is_manager = isinstance(node, ast.Attribute) and node.attr == "objects" and last_name(node.value) == "Order"
        if is_manager and id(node) not in seen:
            yield node


def receivers(tree: ast.Module) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield from (decorator for decorator in node.decorator_list if last_name(decorator) == "receiver")
        if isinstance(node, ast.ImportFrom) and node.module in ("django.db.models.signals", "django.dispatch"):
            yield node


def missing_docstring(tree: ast.Module) -> Iterator[ast.AST]:
    if tree.body and not (ast.get_docstring(tree) or "").strip():
        yield tree


RULES = (
    Rule(
        name="status",
        why="an order's status changes only inside an action (orders/actions).",
        find=order_status_writes,
        allowed=("orders/actions",),
        bad="self.order.status = 'delivered'\nOrder.objects.filter(pk=1).update(status='delivered')",
        good="def close(self):\n    if self.order.status == 'delivered':\n        self.status = 'closed'",
    ),
    Rule(
        name="on_commit",
        why="only the publisher hooks into commits (core/publish.py): one exit, once.",
        find=calls("on_commit"),
        allowed=("dispatch_console/core/publish.py",),
        bad="transaction.on_commit(tell)",
        good="publish.after_commit(tenant_id)",
    ),
    Rule(
        name="group_send",
        why="only core/realtime.py speaks to the channel layer.",
        find=calls("group_send"),
        allowed=("dispatch_console/core/realtime.py", "dispatch_console/embedded/channel_layer.py"),
        bad="await layer.group_send('hub', {})",
        good="realtime.nudge(tenant_id)",
    ),
    Rule(
        name="select_for_update",
        why="rows are locked only by the engine, commands and the actions they run, in one known order.",
        find=calls("select_for_update"),
        allowed=(
            "orders/engine.py",
            "orders/actions",
            "drivers/commands.py",
            # A phone's acts take turns by their own rows, which nobody else locks.
            "orders/sync.py",
            # Groups lock their own row after the engine has locked their orders.
            "routes/commands",
        ),
        bad="Order.objects.select_for_update().get(pk=1)",
        good="commands.perform(action, code=code, actor=actor)",
    ),
    Rule(
        name="network",
        why="only address providers, road servers and the simulation (an outside client) may call other hosts.",
        find=imports("httpx", "requests", "aiohttp", "urllib.request", "http.client", "urllib3"),
        allowed=(
            "dispatch_console/core/geocoding/nominatim.py",
            "routes/roads/server.py",
            "dispatch_console/region/simulation",
            # Asks its own web server whether it is up.
            "dispatch_console/console/management/commands/dev.py",
        ),
        bad="from urllib import request\nimport httpx.client",
        good="from urllib.parse import urlsplit\nfrom django.http import HttpRequest",
    ),
    Rule(
        name="signals",
        why="no model signals: what happens next stands in the command or in a reaction.",
        find=receivers,
        allowed=(),
        bad="@receiver(post_save)\ndef changed(**kwargs): ...",
        good="@shared_task\ndef changed(event_id): ...",
    ),
    Rule(
        name="visible orders",
        why="doors read orders through `visible_to(actor)` or a selector, so that nobody sees another tenant's.",
        find=every_order,
        allowed=(
            "orders/actions",
            # Locks a staged order together with its legs, of which a driver sees one.
            "orders/engine.py",
            # Writes new ones.
            "orders/batches.py",
            "orders/fleet.py",
            "orders/form_columns.py",
            "orders/rows.py",
            "orders/sequence.py",
            # Of drivers whom the caller may see.
            "routes/picture.py",
            # Looks at one company's whole day, before anybody is signed in.
            "dispatch_console/region/demo/history.py",
        ),
        bad="order = Order.objects.filter(code=code).first()",
        good="order = Order.objects.visible_to(actor).filter(code=code).first()",
    ),
    Rule(
        name="docstring",
        why="the file does not say what it is for.",
        find=missing_docstring,
        allowed=(),
        bad="import os",
        good='"""Reads the clock."""\nimport os',
    ),
)

VAGUE_NAMES = {"utils", "util", "helpers", "helper", "misc", "common"}


def has_vague_name(path: str) -> bool:
    parts = Path(path)
    return bool(VAGUE_NAMES & {parts.stem, *parts.parent.parts})
