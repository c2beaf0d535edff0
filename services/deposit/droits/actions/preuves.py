"""What proves a person's right on a day, said once: her space, the public check, agents, the other channels and
partners all read it here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date

from documents.etat import EtatDocument, Suivi, worth
from documents.nature import Nature
from droit.catalogue import Stade
from droit.jours import day_in_words
from services.deposit.cadre import cadre
from services.deposit.dossier.actions import issues
from services.deposit.dossier.rules import etats
from services.deposit.dossier.store.demande import Attestation, Demande
from services.deposit.dossier.store.usager import Usager
from services.deposit.droits.actions import attestations
from services.deposit.droits.rules import preuves as rules
from services.deposit.droits.rules.preuves import Tenue

DEMANDES_MAX = 50
TITRE, VISA, REMIS_AILLEURS = "Titre de séjour", "Visa", "Récépissé ou attestation de la préfecture"
# What a document is worth: the code that the other channels keep, and its word.
_TOLD = {
    EtatDocument.VALIDE: ("VALIDE", "valable aujourd’hui"),
    EtatDocument.A_VENIR: ("A_VENIR", "pas encore valable"),
    EtatDocument.REMPLACE: ("REMPLACEE", "remplacé"),
    EtatDocument.TERMINE: ("EXPIREE", "terminé"),
}
_UNREAD = ("attestations.contenu", "attestations.code", "pieces", "reponses")


@dataclass(frozen=True)
class Preuve:
    """One thing that proves the right: a document of this service (`attestation`), or what she holds beside.

    `nature` is its name in words, `objet` the title; `fin` None: until the title is handed over.
    """

    nature: str
    objet: str
    fin: date | None
    demande_id: str = ""
    attestation: Attestation | None = None

    @property
    def numero(self) -> str:
        """The number of the document; empty for a card, a visa or a paper of another service."""
        return self.attestation.numero if self.attestation is not None else ""

    @property
    def phrase(self) -> str:
        """What it is and until when, as it is told by any channel."""
        until = f"jusqu’au {day_in_words(self.fin)} inclus" if self.fin else "jusqu’à la remise de votre titre"
        return f"{self.nature} {until}"


def follow(demande: Demande, attestation: Attestation) -> Suivi:
    """What happened to a document after its issue: replaced, or ended before its printed term."""
    by = next((a for a in demande.attestations if a.numero == attestation.remplacee_par), None)
    ended = end_day(demande)
    # A receipt that prolongs a card does so until the decision; one that prolongs none stays true for ever.
    prolongs = attestation.regime == "AD" and attestation.fin_date is not None
    return Suivi(
        remplace_date=by.emis_date if by else None,
        remplace_par=by.numero if by else "",
        termine_date=ended if attestations.proves(attestation) or prolongs else None,
    )


def end_day(demande: Demande) -> date | None:
    """The day from which what a demande gave proves nothing more; None while it goes on, or after a mere closing.

    What she set aside as filed by another proves nothing from that day, until she says that it is hers (DEP-07).
    """
    aside = demande.repudiation if demande.state == etats.REPUDIEE else {}
    ended = rules.end_day(aside.get("avant", demande.state), demande.decision_date, demande.remise_date)
    days = (ended, _day(aside.get("jour")))
    return min((day for day in days if day is not None), default=None)


def state_of(demande: Demande, attestation: Attestation, day: date) -> EtatDocument:
    """What a document is worth on a day: the one verdict of every page, check, screen and partner."""
    debut = attestation.debut_date or attestation.emis_date
    return worth(debut, attestation.fin_date, day, follow(demande, attestation))


def shown_state(demande: Demande, attestation: Attestation, day: date) -> str:
    """What a document is worth on a day, as its person reads it; a letter is worth nothing, unless it was replaced."""
    state = state_of(demande, attestation, day)
    return state.value if Nature(attestation.nature).is_signed or state is EtatDocument.REMPLACE else ""


def in_words(demande: Demande, attestation: Attestation, day: date) -> tuple[str, str]:
    """A document as the other channels show it: the code of its state, empty for a letter, and all of it in words."""
    nature = Nature(attestation.nature)
    state, word = _TOLD[state_of(demande, attestation, day)] if nature.is_signed else ("", "")
    until = f" au {day_in_words(attestation.fin_date)} inclus" if attestation.fin_date else ""
    words = f"{nature.libelle}, du {day_in_words(attestation.debut_date)}{until}"
    return state, f"{words} : {word}" if word else words


def of_person(usager: Usager, day: date) -> list[Preuve]:
    """What proves her own right on a day, the one that lasts longest first; a child's paper proves the child's."""
    filed = Demande.objects(usager_id=usager.id, state__ne=etats.BROUILLON).exclude(*_UNREAD)
    hers = [demande for demande in filed.order_by("-cree_date").limit(DEMANDES_MAX) if not demande.beneficiaire]
    # Two demandes may follow one card: given back for what one of them gave, it is in hand for neither.
    returned = {demande.fin_titre_date for demande in hers if _given_in_place(demande, day)}
    found = [proof for demande in hers for proof in (*_documents(demande, day), *_of_her_title(demande, day, returned))]
    declared = {proof.fin for proof in found if proof.nature in (TITRE, VISA)}
    titles = [(titre, Tenue(titre.debut_date, titre.fin_date, titre.remis)) for titre in usager.titres]
    found += [
        Preuve(TITRE, titre.libelle, titre.fin_date)
        for titre, tenue in titles
        if rules.holds(tenue, day) and titre.remplace_date is None and titre.fin_date not in declared
    ]
    return sorted(found, key=lambda proof: proof.fin or date.max, reverse=True)


def is_valid(demande: Demande, attestation: Attestation, day: date) -> bool:
    """Whether a document is valid on a day: those that are come first in a list that has an end."""
    return state_of(demande, attestation, day) is EtatDocument.VALIDE


def of_document(demande: Demande, attestation: Attestation, day: date) -> bool:
    """Whether this document proves a right on a day: a document in force, or the receipt that prolongs a card."""
    valid = is_valid(demande, attestation, day)
    prolongs = rules.prolongs(attestation.regime, attestation.fin_date, demande.fin_titre_date, day)
    return valid and (attestations.proves(attestation) or prolongs)


def _documents(demande: Demande, day: date) -> Iterator[Preuve]:
    for attestation in demande.attestations:
        if of_document(demande, attestation, day):
            nature = Nature(attestation.nature).libelle
            if not attestations.proves(attestation):
                nature = f"{nature} avec votre carte expirée"
            yield Preuve(nature, _objet(demande), attestation.fin_date, demande.id, attestation)


def _objet(demande: Demande) -> str:
    """The card granted, where it is the longer one; else what is asked for (DEP-18)."""
    granted = issues.granted(demande)
    if granted == demande.titre_code:
        return str(demande.libelle)
    return cadre().catalogue.titre(granted).libelle


def _of_her_title(demande: Demande, day: date, returned: Collection[date | None]) -> Iterator[Preuve]:
    """What she held when she filed, and what was given elsewhere for the same demande."""
    stade, fin = Stade(demande.stade), demande.fin_titre_date
    counts = fin is not None and fin not in returned and rules.proves_what_she_holds(demande.state, stade)
    if counts and rules.holds(Tenue(None, fin), day):
        yield Preuve(VISA if stade is Stade.PREMIERE else TITRE, demande.libelle, fin, demande.id)
    ended = end_day(demande)
    for paper in demande.anterieurs:
        last = _day(paper.get("document_fin"))
        if last is not None and (ended is None or day < ended) and attestations.first_day(paper) <= day <= last:
            yield Preuve(REMIS_AILLEURS, demande.libelle, last, demande.id)


def _given_in_place(demande: Demande, day: date) -> bool:
    """Whether the title asked for was handed over in place of the one held: it is among her titles."""
    handed = demande.state == etats.REMISE and demande.carte and issues.gives_title(demande)
    return bool(handed) and date.fromisoformat(demande.carte["debut"]) <= day


def _day(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None
