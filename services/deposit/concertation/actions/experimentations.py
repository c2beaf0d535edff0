"""Experiments: opened where and for whom, measured on real data, reviewed, made general or stopped (XCT-15)."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from chassis import clock, mongo, outbox
from chassis.mongo import collection_of
from chassis.outbox import Fact
from chassis.trials import Trial
from chassis.web.who import AGENT, AIDANT, USAGER, Who
from droit.decision import Refused
from sejour.deposit.v1 import events_pb2
from services.deposit.cadre import cadre
from services.deposit.concertation import inputs
from services.deposit.concertation.rules import experimentations as rules
from services.deposit.concertation.rules.experimentations import Essai
from services.deposit.concertation.store.concertation import AvisExperimentation, Experimentation
from services.deposit.dossier.rules import acces
from services.deposit.dossier.store.demande import Demande
from services.deposit.dossier.store.echange import Echange
from services.deposit.droits.store import Ligne
from services.deposit.instruction.actions import delais

Critere = rules.Critere
Verdict = rules.Verdict
OUVERTE, GENERALISEE, ARRETEE, TOUT = rules.OUVERTE, rules.GENERALISEE, rules.ARRETEE, rules.TOUT
FONCTIONS, MESURES, PORTEFEUILLE = rules.FONCTIONS, rules.MESURES, rules.PORTEFEUILLE
OUVREURS = ("bureau_national", "exploitant")
LISTE_MAX = 50
LIGNES_MAX = 5000
DECISIONS_MIN = 5


@dataclass(frozen=True)
class Mesuree:
    """A criterion with what was measured today."""

    critere: Critere
    libelle: str
    unite: str
    hausse: bool
    valeur: float | None
    observations: int
    verdict: Verdict


@dataclass(frozen=True)
class Vue:
    """An experiment as published."""

    experimentation: Experimentation
    libelle: str
    perte: str
    canal: str
    mesures: tuple[Mesuree, ...]
    revue_depassee: bool


@dataclass(frozen=True)
class Delai:
    """What the feature `delai-observe` shows, and the experiment that shows it."""

    jours: int
    decisions: int
    periode_jours: int
    essai: Trial


def open_one(said: inputs.Essai, who: Who, *, request_id: str) -> Experimentation:
    """Opens an experiment from today. Raises Refused."""
    _may_decide(who)
    experimentation_id, today = outbox.id_for(request_id, "experimentation"), clock.today()
    earlier = mongo.find(Experimentation, id=experimentation_id)
    if earlier is not None:
        return earlier
    essai = Essai(inputs.codes_of(said.prefectures), inputs.codes_of(said.titres), today)
    running = Experimentation.objects(en_cours=said.fonction).first() is not None
    rules.may_open(said.fonction, essai, said.responsable, said.revue_date, running).or_refuse()
    if not said.motif:
        raise Refused(rules.ESSAI_SANS_RAISON, champ="motif")
    _check_places(essai)
    made = Experimentation(
        id=experimentation_id,
        parcours_id=experimentation_id,
        fonction=said.fonction,
        prefectures=list(essai.prefectures),
        titres=list(essai.titres),
        criteres=[vars(critere) for critere in _criteres(said)],
        responsable=said.responsable,
        debut_date=today,
        revue_date=said.revue_date,
        en_cours=said.fonction,
        journal=[_line(rules.OUVERTE, said.motif, who)],
    )
    try:
        return outbox.insert(made, _fact(made, rules.OUVERTE, who, said.motif), request_id=request_id)
    except outbox.Duplicate as error:
        raise Refused(rules.ESSAI_EN_COURS, champ="fonction") from error


def decide(experimentation_id: str, said: inputs.Suite, who: Who, *, request_id: str) -> Experimentation:
    """Reviews it, makes it general or stops it; the reason is published. Raises Refused."""
    if said.state == "REVUE":
        return review(experimentation_id, said, who, request_id=request_id)
    return _become(experimentation_id, said, who, request_id=request_id)


@outbox.retry_conflicts
def _become(experimentation_id: str, said: inputs.Suite, who: Who, *, request_id: str) -> Experimentation:
    """General, when every criterion is reached, or stopped."""
    _may_decide(who)
    found = one(experimentation_id)
    if outbox.already(found, request_id):
        return found
    verdicts = [measured.verdict for measured in _measures(found)]
    rules.may_become(found.state, said.state, said.motif, verdicts).or_refuse()
    found.state = said.state
    found.journal.append(_line(said.state, said.motif, who))
    if said.state == rules.ARRETEE:
        found.fin_date, found.en_cours = clock.today(), None
    return outbox.update(found, _fact(found, said.state, who, said.motif), request_id=request_id)


@outbox.retry_conflicts
def review(experimentation_id: str, said: inputs.Revue, who: Who, *, request_id: str) -> Experimentation:
    """Records a review: what was seen, and the day of the next."""
    _may_decide(who)
    found = one(experimentation_id)
    if outbox.already(found, request_id):
        return found
    if said.revue_date is None or said.revue_date <= clock.today() or found.state == rules.ARRETEE:
        raise Refused(rules.ESSAI_INVALIDE, champ="revue_date")
    if not said.motif:
        raise Refused(rules.ESSAI_SANS_RAISON, champ="motif")
    found.revue_date = said.revue_date
    found.journal.append(_line("REVUE", said.motif, who))
    return outbox.update(found, _fact(found, found.state, who, said.motif), request_id=request_id)


def give_opinion(experimentation_id: str, utile: bool, who: Who) -> bool:
    """Records whether the feature is useful, once per person; True when this call counted.

    Who said what cannot be read.
    """
    if who.kind not in (USAGER, AIDANT, AGENT):
        raise Refused(acces.ACCES_REFUSE)
    found = one(experimentation_id)
    if found.state != rules.OUVERTE:
        raise Refused(rules.ESSAI_INCONNU)
    doc = {
        "_id": hmac.new(cadre().settings.secret, f"avis:{found.id}:{who.subject}".encode(), "sha256").hexdigest(),
        "experimentation_id": found.id,
        "public": who.kind,
        "utile": utile,
    }
    return mongo.insert_once(collection_of(AvisExperimentation), doc)


def views() -> list[Vue]:
    """Every experiment, the latest first, with its measures of today (at most 50)."""
    return [_view(found) for found in Experimentation.objects.order_by("-debut_date").limit(LISTE_MAX)]


def view(experimentation_id: str) -> Vue:
    """One experiment."""
    return _view(one(experimentation_id))


def one(experimentation_id: str) -> Experimentation:
    """By its identifier. Raises Refused(ESSAI_INCONNU)."""
    found = mongo.find(Experimentation, id=experimentation_id)
    if found is None:
        raise Refused(rules.ESSAI_INCONNU)
    return found


def running(fonction: str, prefecture: str, titre: str, day: date) -> Trial | None:
    """The experiment by which this feature shows for this préfecture and title on `day`, or None."""
    found = mongo.find(Experimentation, en_cours=fonction)
    if found is None:
        return None
    trial = Trial(found.id, found.state, tuple(found.prefectures), tuple(found.titres), found.debut_date)
    return trial if trial.shows((prefecture,), (titre,), day) else None


def published(vue: Vue) -> dict[str, Any]:
    """An experiment for the API and open data; who decided is in the audit, not here."""
    experiment = vue.experimentation
    return {
        "experimentation_id": experiment.id,
        "fonction": experiment.fonction,
        "libelle": vue.libelle,
        "canal": vue.canal,
        "state": experiment.state,
        "prefectures": list(experiment.prefectures),
        "titres": list(experiment.titres),
        "responsable": experiment.responsable,
        "debut_date": experiment.debut_date.isoformat(),
        "revue_date": experiment.revue_date.isoformat(),
        "revue_depassee": vue.revue_depassee,
        "fin_date": experiment.fin_date.isoformat() if experiment.fin_date else None,
        "criteres": [
            {
                "mesure": measured.critere.mesure,
                "libelle": measured.libelle,
                "seuil": measured.critere.seuil,
                "minimum": measured.critere.minimum,
                "valeur": measured.valeur,
                "observations": measured.observations,
                "verdict": measured.verdict.value,
            }
            for measured in vue.mesures
        ],
        "journal": [{name: entry[name] for name in ("jour", "state", "motif")} for entry in experiment.journal],
    }


def observed_delay(demande: Demande, day: date) -> Delai | None:
    """The feature `delai-observe`: how long demandes like this one took; None when off, or too few were decided."""
    found = running(rules.DELAI_OBSERVE, demande.prefecture, demande.titre_code, day)
    if found is None:
        return None
    median, decisions = delais.median_of(demande.prefecture, demande.libelle)
    if median is None or decisions < DECISIONS_MIN:
        return None
    return Delai(median, decisions, delais.PERIODE_JOURS, found)


def _usefulness(found: Experimentation) -> tuple[float | None, int]:
    opinions = collection_of(AvisExperimentation)
    every = opinions.count_documents({"experimentation_id": found.id})
    useful = opinions.count_documents({"experimentation_id": found.id, "utile": True})
    return (100 * useful / every if every else None), every


def _messages(found: Experimentation) -> tuple[float | None, int]:
    """Messages of persons for a hundred demandes of the experiment, among those received since it began."""
    criteria: dict[str, Any] = {"recue_date": {"$gte": found.debut_date.isoformat()}}
    every = [departement.code for departement in cadre().catalogue.departements()]
    criteria["prefecture"] = {"$in": every if rules.TOUT in found.prefectures else list(found.prefectures)}
    if rules.TOUT not in found.titres:
        criteria["titre_code"] = {"$in": list(found.titres)}
    received = [row["_id"] for row in collection_of(Ligne).find(criteria, {"_id": 1}).limit(LIGNES_MAX)]
    if not received:
        return None, 0
    written = collection_of(Echange).count_documents({"demande_id": {"$in": received}, "administration": False})
    return 100 * written / len(received), len(received)


MESURER: Mapping[str, Callable[[Experimentation], tuple[float | None, int]]] = {
    rules.UTILITE: _usefulness,
    rules.MESSAGES: _messages,
}


def _measures(found: Experimentation) -> tuple[Mesuree, ...]:
    measured = []
    for kept in found.criteres:
        critere = Critere(kept["mesure"], kept["seuil"], kept["minimum"])
        how = rules.MESURES[critere.mesure]
        value, seen = MESURER[critere.mesure](found)
        said = rules.verdict(critere, value, seen)
        measured.append(Mesuree(critere, how.libelle, how.unite, how.hausse, value, seen, said))
    return tuple(measured)


def _view(found: Experimentation) -> Vue:
    feature = rules.FONCTIONS.get(found.fonction)
    return Vue(
        found,
        feature.libelle if feature else found.fonction,
        feature.perte if feature else "",
        feature.canal if feature else "",
        _measures(found),
        found.state == rules.OUVERTE and found.revue_date < clock.today(),
    )


def _criteres(said: inputs.Essai) -> tuple[Critere, ...]:
    """Those given, else those of the feature, with another threshold of usefulness when one was typed."""
    if said.criteres:
        return tuple(Critere(c.mesure, c.seuil, c.minimum) for c in said.criteres)
    planned, seuil = FONCTIONS[said.fonction].criteres, said.seuil_utilite
    if seuil is None:
        return planned
    return tuple(replace(c, seuil=seuil) if c.mesure == "utilite" else c for c in planned)


def _check_places(essai: Essai) -> None:
    """A préfecture or a title that nobody knows raises Refused by its own Motif."""
    for code in essai.prefectures:
        if code != rules.TOUT:
            cadre().catalogue.departement(code)
    for code in essai.titres:
        if code != rules.TOUT:
            cadre().catalogue.titre(code)


def _may_decide(who: Who) -> None:
    if who.kind != AGENT or not who.has(*OUVREURS):
        raise Refused(acces.ACCES_REFUSE)


def _line(state: str, motif: str, who: Who) -> dict[str, str]:
    return {"jour": clock.today().isoformat(), "state": state, "motif": motif.strip()[:2000], "par": who.subject}


def _fact(found: Experimentation, state: str, who: Who, motif: str) -> Fact:
    message = events_pb2.ExperimentationModifiee(
        experimentation_id=found.id,
        fonction=found.fonction,
        state=state,
        prefectures=found.prefectures,
        titres=found.titres,
        debut_date=found.debut_date.isoformat(),
    )
    return Fact("deposit.experimentation.modifiee", message, by=who.subject, private={"motif": motif.strip()[:2000]})
