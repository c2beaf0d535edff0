"""Filing for a person at a reception point: what must be there, by name, and what is never asked (PAN-14, DEP-09)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from droit.catalogue import Catalogue, Stade
from droit.dates import Position
from droit.decision import Decision, Genre, Motif, accept, refuse
from droit.motifs import TITRE_INCONNU

BROUILLON, RECU, DEPOSE, REFUSE = "BROUILLON", "RECU", "DEPOSE", "REFUSE"

DEPOT_INCONNU = Motif(
    "DEPOT_INCONNU",
    "regle-du-service",
    "Ce dossier n’est pas préparé ici.",
    "Revenez à la visite.",
    Genre.INTROUVABLE,
)
DEPOT_DEJA_ENVOYE = Motif(
    "DEPOT_DEJA_ENVOYE",
    "regle-du-service",
    "Ce dossier est déjà déposé.",
    "Sa preuve est sur la page. Une pièce de plus se donne par une nouvelle visite ou un envoi.",
)
TITRE_AU_GUICHET = Motif(
    "TITRE_AU_GUICHET",
    "regle-du-service",
    "Ce titre est hors du téléservice : il se demande à la préfecture.",
    "Donnez un rendez-vous au guichet avec le bouton de cette page, ou l’adresse postale de la préfecture.",
)
IDENTITE_INCOMPLETE = Motif(
    "IDENTITE_INCOMPLETE",
    "regle-du-service",
    "Il manque le nom, la date de naissance ou une façon d’écrire à la personne.",
    "Complétez l’identité et l’adresse postale ou le téléphone. Une adresse e-mail n’est jamais nécessaire.",
    Genre.INVALIDE,
)


@dataclass(frozen=True)
class PieceDemandee:
    """A piece as the agent checks it by name."""

    code: str
    libelle: str
    obligatoire: bool
    source: str
    demonstration: bool


def choices(catalogue: Catalogue) -> list[tuple[str, str, str]]:
    """(value, label, summary) of every title and démarche that a person may ask for."""
    titres = [(f"titre:{t.code}", t.libelle, t.resume) for t in catalogue.titres()]
    return titres + [(f"demarche:{d.code}", d.libelle, d.resume) for d in catalogue.demarches()]


def split_choice(choix: str) -> tuple[str, str]:
    """(titre code, démarche code) of a choice; one of them is empty. Raises Refused when it is neither."""
    kind, _, code = choix.partition(":")
    if kind not in ("titre", "demarche") or not code:
        refuse(TITRE_INCONNU, "choix").or_refuse()
    return (code, "") if kind == "titre" else ("", code)


def may_open(catalogue: Catalogue, titre_code: str, when: tuple[date, Position]) -> Decision:
    """What is outside the téléservice is not prepared here to be refused later: the counter is booked instead."""
    day, position = when
    if titre_code and not catalogue.titre(titre_code).on_teleservice(day, position):
        return refuse(TITRE_AU_GUICHET, "choix", titre=titre_code)
    return accept()


def stages(catalogue: Catalogue, titre_code: str) -> tuple[str, ...]:
    """The kinds of demande that exist for a title; none for another démarche."""
    return tuple(s.value for s in catalogue.titre(titre_code).stades) if titre_code else ()


def pieces(
    catalogue: Catalogue, titre_code: str, demarche_code: str, stade: str, when: tuple[date, Position]
) -> list[PieceDemandee]:
    """The list of pieces of this demande on a day, from the catalogue."""
    day, position = when
    if titre_code:
        titre = catalogue.titre(titre_code)
        wanted = Stade(stade) if stade in {s.value for s in titre.stades} else titre.stades[0]
        found: Sequence[object] = titre.pieces_at(wanted, day, position)
    else:
        found = catalogue.demarche(demarche_code).pieces.at(day, position).value
    return [
        PieceDemandee(p.code, p.libelle, p.obligatoire, str(p.citation), p.demonstration)  # type: ignore[attr-defined]
        for p in found
    ]


def missing(wanted: Iterable[PieceDemandee], given: Iterable[str]) -> list[str]:
    """Names of the mandatory pieces that are not there: a dossier is filed all the same, they are asked for later."""
    have = set(given)
    return [p.libelle for p in wanted if p.obligatoire and p.code not in have]


def may_change(state: str) -> Decision:
    """Only a draft changes."""
    return accept() if state == BROUILLON else refuse(DEPOT_DEJA_ENVOYE)


def may_file(state: str, identite: dict[str, object]) -> Decision:
    """A name, a birth date and one way to write or call are enough; never an e-mail (DEP-09)."""
    if state != BROUILLON:
        return refuse(DEPOT_DEJA_ENVOYE)
    identified = identite.get("nom") and identite.get("naissance_date")
    reachable = identite.get("adresse") or identite.get("telephone") or identite.get("courriel")
    return accept() if identified and reachable else refuse(IDENTITE_INCOMPLETE, "nom")
