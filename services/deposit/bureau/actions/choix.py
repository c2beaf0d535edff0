"""What a form of an act offers to choose from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chassis import clock
from chassis.web.who import Who
from documents.nature import Nature
from droit.jours import day_in_words
from services.deposit.acte.actions import Choix
from services.deposit.cadre import cadre
from services.deposit.compte.actions import rapprochement
from services.deposit.demande.actions import fiches, views
from services.deposit.demande.inputs import SITUATIONS
from services.deposit.dossier.actions import formulaire, issues
from services.deposit.dossier.actions.prefectures import departements
from services.deposit.dossier.rules import attentes
from services.deposit.droits.actions import settle, suspensions
from services.deposit.droits.rules import file_attente as rules

if TYPE_CHECKING:
    from services.deposit.dossier.store.demande import Attestation, Demande
    from services.deposit.dossier.store.usager import Usager


def pieces(demande: Demande, who: Who | None) -> Choix:
    """The pieces of the catalogue for this demande."""
    return [
        (code, words + ("" if required else " (si elle existe)"))
        for code, words, required in views.asked_pieces(demande)
    ]


def pieces_ou_autre(demande: Demande, who: Who | None) -> Choix:
    """The pieces of the catalogue, and any other."""
    return [*pieces(demande, who), ("autre", "Autre pièce")]


def cartes(demande: Demande, who: Who | None) -> Choix:
    """The cards asked for; none to choose where only one was."""
    asked = issues.asked_titles(demande)
    return [(code, cadre().catalogue.titre(code).libelle) for code in asked] if len(asked) > 1 else []


def documents(demande: Demande, who: Who | None) -> Choix:
    """Documents in force."""
    return [(a.numero, _document(a)) for a in demande.documents]


def refaisables(demande: Demande, who: Who | None) -> Choix:
    """Attestations that can be made again."""
    given = [a for a in demande.documents if settle.may_reissue(demande, a, clock.today())]
    return [(a.numero, _document(a)) for a in given]


def _document(given: Attestation) -> str:
    return f"{Nature(given.nature).libelle}, du {day_in_words(given.debut_date)}"


def reponses(demande: Demande, who: Who | None) -> Choix:
    """The answers of the form."""
    own = {question.code: question.libelle for question in formulaire.questions(demande)}
    answers = {**dict.fromkeys(own, ""), **demande.reponses}
    return [(name, f"{own.get(name, name.replace('_', ' '))} : {value}") for name, value in answers.items()]


def situations(demande: Demande, who: Who | None) -> Choix:
    """What the person holds, on the first page."""
    return list(SITUATIONS.items())


def titres(demande: Demande, who: Who | None) -> Choix:
    """The titles that can be asked for online; none for a démarche that is no title."""
    return fiches.titres_en_ligne(clock.today()) if demande.titre_code else []


def arrets(demande: Demande, who: Who | None) -> Choix:
    """Stops that are open, whoever made them: each can be ended (DEP-37)."""
    return [(a.cle, f"{a.cause}, depuis le {day_in_words(a.debut)}") for a in suspensions.open_stops(demande)]


def attendues(demande: Demande, who: Who | None) -> Choix:
    """What waits for an answer in words on this demande."""
    waiting = [code for code, _ in rules.read_attentes(demande.attentes)]
    return [(code, attentes.PHRASES[code]) for code in waiting if code != attentes.PERSONNE]


def personnes(demande: Demande, who: Who | None) -> Choix:
    """The accounts of which this demande may be, by no more than tells one from another; and none of them."""
    return [
        *((usager.id, _account(usager)) for usager in rapprochement.candidates(demande)),
        (rapprochement.AUCUNE, "Aucune de ces personnes"),
    ]


def _account(usager: Usager) -> str:
    numero = f"numéro finissant par {usager.numero_etranger[-3:]}" if usager.numero_etranger else "sans numéro"
    place = dict(departements()).get(usager.prefecture, "") if not usager.protege else ""
    return ", ".join(filter(None, (usager.prenoms, numero, usager.nationalite, place)))


def prefectures(demande: Demande, who: Who | None) -> Choix:
    """Where a demande may go: first where the person says that she lives now."""
    names = departements()
    said = attentes.detail(demande.attentes, attentes.DEMENAGEMENT, "prefecture")
    return [(c, f"{n} : la personne dit y habiter") for c, n in names if c == said] + [
        (c, n) for c, n in names if c != said
    ]


def fantomes(demande: Demande, who: Who | None) -> Choix:
    """Past demandes that this one flags as forgotten open."""
    return [(flag["objet"], flag["objet"]) for flag in demande.incoherences if flag["code"] == "DEMANDE_NON_CLOSE"]
