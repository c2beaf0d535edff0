"""What `docs/asvs.md` claims exists: each requirement once, each test and file that it names, and its own counts."""

from __future__ import annotations

import re
from collections import Counter

from tests.architecture import tree

PAGE = (tree.ROOT / "docs" / "asvs.md").read_text("utf-8")
LINES = re.findall(r"^\| (\d+\.\d+\.\d+) \| [^|]+ \| ([^|]+) \|$", PAGE, re.M)
# How many requirements of levels 1 and 2 each chapter of 5.0.0 has.
CHAPTERS = {
    1: 27,
    2: 11,
    3: 19,
    4: 10,
    5: 9,
    6: 35,
    7: 18,
    8: 7,
    9: 7,
    10: 29,
    11: 14,
    12: 9,
    13: 13,
    14: 9,
    15: 13,
    16: 16,
    17: 7,
}
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
PLACE = re.compile(r"`([\w./-]+)`")


def _kind(proof: str) -> str:
    for kind in ("does not apply", "lacks"):
        if proof.startswith(f"{kind}: "):
            return kind
    return "test" if TEST.fullmatch(proof) else "place"


def test_each_requirement_is_there_once() -> None:
    numbers = [number for number, _ in LINES]
    assert len(numbers) == len(set(numbers))
    assert Counter(int(number.split(".")[0]) for number in numbers) == CHAPTERS


def test_what_proves_them_exists() -> None:
    assert [number for number, proof in LINES if not _exists(proof)] == []


def _exists(proof: str) -> bool:
    if named := TEST.fullmatch(proof):
        source = (tree.ROOT / named[1]).read_text("utf-8")
        return re.search(rf"^def {named[2]}\(", source, re.M) is not None
    if place := PLACE.match(proof):
        return (tree.ROOT / place[1]).exists()
    return _kind(proof) in ("does not apply", "lacks")


def test_the_share_that_it_tells_is_the_one_of_its_tables() -> None:
    found = Counter(_kind(proof) for _, proof in LINES)
    applying = found.total() - found["does not apply"]
    told = [int(number) for number in re.findall(r"\d+", PAGE.split("counts below", 1)[1].split("\n\n")[1])]
    wanted = [found.total(), found["does not apply"], applying, found["test"], found["place"], found["lacks"]]
    assert told[:7] == [*wanted, 100 * found["test"] // applying]
