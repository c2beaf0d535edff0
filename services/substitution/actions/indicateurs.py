"""What substitution counts of its own facts: asked, offered, accepted, refused, and how many days it took (SUB-22)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from chassis import hours
from pilotage.actions import blocages
from pilotage.actions.tableau import Fait, Genre, Indicateur, Mesure, Tableau, first
from sejour.substitution.v1 import events_pb2

OUVERTE, CONVOQUEE = "substitution.voie.ouverte", "substitution.convocation.emise"
RECU, MODIFIEE = "substitution.dossier.recu", "substitution.voie.modifiee"
OF_A_BLOCAGE = (events_pb2.ORIGINE_BLOCAGE, events_pb2.ORIGINE_PANNE)
SERVICES = {
    "deposit": "Dépôt en ligne",
    "ccc": "Centre de contact",
    "pan": "Point d’accueil numérique",
    "substitution": "Page ou guichet de substitution",
}
FAS_RAREMENT = "plus de 70 % des répondants de la FAS disent que la préfecture l’accorde rarement ou jamais"

INDICATEURS = (
    Indicateur(
        "demandees",
        "Voies demandées",
        "Voies que la personne, ou quelqu’un pour elle, a demandées. Par service où elle l’a dit.",
        details=SERVICES,
    ),
    Indicateur(
        "proposees",
        "Voies proposées sans être demandées",
        "Voies ouvertes d’elles-mêmes après un blocage ou une panne. Par service où le blocage a été vu.",
        details=SERVICES,
    ),
    Indicateur(
        "acceptees",
        "Voies acceptées par la préfecture",
        "Voies pour lesquelles un rendez-vous a été donné ou un dossier reçu, comptées au premier des deux.",
        details=SERVICES,
        publie=FAS_RAREMENT,
    ),
    Indicateur(
        "refusees",
        "Refus écrits",
        "Refus écrits d’une voie, comptés le jour du refus et gardés quand un superviseur les annule ensuite.",
        details=SERVICES,
        publie=FAS_RAREMENT,
    ),
    Indicateur("refus-annules", "Refus annulés", "Refus qu’un superviseur a annulés, comptés le jour de l’annulation."),
    Indicateur("abouties", "Voies abouties", "Voies dont la demande est déposée."),
    Indicateur(
        "en-retard",
        "Voies en retard",
        "Voies dont le dernier jour pour donner un rendez-vous est passé sans rendez-vous.",
    ),
    Indicateur(
        "personnes-bloquees",
        "Personnes bloquées",
        "Personnes pour qui un blocage a été constaté dans l’un des services, comptées une fois par mois.",
        details=SERVICES,
    ),
    Indicateur(
        "part-proposee",
        "Part des personnes bloquées à qui une voie a été proposée",
        "Parmi les personnes bloquées du mois, celles pour qui une voie était ouverte dès que ce service l’a su.",
        Genre.PART,
        "%",
        publie="5 % des travailleurs sociaux interrogés par la FAS disent que la préfecture la propose toujours",
    ),
    Indicateur(
        "jours-proposition",
        "Jours du blocage à la proposition",
        "Jours, en moyenne, du premier essai bloqué au jour où la voie s’ouvre.",
        Genre.MOYENNE,
        "jours",
    ),
    Indicateur(
        "jours-rendez-vous",
        "Jours jusqu’au rendez-vous",
        "Jours, en moyenne, du premier essai bloqué, ou de l’ouverture de la voie, au jour du premier rendez-vous.",
        Genre.MOYENNE,
        "jours",
    ),
    Indicateur(
        "jours-depot",
        "Jours jusqu’au dépôt",
        "Jours, en moyenne, du premier essai bloqué, ou de l’ouverture de la voie, au jour du dépôt.",
        Genre.MOYENNE,
        "jours",
    ),
)


def _opened(before: Sequence[Fait]) -> Fait | None:
    return first(before, OUVERTE)


def _began(opened: Fait) -> date:
    """The day of the first blocked attempt, which an opening protects; its own day where nothing was met before."""
    return date.fromisoformat(opened.says("date_protegee"))


def _service(opened: Fait | None) -> str:
    return (opened.says("service") if opened else "") or "substitution"


def _on_opened(fait: Fait, before: Sequence[Fait]) -> Iterable[Mesure]:
    said = fait.message
    assert isinstance(said, events_pb2.VoieOuverte)
    if said.origine not in OF_A_BLOCAGE:
        yield Mesure("demandees", detail=_service(fait))
        return
    yield Mesure("proposees", detail=_service(fait))
    yield Mesure("jours-proposition", (fait.jour - date.fromisoformat(said.date_protegee)).days)


def _is_given(fait: Fait) -> bool:
    return fait.subject == RECU or (fait.subject == CONVOQUEE and bool(fait.says("debut_time")))


def _on_given(fait: Fait, before: Sequence[Fait]) -> Iterable[Mesure]:
    """The first appointment or dossier: the préfecture takes the route."""
    if not _is_given(fait):
        return
    opened = _opened(before)
    if not any(_is_given(seen) for seen in before):
        yield Mesure("acceptees", detail=_service(opened))
    if opened and fait.subject == CONVOQUEE and not any(seen.says("debut_time") for seen in before):
        comes = hours.local(datetime.fromisoformat(fait.says("debut_time")), "").date()
        yield Mesure("jours-rendez-vous", (comes - _began(opened)).days)


def _on_ended(fait: Fait, before: Sequence[Fait]) -> Iterable[Mesure]:
    yield Mesure("abouties")
    if opened := _opened(before):
        yield Mesure("jours-depot", (fait.jour - _began(opened)).days)


def _on_refused(fait: Fait, before: Sequence[Fait]) -> Iterable[Mesure]:
    yield Mesure("refusees", detail=_service(_opened(before)))


def _on_changed(fait: Fait, before: Sequence[Fait]) -> Iterable[Mesure]:
    if fait.says("objet") == "REFUS_ANNULE":
        yield Mesure("refus-annules")


def _on_late(fait: Fait, before: Sequence[Fait]) -> Iterable[Mesure]:
    said = fait.message
    if isinstance(said, events_pb2.VoieEnRetard) and said.depassee:
        yield Mesure("en-retard")


def _on_blocked(fait: Fait, before: Sequence[Fait]) -> Iterable[Mesure]:
    said = fait.message
    assert isinstance(said, events_pb2.PersonneBloquee)
    yield Mesure("personnes-bloquees", detail=said.service)
    yield Mesure("part-proposee", float(said.voie_proposee))


TABLEAU = Tableau(
    service="substitution",
    indicateurs=(*INDICATEURS, *blocages.INDICATEURS),
    lus={
        OUVERTE: events_pb2.VoieOuverte,
        CONVOQUEE: events_pb2.ConvocationEmise,
        RECU: events_pb2.DossierRecu,
        MODIFIEE: events_pb2.VoieModifiee,
        "substitution.voie.aboutie": events_pb2.VoieAboutie,
        "substitution.voie.refusee": events_pb2.VoieRefusee,
        "substitution.voie.en_retard": events_pb2.VoieEnRetard,
        "substitution.voie.transferee": events_pb2.VoieTransferee,
        "substitution.personne.bloquee": events_pb2.PersonneBloquee,
        **blocages.read("substitution"),
    },
    comptes={
        OUVERTE: _on_opened,
        CONVOQUEE: _on_given,
        RECU: _on_given,
        MODIFIEE: _on_changed,
        "substitution.voie.aboutie": _on_ended,
        "substitution.voie.refusee": _on_refused,
        "substitution.voie.en_retard": _on_late,
        "substitution.personne.bloquee": _on_blocked,
        **blocages.counted("substitution"),
    },
    arrivees=("demandees", "proposees"),
    faites=("abouties", "refusees"),
    roles=frozenset({"prefecture"}),
)
