"""Measures divergence from the public figures, opens a support mission for each, and follows it (XCT-22)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from chassis import clock, mongo, outbox
from chassis.outbox import Fact
from chassis.web.who import Who
from droit.decision import Refused
from pilotage.actions import comptes
from pilotage.actions.tableau import VOIE, added
from sejour.deposit.v1 import events_pb2
from services.deposit.cadre import cadre
from services.deposit.dossier.rules import acces
from services.deposit.engagement import inputs
from services.deposit.engagement.rules import missions as rules
from services.deposit.engagement.rules.missions import ETATS, FOLLOWING, Ecart
from services.deposit.engagement.store.mission import Mission
from services.deposit.instruction.actions import indicateurs

SHOWN = 200
PROGRAMME = ("bureau_national",)
SITUATIONS = {"premiere": "première demande", "renouvellement": "renouvellement"}

__all__ = [
    "ETATS",
    "FOLLOWING",
    "PROGRAMME",
    "Mesure",
    "access",
    "decide",
    "every",
    "measure",
    "objet_in_words",
    "open_due",
]


@dataclass(frozen=True)
class Mesure:
    """The gaps of the last twelve months, and the two settings that they were measured with."""

    ecarts: list[Ecart]
    minimum: int
    seuil: int


def measure(day: date) -> Mesure:
    """Favourable ends among demandes decided or closed, by title and situation, each préfecture beside the others."""
    frame = cadre()
    minimum, seuil = frame.number("P-ECART-NOMBRE", day), frame.number("P-ECART", day)
    lignes = comptes.months(indicateurs.tableau(frame.catalogue))
    issues = [
        rules.Issues(ligne.prefecture, ligne.detail, ligne.nombre, int(ligne.somme))
        for ligne in added(lignes, "")
        if ligne.indicateur == indicateurs.ISSUES
    ]
    return Mesure(rules.compare(issues, minimum, seuil), minimum, seuil)


def open_due() -> int:
    """Opens a mission for each gap that has none open; 0: the worker then waits."""
    today = clock.today()
    for gap in measure(today).ecarts:
        if gap.diverge:
            _open(gap, today)
    return 0


def every() -> list[Mission]:
    """The missions, the latest first."""
    return list(Mission.objects.order_by("-ouverte_date").limit(SHOWN))


def access(mission_id: str, who: Who) -> Mission:
    """One mission, for the national desk. Raises Refused."""
    if not who.has(*PROGRAMME):
        raise Refused(acces.ACCES_REFUSE)
    found = mongo.find(Mission, id=mission_id)
    if found is None:
        raise Refused(rules.MISSION_INCONNUE)
    return found


@outbox.retry_conflicts
def decide(mission_id: str, said: inputs.SuiteDeMission, who: Who, *, request_id: str) -> Mission:
    """The next step of a mission, with why it is taken or what was seen there."""
    mission, today = access(mission_id, who), clock.today()
    if outbox.already(mission, request_id):
        return mission
    rules.may_become(mission.state, said.state, said.mot).or_refuse()
    mission.state = said.state
    mission.journal = [*mission.journal, _line(today, said.state, said.mot, who.subject)]
    if said.state not in rules.OPEN_STATES:
        mission.cle_ouverte = ""
    return outbox.update(mission, _fact(mission, who.subject), request_id=request_id)


def objet_in_words(objet: str) -> str:
    """« Étudiant, renouvellement », from the codes."""
    code, _, situation = objet.partition(VOIE)
    names = indicateurs.tableau(cadre().catalogue).demarches
    return f"{names.get(code, code)}, {SITUATIONS.get(situation, situation)}"


def _open(gap: Ecart, today: date) -> None:
    key = f"{gap.prefecture}:{gap.objet}"
    if mongo.find(Mission, cle_ouverte=key) is not None:
        return
    identifier = outbox.id_for(f"{key}:{today.isoformat()}", "mission")
    mission = Mission(
        id=identifier,
        parcours_id=identifier,
        prefecture=gap.prefecture,
        objet=gap.objet,
        nombre=gap.nombre,
        part=round(gap.part, 1),
        part_ailleurs=round(gap.part_ailleurs, 1),
        ouverte_date=today,
        state=rules.PROPOSEE,
        journal=[_line(today, rules.PROPOSEE, "", "systeme")],
        cle_ouverte=key,
    )
    try:
        outbox.insert(mission, _fact(mission, "systeme"))
    except outbox.Duplicate:
        # Another worker opened it at the same moment.
        return


def _line(day: date, state: str, mot: str, par: str) -> dict[str, str]:
    return {"jour": day.isoformat(), "state": state, "mot": mot, "par": par}


def _fact(mission: Mission, by: str) -> Fact:
    message = events_pb2.MissionModifiee(mission_id=mission.id, prefecture=mission.prefecture, state=mission.state)
    return Fact("deposit.mission.modifiee", message, by=by)
