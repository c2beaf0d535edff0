"""That the holder herself is there: asked for again before an act that an open session must not do (DEP-07, DEP-08)."""

from __future__ import annotations

from typing import Any

from chassis import agents
from chassis.web.who import USAGER, Who
from droit.decision import Genre, Motif, Refused
from services.deposit.compte import inputs
from services.deposit.compte.actions import comptes, facteur, liaisons, preuve
from services.deposit.dossier.actions.acces import access_usager
from services.deposit.dossier.rules import acces
from services.deposit.dossier.store.usager import Usager

PREUVE_EXIGEE = Motif(
    "PREUVE_EXIGEE",
    "ddd-2024-12-11",
    "Nous devons être sûrs que c’est bien vous : ce n’est ni le bon mot de passe, ni un de vos codes.",
    "Recommencez. Sans mot de passe ni code, un agent de la préfecture vérifie votre identité et le fait avec vous.",
    Genre.INVALIDE,
)


def change_password(said: inputs.MotDePasseChange, who: Who, *, request_id: str) -> Usager:
    """Another password on a proof that it is she; every session ends. Who has none yet chooses her first."""
    prove_if_asked(said, who, request_id=request_id)
    return comptes.replace_password(who.id, said.password, who.subject, request_id)


def give_codes(said: inputs.Presence, who: Who, *, request_id: str) -> list[str]:
    """A sheet of codes: each of them proves later that it is she, so that a proof is asked for before it is given."""
    prove_if_asked(said, who, request_id=request_id)
    return preuve.give_codes(who.id, who, request_id=request_id)


def begin_factor(choice: str, said: inputs.Presence, who: Who, *, request_id: str) -> dict[str, Any]:
    """What a second factor begins with, for its page: the key, the sheet, or a first code that is sent."""
    prove_if_asked(said, who, request_id=request_id)
    if choice == facteur.APPLICATION:
        cle, adresse = facteur.propose_application(who.id, who, request_id=request_id)
        return {"cle": cle, "adresse": adresse}
    if choice == facteur.PAPIER:
        return {"codes": preuve.give_codes(who.id, who, request_id=request_id, count=facteur.FEUILLE)}
    facteur.send_code(who.id, request_id=request_id)
    return {}


def unlink_provider(said: inputs.Presence, who: Who, *, request_id: str) -> Usager:
    """The identity provider opens the account no more; the way that is left is proved first."""
    prove_if_asked(said, who, request_id=request_id)
    return liaisons.unlink(who.id, who, request_id=request_id)


def give_up_factor(said: inputs.Presence, who: Who, *, request_id: str) -> Usager:
    """No second factor any more, on a code of it or of the sheet."""
    prove(who.id, said.preuve, who, request_id=f"{request_id}:preuve")
    return facteur.give_up(who.id, who, request_id=request_id)


def is_asked(usager: Usager) -> bool:
    """Whether she has what a proof is given by: who came by an identity provider alone chooses her first without."""
    return bool(usager.password_hash or usager.facteur)


def prove_if_asked(said: inputs.Presence, who: Who, *, request_id: str) -> None:
    """A proof before a way in is added, changed or given up. Raises Refused(PREUVE_EXIGEE)."""
    if is_asked(access_usager(who.id, who, acces.ACT)):
        prove(who.id, said.preuve, who, request_id=f"{request_id}:preuve")


def prove(usager_id: str, preuve: str, who: Who, *, request_id: str) -> None:
    """Her password now, or the code of a second factor that she chose; no helper stands for her.

    Where she chose a second factor, the password alone is what somebody near her may know; a code by message is sent
    at a sign-in alone, so that her password does. Raises Refused(PREUVE_EXIGEE).
    """
    if who.kind != USAGER:
        raise Refused(acces.ACCES_REFUSE)
    usager = access_usager(usager_id, who, acces.ACT)
    if facteur.by_message(usager) and agents.password_matches(usager.password_hash, preuve):
        return
    try:
        facteur.verify(usager_id, preuve, request_id=request_id)
    except Refused:
        raise Refused(PREUVE_EXIGEE, champ="preuve") from None
