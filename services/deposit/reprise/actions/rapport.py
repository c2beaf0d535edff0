"""The reports of runs, for whoever operates the service: counts, lines by page, the whole as a stream. Read only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from chassis import clock, mongo
from chassis.mongo import collection_of
from chassis.web.who import Who
from droit.decision import Genre, Motif, Refused
from services.deposit.cadre import cadre
from services.deposit.dossier.rules import acces, etats
from services.deposit.dossier.store.demande import Demande
from services.deposit.instruction.actions import effets, guichet
from services.deposit.instruction.actions.instruction import MOTIF_MANQUANT
from services.deposit.reprise.actions import demandes
from services.deposit.reprise.rules.reprise import Constat, Resultat
from services.deposit.reprise.store import TERMINEE, LigneReprise, Reprise

# Who reads a report: it is about every préfecture at once, and holds no name.
LECTEURS = ("exploitant", "bureau_national")
PAGE, RUNS_MAX = 50, 50
# A run that has not moved for so long is dead: it writes every hundred lines.
MUETTE = timedelta(minutes=2)

REPRISE_INCONNUE = Motif(
    "REPRISE_INCONNUE",
    "regle-du-service",
    "Cette reprise n’existe pas.",
    "Ouvrez la liste des reprises.",
    Genre.INTROUVABLE,
)

RESULTATS: Mapping[str, str] = {
    Resultat.CREE: "Repris",
    Resultat.MIS_A_JOUR: "Mis à jour",
    Resultat.INCHANGE: "Inchangé",
    Resultat.CONFLIT: "Changé des deux côtés",
    Resultat.A_VERIFIER: "À vérifier, rien d’écrit",
    Resultat.REFUSE: "Refusé, illisible",
}
CONSTATS: Mapping[str, str] = {
    Constat.DEMANDE_NON_CLOSE: "Demande jamais fermée",
    Constat.REMISE_ABSENTE: "Titre sans date de remise",
    Constat.PERSONNE_EN_DOUBLE: "Personne en double",
    Constat.NUMERO_PARTAGE: "Même numéro, autre personne",
    Constat.DOSSIER_REPETE: "Dossier écrit deux fois",
    Constat.LIGNE_ILLISIBLE: "Ligne illisible",
    Constat.LIGNE_TROP_LONGUE: "Ligne trop longue",
    Constat.CHAMP_REFUSE: "Champ refusé",
    Constat.DATES_INCOHERENTES: "Dates qui se contredisent",
    Constat.TITRE_INCONNU: "Titre absent du catalogue",
    Constat.PREFECTURE_INCONNUE: "Préfecture inconnue",
    Constat.COURRIEL_PARTAGE: "E-mail déjà pris",
    Constat.TITRES_TROP_NOMBREUX: "Trop de titres",
    Constat.DEPOSEE_ICI_AUSSI: "Déposée ici aussi : la première date est gardée",
    Constat.CHANGE_DES_DEUX_COTES: "Changé des deux côtés : ici l’emporte",
    Constat.DECISION_A_SAISIR: "Refus ou fermeture à écrire par un agent",
    Constat.PLUS_ANCIEN: "Plus ancien que la dernière reprise",
}
MANQUES: Mapping[str, str] = {
    "numero_etranger": "Numéro étranger",
    "nationalite": "Nationalité",
    "adresse": "Adresse",
    "moyen_de_contact": "E-mail ou téléphone",
    "prefecture": "Préfecture",
    "titre": "Titre",
    "titre.debut_date": "Premier jour d’un titre",
    "titre.remise_date": "Jour de remise d’un titre",
}


@dataclass(frozen=True)
class Rapport:
    """A run with a page of its lines. `etat`: EN_COURS, TERMINEE or INTERROMPUE."""

    reprise: Reprise
    etat: str
    lignes: list[dict[str, Any]]
    suite: bool


def runs() -> list[tuple[Reprise, str]]:
    """The runs, the last first (at most 50), each with where it stands."""
    return [(run, state_of(run)) for run in Reprise.objects().order_by("-debut_time").limit(RUNS_MAX)]


def state_of(run: Reprise) -> str:
    """Ended, at work, or dead on the way: then the same file is run again."""
    if run.state == TERMINEE:
        return TERMINEE
    return "INTERROMPUE" if clock.now() - run.vue_time > MUETTE else "EN_COURS"


def report(reprise_id: str, constat: str, page: int) -> Rapport:
    """A page of a report: all lines that found something, or those of one finding, or of one result."""
    run = mongo.find(Reprise, id=reprise_id)
    if run is None:
        raise Refused(REPRISE_INCONNUE)
    found = collection_of(LigneReprise).find(_criteria(reprise_id, constat)).sort("ligne", 1)
    rows = list(found.skip(PAGE * max(page, 0)).limit(PAGE + 1))
    return Rapport(run, state_of(run), rows[:PAGE], len(rows) > PAGE)


def stream(reprise_id: str) -> Iterator[dict[str, Any]]:
    """Every line of a report in order, one at a time: a national file does not fit in memory."""
    if Reprise.objects(id=reprise_id).only("id").first() is None:
        raise Refused(REPRISE_INCONNUE)
    found = collection_of(LigneReprise).find({"reprise_id": reprise_id}, {"_id": 0, "reprise_id": 0}).sort("ligne", 1)
    return iter(found)


def regle() -> str:
    """The dated rule that says whether records are still taken over (XCT-01)."""
    return cadre().catalogue.national.at("P-REPRISE", clock.today(), cadre().position).regle


def close_ghost(demande_id: str, motif: str, who: Who, *, request_id: str) -> Demande:
    """An agent of any préfecture closes a ghost of an older application, with her reason (DEP-27, CASE-09)."""
    demande = mongo.find(Demande, id=demande_id)
    if demande is None:
        raise Refused(etats.DEMANDE_INCONNUE)
    # Any préfecture: the scope of the agent does not count here, her role does.
    acces.may(who.roles, acces.INSTRUIRE, in_scope=True).or_refuse()
    if not motif.strip():
        raise Refused(MOTIF_MANQUANT, champ="motif")
    closed = demandes.close(demande_id, motif, who, request_id=request_id)
    for flagging in Demande.objects(usager_id=closed.usager_id, state__in=etats.EN_INSTRUCTION).only("id").limit(20):
        guichet.forget_flag(flagging.id, closed.reference)
        effets.follow(flagging.id)
    effets.follow(closed.id)
    return closed


def ghosts(usager_id: str) -> list[Demande]:
    """The ghosts of a person still open, whichever préfecture they name (at most 20)."""
    found = Demande.objects(usager_id=usager_id, state__in=etats.EN_INSTRUCTION).limit(50)
    return [demande for demande in found if demandes.is_ghost(demande)][:20]


def _criteria(reprise_id: str, constat: str) -> dict[str, Any]:
    if constat in CONSTATS:
        return {"reprise_id": reprise_id, "constats": constat}
    if constat in RESULTATS:
        return {"reprise_id": reprise_id, "resultat": constat}
    return {"reprise_id": reprise_id, "constats": {"$gt": ""}} if constat != "tout" else {"reprise_id": reprise_id}
