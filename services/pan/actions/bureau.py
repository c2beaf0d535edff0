"""What a desk page needs beside the visits: places, the booking made for somebody, a line of the queue."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chassis.web.who import Who
from droit.decision import Refused
from personne import protegee
from prefecture.modalites import Modalites
from services.pan import inputs
from services.pan.actions import acces, agenda, depots, lieux, offre, referrals
from services.pan.actions.papiers import PAPIERS
from services.pan.cadre import cadre
from services.pan.rules import acces as rules
from services.pan.rules import agenda as agenda_rules
from services.pan.rules import depots as depot_rules
from services.pan.rules import visites as visit_rules
from services.pan.store import Depot, PersonneProtegee, PieceDeposee, RendezVous, Visite


def book(lieu_id: str, typed: inputs.PriseAuBureau, who: Who, *, request_id: str) -> RendezVous:
    """Books for somebody on the telephone or at the desk: the reference is told and printed (PAN-02)."""
    asked = offre.reservation(typed, typed.vecteur, typed.parcours_id)
    lieu = acces.access_lieu(lieu_id, who, rules.RESERVER)
    slot = _require_slot(asked.creneau_id, who)
    # The contact centre answers its own telephone; a desk books by the ways that the place announces (PAN-02).
    if slot is not None and not who.has("ccc"):
        announced = acces.find_lieu(str(slot["lieu_id"])).vecteurs
        agenda_rules.announces(announced, typed.vecteur).or_refuse()
    if asked.objet == agenda_rules.VICTIME:
        acces.require_act(who, rules.VICTIMES, lieu.prefecture)
    return offre.book(asked, by=who.subject, request_id=request_id)


def line(visite: Mapping[str, Any]) -> dict[str, Any]:
    """One line of the queue."""
    return {
        "id": visite["_id"],
        "nom": visite["nom"],
        "state": visite["state"],
        "numero_file": visite.get("numero_file", 0),
        "pourquoi": visite["pourquoi"],
        "arrivee_time": visite["arrivee_time"].isoformat(),
    }


def places(who: Who) -> list[dict[str, Any]]:
    """The places of this agent's préfectures, as the directory shows them."""
    return [lieux.public_view(place) for place in acces.lieux_of(who)]


def place(lieu_id: str, who: Who) -> dict[str, Any]:
    """One place, for an agent who may read there."""
    acces.access_lieu(lieu_id, who, rules.LIRE)
    return lieux.lieu_shown(lieu_id)


def may_close(who: Who) -> bool:
    """Whether this agent may close places at all: a link that would be refused is not shown."""
    return rules.may(who.roles, rules.FERMER, in_scope=True).accepted


def closable(lieu_id: str, who: Who) -> dict[str, Any]:
    """One place, for an agent who may close it."""
    acces.access_lieu(lieu_id, who, rules.FERMER)
    return lieux.lieu_shown(lieu_id)


def appointment(rendez_vous_id: str, who: Who) -> RendezVous:
    """An appointment, for an agent of the préfecture; a victim's appointment for trained agents alone."""
    found = acces.access_rendez_vous(rendez_vous_id, who, rules.RESERVER)
    if found.objet == agenda_rules.VICTIME:
        acces.require_act(who, rules.VICTIMES, found.prefecture)
    return found


def cancel(rendez_vous_id: str, who: Who, *, request_id: str) -> RendezVous:
    """Cancels for the person."""
    appointment(rendez_vous_id, who)
    return offre.cancel(rendez_vous_id, par="USAGER", by=who.subject, request_id=request_id)


def move(rendez_vous_id: str, creneau_id: str, who: Who, *, request_id: str) -> RendezVous:
    """Moves for the person, within the préfectures of the agent."""
    appointment(rendez_vous_id, who)
    _require_slot(creneau_id, who)
    return offre.move(rendez_vous_id, creneau_id, by=who.subject, vecteur=agenda_rules.ACCUEIL, request_id=request_id)


def ways_of(place: Mapping[str, Any], names: Mapping[str, str]) -> list[tuple[str, str]]:
    """The ways by which an agent books at a place, (code, name): those that it announces."""
    return [(code, name) for code, name in names.items() if agenda_rules.announces(place["vecteurs"], code).accepted]


def _require_slot(creneau_id: str, who: Who) -> dict[str, Any] | None:
    slot = agenda.find_slot(creneau_id)
    if slot is not None:
        acces.require_act(who, rules.RESERVER, str(slot["prefecture"]))
    return slot


def may_read_paper(numero: str, who: Who) -> None:
    """Raises Refused unless the paper is of a préfecture of this agent."""
    paper, _ = PAPIERS.find(numero)
    acces.require_act(who, rules.LIRE, paper.prefecture)


def visit(visite_id: str, who: Who) -> Visite:
    """A visit, for an agent of the préfecture; what may be shown of the person is decided elsewhere."""
    return acces.access_visite(visite_id, who, rules.LIRE)


def dossier(depot_id: str, who: Who) -> Depot:
    """A dossier, for a trained agent of the préfecture, while the identity is verified."""
    return acces.access_depot(depot_id, who)


def hides(depot: Depot, who: Who) -> bool:
    """Whether address and pieces are hidden: those of a protected person, but for who prepares them (DEP-08)."""
    preparing = depot.agent_id == who.id and depot.state == depot_rules.BROUILLON
    return not preparing and protegee.is_protected(PersonneProtegee, depot.usager_id)


def piece_of(depot_id: str, piece_id: str, who: Who) -> PieceDeposee:
    """A file of a dossier in reach. Raises Refused(CONTENU_MASQUE)."""
    depot = dossier(depot_id, who)
    if hides(depot, who):
        raise Refused(protegee.CONTENU_MASQUE)
    return depots.piece_in(depot, piece_id)


def to_complete(depot: Depot) -> tuple[str, ...]:
    """What the sources do not give for this title: printed as a demonstration value."""
    catalogue = cadre().catalogue
    entry = catalogue.titre(depot.titre_code) if depot.titre_code else catalogue.demarche(depot.demarche_code)
    return tuple(entry.a_completer)


def referrals_for(visite: Visite) -> tuple[str, ...]:
    """Where this person may be sent (PAN-08)."""
    return visit_rules.orientations(ccc_deja=referrals.ccc_used(visite))


def ways(visite: Visite) -> Modalites:
    """The ways of the préfecture of a visit."""
    return referrals.modalites(visite.prefecture)


ACTS = (
    rules.ACCUEILLIR,
    rules.VERIFIER,
    rules.AIDER,
    rules.QUALIFIER,
    rules.CONSTATER,
    rules.DEPOSER,
    rules.SAISIR,
    rules.REPARER,
    rules.PROMETTRE,
)


def allowed_acts(visite: Visite, who: Who) -> frozenset[str]:
    """The acts that this agent may do now on this visit: what the page shows as buttons."""
    in_scope = who.serves(visite.prefecture)
    return frozenset(
        act
        for act in ACTS
        if rules.may(who.roles, act, in_scope=in_scope).accepted
        and rules.may_touch_dossier(act, visite.identite).accepted
    )
