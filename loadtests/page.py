"""The report of a run as one page to open in a browser: verdict, phases, latency, CPU, lag and backlog over time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from flask import Flask, render_template
from flask_babel import Babel
from markupsafe import Markup

from chassis.web.plots import Line, line_chart
from loadtests import report
from loadtests.mix import Kind
from loadtests.report import Run
from loadtests.samples import Sample, latencies

# A run is cut into as many windows: a plot of no more shows each as a point, a lonely one too.
POINTS = 30
PROCESSES_SHOWN = 4


def write(run: Run, path: Path) -> None:
    """Keeps it; it needs nothing else to be read."""
    path.write_text(html(run), encoding="utf-8")


def html(run: Run) -> str:
    """The page."""
    app = Flask("loadtests", root_path=str(Path(__file__).parent))
    Babel(app, default_locale="fr")
    with app.test_request_context():
        return render_template(
            "rapport.html", run=run, phases=report.phases(run), heads=report.PHASES, plots=_plots(run)
        )


def _plots(run: Run) -> list[Markup]:
    return [*_latencies(run), _cpu(run), _lag(run), _waiting(run)]


def _latencies(run: Run) -> list[Markup]:
    """The 95th centile of each window, for all readings and commands, then operation by operation."""
    samples = [sample for sample in run.result.samples if sample.counts]
    kinds = [
        Line(f"toutes les {kind.value}s", _centiles(run, report.of_kind(samples, kind)))
        for kind in (Kind.LECTURE, Kind.COMMANDE)
    ]
    plots = [line_chart("Latence, 95ᵉ centile", _labels(run), kinds, "ms")]
    for name in sorted({sample.operation for sample in samples}):
        values = _centiles(run, [sample for sample in samples if sample.operation == name])
        plots.append(line_chart(f"Latence de « {name} », 95ᵉ centile", _labels(run), [Line(name, values)], "ms"))
    return plots


def _cpu(run: Run) -> Markup:
    dear = sorted(run.cpu, key=lambda name: -run.cpu[name].cpu_seconds)[:PROCESSES_SHOWN]
    lines = [Line(name, [point.cpu.get(name) for point in run.course]) for name in dear]
    return line_chart("Processeur des plus chers", _seconds(run), lines, "% d’un cœur")


def _lag(run: Run) -> Markup:
    lags = [Line("faits", [point.lag_seconds for point in run.course])]
    return line_chart("De l’acte à son effet ailleurs, 95ᵉ centile", _seconds(run), lags, "s")


def _waiting(run: Run) -> Markup:
    waiting = [Line("à faire", [float(point.waiting) for point in run.course])]
    return line_chart("Ce qui attend dans les cinq services", _seconds(run), waiting, "tâches")


def _window(run: Run) -> float:
    return run.asked.seconds / POINTS


def _labels(run: Run) -> list[str]:
    return [f"{rank * _window(run):.0f} s" for rank in range(POINTS)]


def _seconds(run: Run) -> list[str]:
    return [f"{point.second:.0f} s" for point in run.course]


def _centiles(run: Run, samples: Iterable[Sample]) -> Sequence[float | None]:
    windows: list[list[Sample]] = [[] for _ in range(POINTS)]
    for sample in samples:
        windows[min(POINTS - 1, int(sample.intended / _window(run)))].append(sample)
    found = [latencies(window) for window in windows]
    return [one.p95_ms if one.count else None for one in found]
