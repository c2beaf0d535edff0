"""The rules of a préfecture: the only source of its ways; seeded, written in its console, published."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from chassis import clock, outbox
from chassis.mongo import collection_of, find
from chassis.outbox import Fact
from chassis.web.files import Stored
from chassis.web.who import Who
from droit.catalogue import ROOT, BadData
from droit.catalogue.lieu import Accessibilite
from droit.catalogue.prefecture import Prefecture, RouteLocale
from droit.decision import Genre, Motif, Refused
from prefecture import actions as shared
from prefecture import store
from prefecture.modalites import Modalites as Described
from sejour.substitution.v1 import events_pb2
from services.substitution import inputs
from services.substitution.actions.acces import require_act
from services.substitution.cadre import cadre
from services.substitution.rules import acces, reglages
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
EXEMPLE_EN_PRODUCTION = Motif(
    "EXEMPLE_EN_PRODUCTION",
    "regle-du-service",
    "Ces règles sont celles d’une préfecture d’exemple : leurs adresses sont inventées.",
    "Écrivez les vôtres et ôtez la ligne « exemple ».",
    Genre.INVALIDE,
)


@dataclass(frozen=True, kw_only=True)
class Modalites(Described):
    """The ways of a préfecture on a day, with the version they come from, empty where nothing is written yet."""

    regles: str
    depuis: date | None
    # The day on which the préfecture wrote them: past P-STALE its hours are shown no more.
    ecrit: date | None
    a_revoir: bool
    # The key and the name of the file of the arrêté, empty while nobody gave it.
    arrete_cle: str = ""
    arrete_nom: str = ""

    @property
    def acces_des_guichets(self) -> list[tuple[str, Accessibilite]]:
        """How each counter receives deaf people, blind people and those who move with difficulty (XCT-08)."""
        return [(lieu.nom, lieu.accessibilite) for lieu in self.prefecture.guichets] if self.prefecture else []

    @property
    def moyens(self) -> tuple[str, ...]:
        """Counter always; post and e-mail where open."""
        if self.prefecture is None:
            return voies_rules.open_moyens(poste=False, courriel=False)
        substitution = self.prefecture.substitution
        return voies_rules.open_moyens(
            poste=substitution.courrier.ouverte, courriel=substitution.courriel_depot.ouverte
        )


def modalites(code: str, day: date | None = None) -> Modalites:
    """The ways of a préfecture on a day (today): the last version begun. Without rules it still has a counter."""
    asked, frame = day or clock.today(), cadre()
    if code:
        frame.catalogue.departement(code)
    version = store.last_begun(ReglesPrefecture, code, asked)
    rules_of = shared.rules_in_force(ReglesPrefecture, code, asked, frame) if version else None
    published = version if rules_of else None
    written = date.fromisoformat(published["ecrit_date"]) if published else None
    stale = written is None or written + timedelta(days=frame.number("P-STALE", asked)) < asked
    ways = shared.describe(code, rules_of, frame, heures=not stale)
    return Modalites(
        code=code,
        nom=ways.nom,
        prefecture=rules_of,
        guichets=ways.guichets,
        autres=ways.autres,
        lieu=ways.lieu,
        fuseau=ways.fuseau,
        regles=published["regles"] if published else "",
        depuis=date.fromisoformat(published["depuis_date"]) if published else None,
        ecrit=written,
        a_revoir=stale,
        arrete_cle=published.get("arrete_cle", "") if published else "",
        arrete_nom=published.get("arrete_nom", "") if published else "",
    )


def first_rules(code: str) -> str:
    """What a préfecture that has written nothing yet begins with."""
    return json.dumps({"code": code, **reglages.CARRIED_OUT})


def departements() -> list[tuple[str, str]]:
    """Every département, for a list to choose from."""
    return [(d.code, f"{d.code} – {d.nom}") for d in cadre().catalogue.departements()]


def versions(code: str) -> list[dict[str, Any]]:
    """The versions of a préfecture, last effect first, at most fifty."""
    keys = {"depuis_date": 1, "ecrit_date": 1, "ecrit_par": 1}
    return list(collection_of(ReglesPrefecture).find({"prefecture": code}, keys).sort("depuis_date", -1).limit(50))


def freshness(who: Who) -> list[Modalites]:
    """The préfectures of this agent, those that must read their page again first (XCT-11)."""
    require_act(who, acces.LIRE)
    codes = [code for code, _ in departements() if "*" in who.prefectures or code in who.prefectures]
    found = [modalites(code) for code in codes]
    return sorted(found, key=lambda ways: (not ways.a_revoir, ways.ecrit or date.min, ways.code))


def write(code: str, typed: inputs.Regles, who: Who, *, request_id: str) -> ReglesPrefecture:
    """Validates and publishes the rules of a préfecture from a day on. Raises Refused naming each key at fault."""
    return _publish(code, _may_publish(code, typed, who), typed.depuis, by=who.subject, request_id=request_id)


def preview(code: str, typed: inputs.Regles, who: Who) -> Modalites:
    """What people would read under these rules; nothing is written. Raises Refused as `write` does."""
    values = _may_publish(code, typed, who)
    read = validate(code, values)
    now, ways = modalites(code), shared.describe(code, read, cadre())
    return replace(
        now,
        nom=read.nom,
        prefecture=read,
        guichets=ways.guichets,
        autres=ways.autres,
        lieu=ways.lieu,
        regles=json.dumps(values, ensure_ascii=False),
        depuis=typed.depuis,
        ecrit=clock.today(),
        a_revoir=False,
    )


def _may_publish(code: str, typed: inputs.Regles, who: Who) -> dict[str, Any]:
    require_act(who, acces.REGLER, code)
    values = parse(typed.regles)
    rules.may_take_effect(values, typed.depuis, clock.today()).or_refuse()
    return values | {"depuis": typed.depuis.isoformat()}


@outbox.retry_conflicts
def keep_arrete(code: str, file: Stored, who: Who, *, request_id: str) -> None:
    """The arrêté as a file that anybody may open: with the rules in force, and with those written for a later day."""
    require_act(who, acces.REGLER, code)
    today = clock.today()
    begun = modalites(code).depuis
    if begun is None:
        raise Refused(rules.REGLES_ABSENTES)
    for day in [begun.isoformat(), *(later["depuis_date"] for later in _to_come(code, today))]:
        regles = find(ReglesPrefecture, id=outbox.id_for(f"{code}:{day}", "regles"))
        if regles is not None and not outbox.already(regles, request_id):
            regles.arrete_cle, regles.arrete_nom = file.key, file.name
            outbox.update(regles, request_id=request_id)


def write_route(code: str, typed: inputs.RouteLocale, who: Who, *, request_id: str) -> ReglesPrefecture:
    """One route outside the téléservice, checked today by who writes it, or taken away: from today, on every screen,
    and in the rules already written for a later day.
    """
    require_act(who, acces.REGLER, code)
    ways, today = modalites(code), clock.today()
    if not ways.regles:
        raise Refused(rules.REGLES_ABSENTES)
    for later in _to_come(code, today):
        day = date.fromisoformat(later["depuis_date"])
        changed = _with_route(parse(later["regles"]), typed, today)
        written = date.fromisoformat(later["ecrit_date"])
        _publish(code, changed, day, by=who.subject, request_id=f"{request_id}:{day.isoformat()}", relu=written)
    values = _with_route(parse(ways.regles), typed, today) | {"depuis": today.isoformat()}
    # Nobody read the hours again: they grow old from the day on which they were written.
    return _publish(code, values, today, by=who.subject, request_id=request_id, relu=ways.ecrit)


def _with_route(values: dict[str, Any], typed: inputs.RouteLocale, today: date) -> dict[str, Any]:
    asked = typed.demarche.partition(":")[2] or typed.demarche
    kept = [route for route in values.get("demarches", []) if route["code"] != asked]
    if typed.texte:
        kept.append({"code": asked, "texte": typed.texte, "vu_le": today.isoformat()})
    changed = values | {"demarches": kept}
    rules.refuses_platform(changed).or_refuse()
    return changed


def _to_come(code: str, today: date) -> list[dict[str, Any]]:
    later = {"prefecture": code, "depuis_date": {"$gt": today.isoformat()}}
    return list(collection_of(ReglesPrefecture).find(later, {"depuis_date": 1, "ecrit_date": 1, "regles": 1}).limit(50))


def routes(ways: Modalites) -> list[RouteLocale]:
    """The routes of a préfecture that somebody checked lately."""
    today = clock.today()
    return list(ways.prefecture.routes(today, cadre().number("P-STALE", today))) if ways.prefecture else []


def parse(texte: str) -> dict[str, Any]:
    """The rules as JSON. Raises Refused(REGLES_INVALIDES) for anything that is not an object."""
    try:
        values = json.loads(texte)
    except ValueError:
        raise Refused(rules.REGLES_INVALIDES, champ="regles") from None
    if not isinstance(values, dict):
        raise Refused(rules.REGLES_INVALIDES, champ="regles")
    return values


def fields_of(texte: str) -> dict[str, Any]:
    """What each field of the console shows of rules written as a file. Raises Refused as `parse` does."""
    return reglages.to_fields(parse(texte))


def validate(code: str, values: dict[str, Any]) -> Prefecture:
    """The rules as droit reads them: too few vectors, a missing counter or an unknown key are refused by name."""
    try:
        prefecture = cadre().catalogue.prefecture_from_json(json.dumps(values))
    except BadData as error:
        faults = [{"cle": f.key, "faute": f.why, "champ": reglages.field_of(f.key)} for f in error.faults]
        raise Refused(rules.REGLES_INVALIDES, champ="regles", details={"fautes": faults}) from error
    if prefecture.code != code:
        raise Refused(CODE_AUTRE, champ="code")
    catalogue = cadre().catalogue
    known = {titre.code for titre in catalogue.titres()} | {demarche.code for demarche in catalogue.demarches()}
    if not {route.code for route in prefecture.demarches} <= known:
        raise Refused(rules.DEMARCHE_INCONNUE, champ="demarche")
    if prefecture.exemple and cadre().production:
        raise Refused(EXEMPLE_EN_PRODUCTION, champ="exemple")
    return prefecture


def seed() -> int:
    """Writes the samples once, in development only; what a console has written is never touched. Returns how many."""
    written = 0
    for prefecture in shared.shipped(cadre()):
        values = tomllib.loads((ROOT / "prefectures" / f"{prefecture.code.lower()}.toml").read_text("utf-8"))
        values = json.loads(json.dumps(values, default=str))
        if ReglesPrefecture.objects(prefecture=prefecture.code).first() is None:
            _publish(prefecture.code, values, prefecture.depuis, by="systeme", request_id=f"seed:{prefecture.code}")
            written += 1
    return written


@outbox.retry_conflicts
def _publish(
    code: str, values: dict[str, Any], depuis: date, *, by: str, request_id: str, relu: date | None = None
) -> ReglesPrefecture:
    """One version per day of effect: written again on its own day before it has begun to bind, it replaces itself.

    `relu`: the day on which the whole was read again, when that is not today.
    """
    by_mail = validate(code, values).substitution.courriel_depot
    adresse = by_mail.adresse.strip().lower() if by_mail.ouverte else ""
    texte = json.dumps(values, ensure_ascii=False, sort_keys=True)
    fact = Fact(
        "substitution.prefecture.modifiee",
        events_pb2.PrefectureModifiee(prefecture=code, depuis_date=depuis.isoformat(), regles_json=texte),
        by=by,
    )
    identifier = outbox.id_for(f"{code}:{depuis.isoformat()}", "regles")
    regles = find(ReglesPrefecture, id=identifier)
    ecrit = relu or clock.today()
    if regles is None:
        before = store.last_begun(ReglesPrefecture, code, depuis) or {}
        fresh = ReglesPrefecture(
            id=identifier,
            parcours_id=f"prefecture:{code}",
            prefecture=code,
            depuis_date=depuis,
            ecrit_date=ecrit,
            ecrit_par=by,
            regles=texte,
            adresse_depot=adresse,
            arrete_cle=before.get("arrete_cle", ""),
            arrete_nom=before.get("arrete_nom", ""),
        )
        return outbox.insert(fresh, fact, request_id=request_id)
    if outbox.already(regles, request_id):
        return regles
    regles.regles, regles.ecrit_date, regles.ecrit_par, regles.adresse_depot = texte, ecrit, by, adresse
    return outbox.update(regles, fact, request_id=request_id)


def may_write(code: str, who: Who) -> None:
    """Raises Refused unless this agent may change the rules of this préfecture."""
    cadre().catalogue.departement(code)
    require_act(who, acces.REGLER, code)
