"""What a run found, as tables to read and as JSON to keep."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from loadtests import metrics
from loadtests.course import Point
from loadtests.metrics import Scrape
from loadtests.mix import EVERYTHING, MIX, Kind, total_rate
from loadtests.prepare import Asked
from loadtests.processes import Spent
from loadtests.result import Result
from loadtests.samples import Latencies, Sample, faults, latencies
from loadtests.verdict import Mesures, Verdict

FAULTS_SHOWN = 12
LAGS_SHOWN = 12
WEIGHED_SHOWN = 9


@dataclass(frozen=True)
class Run:
    """Everything that was seen of one run."""

    asked: Asked
    result: Result
    mesures: Mesures
    verdict: Verdict
    facts: Scrape
    course: tuple[Point, ...]
    cpu: dict[str, Spent]
    idle: dict[str, Spent]
    idle_seconds: float
    idle_commands: float
    elapsed_seconds: float
    others_cpu_seconds: float
    still_waiting: dict[str, Any]
    restarts: dict[str, int]
    deleted_bytes: int

    @property
    def judged(self) -> bool:
        """Some operations alone are weighed, never judged: the mix is what the thresholds are for."""
        return not self.asked.only

    @property
    def done(self) -> int:
        """Operations that the processes worked for, warm-up included."""
        return len(self.result.samples)


def of_kind(samples: Iterable[Sample], kind: Kind) -> list[Sample]:
    """The samples of the operations judged as `kind`."""
    names = {part.operation for part in EVERYTHING if part.kind is kind}
    return [sample for sample in samples if sample.operation in names]


def text(run: Run) -> str:
    """The whole report for a terminal."""
    blocks = [_mix(run), _latencies(run), _phases(run), _facts(run), _cpu(run), _faults(run)]
    blocks.append(_verdict(run) if run.judged else "Opérations pesées seules : aucun verdict.")
    return "\n\n".join(block for block in blocks if block)


def weights(runs: Mapping[str, Run]) -> str:
    """CPU of one operation of each kind, beyond what each process spends at rest, the dearest processes first."""
    costs = {
        operation: {name: _above_rest(run, spent, run.idle.get(name, Spent(0, 0))) for name, spent in run.cpu.items()}
        for operation, run in runs.items()
    }
    whole = {name: sum(cost.get(name, 0.0) for cost in costs.values()) for cost in costs.values() for name in cost}
    shown = sorted(whole, key=lambda name: -whole[name])[:WEIGHED_SHOWN]
    rows = [
        (
            operation,
            f"{runs[operation].done}",
            f"{runs[operation].mesures.erreurs}",
            f"{metrics.total(metrics.merged(runs[operation].facts.lag.values())) / max(1, runs[operation].done):.1f}",
            *(f"{cost.get(name, 0.0):.1f}" for name in shown),
            f"{sum(cost.values()):.1f}",
        )
        for operation, cost in costs.items()
    ]
    header = ("processeur d’une opération, ms", "faites", "erreurs", "faits reçus", *shown, "tous")
    return table(header, rows)


def write(run: Run, path: Path) -> None:
    """Keeps the report as JSON, without each sample."""
    samples = run.result.samples
    by_operation = {name: asdict(found) for name, found in _by_operation(samples).items()}
    facts = metrics.merged(run.facts.lag.values())
    said = {
        "demande": asdict(run.asked),
        "verdict": run.verdict.issue if run.judged else "",
        "seuils": [asdict(ligne) for ligne in run.verdict.lignes],
        "mesures": asdict(run.mesures),
        "latences": by_operation,
        "manquees": run.result.missed,
        "prevues": run.result.planned,
        "erreurs": faults(samples),
        "faits": {f"p{share}": metrics.quantile(facts, share / 100) for share in (50, 95, 99)},
        "autres_cpu_secondes": run.others_cpu_seconds,
        "duree_secondes": run.elapsed_seconds,
        "repos": {"cpu": {name: asdict(spent) for name, spent in run.idle.items()}, "commandes": run.idle_commands},
        "cpu": {name: asdict(spent) for name, spent in run.cpu.items()},
        "cpu_ms_par_operation": {name: _per_operation(spent, run.done) for name, spent in run.cpu.items()},
        "cours": [asdict(point) for point in run.course],
        "phases": [dict(zip(PHASES, row, strict=True)) for row in phases(run)],
        "attend_encore": run.still_waiting,
        "redemarrages": run.restarts,
        "octets_effaces": run.deleted_bytes,
    }
    path.write_text(json.dumps(said, ensure_ascii=False, indent=1), encoding="utf-8")


def table(header: Sequence[str], rows: Iterable[Sequence[str]], left: tuple[int, ...] = (0,)) -> str:
    """Columns as wide as what they hold; words to the left, figures to the right."""
    lines = [list(header), *map(list, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]

    def shown(line: Sequence[str]) -> str:
        cells = [
            cell.ljust(w) if rank in left else cell.rjust(w)
            for rank, (cell, w) in enumerate(zip(line, widths, strict=True))
        ]
        return "  ".join(cells).rstrip()

    return "\n".join([shown(lines[0]), "  ".join("-" * w for w in widths), *map(shown, lines[1:])])


def _mix(run: Run) -> str:
    factor, rates = run.asked.factor, run.asked.rates
    rows = [
        (p.operation, f"{p.a_year:,}".replace(",", " "), f"{p.rate(factor):.2f}", p.kind.value, p.source)
        for p in EVERYTHING
        if p.kind is Kind.FAIT or p.operation in rates
    ]
    title = (
        f"Mélange : {total_rate(factor):.1f} opérations/s ({factor:g} fois l’heure moyenne), {run.asked.seconds:g} s"
    )
    title += f" ; envoyées : {sum(rates.values()):.1f}/s avec ce qui vient en plus ; les messages suivent des faits."
    return f"{title}\n" + table(("opération", "par an", "par s", "jugée comme", "source"), rows, (0, 3, 4))


def _by_operation(samples: Sequence[Sample]) -> dict[str, Latencies]:
    names = [part.operation for part in EVERYTHING if part.kind is not Kind.FAIT]
    found = {name: latencies(s for s in samples if s.operation == name) for name in names}
    found = {name: said for name, said in found.items() if said.count}
    for kind in (Kind.LECTURE, Kind.COMMANDE):
        found[f"toutes les {kind.value}s"] = latencies(of_kind(samples, kind))
    return found


def _latencies(run: Run) -> str:
    rows = [
        (
            name,
            f"{run.result.planned.get(name, 0) or ''}",
            f"{said.count}",
            *(f"{value:.0f}" for value in (said.p50_ms, said.p95_ms, said.p99_ms, said.max_ms)),
        )
        for name, said in _by_operation(run.result.samples).items()
    ]
    header = ("latence depuis l’instant prévu, ms", "prévues", "réussies", "p50", "p95", "p99", "max")
    late = f"Sortie la plus tardive du générateur : {run.result.latest_release_ms:.0f} ms."
    return f"{table(header, rows)}\n{late}"


def phases(run: Run) -> list[tuple[str, ...]]:
    """Each phase: its seconds, arrivals that succeeded and failed, 95th centile of its readings and commands in ms."""
    rows = []
    for span in run.asked.spans:
        within = [sample for sample in run.result.samples if span.holds(sample.intended)]
        found = (latencies(of_kind(within, kind)) for kind in (Kind.LECTURE, Kind.COMMANDE))
        rows.append(
            (
                span.phase.libelle,
                f"{max(0.0, span.start):.0f} à {span.end:.0f}",
                f"{sum(1 for sample in within if sample.counts and not sample.fault)}",
                f"{sum(1 for sample in within if sample.fault)}",
                *(f"{one.p95_ms:.0f}" for one in found),
            )
        )
    return rows


PHASES = ("phase", "secondes", "réussies", "en erreur", "lectures, p95 ms", "commandes, p95 ms")


def _phases(run: Run) -> str:
    return table(PHASES, phases(run)) if len(run.asked.spans) > 1 else ""


def _facts(run: Run) -> str:
    def row(name: str, buckets: Mapping[float, float]) -> tuple[str, ...]:
        shares = (metrics.quantile(buckets, share) for share in (0.50, 0.95, 0.99))
        return name, f"{metrics.total(buckets)}", *(f"{value:.2f}" for value in shares)

    seen = {name: buckets for name, buckets in run.facts.lag.items() if metrics.total(buckets)}
    slowest = sorted(seen, key=lambda name: -metrics.quantile(seen[name], 0.95))[:LAGS_SHOWN]
    rows = [row("tous", metrics.merged(seen.values())), *(row(name, seen[name]) for name in slowest)]
    return table(("de l’acte à son effet ailleurs, s", "faits", "p50", "p95", "p99"), rows)


def _cpu(run: Run) -> str:
    total = Spent(sum(s.cpu_seconds for s in run.cpu.values()), sum(s.rss_mb for s in run.cpu.values()))
    idle_total = Spent(sum(s.cpu_seconds for s in run.idle.values()), 0.0)
    rows = [
        (
            name,
            f"{spent.cpu_seconds:.1f}",
            f"{_per_operation(spent, run.done):.2f}",
            f"{_above_rest(run, spent, idle):.2f}",
            f"{100 * spent.cpu_seconds / run.elapsed_seconds:.0f}",
            f"{100 * idle.cpu_seconds / run.idle_seconds:.1f}",
            f"{spent.rss_mb:.0f}",
        )
        for name, spent, idle in [
            *(
                (n, s, run.idle.get(n, Spent(0, 0)))
                for n, s in sorted(run.cpu.items(), key=lambda i: -i[1].cpu_seconds)
            ),
            ("total sans le générateur", total, idle_total),
        ]
    ]
    header = ("processeur", "s", "ms/opération", "sans le repos", "% d’un cœur", "% au repos", "Mo")
    generator = f"Générateur : {run.result.cpu_percent:.0f} % d’un cœur au plus fort. {run.done} opérations faites."
    others = (
        f"Autres programmes de la machine pendant ce temps : {100 * run.others_cpu_seconds / run.elapsed_seconds:.0f}"
    )
    rest = f"Au repos, avant l’essai : {run.idle_commands:.1f} commandes de MongoDB par seconde."
    return f"{table(header, rows)}\n{generator}\n{others} % d’un cœur, sur {os.cpu_count()} cœurs.\n{rest}"


def _faults(run: Run) -> str:
    found = list(faults(run.result.samples).items())
    lines = [f"{count} × {name}" for name, count in found[:FAULTS_SHOWN]]
    if len(found) > FAULTS_SHOWN:
        lines.append(f"… et {len(found) - FAULTS_SHOWN} autres sortes")
    if run.result.unanswered:
        lines.append(f"{run.result.unanswered} × sans réponse")
    lines += [f"attend encore : {name} {said}" for name, said in run.still_waiting.items()]
    lines += [f"redémarré {count} fois : {name}" for name, count in run.restarts.items()]
    return "\n".join(lines)


def _verdict(run: Run) -> str:
    rows = [
        (
            ligne.seuil.libelle,
            "jamais" if ligne.valeur is None else f"{ligne.valeur:.6g}",
            f"{ligne.seuil.sens.value} {ligne.seuil.limite:g} {ligne.seuil.unite}".strip(),
            "oui" if ligne.tenu else "NON",
        )
        for ligne in run.verdict.lignes
    ]
    return table(("seuil", "mesuré", "limite", "tenu"), rows) + f"\n\nVerdict : {run.verdict.issue.value}."


def _per_operation(spent: Spent, operations: int) -> float:
    return 1000 * spent.cpu_seconds / operations if operations else 0.0


def _above_rest(run: Run, spent: Spent, idle: Spent) -> float:
    """Milliseconds an operation costs beyond what the process spends anyway."""
    rest = idle.cpu_seconds / run.idle_seconds * run.elapsed_seconds
    return _per_operation(Spent(max(0.0, spent.cpu_seconds - rest), 0.0), run.done)


def planned_messages(asked: Asked) -> float:
    """How many messages the mix counts for the whole run."""
    message = next(part for part in MIX if part.kind is Kind.FAIT)
    # Each follows an act of the téléservice: it comes when those do.
    filings = next(part for part in MIX if part.operation == "depot")
    return asked.total(filings.operation) * message.a_year / filings.a_year
