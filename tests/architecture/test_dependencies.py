"""Every dependency is argued, and nothing is imported that is not declared."""

from __future__ import annotations

import re
import sys
from importlib.metadata import packages_distributions

from tests.architecture import tree

LISTED = re.compile(r"^\| `([\w.-]+)` \|", re.M)
NAME = re.compile(r"[A-Za-z0-9._-]+")
PRODUCTION = (*tree.NOUNS, "chassis", "documents", "droit", "personne", "services")


def declared(*, development: bool) -> set[str]:
    """The names of pyproject.toml: what runs in production, and what develops and checks it when asked."""
    read = tree.project()
    lines = [*read["project"]["dependencies"], *(read["dependency-groups"]["dev"] if development else [])]
    return {match[0] for line in lines if (match := NAME.match(line))}


def test_each_dependency_is_argued_in_one_line() -> None:
    """docs/dependencies.md has a row per entry of pyproject.toml, and none for what has gone."""
    argued = LISTED.findall((tree.ROOT / "docs" / "dependencies.md").read_text("utf-8"))

    assert sorted(argued) == sorted(declared(development=True))


def test_production_imports_only_what_it_declares() -> None:
    """What comes along with another package may leave with it."""
    distributions = packages_distributions()
    known = {name.lower().replace("_", "-") for name in declared(development=False)}
    ours = {*tree.PACKAGES, "sejour", "google", "__future__"}
    wrong = []
    for path in tree.files(*PRODUCTION):
        for line, imported in tree.imports(path):
            top = imported.split(".")[0]
            if top not in ours and top not in sys.stdlib_module_names:
                from_packages = {name.lower().replace("_", "-") for name in distributions.get(top, [])}
                if not from_packages & (known | WITH_A_DECLARED_ONE):
                    wrong.append(
                        f"{tree.name(path)}:{line} {top} ({', '.join(sorted(from_packages)) or 'not installed'})"
                    )

    assert sorted(set(wrong)) == []


def test_production_declares_only_what_it_imports() -> None:
    """A package that nobody imports is a door that nobody watches."""
    tops = {imported.split(".")[0] for path in tree.files(*PRODUCTION) for _, imported in tree.imports(path)}
    distributions = packages_distributions()
    imported = {name.lower().replace("_", "-") for top in tops for name in distributions.get(top, [])}

    assert sorted(declared(development=False) - imported - READ_BY_OTHERS) == []


# zoneinfo reads the data of tzdata where the system has none.
READ_BY_OTHERS = {"tzdata"}
# Flask is Werkzeug and Jinja under another name, flask-babel is Babel, pyHanko speaks the
# types of the last two: their versions follow.
WITH_A_DECLARED_ONE = {
    "werkzeug",
    "jinja2",
    "markupsafe",
    "itsdangerous",
    "babel",
    "wtforms",
    "bson",
    "click",
    "asn1crypto",
    "pyhanko-certvalidator",
}
