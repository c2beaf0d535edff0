"""The section of all démarches: a page, a fragment and a feed for préfecture sites, and the report of freshness."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from chassis import clock
from chassis.web import forms
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.who import AGENT
from services.deposit.concertation import inputs
from services.deposit.concertation.actions import rubrique
from services.deposit.concertation.actions.rubrique import PUBLIEURS, Age, Entree
from services.deposit.demande.actions import fiches

public = Blueprint("rubrique", __name__, url_prefix="/rubrique")
bureau = Blueprint("bureau_fraicheur", __name__, url_prefix="/agents/fraicheur")

AGES = {
    Age.A_JOUR: (_l("À jour"), "ok"),
    Age.A_RELIRE: (_l("À relire"), "attention"),
    Age.JAMAIS_RELUE: (_l("Jamais relue"), "attente"),
}
KEPT_SECONDS = 3600


@public.get("/")
def liste() -> str:
    """Every démarche, with its text and its date (XCT-10)."""
    return render_template("concertation/rubrique/liste.html", **_page_values())


@public.get("/fragment.html")
def fragment() -> Response:
    """The same list without our layout, to be put into a préfecture's own page."""
    shown = _page_values() | {"externe": True}
    return _cacheable(Response(render_template("concertation/rubrique/fragment.html", **shown), mimetype="text/html"))


@public.get("/demarches/<code>/fragment.html")
def module(code: str) -> Response:
    """One title or démarche without our layout: ways, deadlines, prerequisites and benefits, with absolute links."""
    shown = {"fiche": fiches.fiche(code, clock.today()), "carte": rubrique.entry(code, clock.today())}
    return _cacheable(Response(render_template("concertation/rubrique/module.html", **shown), mimetype="text/html"))


@public.get("/demarches/<code>/donnees.json")
def module_donnees(code: str) -> Response:
    """The same, as data."""
    fiche, carte = fiches.fiche(code, clock.today()), rubrique.entry(code, clock.today())
    fresh = carte.age is not Age.A_RELIRE
    return _cacheable(
        jsonify(
            _row(carte)
            | {
                "adresse": url_for("public.demarche", code=code, _external=True),
                "voies": [{"libelle": each.libelle, "adresse": _absolute(each.page(code))} for each in fiche.canaux],
                "periode": list(fiche.fenetre[:2]) if fiche.fenetre else None,
                "conditions": list(fiche.conditions) if fresh else [],
                "pieces": {each.stade: [piece.libelle for piece in each.pieces] for each in fiche.etapes if fresh},
                "benefices": _benefits(fiche) if fresh else [],
            }
        )
    )


@public.get("/module.js")
def script() -> Response:
    """What a site puts into its page by a script tag: it shows there the fragment that the tag names."""
    return _cacheable(Response(render_template("concertation/rubrique/module.js"), mimetype="text/javascript"))


@public.get("/donnees.json")
def donnees() -> Response:
    """The same, as a feed."""
    shown = _page_values()
    return _cacheable(
        jsonify(
            jour=clock.today().isoformat(),
            prefecture=shown["prefecture"],
            demarches=[_row(entry) for entry in shown["entrees"]],
            lieux=[vars(place) for place in shown["lieux"]],
        )
    )


@bureau.get("/")
@require(AGENT, roles=PUBLIEURS)
def rapport() -> str:
    """The report: what is fresh, what is to be read again, who answers for it (XCT-11)."""
    return _report(forms.blank())


@bureau.get("/rapport.json")
@require(AGENT, roles=PUBLIEURS)
def rapport_json() -> Response:
    """The report, for the label."""
    found = rubrique.entries(clock.today(), every=True)
    return jsonify(jour=clock.today().isoformat(), comptes=rubrique.counts(found), pages=[_row(e) for e in found])


@bureau.post("/<publication_id>")
@require(AGENT, roles=PUBLIEURS)
def relire(publication_id: str) -> forms.Answer:
    """Read again today, or taken off with its reason."""

    def act(typed: inputs.Relecture) -> forms.Answer:
        rubrique.review(publication_id, typed, current_who(), request_id=request_id())
        flash(_("C’est noté, à la date d’aujourd’hui."), "ok")
        return redirect(url_for("bureau_fraicheur.rapport"), 303)

    return forms.submit(inputs.Relecture, act, _report)


def _report(form: forms.Form[Any]) -> str:
    found = rubrique.entries(clock.today(), every=True)
    ordered = sorted(found, key=lambda entry: (entry.relue.isoformat() if entry.relue else "", entry.libelle))
    return render_template(
        "concertation/agents/fraicheur.html", entrees=ordered, comptes=rubrique.counts(found), ages=AGES, form=form
    )


def _page_values() -> dict[str, Any]:
    prefecture = request.args.get("prefecture", "")
    return {
        "entrees": rubrique.entries(clock.today()),
        "lieux": rubrique.places(prefecture) if prefecture else (),
        "prefecture": prefecture,
        "ages": AGES,
        "jour": clock.today(),
        "externe": False,
    }


def _row(entry: Entree) -> dict[str, Any]:
    days = {name: day.isoformat() if day else None for name, day in (("depuis", entry.depuis), ("relue", entry.relue))}
    return vars(entry) | days | {"age": entry.age.value, "adresse": url_for("public.demarche", code=entry.code)}


def _absolute(path: str) -> str:
    return f"{request.url_root.rstrip('/')}{path}"


def _benefits(fiche: fiches.Fiche) -> list[str]:
    said = [phrase for step in fiche.etapes for _name, phrase, _regle in step.documents] or [fiche.donne]
    return list(dict.fromkeys(filter(None, said)))


def _cacheable(response: Response) -> Response:
    """Other sites read it from their own pages, and ask again only when it changed."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["Cache-Control"] = f"public, max-age={KEPT_SECONDS}"
    response.add_etag()
    response.make_conditional(request)
    return response


BLUEPRINTS = (public, bureau)
