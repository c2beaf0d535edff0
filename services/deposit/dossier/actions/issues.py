"""How a demande ends, by the catalogue: a title, a card of another kind, or an act that holds at once (DEP-22)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from droit.catalogue import Stade
from droit.catalogue.issue import Donne, Effet, Issue
from services.deposit.cadre import cadre
from services.deposit.dossier.rules import attentes, etats
from services.deposit.dossier.rules.etats import Phrase
from services.deposit.dossier.store.demande import Demande


def of(titre_code: str, demarche_code: str) -> Issue | None:
    """None: it ends as a residence title does."""
    cat = cadre().catalogue
    if titre_code:
        return cat.titre(titre_code).issue
    return cat.demarche(demarche_code).issue if demarche_code else None


def phrase(demande: Demande) -> Phrase:
    """What the person reads of her demande, true of what she asked for."""
    names = ("state", "origine", "attentes", "titre_code", "demarche_code", "retrait_lieu")
    return phrase_of({name: getattr(demande, name) for name in names})


def phrase_of(row: Mapping[str, Any]) -> Phrase:
    """The same, of a demande read as a line of a list."""
    fantome = bool(row.get("origine", {}).get("fantome"))
    a_rouvrir = attentes.day_of(row.get("attentes", ()), attentes.REOUVERTURE) is not None
    issue = of(row.get("titre_code", ""), row.get("demarche_code", ""))
    said = etats.phrase_of(row["state"], fantome=fantome, a_rouvrir=a_rouvrir, issue=issue)
    place = row.get("retrait_lieu")
    return etats.at_place(said, place) if place and row["state"] == etats.TITRE_PRET else said


def gives_card(demande: Demande) -> bool:
    """Whether a yes makes a card that is handed over; else it holds at once and nothing is left to do."""
    issue = of(demande.titre_code, demande.demarche_code)
    return issue is None or issue.donne is Donne.CARTE


def gives_title(demande: Demande) -> bool:
    """Whether what is handed over is a residence title."""
    return bool(demande.titre_code) and of(demande.titre_code, "") is None


def effect(demande: Demande) -> Effet:
    """What a yes changes in the account of the person."""
    issue = of(demande.titre_code, demande.demarche_code)
    return issue.effet if issue is not None else Effet.AUCUN


def asked_titles(demande: Demande) -> tuple[str, ...]:
    """The titles asked for in this one demande: that of the demande, then the longer card where it may be asked for
    (DEP-18).
    """
    if not demande.titre_code:
        return ()
    frame = cadre()
    longer = demande.reponses.get("carte_demandee", "")
    day = demande.depot_date or demande.cree_date
    offered = frame.catalogue.titre(demande.titre_code).choix_au_renouvellement.at(day, frame.position).value
    kept = demande.stade == Stade.RENOUVELLEMENT and longer in offered
    return (demande.titre_code, longer) if kept else (demande.titre_code,)


def granted(demande: Demande) -> str:
    """The title that was granted, or that was asked for while nothing is decided."""
    return str(demande.decision.get("accorde") or demande.titre_code)
