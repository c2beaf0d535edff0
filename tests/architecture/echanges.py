"""Who publishes, consumes, calls and does what when it is due: read from the code, written to `docs/echanges.md`.

`PYTHONPATH=.:gen python -m tests.architecture.echanges` rewrites it; a test fails while it says something else.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import Any

from tests.architecture import literals, tree
from tests.architecture.literals import UNKNOWN

PAGE = tree.ROOT / "docs" / "echanges.md"
METHOD = re.compile(r"sejour\.(\w+)\.v\d+\.\w+/\w+")
# Nouns that several services share: who imports them publishes what they build.
SHARED = ("blocage", "chassis", "personne", "promesse")
QUESTION, COMMAND = "question", "commande"
NOBODY, ANY_TARGET, ANY_MESSAGE = "—", "its owner", "by the verb"


@dataclass(frozen=True, order=True)
class Published:
    """A fact or a contact that a service writes into its outbox."""

    subject: str
    message: str
    service: str
    where: str


@dataclass(frozen=True, order=True)
class Consumed:
    """A subject that a service handles, and the action that does it."""

    subject: str
    message: str
    service: str
    action: str


@dataclass(frozen=True, order=True)
class Called:
    """An RPC of another service that a service calls, as a question or as a stored command."""

    method: str
    kind: str
    service: str
    target: str


@dataclass(frozen=True, order=True)
class Echeance:
    """What the legal clock makes due in a service."""

    service: str
    document: str
    kind: str
    action: str


@cache
def _owner(path: Path) -> str:
    return path.relative_to(tree.ROOT / "services").parts[0]


def published() -> list[Published]:
    """Each `Fact(subject, message)` and `Contact(…)`; one built by a shared noun is published by who uses it."""
    found = []
    for path in tree.files("services", *SHARED):
        for call in tree.calls(path):
            if ast.unparse(call.func) in ("Fact", "Contact", "outbox.Fact", "outbox.Contact"):
                given = dict(zip(("subject", "message"), call.args, strict=False))
                given |= {str(keyword.arg): keyword.value for keyword in call.keywords}
                subject = str(literals.text(given.get("subject"), path))
                message = _message(given.get("message"), call, path)
                where = f"{tree.name(path)}:{call.lineno}"
                found += [Published(subject, message, service, where) for service in _publishers(path, call)]
    return sorted(found)


def _publishers(path: Path, call: ast.Call) -> list[str]:
    """The service of a file; for a shared noun, the services that call the function, or import its module."""
    if path.is_relative_to(tree.ROOT / "services"):
        return [_owner(path)]
    function, module = _function(path, call), tree.module(path)
    if function is None or function.name.startswith("_"):
        return sorted(
            service
            for service in tree.SERVICES
            if any(f"{name}.".startswith(f"{module}.") for name in _imported(service))
        )
    called_as = f"{module.split('.')[-1]}.{function.name}"
    names = {called_as} | {name for shared in tree.files(*SHARED) for name in _callers(shared, called_as)}
    return sorted(service for service in tree.SERVICES if names & (_called_names(service) | _imported(service)))


def _callers(path: Path, called_as: str) -> set[str]:
    """The functions of a shared noun that call this one, as a service may call or import them."""
    module = tree.module(path)
    return {
        f"{spelt}.{name}"
        for name, function in literals.functions(path).items()
        if any(isinstance(node, ast.Call) and ast.unparse(node.func) == called_as for node in ast.walk(function))
        for spelt in (module, module.split(".")[-1])
    }


@cache
def _imported(service: str) -> set[str]:
    """Every dotted name that a service imports."""
    return {imported for path in tree.files(f"services/{service}") for _, imported in tree.imports(path)}


@cache
def _called_names(service: str) -> set[str]:
    """Every function that a service calls, as its code spells it."""
    return {ast.unparse(call.func) for path in tree.files(f"services/{service}") for call in tree.calls(path)}


def _message(node: ast.expr | None, call: ast.Call, path: Path) -> str:
    """The message class: built in place, returned by a function of the file, or given to the variable just before."""
    if isinstance(node, ast.Call):
        called = ast.unparse(node.func)
        function = literals.functions(path).get(called) or _of_the_service(path, called.split(".")[-1])
        built = function.returns if function is not None and function.returns is not None else node.func
        return ast.unparse(built).split(".")[-1]
    if isinstance(node, ast.Name):
        before = [
            assigned
            for assigned in ast.walk(tree.parse(path))
            if isinstance(assigned, ast.Assign)
            and assigned.lineno < call.lineno
            and node.id in [ast.unparse(target) for target in assigned.targets]
        ]
        inside = [assigned for assigned in before if _function(path, assigned) == _function(path, call)]
        if inside:
            return _message(max(inside, key=lambda assigned: assigned.lineno).value, call, path)
        function = _function(path, call)
        annotated = {argument.arg: argument.annotation for argument in function.args.args} if function else {}
        annotation = annotated.get(node.id)
        named = ast.unparse(annotation).split(".")[-1] if annotation else ANY_MESSAGE
        return ANY_MESSAGE if named == "Message" else named
    return ANY_MESSAGE


def _of_the_service(path: Path, name: str) -> ast.FunctionDef | None:
    """A function of this name in another file of the same service, when it says what it returns."""
    actions = [other for other in path.parent.glob("*.py") if other != path]
    if path.is_relative_to(tree.ROOT / "services"):
        actions += sorted((tree.ROOT / "services" / _owner(path)).glob("*/actions/*.py"))
    found = (literals.functions(other).get(name) for other in sorted(actions))
    return next((function for function in found if function is not None and function.returns is not None), None)


def _function(path: Path, node: ast.stmt | ast.expr) -> ast.FunctionDef | None:
    """The innermost function that holds this node."""
    around = [
        function
        for function in ast.walk(tree.parse(path))
        if isinstance(function, ast.FunctionDef) and function.lineno <= node.lineno <= (function.end_lineno or 0)
    ]
    return max(around, key=lambda function: function.lineno, default=None)


def consumed() -> list[Consumed]:
    """The HANDLERS of every service, as they are once imported."""
    return sorted(
        Consumed(subject, event.DESCRIPTOR.name, service, action.__name__)
        for service in tree.services()
        for subject, (event, action) in _table(service, "consumers", "HANDLERS").items()
    )


def due() -> list[Echeance]:
    """The DUE of every service, as they are once imported."""
    return sorted(
        Echeance(service, document.__name__, kind, action.__name__)
        for service in tree.services()
        for (document, kind), action in _table(service, "due", "DUE").items()
    )


def _table(service: str, module: str, name: str) -> Mapping[Any, Any]:
    if importlib.util.find_spec(f"services.{service}.{module}") is None:
        return {}
    table: Mapping[Any, Any] = getattr(importlib.import_module(f"services.{service}.{module}"), name)
    return table


def called() -> list[Called]:
    """Each RPC that a service calls: `Command(target, method, …)`, `client.call(…)` or a `_call(…)` of its own."""
    found = set()
    for path in tree.files("services", *SHARED):
        for call in tree.calls(path):
            function = ast.unparse(call.func).split(".")[-1].removeprefix("_")
            if function in ("Command", "call"):
                given = [*call.args, *(keyword.value for keyword in call.keywords)]
                target, *others = [literals.text(argument, path) for argument in given] or [None]
                for method in others:
                    if method and METHOD.fullmatch(method):
                        kind = COMMAND if function == "Command" else QUESTION
                        to = target or _target(method)
                        found |= {Called(method, kind, service, to) for service in _users(path)}
    return sorted(found)


def _users(path: Path) -> list[str]:
    """The service of a file; of a file of a shared noun, those that import it."""
    if path.is_relative_to(tree.ROOT / "services"):
        return [_owner(path)]
    module = f"{tree.module(path)}."
    return [name for name in tree.SERVICES if any(f"{each}.".startswith(module) for each in _imported(name))]


def _target(method: str) -> str:
    """Who answers when the target is computed: the service of the package, or whichever holds the noun."""
    owner = method.split(".")[1]
    return owner if owner in tree.SERVICES else ANY_TARGET


def methods() -> list[str]:
    """Every RPC that the protos of the services declare."""
    found = []
    for path in sorted((tree.ROOT / "proto").rglob("*.proto")):
        text = path.read_text("utf-8")
        package = re.search(r"^package ([\w.]+);", text, re.M)
        for service in re.finditer(r"^service (\w+) \{(.*?)^\}", text, re.M | re.S):
            names = re.findall(r"^\s*rpc (\w+)\(", service[2], re.M)
            found += [f"{package[1]}.{service[1]}/{name}" for name in names] if package else []
    return sorted(found)


def subject_of(handled: Consumed, facts: Iterable[Published]) -> str:
    """The published subject that a handler waits for: the one with the fewest unknown parts; empty without one."""
    fitting = [fact.subject for fact in facts if fnmatch(handled.subject, fact.subject)]
    return min(fitting, key=lambda subject: (subject.count(UNKNOWN), subject), default="")


def page() -> str:
    """The page, whole."""
    facts, handled, calls = published(), consumed(), called()
    awaited = {each: subject_of(each, facts) for each in handled}
    rows_facts = [
        (
            f"`{subject}`",
            ", ".join(sorted({fact.message for fact in facts if fact.subject == subject})),
            ", ".join(sorted({fact.service for fact in facts if fact.subject == subject})),
            _join(f"{each.service} (`{each.action}`)" for each in handled if awaited[each] == subject),
        )
        for subject in sorted({fact.subject for fact in facts})
    ]
    rows_calls = [
        (
            f"`{method}`",
            _join(f"{call.service} → {call.target} ({call.kind})" for call in calls if call.method == method),
        )
        for method in methods()
    ]
    rows_due = [(each.service, each.document, f"`{each.kind}`", f"`{each.action}`") for each in due()]
    return "\n".join(
        [
            "# Échanges: who publishes, consumes, calls, and what falls due",
            "",
            "Written by `python -m tests.architecture.echanges` from `Fact(`, `HANDLERS`, the protos, `Command(` and",
            "`DUE`; a test fails while it says something else. A question wants a fresh answer; a commande is stored",
            "and retried. Every service also answers `ListFaits` to the reconcilers of the others.",
            "",
            "## Faits",
            *_markdown(("subject", "message", "published by", "consumed by"), rows_facts),
            "",
            "## Questions and commandes",
            *_markdown(("RPC", "called by"), rows_calls),
            "",
            "## Échéances",
            *_markdown(("service", "document", "kind", "action"), rows_due),
            "",
        ]
    )


def _join(items: Iterable[str]) -> str:
    return ", ".join(sorted(set(items))) or NOBODY


def _markdown(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    lines = [header, tuple("---" for _ in header), *rows]
    return [f"| {' | '.join(line)} |" for line in lines]


if __name__ == "__main__":
    sys.stdout.write(f"{PAGE.relative_to(tree.ROOT)}: {PAGE.write_text(page(), 'utf-8')} characters\n")
