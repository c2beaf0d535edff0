"""What a decision gives: the card granted, or the act of a démarche, and what the person is told of it."""

from __future__ import annotations

from droit.catalogue.issue import EXIGES, Effet
from droit.decision import Decision, Genre, Motif, Refused, accept, refuse
from services.deposit.cadre import cadre
from services.deposit.dossier.actions import formulaire, issues
from services.deposit.dossier.actions.notices import Annonce
from services.deposit.dossier.store.demande import Demande
from services.deposit.droits.actions import frais

ACCORD_A_DIRE = Motif(
    "ACCORD_A_DIRE",
    "lettre-2024-12-17",
    "Deux cartes sont demandées : la décision dit laquelle est accordée.",
    "Choisissez la carte accordée parmi celles que la personne a demandées.",
    Genre.INVALIDE,
)
EFFET_A_DIRE = Motif(
    "EFFET_A_DIRE",
    "regle-du-service",
    "La demande ne dit pas ce qui change : accepter ne changerait rien.",
    "Écrivez-le d’abord avec « Corriger une erreur du formulaire », d’après les pièces.",
)


def granted(demande: Demande, accorde: str) -> str:
    """The card that a yes grants, of those asked for (DEP-18). Raises Refused where nobody said which, or what a yes
    that changes something changes.
    """
    asked = issues.asked_titles(demande)
    if len(asked) > 1 and not accorde:
        raise Refused(ACCORD_A_DIRE, champ="accorde")
    if accorde and accorde not in asked:
        raise Refused(ACCORD_A_DIRE, champ="accorde")
    _says_its_effect(demande).or_refuse()
    return accorde or demande.titre_code


def wording(demande: Demande) -> tuple[str, str, list[str]]:
    """What is said of a yes, what comes next, and the lines of its paper: a title needs none, its card says it."""
    if issues.gives_title(demande):
        card = cadre().catalogue.titre(demande.decision["accorde"]).libelle
        return f"Titre accordé : {card}.", "", []
    phrase = issues.phrase(demande)
    return phrase.phrase, phrase.suite, [phrase.phrase, *formulaire.lines(demande), *frais.lines(demande)]


def ready(demande: Demande, lieu: str) -> Annonce:
    """What the person is told of what waits for her: where to fetch it, and what it is when it is no title."""
    phrase = "" if issues.gives_title(demande) else issues.phrase(demande).phrase
    return Annonce("titre_pret", {"lieu": lieu, "phrase": phrase})


def _says_its_effect(demande: Demande) -> Decision:
    effet = issues.effect(demande)
    needed = EXIGES[effet]
    if not needed or effet is Effet.DUPLICATA or demande.beneficiaire:
        return accept()
    answered = [code for code in needed if demande.reponses.get(code, "").strip()]
    days = [demande.reponses[code] for code in ("visa_fin", "nouvelle_naissance") if code in answered]
    whole = answered if effet is Effet.ETAT_CIVIL else len(answered) == len(needed)
    return accept() if whole and all(formulaire.read_day(day) for day in days) else refuse(EFFET_A_DIRE)
