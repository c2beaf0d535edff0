"""What nobody may write into our code: somebody else's words would then run, or a secret could be guessed."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest
from pydantic import ValidationError

from chassis.web.inputs import Body
from personne import reference
from tests.architecture import literals, tree

RUNS = (*tree.NOUNS, "chassis", "documents", "droit", "personne", "services")
# What reads an object out of bytes can be made to run what they say.
OBJECTS_FROM_BYTES = {"dill", "jsonpickle", "marshal", "pickle", "shelve", "xml", "yaml"}
RUNS_TEXT = {"compile", "eval", "exec", "__import__", "os.popen", "os.system"}
# Where a pattern is put together: each part is one of ours.
PARTS_OF_PATTERNS = {"documents/code2d.py": {"spec.pattern", "spec.shortest", "spec.longest"}}
QUERY_WITH_TEXT_THAT_RUNS = re.compile(r"\$(where|function|accumulator|regex)\b|__(i?regex|match|i?contains|i?exact)\b")
# The rules of a préfecture: a program sends the table that a page sends as TOML.
WRITES_A_TABLE_AS_TEXT = ("Regles", "regles")
# Draws an image out of numbers and names that it escapes, the fields of a form, and the 2D-Doc that we drew.
MAKES_MARKUP = {
    "chassis/web/csrf.py",
    "chassis/web/plots.py",
    "chassis/web/refill.py",
    "services/deposit/espace/pages/documents.py",
}
# Of a template: what would run what it is given, or what a browser no longer runs safely.
RUNS_IN_A_PAGE = re.compile(
    r"<script(?![^>]*\bsrc=)|<(applet|embed|frame|iframe|object)\b|\son[a-z]+\s*=|javascript:|srcdoc"
    r"|\{%-?\s*autoescape|(?<!marque_reprise)\s*\|\s*safe\b|xmlattr|tojson",
    re.I,
)
# Of a script: what makes HTML or code out of text.
RUNS_IN_A_SCRIPT = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|set(Timeout|Interval)\(\s*[\"'`]"
    r"|createContextualFragment|postMessage|ActiveXObject"
)
# And what a field called `__proto__` would change of every object.
NAMED_BY_DATA = re.compile(
    r"Object\.assign|__proto__|\bin\s+\w+\)\s*\{|[\w)]\[(?![\"'\d])[^\]]+\]\s*(\|\||&&|\?\?)?=(?!=)"
)
# The ways of a préfecture and the column that anybody may show on a site of their own.
OPEN_TO_OTHER_SITES = {
    "pilotage/pages.py",
    "services/deposit/concertation/pages/rubrique.py",
    "services/substitution/api/public.py",
    "services/substitution/pages/public.py",
}
# Who comes back from FranceConnect shows the state that she left with; and a file that cannot be drawn is recorded.
ACT_WHEN_READ = {
    "services/deposit/compte/pages/franceconnect.py:retour",
    "services/deposit/espace/pages/documents.py:pdf",
    "services/deposit/espace/pages/dossier.py:demande_pieces",
}
APPROVED_HASHES = {"sha256", "sha384", "sha512", "SHA256", "SHA384", "SHA512"}
RANDOM_BYTES_MIN = 16
# Of AES-GCM: never twice the same, and no secret.
NONCE = "secrets.token_bytes(_NONCE_BYTES)"
# Read aloud, typed by hand or printed: short on purpose. Each is counted where it is tried, or opens nothing by itself.
SHORT_BY_HAND = {
    "documents/numero.py",
    "personne/reference.py",
    "services/ccc/actions/appels.py",
    "services/deposit/compte/actions/facteur.py",
}
# Spreads tries over time: nobody gains by guessing it.
NO_SECRET = {"chassis/outbox.py": "random.uniform"}


@cache
def files_with(pattern: str) -> list[Path]:
    """The files of the code that runs for people in which something like this is written."""
    return [path for path in tree.files(*RUNS) if re.search(pattern, path.read_text("utf-8"))]


def calls(pattern: str) -> Iterator[tuple[Path, ast.Call, str]]:
    """Each call with such a name: its file, the call, its dotted name."""
    for path in files_with(pattern):
        for call in tree.calls(path):
            if re.search(pattern, called := ast.unparse(call.func)):
                yield path, call, called


def place(path: Path, node: ast.AST) -> str:
    return f"{tree.name(path)}:{getattr(node, 'lineno', 0)}"


def lines(ending: str) -> Iterator[tuple[str, str]]:
    """Each line that is sent to browsers, with its place."""
    for path in sorted(path for package in RUNS for path in (tree.ROOT / package).rglob(f"*{ending}")):
        # Mails run no script; each reader has its own rules for their style.
        if "modeles" not in path.parts:
            for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
                yield f"{tree.name(path)}:{number}", line


def test_no_bytes_become_an_object_and_no_text_runs() -> None:
    """What comes from outside is JSON or protobuf and becomes a model of ours, whose fields are named."""
    wrong = [
        f"{tree.name(path)}:{line} {imported}"
        for path in files_with("|".join(OBJECTS_FROM_BYTES))
        for line, imported in tree.imports(path)
        if imported.split(".")[0] in OBJECTS_FROM_BYTES
    ]
    wrong += [
        f"{place(path, call)} {called}" for path, call, called in calls("|".join(RUNS_TEXT)) if called in RUNS_TEXT
    ]
    assert wrong == []


def test_a_pattern_is_ours_alone() -> None:
    """No sign that somebody typed has a meaning in a regular expression: it is escaped, or not in one."""
    wrong = [
        f"{place(path, call)} {ast.unparse(call.args[0])}"
        for path, call, _ in calls(r"\bre\.(compile|search|match|fullmatch|sub|split|findall|finditer)\b")
        if not _constant(call.args[0], PARTS_OF_PATTERNS.get(tree.name(path), set()))
    ]
    assert wrong == []


def _constant(node: ast.expr, parts: set[str]) -> bool:
    if isinstance(node, ast.JoinedStr):
        return all(_constant(value, parts) for value in node.values)
    if isinstance(node, ast.FormattedValue):
        return _constant(node.value, parts)
    if isinstance(node, ast.BinOp):
        return _constant(node.left, parts) and _constant(node.right, parts)
    escaped = isinstance(node, ast.Call) and ast.unparse(node.func) == "re.escape"
    return escaped or isinstance(node, ast.Constant) or ast.unparse(node).isupper() or ast.unparse(node) in parts


def test_a_query_holds_values_and_runs_nothing() -> None:
    """No query is a text, a pattern or a script; and no field that takes a text takes an operator in its place."""
    assert files_with(QUERY_WITH_TEXT_THAT_RUNS.pattern) == []
    taken, asked = [], 0
    for model in _models():
        for name in [name for name, info in model.model_fields.items() if info.annotation is str]:
            asked += 1
            try:
                taken.append((model, model.model_validate({name: {"$ne": ""}})))
            except ValidationError as error:
                faults = {fault["loc"][:1] for fault in error.errors()}
                assert faults & {(name,), ()} or (model.__name__, name) == WRITES_A_TABLE_AS_TEXT, (model, name)
    assert (taken, asked > 300) == ([], True)


def _models() -> set[type[Body]]:
    """Every model of what is sent, by whoever imports it."""
    for path in files_with(r"chassis\.web\.inputs|\(Body\)|import inputs"):
        import_module(tree.module(path))
    found, more = set[type[Body]](), [Body]
    while more:
        more = [below for model in more for below in model.__subclasses__() if below.__module__.startswith(RUNS)]
        found |= set(more)
    return found


def test_markup_is_made_by_templates() -> None:
    """Where code makes some, the values are escaped by `format` or `escape`, or drawn by us."""
    assert {tree.name(path) for path, _, _ in calls(r"\bMarkup\b")} == MAKES_MARKUP


def test_a_page_runs_no_script_of_its_own_and_shows_text_as_text() -> None:
    """Templates escape everything and call no script but a file of ours; scripts make elements and text."""
    pages = [f"{where} {found[0]}" for where, line in lines(".html") if (found := RUNS_IN_A_PAGE.search(line))]
    scripts = [f"{where} {found[0]}" for where, line in lines(".js") if (found := RUNS_IN_A_SCRIPT.search(line))]
    assert pages + scripts == []


def test_no_script_names_a_property_by_what_it_reads() -> None:
    assert [f"{where} {line.strip()}" for where, line in lines(".js") if NAMED_BY_DATA.search(line)] == []


@pytest.mark.parametrize(
    ("line", "pattern"),
    [
        ("<p onclick=go()>", RUNS_IN_A_PAGE),
        ("<script>let a</script>", RUNS_IN_A_PAGE),
        ("{{ nom|safe }}", RUNS_IN_A_PAGE),
        ("zone.innerHTML = text;", RUNS_IN_A_SCRIPT),
        ("typed[field.name] ||= [];", NAMED_BY_DATA),
        ("for (const key in sent) {", NAMED_BY_DATA),
        ("nom__icontains=typed", QUERY_WITH_TEXT_THAT_RUNS),
    ],
)
def test_what_is_looked_for_would_be_found(line: str, pattern: re.Pattern[str]) -> None:
    assert pattern.search(line)


def test_no_address_that_we_call_sends_us_elsewhere() -> None:
    """A partner's answer is an answer: no redirection leads a service to an address that is not in its settings."""
    found = [
        (place(path, call), {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords})
        for path, call, _ in calls(r"(\brequests|_sessions?(\[\w+\])?)\.(get|post|put|patch|delete|request)\b")
    ]
    assert [where for where, given in found if given.get("allow_redirects") != "False"] == []
    assert len(found) >= 6
    others = re.compile(r"^(aiohttp|http\.client|httpx|urllib3|urllib\.request)\b")
    imported = {name for path in files_with("^ *(import|from) (aiohttp|http|url)") for _, name in tree.imports(path)}
    assert [name for name in imported if others.match(name)] == []


def test_pages_of_other_sites_read_only_what_anybody_may() -> None:
    """Any site, no cookie, and nothing but reading: the ways of a préfecture, and what is published."""
    opened = files_with("Access-Control-")
    assert {tree.name(path) for path in opened} == OPEN_TO_OTHER_SITES
    for path in opened:
        said = re.findall(r'"(Access-Control-[\w-]+)"\] = (.+)', path.read_text("utf-8"))
        assert said == [("Access-Control-Allow-Origin", '"*"')]
        functions = {name: ast.unparse(function) for name, function in literals.functions(path).items()}
        [setting] = [name for name, text in functions.items() if "Access-Control-" in text]
        routes = [text for name, text in functions.items() if name == setting or f"{setting}(" in text]
        for route in [text for text in routes if not text.startswith(f"def {setting}") or "@" in text]:
            assert re.match(r"@\w+\.get\(", route) and "@require" not in route, route


def test_no_stored_document_leaves_whole() -> None:
    """An edge names each field that it gives: it turns no document of a store into an answer."""
    whole = files_with(r"\.(to_mongo|to_json|as_pymongo)\(|\b_data\b|\bfind_raw")
    edges = re.compile(r"/(api|pages)(/|\.py)|^chassis/web/")
    assert [tree.name(path) for path in whole if edges.search(tree.name(path))] == []


def test_types_are_checked_strictly_in_all_our_code() -> None:
    """`make lint` runs mypy on every package; no module of ours is let off, nor compared with what it cannot equal."""
    said = tree.project()["tool"]["mypy"]
    loosened = {name for rule in said["overrides"] if "implicit_reexport" not in rule for name in rule["module"]}
    checked = re.search(r"^PACKAGES := \$\(wildcard (.+)\)$", (tree.ROOT / "Makefile").read_text("utf-8"), re.M)
    assert said["strict"] is True and checked is not None
    assert set(tree.PACKAGES) <= set(checked[1].split())
    assert {name for name in loosened if name.split(".")[0] in tree.PACKAGES} == set()


def test_a_password_is_hidden_while_typed_and_left_to_its_manager() -> None:
    """Each field of one says which it is, so that a browser offers to fill or keep it; no script looks at a paste."""
    fields = [
        (where, line) for where, line in lines(".html") if re.search(r'input\(form, "password"|type="password"', line)
    ]
    named = re.compile(r'type="password".*autocomplete="(current|new)-password"')
    assert [where for where, line in fields if not named.search(line)] == []
    assert len(fields) >= 8
    assert [where for where, line in [*lines(".html"), *lines(".js")] if re.search(r"onpaste|[\"']paste", line)] == []


def test_a_page_that_is_read_commands_nothing() -> None:
    """An act has the identifier of its request; a GET gives none, so that no link and no image of another site acts."""
    acting = {
        f"{tree.name(path)}:{function.name}"
        for path in files_with(r"\.get\(")
        for function in ast.walk(tree.parse(path))
        if isinstance(function, ast.FunctionDef)
        and any(re.match(r"\w+\.get\(", ast.unparse(decorator)) for decorator in function.decorator_list)
        and re.search(r"\brequest_id\b|\bnew_id\(", ast.unparse(function))
    }
    assert acting == ACT_WHEN_READ


def test_each_cookie_is_given_in_one_place() -> None:
    """There its name, its path and its marks follow from HTTPS; nobody forgets one."""
    assert [tree.name(path) for path in files_with(r"\.(set_cookie|delete_cookie)\(")] == ["chassis/web/cookies.py"]


def test_a_parameter_is_read_where_it_was_sent() -> None:
    """The address, the form and the body are three: what stands in one is never taken for what lacks in another."""
    assert files_with(r"\brequest\.values\b") == []


def test_each_hash_is_of_256_bits_at_least() -> None:
    """For signatures, marks and names alike: nothing of ours is hashed by MD5, by SHA-1, or by what we made up."""
    used = {
        (place(path, node), named)
        for path in files_with(r"\bhashlib\b|primitives import .*\bhashes\b")
        for node in ast.walk(tree.parse(path))
        if (named := _hash(node))
    }
    assert sorted(use for use in used if use[1] not in APPROVED_HASHES) == []
    assert len(used) >= 20


def _hash(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute) and ast.unparse(node.value) in ("hashlib", "hashes"):
        return "" if node.attr == "file_digest" else node.attr
    if isinstance(node, ast.ImportFrom) and node.module == "hashlib":
        return node.names[0].name
    if isinstance(node, ast.Call) and ast.unparse(node.func) in ("hashlib.file_digest", "hashlib.new"):
        return str(getattr(node.args[-1], "value", "?"))
    return ""


def test_what_must_not_be_guessed_is_drawn_by_the_system() -> None:
    """128 bits at least, by `secrets`; fewer only where somebody types it by hand, and `random` never."""
    short, wrong = set(), []
    for path, call, called in calls(r"\b(secrets|random)\."):
        if called in ("secrets.choice", "secrets.randbelow", "secrets.randbits"):
            short.add(tree.name(path))
        elif called.startswith("secrets.token_"):
            if ast.unparse(call) != NONCE and _bytes_drawn(path, call) < RANDOM_BYTES_MIN:
                wrong.append(f"{place(path, call)} {ast.unparse(call)}")
        elif called.startswith("random.") and NO_SECRET.get(tree.name(path)) != called:
            wrong.append(f"{place(path, call)} {called}")
    assert (short, wrong) == (SHORT_BY_HAND, [])


def test_a_code_that_is_typed_by_hand_is_one_of_a_million_at_least() -> None:
    """Codes sent and said are six digits drawn evenly, those written down eight signs of twenty-seven: 38 bits."""
    drawn = [ast.unparse(call) for _, call, called in calls(r"\bsecrets\.randbelow\b")]
    assert drawn == ["secrets.randbelow(1000000)"] * 2
    written = {reference.new_code() for _ in range(50)}
    assert len(written) == 50
    assert all(re.fullmatch("[2-9A-Z]{4}-[2-9A-Z]{4}", code) for code in written)
    assert len(set(reference.ALPHABET)) == len(reference.ALPHABET) >= 27


def _bytes_drawn(path: Path, call: ast.Call) -> int:
    asked = call.args[0] if call.args else ast.Constant(32)
    if isinstance(asked, ast.Name):
        named = (node for node in tree.parse(path).body if isinstance(node, ast.Assign))
        asked = next(node.value for node in named if ast.unparse(node.targets[0]) == asked.id)
    return asked.value if isinstance(asked, ast.Constant) and isinstance(asked.value, int) else 0
