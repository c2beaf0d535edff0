"""`python -m loadtests.compare A… -- B…` (`make load-compare A=… B=…`): two versions by the reports of their runs.

With two runs or more of A, what they differ by among themselves is the noise of the machine: a difference of B within
it is no difference, and when it is larger than `NOISE` nothing is judged.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from loadtests.report import table

# The share by which runs of one version may differ, beyond which the machine is too noisy to compare two.
NOISE = 0.15
# Other programs of the machine, in cores.
NEIGHBOURS = 0.2


@dataclass(frozen=True)
class Figure:
    """One figure of both versions: the mean of the runs of each, and how far those of A stand from one another."""

    name: str
    a: float
    b: float
    noise: float | None

    @property
    def ratio(self) -> float:
        """How many times A's is B's."""
        return self.b / self.a if self.a else float("nan")

    @property
    def verdict(self) -> str:
        """What the difference is worth."""
        if self.noise is None:
            return "une seule mesure de A"
        if self.noise > NOISE:
            return "pas jugé : trop de bruit"
        if abs(self.ratio - 1) <= self.noise:
            return "dans le bruit"
        return "moins" if self.ratio < 1 else "plus"


def main(arguments: Sequence[str]) -> int:
    """Prints the table; 2 when the command line names no report of one side."""
    cut = arguments.index("--") if "--" in arguments else len(arguments)
    sides = [
        [json.loads(Path(name).read_text(encoding="utf-8")) for name in side]
        for side in (arguments[:cut], arguments[cut + 1 :])
    ]
    if not all(sides):
        print("Donnez des rapports de chaque côté : A=out/a.json B=out/b.json", file=sys.stderr)
        return 2
    print(text(*sides))
    return 0


def text(a: Sequence[dict[str, Any]], b: Sequence[dict[str, Any]]) -> str:
    """The table of what both measured, with what forbids to compare them above it."""
    rows = [
        (one.name, f"{one.a:.4g}", f"{one.b:.4g}", f"{one.ratio:.2f}", _percent(one.noise), one.verdict)
        for one in figures(a, b)
    ]
    header = ("mesure", "A", "B", "B/A", "bruit de A", "")
    return "\n".join([*doubts(a, b), table(header, rows)])


def figures(a: Sequence[dict[str, Any]], b: Sequence[dict[str, Any]]) -> list[Figure]:
    """What every run of both sides has measured."""
    measured = [_measured(report) for report in a], [_measured(report) for report in b]
    names = [name for name in measured[0][0] if all(name in one for side in measured for one in side)]
    found = []
    for name in names:
        ours, theirs = [one[name] for one in measured[0]], [one[name] for one in measured[1]]
        spread = (max(ours) - min(ours)) / fmean(ours) if len(ours) > 1 and any(ours) else None
        found.append(Figure(name, fmean(ours), fmean(theirs), spread))
    return found


def doubts(a: Sequence[dict[str, Any]], b: Sequence[dict[str, Any]]) -> list[str]:
    """Why the two may not be comparable."""
    said = []
    if len({json.dumps(report["demande"] | {"demandes": 0}, sort_keys=True) for report in (*a, *b)}) > 1:
        said.append("Les essais ne demandaient pas la même chose : rien ne se compare.")
    for side, reports in (("A", a), ("B", b)):
        busy = max(report["autres_cpu_secondes"] / report["duree_secondes"] for report in reports)
        if busy > NEIGHBOURS:
            said.append(f"D’autres programmes ont pris {busy:.0%} d’un cœur pendant {side} : à refaire, machine seule.")
    return said


def _measured(report: dict[str, Any]) -> dict[str, float]:
    found: dict[str, float] = {}
    for operation, said in report["latences"].items():
        found |= {f"{operation}, p50 ms": said["p50_ms"], f"{operation}, p95 ms": said["p95_ms"]}
    found["de l’acte à son effet, p95 s"] = report["faits"]["p95"]
    costs: dict[str, float] = report["cpu_ms_par_operation"]
    found["processeur par opération, tous, ms"] = sum(costs.values())
    return found | {f"processeur par opération, {name}, ms": cost for name, cost in costs.items() if cost >= 0.1}


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.0%}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
