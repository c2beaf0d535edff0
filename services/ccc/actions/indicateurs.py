"""What the contact centre counts of its own facts: solicitations, answers, concrete help and its delays (XCT-18)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pilotage.actions import blocages
from pilotage.actions.tableau import Fait, Genre, Indicateur, Mesure, Tableau, days, first
from sejour.ccc.v1 import events_pb2
from services.ccc.rules import etats

OUVERTE, REPONDUE, CLOSE = "ccc.saisine.ouverte", "ccc.saisine.repondue", "ccc.saisine.close"
ROUVERTE = "ccc.saisine.rouverte"
# What a person can use after it: a filing helped, a fault handed on, a solution announced.
CONCRETE = frozenset({"AIDE_DEPOT", etats.TRANSMISE, etats.ANNONCEE})

INDICATEURS = (
    Indicateur(
        "saisines",
        "Sollicitations reçues",
        "Demandes au centre de contact, par sujet, tous moyens ensemble.",
        details=dict(etats.CATEGORIES),
        publie="14 % d’aide aux téléprocédures, près de 50 % d’information générale, près de 30 % de suivi (2024)",
    ),
    Indicateur(
        "issues",
        "Demandes terminées",
        "Demandes terminées, par ce qui a été fait ; une demande rouverte puis terminée compte de nouveau.",
        details=dict(etats.ISSUES),
    ),
    Indicateur(
        "aide-concrete",
        "Part des demandes terminées par une aide concrète",
        "Parmi les demandes terminées : aide donnée pour déposer, anomalie transmise ou solution annoncée. "
        "Une information donnée n’est pas comptée comme une aide concrète.",
        Genre.PART,
        "%",
        publie="82 % des travailleurs sociaux qui ont contacté le centre disent n’avoir eu aucune aide concrète",
    ),
    Indicateur(
        "jours-reponse",
        "Jours jusqu’à la première réponse",
        "Jours, en moyenne, de la demande à la première réponse.",
        Genre.MOYENNE,
        "jours",
    ),
    Indicateur(
        "jours-fin",
        "Jours jusqu’à la fin",
        "Jours, en moyenne, de la demande à sa fin.",
        Genre.MOYENNE,
        "jours",
    ),
    Indicateur(
        "rouvertes", "Demandes rouvertes", "Demandes que la personne dit non réglées, rouvertes à un niveau plus haut."
    ),
)


def _on_opened(fait: Fait, before: Sequence[Fait]) -> Iterable[Mesure]:
    # Told again when something more is known of it.
    if not first(before, OUVERTE):
        yield Mesure("saisines", detail=fait.says("categorie"))


def _on_answered(fait: Fait, before: Sequence[Fait]) -> Iterable[Mesure]:
    if not first(before, REPONDUE):
        for passed in days(first(before, OUVERTE), fait):
            yield Mesure("jours-reponse", passed)


def _on_closed(fait: Fait, before: Sequence[Fait]) -> Iterable[Mesure]:
    issue = fait.says("issue")
    yield Mesure("issues", detail=issue)
    yield Mesure("aide-concrete", float(issue in CONCRETE))
    for passed in days(first(before, OUVERTE), fait):
        yield Mesure("jours-fin", passed)


def _on_reopened(fait: Fait, before: Sequence[Fait]) -> Iterable[Mesure]:
    yield Mesure("rouvertes")


TABLEAU = Tableau(
    service="ccc",
    indicateurs=(*INDICATEURS, *blocages.INDICATEURS),
    lus={
        OUVERTE: events_pb2.SaisineOuverte,
        REPONDUE: events_pb2.SaisineRepondue,
        CLOSE: events_pb2.SaisineClose,
        ROUVERTE: events_pb2.SaisineRouverte,
        **blocages.read("ccc"),
    },
    comptes={
        OUVERTE: _on_opened,
        REPONDUE: _on_answered,
        CLOSE: _on_closed,
        ROUVERTE: _on_reopened,
        **blocages.counted("ccc"),
    },
    arrivees=("saisines", "rouvertes"),
    faites=("issues",),
    roles=frozenset({"ccc", "ccc_superviseur"}),
)
