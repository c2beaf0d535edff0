"""The laws of the design that no linter knows: one write, one clock, nothing at import, a source for each refusal."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.architecture import literals, tree

CLOCKS = {f"{owner}.{asked}" for owner in ("datetime", "datetime.datetime") for asked in ("now", "utcnow", "today")} | {
    "date.today",
    "datetime.date.today",
    *(f"time.{asked}" for asked in ("time", "time_ns", "localtime", "gmtime", "strftime", "ctime")),
}
# Rebuilds at the caller the Motif that a callee sent.
REBUILDS_A_MOTIF = {"chassis/rpc.py"}
# Hours that only machines read: the legal clock, slots from opening hours, headers, the vendors' dialect, keys.
MACHINE_HOURS = {
    "chassis/clock.py",
    "chassis/web/uploads.py",
    "documents/texte.py",
    "services/notify/mime.py",
    "services/pan/actions/creneaux.py",
    "services/pan/adapters/ants.py",
    "services/pan/adapters/csv_export.py",
    "services/pan/adapters/ics.py",
    "services/pan/rules/agenda.py",
}
# Sendings and their messages: claims write `suite_time` and `bail_time` of many at once, without their version, so that
# these are always sent, whatever was loaded; and proofs are pushed (docs/adr/0014-one-book-for-a-write.md).
WRITE_BY_OPERATORS = {"services/notify/actions/planification.py", "services/notify/actions/preuves.py"}
OPERATOR = re.compile(r"(set|unset|push|push_all|pull|pull_all|add_to_set|inc|dec|min|max|pop|set_on_insert)__")
CODE = re.compile(r"[A-Z0-9]+(_[A-Z0-9]+)*")


def test_nothing_is_saved_outside_the_chassis() -> None:
    """A `save` writes the whole outbox back and undoes what a relay or another action did meanwhile."""
    wrong = [
        f"{tree.name(path)}:{call.lineno}"
        for path in tree.files(*tree.NOUNS, "personne", "services", "documents", "droit", "dev")
        for call in tree.calls(path)
        if isinstance(call.func, ast.Attribute) and call.func.attr == "save"
    ]

    assert wrong == []


def test_a_document_is_changed_once() -> None:
    """What an action changes is derived from the document: no value is written beside it, as an operator."""
    used = {
        tree.name(path)
        for path in tree.files("blocage", "services")
        for node in ast.walk(tree.parse(path))
        if (isinstance(node, ast.keyword) and OPERATOR.match(node.arg or ""))
        or (isinstance(node, ast.Constant) and isinstance(node.value, str) and OPERATOR.match(node.value))
        or (isinstance(node, ast.Attribute) and node.attr == "apply_operators")
    }

    assert used == WRITE_BY_OPERATORS


def test_there_is_one_clock() -> None:
    """`chassis/clock.py` alone asks the machine what time it is; monotonic time measures durations and is free."""
    wrong = [
        f"{tree.name(path)}:{call.lineno} {called}"
        for path in tree.files(*tree.PACKAGES)
        if tree.name(path) != "chassis/clock.py"
        for call in tree.calls(path)
        if (called := ast.unparse(call.func)) in CLOCKS
    ]
    wrong += [
        f"{tree.name(path)}:{line} from time import time"
        for path in tree.files(*tree.PACKAGES)
        for line, imported in tree.imports(path)
        if imported in {"time.time", "time.time_ns"} and tree.name(path) != "chassis/clock.py"
    ]

    assert wrong == []


def test_samples_have_one_guard() -> None:
    """Only `prefecture/` reads the préfectures that are shipped: production has none of them, whoever asks."""
    wrong = [
        f"{tree.name(path)}:{call.lineno} {called}"
        for path in tree.files("blocage", "services")
        for call in tree.calls(path)
        if re.search(r"catalogue(\(\))?\.prefectures?$", called := ast.unparse(call.func))
    ]

    assert wrong == []


def test_an_hour_for_people_is_written_in_one_way() -> None:
    """`chassis/hours.py` alone turns an instant into an hour of a place; templates and other code call it."""
    code = [
        f"{tree.name(path)}:{number}"
        for path in tree.files(*tree.NOUNS, "chassis", "documents", "droit", "services")
        if tree.name(path) not in ("chassis/hours.py", *MACHINE_HOURS)
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if re.search(r"%H|\.hour\b|HH:mm|ZoneInfo\(|format_(date)?time\b", line)
    ]
    templates = [
        f"{tree.name(path)}:{number}"
        for package in ("chassis", "services")
        for path in sorted((tree.ROOT / package).glob("**/templates/**/*.html"))
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if "strftime" in line
    ]

    assert code + templates == []


def test_a_number_with_decimals_is_written_as_people_write_it() -> None:
    """With the comma of the language: `|round(1)` alone prints a point."""
    bare = re.compile(r"\|round\(\d?\)(?!\|decimalformat)")
    found = [
        tree.name(path)
        for package in tree.PACKAGES
        for path in sorted((tree.ROOT / package).glob("**/templates/**/*.html"))
        if bare.search(path.read_text("utf-8"))
    ]
    assert found == []


def test_no_test_sleeps() -> None:
    """A test waits for a condition that it names; a pause would be too long or too short."""
    wrong = [
        f"{tree.name(path)}:{call.lineno}"
        for path in tree.files("tests")
        for call in tree.calls(path)
        if ast.unparse(call.func) == "time.sleep" and "wait" not in _function_around(path, call)
    ]

    assert wrong == []


def _function_around(path: Path, call: ast.Call) -> str:
    """The innermost function that holds the call: a `wait_for…` pauses between two looks at its condition."""
    around = [
        node
        for node in ast.walk(tree.parse(path))
        if isinstance(node, ast.FunctionDef) and node.lineno <= call.lineno <= (node.end_lineno or node.lineno)
    ]
    return max(around, key=lambda node: node.lineno).name if around else ""


IMPORT_ALL = """
import importlib, sys
watched = ("socket.connect", "socket.bind", "socket.getaddrinfo", "subprocess.Popen", "os.fork", "os.mkdir")
def refuse(event, details):
    if event in watched:
        raise RuntimeError(f"{event} {details} at import")
sys.addaudithook(refuse)
failed = []
for name in sys.argv[1:]:
    try:
        importlib.import_module(name)
    except BaseException as error:
        failed.append(f"{name}: {type(error).__name__}: {error}")
print("\\n".join(failed))
"""


@pytest.mark.parametrize("package", tree.PACKAGES)
def test_importing_does_nothing(package: str) -> None:
    """Every module imports without settings, without a connection, a process or a folder made."""
    names = [tree.module(path) for path in tree.files(package)]
    # Locust patches the standard library when it is imported: in its own processes it comes first, here too.
    names = ["locust", *names] if package == "loadtests" else names
    environment = {
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": f"{tree.ROOT}:{tree.ROOT / 'gen'}",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL, *names], cwd="/", env=environment, capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == ""


@dataclass(frozen=True)
class MotifWritten:
    """A Motif as the code spells it."""

    where: str
    values: tuple[str | None, ...]

    @property
    def code(self) -> str:
        """Its code, empty when it is not a literal."""
        return self.values[0] or ""

    @property
    def owner(self) -> str:
        """The service, or the package, that writes it."""
        parts = self.where.split("/")
        return parts[1] if parts[0] == "services" else parts[0]


def motifs() -> list[MotifWritten]:
    """Each `Motif(…)` built in the code, with code, source, phrase and suite, literal or named."""
    found = []
    for path in tree.files(*tree.NOUNS, "chassis", "documents", "droit", "personne", "services", "dev"):
        for call in tree.calls(path):
            if ast.unparse(call.func).split(".")[-1] == "Motif" and tree.name(path) not in REBUILDS_A_MOTIF:
                given = dict(zip(("code", "source", "phrase", "suite"), call.args, strict=False))
                given |= {str(keyword.arg): keyword.value for keyword in call.keywords}
                values = tuple(literals.text(given.get(key), path) for key in ("code", "source", "phrase", "suite"))
                found.append(MotifWritten(f"{tree.name(path)}:{call.lineno}", values))
    return found


def textes() -> set[str]:
    """The sources of droit/textes.toml: one table each."""
    return set(tomllib.loads((tree.ROOT / "droit" / "textes.toml").read_text("utf-8")))


def test_each_motif_says_what_happened_and_what_to_do_next() -> None:
    """Code, source, phrase and suite are written where the Motif is, so that the catalogues and this test find them."""
    wrong = [motif.where for motif in motifs() if not all(motif.values) or not CODE.fullmatch(motif.code)]

    assert wrong == []


def test_each_motif_names_a_known_source() -> None:
    """A refusal rests on a text that somebody can read, or on `regle-du-service`."""
    known = textes()

    assert [f"{motif.where} {motif.values[1]}" for motif in motifs() if motif.values[1] not in known] == []


def test_a_service_writes_a_motif_code_once() -> None:
    """Partners and catalogues rely on it; two services may each say the same refusal in their own words."""
    counted = Counter((motif.owner, motif.code) for motif in motifs())

    assert [code for code, times in counted.items() if times > 1] == []


BEHIND_SETTLE = {
    "attestations.due",
    "attestations.reissue",
    "calendrier.request_days",
    "due.plan(demande",
    "lettres.withdraw",
    "lettres.write",
    "recus.correct",
    "recus.give",
    "ruptures.before",
    "ruptures.watch",
    "tentatives.first_day",
}
SET_BY_SETTLE = {"retenue_date", "completude_machine", "document_fin_date", "remplacee_par"}


def test_rights_are_judged_through_one_door() -> None:
    """`droits/actions/settle.py` alone asks what an act makes due, and nothing of it is set in another room."""
    outside = [p for p in tree.files("services/deposit") if tree.name(p) != "services/deposit/droits/actions/settle.py"]
    asked = [
        f"{tree.name(path)}:{call.lineno} {called}"
        for path in outside
        for call in tree.calls(path)
        for called in [ast.unparse(call)]
        if any(called.startswith((f"{behind}(", f"{behind},")) for behind in BEHIND_SETTLE)
    ]
    written = [
        f"{tree.name(path)}:{node.lineno} {ast.unparse(node)}"
        for path in outside
        if "/droits/" not in tree.name(path)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and node.attr in SET_BY_SETTLE
    ]

    assert asked == []
    assert written == []
