"""Plots drawn on the server: SVG without script or style, a text that says the same, and the table of the figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import format_decimal, gettext
from markupsafe import Markup, escape

# Narrow, so that its letters stay readable when a telephone shrinks it.
WIDTH = 420
_BAR, _GAP, _LABEL = 18, 12, 20
_PLOT_HEIGHT, _LEFT, _BOTTOM, _TOP, _RIGHT = 200, 48, 34, 16, 24
_TICKS = 4
# Dashes: lines can be told apart without their colour.
_DASHES = ("", "7 4", "2 3", "10 3 2 3")


@dataclass(frozen=True)
class Line:
    """One line of a plot: a value per label, None where nothing was measured."""

    name: str
    values: Sequence[float | None]


def bar_chart(title: str, rows: Sequence[tuple[str, float]], unit: str = "") -> Markup:
    """Horizontal bars, each with its figure written: read on a telephone, and without colours."""
    if not rows:
        return _nothing(title)
    top = max((value for _, value in rows), default=0) or 1
    height = len(rows) * (_LABEL + _BAR + _GAP)
    room = WIDTH - 80
    drawn = []
    for index, (label, value) in enumerate(rows):
        y, length = index * (_LABEL + _BAR + _GAP), max(value / top * room, 1)
        drawn.append(
            f'<text class="plot-label" x="0" y="{y + 15}">{escape(_short(label))}</text>'
            f'<rect class="plot-bar" x="0" y="{y + _LABEL}" width="{length:.1f}" height="{_BAR}" rx="2"/>'
            f'<text class="plot-value" x="{length + 6:.1f}" y="{y + _LABEL + 14}">{escape(_number(value))}</text>'
        )
    table = [[label, _number(value)] for label, value in rows]
    return _figure(title, height, "".join(drawn), [gettext("Rubrique"), _header(unit)], table)


def line_chart(title: str, labels: Sequence[str], lines: Sequence[Line], unit: str = "") -> Markup:
    """Lines over ordered labels (days, months), from zero, told apart by their dashes and a legend."""
    measured = [value for line in lines for value in line.values if value is not None]
    if not labels or not measured:
        return _nothing(title)
    top = _round_up(max(measured))
    legend = 22 * len(lines) if len(lines) > 1 else 0
    height = _PLOT_HEIGHT + _BOTTOM + legend
    parts = [_grid(top), _axis(labels)]
    for index, line in enumerate(lines):
        parts.append(_path(line, index, len(labels), top))
        if legend:
            y = _PLOT_HEIGHT + _BOTTOM + 16 + 22 * index
            stroke = f'<path class="plot-line plot-line-{index % 4}" d="M{_LEFT} {y - 5}h36"{_dash(index)}/>'
            parts.append(f'{stroke}<text class="plot-label" x="{_LEFT + 46}" y="{y}">{escape(line.name)}</text>')
    rows = [[label, *(_number(line.values[index]) for line in lines)] for index, label in enumerate(labels)]
    heads = [gettext("Date"), *(f"{line.name} ({unit})" if unit else line.name for line in lines)]
    return _figure(title, height, "".join(parts), heads, rows)


def _grid(top: float) -> str:
    drawn = []
    for tick in range(_TICKS + 1):
        y = _y(top * tick / _TICKS, top)
        drawn.append(
            f'<path class="plot-grid" d="M{_LEFT} {y:.1f}H{WIDTH - _RIGHT}"/>'
            f'<text class="plot-tick" x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">'
            f"{escape(_number(top * tick / _TICKS))}</text>"
        )
    return "".join(drawn)


def _axis(labels: Sequence[str]) -> str:
    step = max(1, -(-len(labels) // 6))
    return "".join(
        f'<text class="plot-tick" x="{_x(index, len(labels)):.1f}" y="{_PLOT_HEIGHT + 18}" text-anchor="middle">'
        f"{escape(labels[index])}</text>"
        for index in range(0, len(labels), step)
    )


def _path(line: Line, index: int, count: int, top: float) -> str:
    commands, pen = [], "M"
    for place, value in enumerate(line.values):
        if value is None:
            # A day without a figure is a gap, not a zero.
            pen = "M"
            continue
        commands.append(f"{pen}{_x(place, count):.1f} {_y(value, top):.1f}")
        pen = "L"
    dots = "".join(
        f'<circle class="plot-dot plot-line-{index % 4}" cx="{_x(place, count):.1f}" cy="{_y(value, top):.1f}" r="3"/>'
        for place, value in enumerate(line.values)
        if value is not None and count <= 31
    )
    return f'<path class="plot-line plot-line-{index % 4}" d="{"".join(commands)}"{_dash(index)}/>{dots}'


def _figure(title: str, height: int, drawn: str, heads: list[str], rows: list[list[str]]) -> Markup:
    see = gettext("Voir les chiffres en tableau")
    summary = " ; ".join(", ".join(row) for row in rows[:40])
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in heads)
    body = "".join(
        f'<tr><th scope="row">{escape(row[0])}</th>{"".join(f"<td>{escape(cell)}</td>" for cell in row[1:])}</tr>'
        for row in rows
    )
    # Every text in it was escaped above, one by one.
    return Markup(  # noqa: S704
        f'<figure class="plot"><figcaption>{escape(title)}</figcaption>'
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(title)}. {escape(summary)}" '
        f'direction="ltr" focusable="false">{drawn}</svg>'
        f"<details><summary>{escape(see)}</summary>"
        f'<div class="table-scroll" tabindex="0" role="region" aria-label="{escape(title)}"><table class="table">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div></details></figure>"
    )


def _nothing(title: str) -> Markup:
    return Markup('<figure class="plot"><figcaption>{}</figcaption><p>{}</p></figure>').format(
        title, gettext("Pas encore de chiffres pour cette période.")
    )


def _x(index: int, count: int) -> float:
    room = WIDTH - _LEFT - _RIGHT
    return _LEFT + (room / 2 if count == 1 else room * index / (count - 1))


def _y(value: float, top: float) -> float:
    return _TOP + (_PLOT_HEIGHT - _TOP) * (1 - value / top)


def _round_up(value: float) -> float:
    """The first of 1, 2, 4, 5, 10 × 10ⁿ that is large enough, so that the ticks are round numbers."""
    if value <= 0:
        return 1
    power = 1.0
    while power * 10 < value:
        power *= 10
    while power > value:
        power /= 10
    return next(step * power for step in (1, 2, 4, 5, 10) if step * power >= value)


def _dash(index: int) -> str:
    dash = _DASHES[index % len(_DASHES)]
    return f' stroke-dasharray="{dash}"' if dash else ""


def _number(value: float | None) -> str:
    return "—" if value is None else str(format_decimal(round(value, 2)))


def _header(unit: str) -> str:
    return unit or gettext("Nombre")


def _short(label: str) -> str:
    return label if len(label) <= 52 else label[:51] + "…"
