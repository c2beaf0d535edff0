"""Sizes and names: what we write stays small enough to be read, and is called after what it holds."""

from __future__ import annotations

import ast
import re

from tests.architecture import tree

CEILING_LINES, CEILING_PARAMETERS = 400, 7
NAMELESS = {"utils", "util", "common", "helpers", "helper", "misc", "manager", "managers"}
FILES_OF_A_SERVICE = ("rules", "store", "actions", "api", "pages", "rpc", "consumers", "due", "__main__")
# What an operator types is a file of the room that it concerns.
COMMANDS = ("command.py",)
ALL = (*tree.PACKAGES, "tests")
OURS = (*tree.NOUNS, "chassis", "documents", "droit", "personne", "services")
# What a French infinitive ends with, and the words that end so without being one.
INFINITIVE = re.compile(r"_*([a-z]+(?:er|ir|re))(_|$)")
ENGLISH = (
    "after answer banner bare before breaker broker caller capture compare compiler configure declare disclosure "
    "elsewhere ensure enter figure folder gather giver handler header identifier letter measure member number offer "
    "order other paper partner prepare provider recover register remember render require secure signer store structure "
    "their transfer under where"
)
NOUNS = "cadre centre dossier fenetre fermeture fichier ouverture prefecture provisoire rupture titre usager"
# A view is named after its route, whose French name is published; RPC methods begin with a capital.
ROUTE = re.compile(r"\w+\.(get|post|put|patch|delete|route)\(")


def test_no_file_passes_the_ceiling() -> None:
    """Past about 300 lines a file becomes a package of the same name, split by noun."""
    sizes = {tree.name(path): len(path.read_text("utf-8").splitlines()) for path in tree.files(*ALL)}

    assert {name: size for name, size in sizes.items() if size > CEILING_LINES} == {}


def test_no_function_takes_more_than_seven_parameters() -> None:
    """Five is the aim; self and cls do not count, nor the fixtures and columns of a test."""
    wrong = []
    for path in tree.files(*ALL):
        for node in ast.walk(tree.parse(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("test_"):
                taken = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
                if len([argument for argument in taken if argument.arg not in ("self", "cls")]) > CEILING_PARAMETERS:
                    wrong.append(f"{tree.name(path)}:{node.lineno} {node.name}")

    assert wrong == []


def test_nothing_is_named_after_nothing() -> None:
    """What is called utils, common, helpers, misc or manager holds whatever nobody placed."""
    names = {path: {part.removesuffix(".py") for part in tree.name(path).split("/")} for path in tree.files(*ALL)}

    assert [tree.name(path) for path, parts in names.items() if parts & NAMELESS] == []


def test_every_service_has_the_same_files() -> None:
    """Who knows one knows all: the same nouns, each a file or a package, a page that presents it, and its templates.

    One laid out by noun keeps its rules and actions in its rooms.
    """
    missing = []
    for service in tree.services():
        folder = tree.ROOT / "services" / service
        missing += [
            f"{service}/{name}.py"
            for name in FILES_OF_A_SERVICE
            if name not in (("rules", "actions") if tree.rooms(service) else ())
            and not (folder / f"{name}.py").exists()
            and not (folder / name / "__init__.py").exists()
        ]
        missing += [f"{service}/{name}" for name in ("README.md", "templates") if not (folder / name).exists()]

    assert missing == []


def test_every_room_has_the_same_files() -> None:
    """A room holds the layers that it needs, each a file or a package, its templates, and nothing else."""
    wrong = [
        f"{service}/{room}/{path.name}"
        for service in tree.services()
        for room in tree.rooms(service)
        for path in (tree.ROOT / "services" / service / room).iterdir()
        if path.name not in ("__init__.py", "__pycache__", "templates", *COMMANDS) and path.stem not in tree.LAYERS
    ]

    assert wrong == []


def test_the_rules_of_everybody_have_their_tables() -> None:
    """`make test-rules` runs what is called `test_rules*`: a change of a rule is known in seconds, without a server."""
    alone = [
        name for name in ("blocage", *tree.services()) if not list((tree.ROOT / "tests" / name).rglob("test_rules*"))
    ]

    assert alone == []


def test_a_function_is_named_by_an_english_verb() -> None:
    """French legal nouns, English verbs: one records a `blocage` and files a `demande`, in every service."""
    allowed, wrong = f"{ENGLISH} {NOUNS}".split(), []
    for path in tree.files(*OURS):
        for node in ast.walk(tree.parse(path)):
            if isinstance(node, ast.FunctionDef) and (found := INFINITIVE.match(node.name)):
                is_view = any(ROUTE.match(ast.unparse(mark)) for mark in node.decorator_list)
                if not is_view and found[1] not in allowed:
                    wrong.append(f"{tree.name(path)}:{node.lineno} {node.name}")

    assert wrong == []
