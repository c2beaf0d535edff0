"""Catalogues of texts: `python -m chassis.web.catalogues add <language>` begins one, `update` reads the sources again,
`check` says what lacks.

Each folder that has a `translations/` keeps its own catalogues: the chassis, and each service.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Collection, Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import IO, Any

from babel import Locale, UnknownLocaleError
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir, extract_python
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[2]
KEYWORDS = {**DEFAULT_KEYWORDS, "lazy_gettext": None, "_l": None}
# The chassis has its catalogue in its web part, each service its own; people never see texts of the others.
APART = {"chassis", "deploy", "dev", "loadtests", "services", "tests"}

Found = tuple[int, str, str | tuple[str, ...], list[str]]
# Where a call holds texts for people: by name, or at a position when it has one.
_CALLS = {"Motif": {"phrase": 2, "suite": 3}, "Field": {"title": -1}, "ValueError": {"": 0}}


def extract(file: IO[bytes], keywords: Mapping[str, Any], tags: Collection[str], options: Any) -> Iterator[Any]:
    """A Babel extractor: what `_()` marks, the sentences of each `Motif(…)`, the titles of each `Field(…)`, and the
    sentence by which a model refuses what was typed.
    """
    source = file.read()
    yield from extract_python(BytesIO(source), keywords, tags, options)
    for call in ast.walk(ast.parse(source)):
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in _CALLS):
            continue
        named = {keyword.arg: keyword.value for keyword in call.keywords}
        for name, position in _CALLS[call.func.id].items():
            value = named.get(name) or (call.args[position] if 0 <= position < len(call.args) else None)
            text = value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else ""
            # Another ValueError is for whoever reads the log, and no sentence.
            if text and (call.func.id != "ValueError" or (text[0].isupper() and text.endswith("."))):
                yield call.lineno, "gettext", text, []


def folders() -> list[Path]:
    """Every part of the project that has texts of its own."""
    return sorted(path.parent for path in ROOT.glob("*/translations")) + sorted(
        path.parent for path in ROOT.glob("*/*/translations")
    )


def parts() -> list[Path]:
    """What people read texts of: the layout, the shared nouns, the law, the papers and each service."""
    shared = sorted(path.parent for path in ROOT.glob("*/__init__.py") if path.parent.name not in APART)
    return [ROOT / "chassis" / "web", *shared, *sorted(path.parent for path in ROOT.glob("services/*/__init__.py"))]


def add(language: str) -> None:
    """Gives each part that has texts an empty catalogue of a language. Raises UnknownLocaleError for no language."""
    Locale.parse(language)
    for folder in parts():
        path = folder / "translations" / language / "LC_MESSAGES" / "messages.po"
        if not path.exists() and len(template(folder)):
            path.parent.mkdir(parents=True)
            with path.open("wb") as target:
                write_po(target, Catalog(locale=language, project="sejour", charset="utf-8", fuzzy=False))
            update(folder, language)


def template(folder: Path) -> Catalog:
    """The texts of a folder as its sources have them now."""
    with (ROOT / "babel.cfg").open() as config:
        methods, options = parse_mapping_cfg(  # type: ignore[no-untyped-call]
            config, filename="babel.cfg"
        )
    catalog = Catalog(project="sejour", charset="utf-8")
    # The Motifs of the agents' directory, of tokens and of gRPC are shown by the layout: their texts are the chassis's.
    base = folder.parent if folder.name == "web" else folder
    for name, line, text, comments, context in extract_from_dir(
        base, methods, options, KEYWORDS, comment_tags=("i18n:",), strip_comment_tags=True
    ):
        place = (str((base / name).relative_to(ROOT)), line)
        catalog.add(text, locations=[place], auto_comments=comments, context=context)
    return catalog


def update(folder: Path, language: str = "*") -> None:
    """Brings one language of a folder, or each, up to its sources: new texts appear empty, gone ones leave."""
    found = template(folder)
    for path in sorted((folder / "translations").glob(f"{language}/LC_MESSAGES/messages.po")):
        catalog = _read(path)
        catalog.update(found, no_fuzzy_matching=True)
        catalog.obsolete.clear()
        with path.open("wb") as target:
            write_po(target, catalog, width=110, sort_output=True, include_lineno=False, omit_header=False)


def missing(folder: Path) -> dict[str, list[str]]:
    """By language, the texts of a folder that nobody translated yet."""
    wanted = {_singular(message.id) for message in template(folder) if message.id}
    result = {}
    for path in sorted((folder / "translations").glob("*/LC_MESSAGES/messages.po")):
        catalog = _read(path)
        translated = {
            _singular(message.id)
            for message in catalog
            if message.id and (all(message.string) if isinstance(message.string, tuple | list) else message.string)
        }
        result[path.parents[1].name] = sorted(wanted - translated)
    return result


def main(arguments: list[str]) -> int:
    """`add` begins a language, `update` writes, `check` only says; 1 when something lacks."""
    if arguments[:1] == ["add"] and len(arguments) == 2:
        try:
            add(arguments[1])
        except UnknownLocaleError as error:
            sys.stderr.write(f"{error}\n")
            return 2
        return 0
    if arguments not in (["update"], ["check"]):
        sys.stderr.write("usage: python -m chassis.web.catalogues add <language>|update|check\n")
        return 2
    if arguments == ["update"]:
        for folder in folders():
            update(folder)
    lacking = 0
    for folder in folders():
        for language, texts in missing(folder).items():
            lacking += len(texts)
            for text in texts:
                sys.stdout.write(f"{folder.relative_to(ROOT)} [{language}] {text}\n")
    return 1 if lacking else 0


def _singular(text: str | list[str] | tuple[str, ...]) -> str:
    return text if isinstance(text, str) else text[0]


def _read(path: Path) -> Catalog:
    with path.open("rb") as source:
        return read_po(source, locale=path.parents[1].name)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
