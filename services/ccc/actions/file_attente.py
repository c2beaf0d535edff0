"""What desks read: the queue in its order, a thread, the national figures. Bounded pages, each on its index."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from chassis import clock, trials
from chassis.mongo import collection_of
from chassis.trials import Count
from chassis.web.who import Who
from personne.nom import same_name
from services.ccc.actions import acces
from services.ccc.rules import acces as acces_rules
from services.ccc.rules import etats
from services.ccc.store import Appel, Message, Saisine

PAGE, THREAD_MAX, FIGURES_DAYS = 30, 200, 30
FIRST = "1"
# A feature that is tried, under the code of its experiment.
QUESTIONS_AVANT = "questions-avant-la-mienne"
_LINE = {
    "reference": 1, "categorie": 1, "canal": 1, "state": 1, "niveau": 1, "prefecture": 1, "precis": 1, "tri": 1,
    "fin_droit_date": 1, "ouverture_date": 1, "anomalie_code": 1, "symptome": 1, "relances": 1, "due_dates": 1,
    "papiers.numero": 1, "leve": 1, "refus_date": 1,
}  # fmt: skip


@dataclass(frozen=True)
class Ligne:
    """One line of the queue; `raison` says why it stands where it does."""

    id: str
    reference: str
    libelle: str
    canal: str
    state: str
    precis: str
    raison: str
    prefecture: str
    anomalie_code: str


@dataclass(frozen=True)
class Page:
    """A page of the queue; `suite` is where the next one begins, empty at the end."""

    lignes: list[Ligne]
    suite: str


def queue(who: Who, state: str, after: str = "", niveau: str = "") -> Page:
    """The nearest end of a right first, then the higher level, then the oldest; an agent sees her préfectures only.

    The centre's agents treat the first level; what was not solved is their supervisors', who see both (`niveau` "1",
    "2" or all).
    """
    acces.require_act(who, acces_rules.LIRE)
    criteria: dict[str, Any] = {"state": state if state in etats.ETATS else etats.OUVERTE}
    centre = bool(who.roles & acces_rules.CENTRE_ROLES)
    if not (centre and "*" in who.prefectures):
        # The centre also serves those who have not said where they live.
        mine = [*sorted(who.prefectures), *([""] if centre else [])]
        criteria |= {} if "*" in who.prefectures else {"prefecture": {"$in": mine}}
        if not centre:
            criteria |= {"objection": False, "prefecture": criteria.get("prefecture", {"$gt": ""})}
    if centre and not sees_both_levels(who):
        niveau = FIRST
    if niveau:
        criteria["niveau"] = 1 if niveau == FIRST else {"$in": list(range(2, etats.NIVEAU_MAX + 1))}
    if after:
        criteria["tri"] = {"$gt": after}
    today = clock.today()
    found = list(collection_of(Saisine).find(criteria, _LINE).sort("tri", 1).limit(PAGE + 1))
    suite = found[PAGE - 1]["tri"] if len(found) > PAGE else ""
    return Page([_ligne(line, today) for line in found[:PAGE]], suite)


def attestation_day(due_dates: Iterable[Mapping[str, Any]]) -> date | None:
    """The day by which the system attests, where it will."""
    found = next((each["date"] for each in due_dates if each["kind"] == "attestation"), "")
    return date.fromisoformat(found) if found else None


def sees_both_levels(who: Who) -> bool:
    """Whether this agent treats what was not solved too."""
    return acces_rules.SUPERVISEUR in who.roles


def before(saisine: Saisine) -> Count | None:
    """How many open tickets the queue puts before this one; None once it is answered, or where that is not said."""
    if saisine.state != etats.OUVERTE:
        return None
    essai = trials.running("ccc", QUESTIONS_AVANT, (saisine.prefecture,), (saisine.titre_code,), clock.today())
    if essai is None:
        return None
    first = {"state": etats.OUVERTE, "tri": {"$lt": saisine.tri}}
    return trials.count(essai, Saisine, first)


def thread(saisine_id: str) -> list[Message]:
    """The messages of a ticket, oldest first."""
    return list(Message.objects(saisine_id=saisine_id).order_by("time").limit(THREAD_MAX))


def of_parcours(parcours_id: str) -> list[Saisine]:
    """The tickets of a parcours, most recent first, at most fifty."""
    found = list(Saisine.objects(parcours_id=parcours_id).limit(50))
    return sorted(found, key=lambda saisine: saisine.ouverture_time, reverse=True)


def of_person(nom: str, naissance_date: str) -> list[Saisine]:
    """The tickets of who has this name and birth, whatever capitals and accents, at most fifty."""
    if not (nom and naissance_date):
        return []
    born = Saisine.objects(naissance_date=naissance_date).order_by("-ouverture_time").limit(PAGE)
    return [saisine for saisine in born if same_name(saisine.nom, nom)]


def figures(who: Who) -> dict[str, Any]:
    """The last thirty days: topics, channels, delays to first answer and to solution, wait and abandonment (CCC-20)."""
    acces.require_act(who, acces_rules.CHIFFRES)
    return public_figures()


def public_figures(du: date | None = None, au: date | None = None) -> dict[str, Any]:
    """The same between two days, the last thirty unless said, without anybody's name: they are public."""
    until = au or clock.today()
    # Thirty days before the first day of the calendar do not exist.
    since = du or date.fromordinal(max(1, until.toordinal() - FIGURES_DAYS))
    days = {"$gte": since.isoformat(), "$lte": until.isoformat()}
    tickets = list(
        collection_of(Saisine).aggregate(
            [
                {"$match": {"ouverture_date": days}},
                {
                    "$group": {
                        "_id": {
                            "jour": "$ouverture_date",
                            "categorie": "$categorie",
                            "canal": "$canal",
                            "issue": "$issue",
                        },
                        "nombre": {"$sum": 1},
                        "reponse": {"$sum": "$reponse_jours"},
                        "repondues": {"$sum": {"$cond": [{"$gte": ["$reponse_jours", 0]}, 1, 0]}},
                        "fin": {"$sum": "$fin_jours"},
                        "finies": {"$sum": {"$cond": [{"$gte": ["$fin_jours", 0]}, 1, 0]}},
                    }
                },
            ]
        )
    )
    return {"du": since, "au": until, **_tickets(tickets, since, until), **_calls(days)}


def _tickets(groups: Sequence[Mapping[str, Any]], since: date, until: date) -> dict[str, Any]:
    total = sum(group["nombre"] for group in groups)
    span = [since + timedelta(days=number) for number in range((until - since).days + 1)]
    answered, ended = sum(g["repondues"] for g in groups), sum(g["finies"] for g in groups)
    return {
        "total": total,
        "categories": {c: sum(g["nombre"] for g in groups if g["_id"]["categorie"] == c) for c in etats.CATEGORIES},
        "canaux": {c: sum(g["nombre"] for g in groups if g["_id"]["canal"] == c) for c in etats.CANAUX},
        "par_jour": [(day, sum(g["nombre"] for g in groups if g["_id"]["jour"] == day.isoformat())) for day in span],
        "repondues": answered,
        "reponse_jours": sum(g["reponse"] for g in groups) / answered if answered else None,
        "terminees": ended,
        "issues": {i: sum(g["finies"] for g in groups if g["_id"].get("issue") == i) for i in etats.ISSUES},
        "solution_jours": sum(g["fin"] for g in groups) / ended if ended else None,
        "delais": {c: _delays([g for g in groups if g["_id"]["categorie"] == c]) for c in etats.CATEGORIES},
    }


def _delays(groups: Sequence[Mapping[str, Any]]) -> dict[str, float | None]:
    """Days to the first answer and to the solution, on average, of one topic."""
    answered, ended = sum(g["repondues"] for g in groups), sum(g["finies"] for g in groups)
    return {
        "reponse_jours": sum(g["reponse"] for g in groups) / answered if answered else None,
        "solution_jours": sum(g["fin"] for g in groups) / ended if ended else None,
    }


def by_agent(who: Who) -> list[tuple[str, int, int]]:
    """Of each téléconseiller over the last days: messages sent, calls taken; for who reads the figures."""
    acces.require_act(who, acces_rules.CHIFFRES)
    until = clock.today()
    days = {"$gte": (until - timedelta(days=FIGURES_DAYS)).isoformat(), "$lte": until.isoformat()}
    wrote, called = (
        collection_of(kept).aggregate(
            [{"$match": {"jour_date": days, name: {"$gt": ""}}}, {"$group": {"_id": f"${name}", "nombre": {"$sum": 1}}}]
        )
        for kept, name in ((Message, "par"), (Appel, "agent_id"))
    )
    messages, calls = ({row["_id"]: row["nombre"] for row in rows} for rows in (wrote, called))
    return [(agent, messages.get(agent, 0), calls.get(agent, 0)) for agent in sorted({*messages, *calls})]


def _calls(days: dict[str, str]) -> dict[str, Any]:
    groups = list(
        collection_of(Appel).aggregate(
            [
                {"$match": {"jour_date": days, "sens": etats.ENTRANT}},
                {
                    "$group": {
                        "_id": "$resultat",
                        "nombre": {"$sum": 1},
                        "repondus": {"$sum": {"$cond": [{"$gt": ["$decroche_time", None]}, 1, 0]}},
                        "attente": {"$sum": {"$cond": [{"$gt": ["$decroche_time", None]}, "$attente_secondes", 0]}},
                    }
                },
            ]
        )
    )
    total = sum(group["nombre"] for group in groups)
    lost = sum(group["nombre"] for group in groups if group["_id"] == etats.ABANDONNE)
    wait, answered = (sum(group[name] for group in groups) for name in ("attente", "repondus"))
    return {
        "appels": total,
        "appels_abandonnes": lost,
        "appels_repondus": answered,
        "part_abandonnee": lost / total if total else None,
        # Of those that somebody answered, from the first ring.
        "attente_secondes": wait / answered if answered else None,
    }


def _ligne(line: Mapping[str, Any], today: date) -> Ligne:
    return Ligne(
        id=line["_id"],
        reference=line["reference"],
        libelle=etats.CATEGORIES[line["categorie"]],
        canal=etats.CANAUX.get(line["canal"], line["canal"]),
        state=etats.ETATS[line["state"]],
        precis=line["precis"][:160],
        raison=_raison(line, today),
        prefecture=line.get("prefecture", ""),
        anomalie_code=line.get("anomalie_code", ""),
    )


def _raison(line: Mapping[str, Any], today: date) -> str:
    """Why this ticket has this place in the queue, in one sentence."""
    since = (today - date.fromisoformat(line["ouverture_date"])).days
    parts = []
    if line.get("fin_droit_date"):
        left = (date.fromisoformat(line["fin_droit_date"]) - today).days
        parts.append(f"droit qui se termine dans {left} jours" if left >= 0 else f"droit terminé depuis {-left} jours")
    if line["canal"] == etats.AUTRE_CANAL:
        parts.append("un agent attend avec la personne, à traiter d’abord")
    if line["niveau"] > 1:
        parts.append(f"niveau {line['niveau']}")
    if attested := attestation_day(line.get("due_dates", ())):
        left = (attested - today).days
        parts.append(f"attestation automatique dans {left} jours" if left > 0 else "attestation due aujourd’hui")
    if line.get("refus_date"):
        refused = (today - date.fromisoformat(line["refus_date"])).days
        parts.append("acte refusé aujourd’hui, à reprendre" if not refused else f"acte refusé depuis {refused} jours")
    if line.get("relances"):
        parts.append(f"{len(line['relances'])} relances sans réponse")
    parts.append("ouverte aujourd’hui" if since == 0 else f"ouverte depuis {since} jours")
    return ", ".join(parts)
