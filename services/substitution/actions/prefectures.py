"""The rules of a préfecture: the only source of its ways; seeded, written in its console, published."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from chassis import clock, outbox
from chassis.mongo import collection_of, find
from chassis.outbox import Fact
from chassis.web.who import Who
from droit.catalogue import ROOT, BadData
from droit.catalogue.lieu import Lieu, Mission
from droit.catalogue.prefecture import Prefecture
from droit.decision import Genre, Motif, Refused
from sejour.substitution.v1 import events_pb2
from services.substitution import inputs
from services.substitution.actions.acces import require_act
from services.substitution.cadre import cadre
from services.substitution.rules import acces
from services.substitution.rules import prefectures as rules
from services.substitution.rules import voies as voies_rules
from services.substitution.store import ReglesPrefecture

CODE_AUTRE = Motif(
    "CODE_AUTRE",
    "regle-du-service",
    "Le code écrit dans les règles n’est pas celui de cette préfecture.",
    "Gardez le code du département de la préfecture.",
    Genre.INVALIDE,
)


@dataclass(frozen=True)
class Modalites:
    """The ways of a préfecture on a day, with the version they come from; None where nothing is written yet."""

    code: str
    nom: str
    prefecture: Prefecture | None
    regles: str
    depuis: date | None
    a_revoir: bool

    @property
    def moyens(self) -> tuple[str, ...]:
        """Counter always; post and e-mail where open."""
        if self.prefecture is None:
            return voies_rules.offered(False, False)
        substitution = self.prefecture.substitution
        return voies_rules.offered(substitution.courrier.ouverte, substitution.courriel_depot.ouverte)

    @property
    def guichet(self) -> Lieu | None:
        """The first counter that takes dossiers."""
        lieux = self.prefecture.guichets if self.prefecture else ()
        return next((lieu for lieu in lieux if Mission.DEPOT in lieu.missions), None)

    @property
    def lieu(self) -> str:
        """Where to come, in words."""
        guichet = self.guichet
        if guichet is None:
            return f"Guichet des étrangers : {self.nom}"
        return f"{guichet.nom}, {guichet.adresse}, {guichet.code_postal} {guichet.ville}"

    def lines(self) -> list[str]:
        """The same, one text each, for messages."""
        return [f"{row['libelle']} : {row['texte']}" for row in self.ways()]

    def ways(self) -> list[dict[str, str]]:
        """Each way that needs no computer, with where and how, as papers and messages print them."""
        if self.prefecture is None:
            return [{"libelle": "Au guichet", "texte": self.lieu}]
        rules_of, rows = self.prefecture.substitution, [{"libelle": "Au guichet", "texte": self.lieu}]
        if rules_of.telephone:
            rows.append({"libelle": "Par téléphone, pour un rendez-vous", "texte": rules_of.telephone})
        if rules_of.courrier.ouverte:
            rows.append({"libelle": "Par la poste", "texte": rules_of.courrier.adresse})
        if rules_of.courriel_depot.ouverte:
            rows.append({"libelle": "Par e-mail", "texte": rules_of.courriel_depot.adresse})
        orientation = self.prefecture.orientation
        rows.append(
            {"libelle": "Si vous ne pouvez pas vous déplacer", "texte": f"Téléphonez au {orientation.telephone}"}
        )
        return rows


def modalites(code: str, day: date | None = None) -> Modalites:
    """The ways of a préfecture on a day (today): the last version begun. Without rules it still has a counter."""
    asked = day or clock.today()
    nom = _name(code)
    found = ReglesPrefecture.objects(prefecture=code, depuis_date__lte=asked).order_by("-depuis_date").first()
    if found is None:
        return Modalites(code, nom, None, "", None, a_revoir=True)
    prefecture = cadre().catalogue.prefecture_from_json(found.regles)
    stale = found.ecrit_date + timedelta(days=cadre().number("P-STALE", asked)) < asked
    return Modalites(code, prefecture.nom, prefecture, found.regles, found.depuis_date, a_revoir=stale)


def departements() -> list[tuple[str, str]]:
    """Every département, for a list to choose from."""
    return [(d.code, f"{d.code} – {d.nom}") for d in cadre().catalogue.departements()]


def versions(code: str) -> list[dict[str, Any]]:
    """The versions of a préfecture, last effect first, at most fifty."""
    keys = {"depuis_date": 1, "ecrit_date": 1, "ecrit_par": 1}
    return list(collection_of(ReglesPrefecture).find({"prefecture": code}, keys).sort("depuis_date", -1).limit(50))


def write(code: str, typed: inputs.Regles, who: Who, *, request_id: str) -> ReglesPrefecture:
    """Validates and publishes the rules of a préfecture from a day on. Raises Refused naming each key at fault."""
    require_act(who, acces.REGLER, code)
    values = parse(typed.regles)
    rules.may_take_effect(values, typed.depuis, clock.today()).or_refuse()
    values["depuis"] = typed.depuis.isoformat()
    return _publish(code, values, typed.depuis, by=who.subject, request_id=request_id)


def parse(texte: str) -> dict[str, Any]:
    """The rules as JSON. Raises Refused(REGLES_INVALIDES) for anything that is not an object."""
    try:
        values = json.loads(texte)
    except ValueError:
        raise Refused(rules.REGLES_INVALIDES, champ="regles") from None
    if not isinstance(values, dict):
        raise Refused(rules.REGLES_INVALIDES, champ="regles")
    return values


def validate(code: str, values: dict[str, Any]) -> Prefecture:
    """The rules as droit reads them: too few vectors, a missing counter or an unknown key are refused by name."""
    try:
        prefecture = cadre().catalogue.prefecture_from_json(json.dumps(values))
    except BadData as error:
        faults = [{"cle": fault.key, "faute": fault.why} for fault in error.faults]
        raise Refused(rules.REGLES_INVALIDES, champ="regles", details={"fautes": faults}) from error
    if prefecture.code != code:
        raise Refused(CODE_AUTRE, champ="code")
    return prefecture


def seed() -> int:
    """Writes the samples once, in development only; what a console has written is never touched. Returns how many."""
    written = 0
    for prefecture in cadre().catalogue.prefectures(exemples=not cadre().production):
        values = tomllib.loads((ROOT / "prefectures" / f"{prefecture.code.lower()}.toml").read_text("utf-8"))
        values = json.loads(json.dumps(values, default=str))
        if ReglesPrefecture.objects(prefecture=prefecture.code).first() is None:
            _publish(prefecture.code, values, prefecture.depuis, by="systeme", request_id=f"seed:{prefecture.code}")
            written += 1
    return written


@outbox.retry_conflicts
def _publish(code: str, values: dict[str, Any], depuis: date, *, by: str, request_id: str) -> ReglesPrefecture:
    """One version per day of effect: written again on its own day before it has begun to bind, it replaces itself."""
    validate(code, values)
    texte = json.dumps(values, ensure_ascii=False, sort_keys=True)
    fact = Fact(
        "substitution.prefecture.modifiee",
        events_pb2.PrefectureModifiee(prefecture=code, depuis_date=depuis.isoformat(), regles_json=texte),
        by=by,
    )
    identifier = outbox.id_for(f"{code}:{depuis.isoformat()}", "regles")
    known = find(ReglesPrefecture, id=identifier)
    today = clock.today()
    if known is None:
        fresh = ReglesPrefecture(
            id=identifier,
            parcours_id=f"prefecture:{code}",
            prefecture=code,
            depuis_date=depuis,
            ecrit_date=today,
            ecrit_par=by,
            regles=texte,
        )
        return outbox.insert(fresh, fact, request_id=request_id)
    if outbox.already(known, request_id):
        return known
    known.regles, known.ecrit_date, known.ecrit_par = texte, today, by
    return outbox.update(known, fact, request_id=request_id)


def _name(code: str) -> str:
    if not code:
        return "Préfecture du département où vous habitez"
    return f"Préfecture : {cadre().catalogue.departement(code).nom}"


def may_write(code: str, who: Who) -> None:
    """Raises Refused unless this agent may change the rules of this préfecture."""
    cadre().catalogue.departement(code)
    require_act(who, acces.REGLER, code)
