"""What a document is worth on a day, and what whoever checks it may see: never more than the paper shows."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from documents.contenu import Contenu
from documents.nature import Nature
from documents.texte import in_words


class EtatDocument(StrEnum):
    """The verdict of a check. INCONNU: no document has this number; NON_VERIFIE: its issuer did not answer."""

    VALIDE = "valide"
    A_VENIR = "a-venir"
    REMPLACE = "remplace"
    TERMINE = "termine"
    INCONNU = "inconnu"
    NON_VERIFIE = "non-verifie"


@dataclass(frozen=True)
class Suivi:
    """What happened to a document after its issue: replaced, or ended before its printed term (card handed over)."""

    remplace_date: date | None = None
    remplace_par: str = ""
    termine_date: date | None = None


@dataclass(frozen=True)
class Verification:
    """The answer to a third party, for a page or the API."""

    etat: EtatDocument
    jour: date
    phrase: str
    document: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """JSON data of the public answer."""
        return {"etat": self.etat.value, "jour": self.jour.isoformat(), "phrase": self.phrase} | (
            {"document": self.document} if self.document else {}
        )


def etat(contenu: Contenu | None, jour: date, suivi: Suivi | None = None) -> EtatDocument:
    """What the document is worth on a day; `contenu` is None when the service knows no such number."""
    if contenu is None:
        return EtatDocument.INCONNU
    return worth(contenu.debut_date or contenu.emis_date, contenu.fin_date, jour, suivi or Suivi())


def worth(debut: date, fin: date | None, jour: date, suivi: Suivi) -> EtatDocument:
    """What a document of these days is worth. Its last day counts; the day on which it is replaced or ended does not.

    A document without term stays valid until it is ended.
    """
    if suivi.remplace_date and jour >= suivi.remplace_date:
        return EtatDocument.REMPLACE
    if suivi.termine_date and jour >= suivi.termine_date:
        return EtatDocument.TERMINE
    if fin and jour > fin:
        return EtatDocument.TERMINE
    if jour < debut:
        return EtatDocument.A_VENIR
    return EtatDocument.VALIDE


def verification(contenu: Contenu | None, jour: date, suivi: Suivi | None = None) -> Verification:
    """The public answer: the verdict, its sentence, and the lines of the paper that carry rights."""
    suivi = suivi or Suivi()
    verdict = etat(contenu, jour, suivi)
    if contenu is None:
        return Verification(verdict, jour, _PHRASES[verdict], {})
    document = _public(contenu)
    if verdict is EtatDocument.REMPLACE and suivi.remplace_par:
        document["remplace_par"] = suivi.remplace_par
    return Verification(verdict, jour, _phrase(verdict, contenu, suivi, jour), document)


def not_checked(jour: date) -> Verification:
    """The answer when the issuer does not reply: neither valid nor refused."""
    return Verification(EtatDocument.NON_VERIFIE, jour, _PHRASES[EtatDocument.NON_VERIFIE], {})


_PHRASES = {
    EtatDocument.INCONNU: "Aucun document ne porte cette référence.",
    EtatDocument.NON_VERIFIE: "L’état de ce document n’a pas pu être vérifié. Ce n’est pas un refus : "
    "recommencez plus tard.",
}


def _phrase(verdict: EtatDocument, contenu: Contenu, suivi: Suivi, jour: date) -> str:
    asked = in_words(jour)
    if verdict is EtatDocument.VALIDE:
        until = f", jusqu’au {in_words(contenu.fin_date)} inclus" if contenu.fin_date else ""
        return f"Ce document est valable le {asked}{until}."
    if verdict is EtatDocument.A_VENIR:
        return f"Ce document sera valable à partir du {in_words(contenu.debut_date or contenu.emis_date)}."
    if verdict is EtatDocument.REMPLACE:
        return f"Ce document a été remplacé le {in_words(suivi.remplace_date)} : demandez le nouveau."
    ended = suivi.termine_date if suivi.termine_date and jour >= suivi.termine_date else None
    if ended:
        return f"Ce document n’est plus valable depuis le {in_words(ended)}."
    return f"Ce document était valable jusqu’au {in_words(contenu.fin_date)} inclus."


def _public(contenu: Contenu) -> dict[str, Any]:
    """Enough to compare with the paper: no address, nationality, foreigner's number, ground or free text."""
    shown: dict[str, Any] = {
        "nature": contenu.nature.value,
        "libelle": contenu.nature.libelle,
        "reference": contenu.reference,
        "emetteur": contenu.emetteur,
        "prefecture": contenu.prefecture,
        "emis_date": contenu.emis_date.isoformat(),
        "debut_date": contenu.debut_date.isoformat() if contenu.debut_date else None,
        "fin_date": contenu.fin_date.isoformat() if contenu.fin_date else None,
        "regle": contenu.regle,
    }
    personne = contenu.personne
    # A letter proves nothing about anybody.
    if personne and contenu.nature is not Nature.LETTRE:
        shown |= {
            "nom": personne.nom,
            "prenoms": personne.prenoms,
            "naissance_date": personne.naissance_date.isoformat() if personne.naissance_date else None,
        }
    # The other papers are between the person and the administration: a third party only checks that they are real.
    # A justificatif is checked by its code, and for its purpose alone.
    if contenu.nature.is_signed and contenu.nature is not Nature.JUSTIFICATIF:
        shown |= {
            "titre_libelle": contenu.titre_libelle,
            "article": contenu.article,
            "travail_mention": contenu.travail_mention if contenu.droits else "",
            "droits": [asdict(droit) for droit in contenu.droits],
            "mentions": list(contenu.mentions),
        }
    return shown
