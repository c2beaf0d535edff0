"""The reports of what was taken over from an older application, and the closing of a ghost from any préfecture."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from chassis import clock
from chassis.web import forms
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.who import AGENT
from services.deposit.instruction.actions import personnes
from services.deposit.reprise import inputs
from services.deposit.reprise.actions import rapport
from services.deposit.reprise.actions.rapport import CONSTATS, LECTEURS, MANQUES, RESULTATS

if TYPE_CHECKING:
    from services.deposit.reprise.store import Reprise

pages = Blueprint("bureau_reprises", __name__, url_prefix="/agents")
FERMEURS = ("instructeur", "superviseur")
COLONNES = ("ligne", "dossier", "prefecture", "resultat", "completude", "manques", "constats", "details")


@pages.get("/reprises/")
@require(AGENT, roles=LECTEURS)
def lister() -> forms.Answer:
    """The runs, the last first."""
    return render_template("reprise/reprises.html", reprises=rapport.runs(), resultats=RESULTATS, regle=rapport.regle())


@pages.get("/reprises/<reprise_id>")
@require(AGENT, roles=LECTEURS)
def voir(reprise_id: str) -> forms.Answer:
    """The report of one run: its counts as plots, and its lines by finding."""
    chosen, page = request.args.get("constat", ""), request.args.get("page", 0, type=int)
    found = rapport.report(reprise_id, chosen, page)
    run = found.reprise
    counts = {**run.constats, **run.resultats}
    filters = [("", _("Ce qui est à regarder"), None), ("tout", _("Toutes les lignes"), run.lignes)]
    filters += [(code, _(words), counts[code]) for code, words in {**RESULTATS, **CONSTATS}.items() if code in counts]
    return render_template(
        "reprise/reprise.html",
        rapport=found,
        run=run,
        filtres=[(words, _to(run, code), count, code == chosen) for code, words, count in filters],
        barres_resultats=[(_(words), run.resultats[c]) for c, words in RESULTATS.items() if c in run.resultats],
        barres_constats=[(_(words), run.constats[c]) for c, words in CONSTATS.items() if c in run.constats],
        precedente=_to(run, chosen, page - 1) if page > 0 else "",
        suivante=_to(run, chosen, page + 1) if found.suite else "",
        lignes=[_row(line) for line in found.lignes],
        regle=rapport.regle(),
    )


@pages.get("/reprises/<reprise_id>/rapport.csv")
@require(AGENT, roles=LECTEURS)
def en_csv(reprise_id: str) -> Response:
    """Every line of the report, to open in a spreadsheet."""
    return _download(_csv(rapport.stream(reprise_id)), f"reprise-{reprise_id}.csv", "text/csv; charset=utf-8")


@pages.get("/reprises/<reprise_id>/rapport.json")
@require(AGENT, roles=LECTEURS)
def en_json(reprise_id: str) -> Response:
    """Every line of the report, one object a line."""
    lines = (json.dumps(line, ensure_ascii=False) + "\n" for line in rapport.stream(reprise_id))
    return _download(lines, f"reprise-{reprise_id}.jsonl", "application/x-ndjson")


@pages.get("/personnes/<usager_id>/anciennes")
@require(AGENT, roles=FERMEURS)
def anciennes(usager_id: str) -> forms.Answer:
    """The old demandes of a person still open on paper: any préfecture may close them."""
    return _ghosts(usager_id, forms.blank())


@pages.post("/personnes/<usager_id>/anciennes/<demande_id>")
@require(AGENT, roles=FERMEURS)
def fermer(usager_id: str, demande_id: str) -> forms.Answer:
    """Closes one, with what was checked."""

    def act(typed: inputs.Fermeture) -> forms.Answer:
        rapport.close_ghost(demande_id, typed.motif, current_who(), request_id=request_id())
        flash(_("L’ancienne demande est fermée. Votre nom et votre motif restent dans son historique."), "ok")
        return redirect(url_for("bureau_reprises.anciennes", usager_id=usager_id), 303)

    return forms.submit(inputs.Fermeture, act, partial(_ghosts, usager_id))


def _ghosts(usager_id: str, form: forms.Form[Any]) -> str:
    who = current_who()
    usager = personnes.access_personne(usager_id, who)
    personnes.note(usager.id, who, "anciennes demandes")
    return render_template(
        "reprise/anciennes.html",
        usager=usager,
        fantomes=rapport.ghosts(usager.id),
        form=form,
        today=clock.today(),
    )


def _to(run: Reprise, constat: str, page: int = 0) -> str:
    return url_for("bureau_reprises.voir", reprise_id=run.id, constat=constat or None, page=page or None)


def _row(line: dict[str, Any]) -> list[str]:
    found = [_detail(detail) for detail in line["details"]]
    lacks = [str(_(MANQUES.get(name, name))) for name in line["manques"]]
    full = "" if line["completude"] is None else f"{line['completude']} %"
    return [
        f"{line['ligne']}",
        line["dossier"] or "–",
        str(_(RESULTATS[line["resultat"]])),
        " ; ".join(found) or "–",
        (full + (f" ({', '.join(lacks)})" if lacks else "")) or "–",
    ]


def _detail(detail: dict[str, Any]) -> str:
    said = str(_(CONSTATS.get(detail["constat"], detail["constat"])))
    objet = " ".join(filter(None, (detail.get("objet", ""), detail.get("champ", ""))))
    sides = ""
    if detail.get("ici") or detail.get("source"):
        sides = " " + _("(ici : %(ici)s, là-bas : %(source)s)", ici=detail.get("ici", ""), source=detail.get("source"))
    return f"{said}{f' : {objet}' if objet else ''}{sides}"


def _csv(lines: Iterator[dict[str, Any]]) -> Iterator[str]:
    yield ",".join(COLONNES) + "\r\n"
    for line in lines:
        text = io.StringIO()
        csv.writer(text).writerow([_cell(line.get(name)) for name in COLONNES])
        yield text.getvalue()


def _cell(value: object) -> str:
    """A cell never begins a formula: numbers of records come from another system."""
    if isinstance(value, list):
        value = " ; ".join(item if isinstance(item, str) else _detail(item) for item in value)
    text = "" if value is None else str(value)
    return f"'{text}" if text[:1] in "=+-@\t" and text else text


def _download(lines: Iterator[str], name: str, media_type: str) -> Response:
    answer = Response(lines, mimetype=media_type)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
