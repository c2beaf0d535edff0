"""What deposit counts of its own facts: filings, decisions, ruptures, refusals of partners, and the gain of the online
filing (XCT-18, XCT-20). What is decided is counted by title and kind of demande: divergence is read there (XCT-22).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from google.protobuf.message import Message

from droit.catalogue import Catalogue
from pilotage.actions import blocages
from pilotage.actions.tableau import (
    AUTREMENT,
    EN_LIGNE,
    VOIE,
    Compter,
    Fait,
    Genre,
    Indicateur,
    Mesure,
    Tableau,
    days,
    first,
)
from sejour.deposit.v1 import events_pb2
from services.deposit.droits.rules.ruptures import CAUSES

DEPOSEE, COMPLETE, DECIDEE = "deposit.demande.deposee", "deposit.demande.complete", "deposit.demande.decidee"
CLOSE, ROUVERTE = "deposit.demande.close", "deposit.demande.rouverte"
VOIES = {
    "1": "Téléservice",
    "2": "Guichet",
    "3": "Poste",
    "4": "Courriel à la préfecture",
    "5": "Point d’accueil numérique",
}
SENS = {"favorable": "Décision favorable", "defavorable": "Décision défavorable"}
JOURS, GESTES, ISSUES = "jours-decision", "gestes-agents", "issues-comparees"

INDICATEURS = (
    Indicateur(
        "depots",
        "Demandes déposées",
        "Demandes déposées, par façon de déposer.",
        details=VOIES,
        publie="plus de 80 % des demandes traitées en préfecture ont été déposées par le téléservice",
    ),
    Indicateur("decisions", "Demandes décidées", "Décisions, par sens.", details=SENS),
    Indicateur("remises", "Titres remis", "Titres remis à la personne.", publie="1 229 869 titres délivrés en 2024"),
    Indicateur("fermetures", "Demandes fermées sans décision", "Demandes fermées sans décision sur le fond."),
    Indicateur("rouvertes", "Demandes rouvertes", "Demandes fermées puis rouvertes à leur première date."),
    Indicateur(
        "jours-enregistrement",
        "Jours du dépôt au dossier complet",
        "Jours, en moyenne, du dépôt au jour où le dossier est dit complet.",
        Genre.MOYENNE,
        "jours",
    ),
    Indicateur(
        JOURS,
        "Jours du dépôt à la décision",
        "Jours, en moyenne, du dépôt à la décision, pour les demandes décidées dans la période.",
        Genre.MOYENNE,
        "jours",
    ),
    Indicateur(
        GESTES,
        "Gestes d’agents par demande décidée",
        "Actes d’agents écrits dans l’historique d’une demande, du dépôt à la décision comprise, en moyenne.",
        Genre.MOYENNE,
        "gestes",
    ),
    Indicateur(
        "ruptures",
        "Ruptures commencées",
        "Personnes au dossier ouvert restées sans document valable, par cause, comptées le jour du constat.",
        details=dict(CAUSES),
    ),
    Indicateur(
        "jours-rupture",
        "Jours de rupture",
        "Jours sans document valable, en moyenne, pour les ruptures finies dans la période.",
        Genre.MOYENNE,
        "jours",
    ),
    Indicateur(
        "refus-partenaires",
        "Refus par un partenaire",
        "Documents de séjour refusés par une administration, une banque, un bailleur ou un employeur.",
        publie="58 % des répondants de la FAS disent que des droits CAF ont été perdus, 50 % des droits à France "
        "Travail, 45 % des droits à l’emploi",
    ),
    Indicateur(
        ISSUES,
        "Décisions favorables, par titre et situation",
        "Part des décisions favorables parmi les demandes décidées ou fermées sans décision, par titre et selon qu’il "
        "s’agit d’une première demande ou d’un renouvellement.",
        Genre.PART,
        "%",
    ),
)


def thing(opened: Fait | None) -> str:
    """The title or démarche that was filed, by its code."""
    return "" if opened is None else opened.says("titre_code") or opened.says("demarche_code")


def situation(opened: Fait | None) -> str:
    """The same title asked for in the same situation, by codes."""
    message = opened.message if opened else None
    renewed = isinstance(message, events_pb2.DemandeDeposee) and message.renouvellement
    return f"{thing(opened)}{VOIE}{'renouvellement' if renewed else 'premiere'}"


def _way(opened: Fait | None) -> str:
    message = opened.message if opened else None
    online = isinstance(message, events_pb2.DemandeDeposee) and message.voie == events_pb2.VOIE_TELESERVICE
    return f"{thing(opened)}{VOIE}{EN_LIGNE if online else AUTREMENT}"


def _on_filed(fait: Fait, before: Sequence[Fait]) -> Iterable[Mesure]:
    said = fait.message
    assert isinstance(said, events_pb2.DemandeDeposee)
    yield Mesure("depots", detail=str(said.voie))


def _on_complete(fait: Fait, before: Sequence[Fait]) -> Iterable[Mesure]:
    if not first(before, COMPLETE):
        for passed in days(first(before, DEPOSEE), fait):
            yield Mesure("jours-enregistrement", passed)


def _on_decided(fait: Fait, before: Sequence[Fait]) -> Iterable[Mesure]:
    said, opened = fait.message, first(before, DEPOSEE)
    assert isinstance(said, events_pb2.DemandeDecidee)
    yield Mesure("decisions", detail="favorable" if said.favorable else "defavorable")
    for passed in days(opened, fait):
        acts = sum(seen.par.startswith("agent:") for seen in (*before, fait))
        yield Mesure(JOURS, passed, _way(opened))
        yield Mesure(GESTES, acts, _way(opened))
        yield Mesure(ISSUES, float(said.favorable), situation(opened))


def _on_closed(fait: Fait, before: Sequence[Fait]) -> Iterable[Mesure]:
    yield Mesure("fermetures")
    if opened := first(before, DEPOSEE):
        yield Mesure(ISSUES, 0, situation(opened))


def _on_over(fait: Fait, before: Sequence[Fait]) -> Iterable[Mesure]:
    said = fait.message
    assert isinstance(said, events_pb2.RuptureFinie)
    yield Mesure("jours-rupture", said.jours)


def _on_rupture(fait: Fait, before: Sequence[Fait]) -> Iterable[Mesure]:
    yield Mesure("ruptures", detail=fait.says("cause"))


def _one(code: str) -> Compter:
    """Each fact counts as one."""
    return lambda fait, before: (Mesure(code),)


_COMPTES: dict[str, Compter] = {
    DEPOSEE: _on_filed,
    COMPLETE: _on_complete,
    DECIDEE: _on_decided,
    CLOSE: _on_closed,
    ROUVERTE: _one("rouvertes"),
    "deposit.titre.remis": _one("remises"),
    "deposit.rupture.constatee": _on_rupture,
    "deposit.rupture.finie": _on_over,
    "deposit.partenaire.refus_signale": _one("refus-partenaires"),
    **blocages.counted("deposit"),
}
# Beside what counts: who changed the préfecture, and every act of an agent.
_LUS: dict[str, type[Message]] = {
    DEPOSEE: events_pb2.DemandeDeposee,
    COMPLETE: events_pb2.DemandeComplete,
    DECIDEE: events_pb2.DemandeDecidee,
    CLOSE: events_pb2.DemandeClose,
    ROUVERTE: events_pb2.DemandeRouverte,
    "deposit.demande.reprise": events_pb2.DemandeReprise,
    "deposit.demande.transferee": events_pb2.DemandeTransferee,
    "deposit.demande.modifiee": events_pb2.DemandeModifiee,
    "deposit.pieces.demandees": events_pb2.PiecesDemandees,
    "deposit.titre.remis": events_pb2.TitreRemis,
    "deposit.rupture.constatee": events_pb2.RuptureConstatee,
    "deposit.rupture.finie": events_pb2.RuptureFinie,
    "deposit.partenaire.refus_signale": events_pb2.RefusPartenaireSignale,
    **blocages.read("deposit"),
}


def tableau(catalogue: Catalogue) -> Tableau:
    """What deposit publishes, with the names of the démarches of this catalogue."""
    return Tableau(
        service="deposit",
        indicateurs=(*INDICATEURS, *blocages.INDICATEURS),
        lus=_LUS,
        comptes=_COMPTES,
        arrivees=("depots", "rouvertes"),
        faites=("decisions", "fermetures"),
        roles=frozenset({"instructeur", "superviseur"}),
        gain=(JOURS, GESTES),
        demarches={
            **{titre.code: titre.libelle for titre in catalogue.titres()},
            **{demarche.code: demarche.libelle for demarche in catalogue.demarches()},
        },
    )
