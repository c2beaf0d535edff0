"""The guarded accessors: no voie is read or changed by an agent, or shown to a person, but through one of them."""

from __future__ import annotations

from chassis.mongo import find
from chassis.web.who import AGENT, Who
from documents import numero as numeros
from droit.decision import Refused
from personne.nom import same_name
from personne.reference import read_reference
from services.substitution.rules import acces, guichet
from services.substitution.rules.voies import VOIE_INCONNUE
from services.substitution.store import Voie


def require_act(who: Who, act: str, prefecture: str = "") -> None:
    """Raises Refused unless this agent may do that in this préfecture; somewhere, when the act names none."""
    if who.kind != AGENT:
        raise Refused(acces.ACTE_NON_PERMIS)
    acces.may(who.roles, act, in_scope=not prefecture or who.serves(prefecture)).or_refuse()


def require_on(voie: Voie, who: Who, act: str) -> None:
    """Raises Refused unless this agent may do that on this voie, whose préfecture may be unknown yet."""
    require_act(who, act, voie.prefecture)
    if not voie.prefecture:
        acces.may_reach_unplaced(who.roles).or_refuse()


def access_voie(voie_id: str, who: Who, act: str) -> Voie:
    """The voie, when this agent may do `act` on it."""
    found = find(Voie, id=voie_id)
    if found is None:
        raise Refused(VOIE_INCONNUE)
    require_on(found, who, act)
    return found


def access_counter(voie_id: str, who: Who, act: str) -> Voie:
    """The voie of the person at the counter: her identity is checked first, and a failed check ends it."""
    voie = access_voie(voie_id, who, act)
    guichet.may_touch_dossier(voie.identite).or_refuse()
    return voie


def find_own(reference: str, nom: str) -> Voie:
    """The voie of a person without account: its reference or the number of a paper of it, and her name.

    A voie opened without a name is known to whoever holds its reference. The same refusal for a wrong name.
    """
    voie = by_reference(reference)
    if voie is None or (voie.nom and not same_name(voie.nom, nom)):
        raise Refused(VOIE_INCONNUE, champ="reference")
    return voie


def by_reference(typed: str) -> Voie | None:
    """The voie of a reference, of the reference of its blocage, or of the number or reference of one of its papers."""
    blocage = read_reference(typed, "B")
    found = (
        find(Voie, reference=read_reference(typed, "V"))
        or find(Voie, blocage_reference=blocage)
        or find(Voie, autres_references=blocage)
    )
    if found is not None:
        return found
    try:
        numero = numeros.parse_reference(typed)
    except Refused:
        return None
    return find(Voie, papiers__numero=numero)
