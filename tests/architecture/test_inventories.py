"""The inventories that operators and auditors read are those of the code: keys, what is logged, what costs, files."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import fields
from importlib import import_module
from pathlib import Path

from chassis import tokens
from chassis.settings import SERVICES
from chassis.web import bearers, contents, uploads
from chassis.web.options import MIB, WebOptions
from deploy import needs, sample
from tests.architecture import tree
from tests.architecture.test_dependencies import declared

DOCS = tree.ROOT / "docs"
RUNS = (*tree.NOUNS, "chassis", "documents", "droit", "personne", "services")
# How a library that makes or checks a secret is imported, and how it is called where dependencies are declared.
CRYPTOGRAPHY = {
    "argon2": "argon2-cffi",
    "authlib": "authlib",
    "cryptography": "cryptography",
    "hmac": "hmac",
    "itsdangerous": "itsdangerous",
    "joserfc": "joserfc",
    "pyhanko": "pyhanko",
    "pyotp": "pyotp",
    "secrets": "secrets",
    "ssl": "ssl",
}
STANDARD = {"hmac", "secrets", "ssl"}
# Comes with Flask, which signs its own cookie by it.
OF_FLASK = {"itsdangerous"}
HOLDS_A_SECRET = re.compile(r"SECRET|JETON|PASSWORD|^(MONGODB_URI|NATS_URL|REVEIL_URL|SMTP_URL|SMS_URL)$")
SIGN_IN_SETTINGS = (
    "AGENTS_IDLE_MINUTES",
    "APPAREIL_CONNU_JOURS",
    "LIMITE_CONNEXION_ATTENTE",
    "LIMITE_CONNEXION_ATTENTE_MAX",
    "LIMITE_CONNEXION_DOUTE",
    "LIMITE_CONNEXION_ESSAIS",
    "LIMITE_CONNEXION_IP",
    "LIMITE_CONNEXION_LOGIN",
    "SESSION_IDLE_MINUTES",
    "SESSION_MAX_HOURS",
)
LEVELS = ("secret", "vie", "trace", "service")


def rows(page: Path, heading: str) -> list[list[str]]:
    """The cells of the table under a heading, but for its head."""
    text = page.read_text("utf-8").split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line.strip()[1:-1].split("|") for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line] for line in lines[2:]]


def test_each_key_and_secret_has_its_holder_its_use_and_its_end(tmp_path: Path) -> None:
    """What a deployment mounts, and each setting that holds a secret, is a line of `docs/keys.md`."""
    sample.write(tmp_path, "smtp://127.0.0.1:25", "http://127.0.0.1:1/")
    mounted = {path.name for path in (tmp_path / "cles").rglob("*") if path.is_file()}
    files = {re.sub(rf"^({'|'.join(SERVICES)})\.", "<service>.", name) for name in mounted}
    settings = {
        name for name in needs.documented((DOCS / "architecture.md").read_text()) if HOLDS_A_SECRET.search(name)
    }
    lines = rows(DOCS / "keys.md", "Keys and secrets")
    named = {name for line in lines for name in re.findall(r"`([^`]+)`", line[0])}
    assert (files | settings) - named == set()
    assert len(settings) >= 8
    for name, what, holder, protects, changed, *_ in lines:
        assert what and holder and protects, name
        assert changed or protects.startswith("nothing") or "as its owner says" in changed, name


def test_cryptography_is_used_where_the_inventory_says_by_libraries_that_are_declared() -> None:
    """Each place with its libraries, and no other place; nothing that makes a secret is written by us or unargued."""
    used = {}
    for path in tree.files(*RUNS):
        libraries = {CRYPTOGRAPHY.get(imported.split(".")[0], "") for _, imported in tree.imports(path)} - {""}
        if libraries:
            used[tree.name(path)] = libraries
    lines = rows(DOCS / "keys.md", "Where the code uses them")
    assert {place.strip("`"): set(libraries.split(", ")) for place, libraries, _ in lines} == used
    assert set().union(*used.values()) - STANDARD - OF_FLASK - declared(development=False) == set()


def test_each_event_of_the_logs_is_in_the_inventory_and_goes_to_one_place() -> None:
    """Who reads a log knows what each line means; none goes to a file, an address or a page of its own."""
    listed = [name.strip("`") for name, _ in rows(DOCS / "logs.md", "Events")]
    assert sorted(listed) == sorted(set(_events()))
    elsewhere = re.compile(r"logging\.(handlers|FileHandler|basicConfig)|structlog\.configure|syslog|sentry")
    assert [tree.name(path) for path in tree.files(*RUNS) if elsewhere.search(path.read_text("utf-8"))] == [
        "chassis/logs.py"
    ]


LOG = re.compile(r"(logs\.get\(\)|log|_log\(.*\))$")


def _events() -> Iterator[str]:
    for path in tree.files(*RUNS):
        for call in tree.calls(path) if "logs.get()" in path.read_text("utf-8") else ():
            of_log = isinstance(call.func, ast.Attribute) and LOG.match(ast.unparse(call.func.value))
            if of_log and isinstance(call.func, ast.Attribute) and call.func.attr != "bind":
                assert isinstance(call.args[0], ast.Constant), f"{tree.name(path)}:{call.lineno}"
                yield str(call.args[0].value)


def test_what_costs_has_its_bound_where_the_page_says() -> None:
    """Each bound of `docs/operations.md` is the constant that it names, or a setting that an operator can change."""
    settings = needs.documented(*((tree.ROOT / name).read_text() for name in ("docs/architecture.md",)))
    lines = rows(DOCS / "operations.md", "What costs")
    for what, bound, place in lines:
        for name, said in zip(re.findall(r"`([^`]+)`", place), bound.split(", "), strict=True):
            if name in settings:
                continue
            module, _, constant = name.rpartition(".")
            value = getattr(import_module(module), constant)
            number = float(re.match(r"[\d ]+", said)[0].replace(" ", ""))  # type: ignore[index]
            assert number * (MIB if "MiB" in said else 1) == value, (what, name, value)
    assert len(lines) >= 8


def test_the_kinds_and_sizes_of_files_are_those_that_the_page_says() -> None:
    text = (DOCS / "operations.md").read_text().split("\n## Files\n", 1)[1].split("\n## ", 1)[0]
    taken = {kind.strip("`"): ending.strip("`") for kind, ending, _ in rows(DOCS / "operations.md", "Files")}
    assert set(taken) == set(contents.CHOSEN)
    assert taken == {kind: contents.ENDINGS.get(kind, contents.ENDINGS[contents.JPEG]) for kind in contents.CHOSEN}
    sizes = {
        f"{uploads.PART_BYTES // MIB} MiB",
        f"{uploads.FORM_BYTES // MIB} MiB",
        "P-SIZE",
        f"{contents.PAGES_MAX} pages",
    }
    assert [size for size in sizes if size not in text.replace("2 000", "2000")] == []


def test_a_hole_of_a_library_has_a_day_by_which_it_is_mended() -> None:
    lines = rows(tree.ROOT / "SECURITY.md", "Libraries")
    days = [int(re.match(r"\d+", line[1])[0]) for line in lines]  # type: ignore[index]
    assert len(days) == 4 and days == sorted(days)


def test_each_way_in_says_what_it_asks_how_long_it_lasts_and_how_guessing_is_slowed() -> None:
    """The figures of `SECURITY.md` are the defaults of the settings beside them; each setting of sign-in is there."""
    lines = rows(tree.ROOT / "SECURITY.md", "Ways in")
    text = (tree.ROOT / "SECURITY.md").read_text("utf-8").split("\n## Ways in\n", 1)[1].split("\n## ", 1)[0]
    assert [way for way, *cells in lines if len(cells) != 4 or not all(cells)] == []
    assert {way for way, *_ in lines} >= {
        "page of usagers",
        "page of helpers",
        "page of agents",
        "FranceConnect",
        "ProConnect",
    }
    shown = dict(re.findall(r"`([A-Z_]+)` \((\d+)", text))
    options = WebOptions.from_env({name: str(int(figure) + 1) for name, figure in shown.items()})
    changed = {field.name for field in fields(WebOptions) if getattr(options, field.name) != field.default}
    more = {name: getattr(options, name) - getattr(WebOptions, name) for name in changed}
    assert set(shown) == set(SIGN_IN_SETTINGS)
    assert more == dict.fromkeys(more, 1) and len(more) == len(shown)
    assert "any number of devices at once" in " ".join(text.split())
    hours = tokens.LIFETIMES[tokens.AGENT].total_seconds() / 3600
    assert f"{hours:.0f} hours" in text and f"{bearers.HOURS} hours" in text


def test_each_level_of_data_says_what_must_hold_for_it() -> None:
    levels = {line[0]: line[1:] for line in rows(DOCS / "data.md", "Levels")}
    assert tuple(levels) == LEVELS
    assert [level for level, cells in levels.items() if len(cells) != 7 or not all(cells)] == []
    placed = {(service, name.strip("`")): level for service, name, level, _ in rows(DOCS / "data.md", "Collections")}
    assert set(placed.values()) == set(LEVELS)
    kept = {
        (service, document._get_collection_name())
        for service in SERVICES
        for document in import_module(f"services.{service}.__main__").SERVICE.documents
    }
    by_name = re.compile(r"\b(?:db|database\([^)]*\))\[\"(\w+)\"\]")
    chassis = {name for path in tree.files("chassis") for name in by_name.findall(path.read_text("utf-8"))}
    assert kept | {(service, name) for service in SERVICES for name in chassis} <= placed.keys()
