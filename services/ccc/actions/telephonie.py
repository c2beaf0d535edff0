"""What the telephone system tells of a call, signed: it rings, is answered, passed on, given up, ended (CCC-20).

The wait of an answered call is counted from its first ring; who gave up made a vain attempt. The contract is in README.
"""

from __future__ import annotations

import hashlib
import hmac

from chassis import agents, clock, mongo, outbox
from droit.decision import Genre, Motif, Refused
from personne.joindre import read_telephone
from services.ccc import inputs
from services.ccc.actions import blocages
from services.ccc.cadre import cadre
from services.ccc.rules import etats
from services.ccc.store import Appel

SIGNATURE_REFUSEE = Motif(
    "SIGNATURE_REFUSEE",
    "regle-du-service",
    "Cet événement n’est pas signé par le standard téléphonique.",
    "Vérifiez le secret partagé (TELEPHONIE_SECRET) des deux côtés.",
    Genre.NON_AUTHENTIFIE,
)


def sign(secret: str, body: bytes) -> str:
    """What stands in `X-Signature` for this body."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def check_signature(body: bytes, signature: str) -> None:
    """Raises Refused unless the telephone system that shares our secret wrote this; without a secret nobody did."""
    secret = cadre().telephonie_secret
    if not secret or not hmac.compare_digest(sign(secret, body).encode(), signature.encode("utf-8", "replace")):
        raise Refused(SIGNATURE_REFUSEE)


@outbox.retry_conflicts
def receive(said: inputs.EvenementTelephonique) -> Appel:
    """One event of a call, in any order and however often it comes; the call is one document from ring to end."""
    appel = _call(said)
    request_id = f"{said.appel}:{said.evenement}:{said.instant.isoformat()}"
    if outbox.already(appel, request_id):
        return appel
    if said.evenement == etats.SONNE:
        appel.sonne_time = min(filter(None, (appel.sonne_time, said.instant)))
    elif said.evenement == etats.DECROCHE:
        appel.decroche_time = min(filter(None, (appel.decroche_time, said.instant)))
        blocages.resolve_vain(_number(said), by="systeme", request_id=f"{said.appel}:decroche")
    elif said.evenement == etats.ABANDONNE and appel.decroche_time is None:
        appel.resultat, appel.abandon_time = etats.ABANDONNE, said.instant
        blocages.record_vain(_number(said), "", [clock.today()], by="systeme", request_id=f"{said.appel}:vain")
    elif said.evenement == etats.TERMINE:
        appel.resultat = appel.resultat or etats.TRAITE
    if said.agent:
        found = mongo.find(agents.AGENTS["ccc"], login=said.agent)
        appel.agent_id = found.id if found is not None else appel.agent_id
    appel.attente_secondes = _wait(appel)
    return outbox.update(appel, request_id=request_id)


def _call(said: inputs.EvenementTelephonique) -> Appel:
    made = Appel(
        id=outbox.id_for(said.appel, "telephonie"),
        parcours_id=outbox.id_for(_number(said), "parcours"),
        sens=etats.ENTRANT,
        jour_date=clock.today(),
        time=said.instant,
    )
    return mongo.find(Appel, id=made.id) or outbox.insert(made)


def _number(said: inputs.EvenementTelephonique) -> str:
    return read_telephone(said.numero)


def _wait(appel: Appel) -> int:
    end = appel.decroche_time or appel.abandon_time
    if appel.sonne_time is None or end is None:
        return 0
    return max(0, int((end.replace(tzinfo=None) - appel.sonne_time.replace(tzinfo=None)).total_seconds()))
