"""What a text is, read from the code without running it: a literal, a named constant, or a format string of these."""

from __future__ import annotations

import ast
import copy
from functools import cache
from pathlib import Path

from tests.architecture import tree

UNKNOWN = "*"


def text(node: ast.expr | None, path: Path) -> str | None:
    """The text of an expression of this file; None, or `*` inside a format string, where only running it would tell."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        return "".join(_part(value, path) for value in node.values)
    if (
        isinstance(node, ast.Call)
        and len(node.args) == 1
        and ast.unparse(node.func) in ("_", "gettext", "lazy_gettext")
    ):
        return text(node.args[0], path)
    if isinstance(node, ast.Call):
        return _returned(node, path)
    if isinstance(node, ast.Name):
        return _constant(node.id, path)
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        origin = _origins(path).get(node.value.id)
        module = _file(origin) if origin else None
        return _constant(node.attr, module) if module else None
    return None


def _returned(call: ast.Call, path: Path) -> str | None:
    """What a function of the same file returns when all it does is return a text, its arguments in their place."""
    function = functions(path).get(ast.unparse(call.func))
    if function is None or len(function.body) != 1 or not isinstance(function.body[0], ast.Return):
        return None
    names = [argument.arg for argument in function.args.args]
    given = {name: value for name, value in zip(names, call.args, strict=False) if isinstance(value, ast.Constant)}
    returned = function.body[0].value
    return text(_Replace(given).visit(copy.deepcopy(returned)), path) if returned else None


class _Replace(ast.NodeTransformer):
    """Puts constants in the place of parameters."""

    def __init__(self, given: dict[str, ast.Constant]) -> None:
        self.given = given

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """The constant given for this name, or the name."""
        return self.given.get(node.id, node)


@cache
def functions(path: Path) -> dict[str, ast.FunctionDef]:
    """The functions at the top of a file, by name."""
    return {node.name: node for node in tree.parse(path).body if isinstance(node, ast.FunctionDef)}


def _part(node: ast.expr, path: Path) -> str:
    value = node.value if isinstance(node, ast.FormattedValue) else node
    return text(value, path) or UNKNOWN


def _constant(name: str, path: Path) -> str | None:
    """A constant of the file, or of the file it is imported from."""
    assigned = _assignments(path).get(name)
    if assigned is not None:
        return text(assigned, path)
    origin = _origins(path).get(name)
    source = _file(origin.rpartition(".")[0]) if origin else None
    return _constant(name, source) if source and source != path else None


@cache
def _assignments(path: Path) -> dict[str, ast.expr]:
    found: dict[str, ast.expr] = {}
    for node in tree.parse(path).body:
        if isinstance(node, ast.Assign) and node.value is not None:
            for target in node.targets:
                if isinstance(target, ast.Name):
                    found[target.id] = node.value
                elif isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                    pairs = zip(target.elts, node.value.elts, strict=True)
                    found |= {left.id: right for left, right in pairs if isinstance(left, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
            found[node.target.id] = node.value
    return found


@cache
def _origins(path: Path) -> dict[str, str]:
    return {imported.rpartition(".")[2]: imported for _, imported in tree.imports(path)}


def _file(module: str) -> Path | None:
    base = tree.ROOT.joinpath(*module.split("."))
    return next((path for path in (base.with_suffix(".py"), base / "__init__.py") if path.exists()), None)
