"""What the reception points count of their own facts: visits, topics, concrete help, waits (PAN-18, XCT-18)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from chassis import hours
from pilotage.actions import blocages
from pilotage.actions.tableau import Fait, Genre, Indicateur, Mesure, Tableau
from sejour.pan.v1 import events_pb2
from services.pan.rules import visites

VISITE, PRIS = "pan.visite.enregistree", "pan.rendez_vous.pris"
SERVICES = {
    visites.ORDINATEUR: "Ordinateur mis à disposition",
    visites.AUTRE_AIDE: "Numérisation des pièces",
    visites.INFORMATION: "Information sur la démarche",
    visites.QUALIFIER: "Choix de la bonne demande",
    visites.CONSTITUER: "Constitution du dossier",
}
RESULTATS = {
    visites.ABOUTI: "Démarche faite",
    visites.A_POURSUIVRE: "À poursuivre",
    visites.BLOQUE: "Blocage constaté",
    visites.ORIENTE: "Personne orientée",
}
MATIERES = {"titre": "Titre de séjour", "naturalisation": "Naturalisation"}

INDICATEURS = (
    Indicateur(
        "visites",
        "Usagers accompagnés",
        "Visites terminées, selon qu’elles portent sur un titre de séjour ou sur la naturalisation.",
        details=MATIERES,
        publie="131 426 usagers accompagnés en 2024 : 126 542 pour un titre, 4 884 pour une naturalisation",
    ),
    Indicateur(
        "sujets",
        "Ce qui a été fait",
        "Services donnés pendant les visites ; une visite peut en compter plusieurs.",
        details=SERVICES,
    ),
    Indicateur("resultats", "Comment les visites finissent", "Visites terminées, par résultat.", details=RESULTATS),
    Indicateur(
        "aide-concrete",
        "Part des visites qui ont donné une aide concrète",
        "Parmi les visites terminées : celles où la démarche est faite, ou le blocage constaté par écrit.",
        Genre.PART,
        "%",
        publie="1 répondant de la FAS sur 2 juge l’accès difficile et l’accompagnement très inégal",
    ),
    Indicateur("sans-rendez-vous", "Visites sans rendez-vous", "Visites de personnes venues sans rendez-vous."),
    Indicateur("rendez-vous", "Rendez-vous pris", "Rendez-vous pris, tous moyens ensemble."),
    Indicateur(
        "jours-attente",
        "Jours d’attente d’un rendez-vous",
        "Jours, en moyenne, entre la prise du rendez-vous et son jour.",
        Genre.MOYENNE,
        "jours",
    ),
)


def _on_visit(fait: Fait, before: Sequence[Fait]) -> Iterable[Mesure]:
    said = fait.message
    assert isinstance(said, events_pb2.VisiteEnregistree)
    yield Mesure("visites", detail="naturalisation" if said.naturalisation else "titre")
    yield from (Mesure("sujets", detail=service) for service in said.services)
    yield Mesure("resultats", detail=said.resultat)
    yield Mesure("aide-concrete", float(said.resultat in (visites.ABOUTI, visites.BLOQUE)))
    if said.sans_rendez_vous:
        yield Mesure("sans-rendez-vous")


def _on_booked(fait: Fait, before: Sequence[Fait]) -> Iterable[Mesure]:
    yield Mesure("rendez-vous")
    comes = hours.local(datetime.fromisoformat(fait.says("debut_time")), fait.says("fuseau")).date()
    yield Mesure("jours-attente", (comes - fait.jour).days)


TABLEAU = Tableau(
    service="pan",
    indicateurs=(*INDICATEURS, *blocages.INDICATEURS),
    lus={VISITE: events_pb2.VisiteEnregistree, PRIS: events_pb2.RendezVousPris, **blocages.read("pan")},
    comptes={VISITE: _on_visit, PRIS: _on_booked, **blocages.counted("pan")},
    arrivees=("visites",),
    faites=("visites",),
    roles=frozenset({"pan_volontaire", "pan", "pan_forme"}),
)
