"""That the holder herself is there: asked for again before an act that an open session must not do (DEP-07, DEP-08)."""

from __future__ import annotations

from chassis import agents
from chassis.web.who import USAGER, Who
from droit.decision import Genre, Motif, Refused
from services.deposit.compte import inputs
from services.deposit.compte.actions import comptes, facteur
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
    usager = access_usager(who.id, who, acces.ACT)
    if usager.password_hash or usager.facteur:
        prove(usager.id, said.preuve, who, request_id=f"{request_id}:preuve")
    return comptes.replace_password(usager.id, said.password, who.subject, request_id)


def give_up_factor(said: inputs.Presence, who: Who, *, request_id: str) -> Usager:
    """No second factor any more, on a code of it or of the sheet."""
    prove(who.id, said.preuve, who, request_id=f"{request_id}:preuve")
    return facteur.give_up(who.id, who, request_id=request_id)


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
