"""An e-mail address or a mobile number is hers once a code sent there came back; until then nothing else goes there.

Whoever opens an account learns nothing of another's: an address that is already somebody's is set apart in the same
words, and its holder alone is told, at her own ways.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from chassis import clock, messages, mongo, outbox
from chassis.outbox import Entry
from chassis.web.who import Who
from droit.decision import Genre, Motif, Refused
from personne import joindre
from personne.reference import new_code
from sejour.contact.v1 import contact_pb2
from services.deposit.cadre import cadre
from services.deposit.compte import inputs
from services.deposit.compte.actions import comptes, identites, preuve
from services.deposit.compte.actions.comptes import Identite
from services.deposit.dossier.actions.acces import access_usager
from services.deposit.dossier.rules import acces
from services.deposit.dossier.store.usager import Usager

COURRIEL, SMS = "COURRIEL", "SMS"
CANAUX: Mapping[str, contact_pb2.Canal.ValueType] = {
    COURRIEL: contact_pb2.CANAL_COURRIEL,
    SMS: contact_pb2.CANAL_SMS,
}
# What follows the identifier of a person whose ways have just changed.
AVANT = "-avant"
# A mailbox is read when one has a network and somebody who helps.
VALABLE = timedelta(days=7)

CODE_DE_CONFIRMATION_REFUSE = Motif(
    "CODE_DE_CONFIRMATION_REFUSE",
    "regle-du-service",
    "Ce code n’est pas celui qui a été envoyé, ou il est trop ancien.",
    "Recopiez celui du dernier message, ou demandez-en un autre. Vos démarches n’attendent pas ce code.",
    Genre.INVALIDE,
)
MOYEN_PRIS = Motif(
    "MOYEN_PRIS",
    "ddd-2024-12-11",
    "Cette adresse est déjà celle d’un autre compte.",
    "Cet autre compte est à vous ? Demandez un nouveau mot de passe. Sinon un agent vous donne cette adresse, "
    "au centre de contact ou dans un point d’accueil.",
    Genre.CONFLIT,
)


def open_online(identite: Identite, password: str, *, request_id: str) -> Usager:
    """An account that a person opens by herself: the e-mail and the mobile number that she types wait for a code.

    Raises Refused as `comptes.open_account`; an e-mail that another account has changes nothing of the answer. Whose
    e-mail or number it is learns that somebody gave it.
    """
    courriel = joindre.read_courriel(identite.courriel).lower()
    telephone = joindre.read_telephone(identite.telephone, identite.prefecture)
    typed = {COURRIEL: courriel, SMS: telephone if joindre.is_mobile(telephone) else ""}
    waiting = {voie: value for voie, value in typed.items() if value}
    # A landline gets no message: it is an agent who calls, and asks who answers.
    kept = replace(identite, courriel="", telephone="" if typed[SMS] else telephone)
    try:
        usager = comptes.open_account(kept, password, request_id=request_id, also=partial(_set_apart, waiting))
    except Refused as refused:
        if refused.motif is comptes.COMPTE_EXISTANT:
            holder = comptes.with_number(identite.numero_etranger)
            comptes.tell_holder(holder, "", "numero_deja", request_id=f"{request_id}:numero")
        raise
    if COURRIEL in waiting:
        _tell_holder(courriel, usager.id, request_id=f"{request_id}:deja")
    return usager


def change_contacts(usager: Usager, values: Mapping[str, Any], who: Who, *, request_id: str) -> Usager:
    """How she is reached changes at once, but for another mobile number: the one before serves until its code is back.

    A number that is taken away, or makes room for a landline, is told to who had it.
    """
    changed = dict(values)
    also: Callable[[Usager], tuple[Entry, ...]] = _nothing
    if "telephone" in changed:
        numero = joindre.read_telephone(changed["telephone"], changed.get("prefecture") or usager.prefecture or "")
        if joindre.is_mobile(numero) and numero != usager.telephone:
            del changed["telephone"]
            also = partial(_set_number_apart, numero)
        else:
            also = partial(_drop_waiting_number, before=_as_before(usager) if numero != usager.telephone else None)
    return comptes.change_contacts(usager.id, by=who.subject, request_id=request_id, also=also, **changed)


def told_last(usager: Usager) -> str:
    """The number that she gave last, whether its code came back or not."""
    return usager.a_confirmer.get(SMS) or usager.telephone or ""


@outbox.retry_conflicts
def send_again(usager_id: str, said: inputs.VoieAConfirmer, who: Who, *, request_id: str) -> Usager:
    """Another code to the same address or number; the one before is void."""
    usager = access_usager(usager_id, who, acces.ACT)
    value = usager.a_confirmer.get(said.voie, "")
    if outbox.already(usager, request_id) or not value:
        return usager
    sent = _ask(usager, said.voie, value, usager.version + 1)
    done = outbox.update(usager, *sent, request_id=request_id)
    if said.voie == COURRIEL:
        _tell_holder(value, usager.id, request_id=f"{request_id}:deja")
    return done


@outbox.retry_conflicts
def confirm(usager_id: str, said: inputs.Confirmation, who: Who, *, request_id: str) -> Usager:
    """The code came back: from now on she is reached there. Raises CODE_DE_CONFIRMATION_REFUSE or MOYEN_PRIS.

    One changed later is told to her as she was reached before.
    """
    usager = access_usager(usager_id, who, acces.ACT)
    if outbox.already(usager, request_id):
        return usager
    value, kept = usager.a_confirmer.get(said.voie, ""), usager.codes_confirmation.get(said.voie)
    right = kept is not None and hmac.compare_digest(kept["marque"], preuve.mark_of(said.code))
    if not value or kept is None or not right or kept["fin_time"] <= clock.now():
        raise Refused(CODE_DE_CONFIRMATION_REFUSE, champ="code")
    told = _tell_before(usager, _as_before(usager)) if kept.get("plus_tard") else ()
    forget(usager, said.voie)
    if said.voie == COURRIEL:
        usager.courriel = value
    else:
        before, usager.telephone = usager.telephone, value
        comptes.doubt_new_ways(usager, before, usager.adresse)
    usager.canaux = comptes.default_canaux(usager)
    try:
        return outbox.update(
            usager,
            identites.account_fact(usager, f"{said.voie}_CONFIRME", who.subject),
            comptes.contact(usager, usager.version + 1),
            *told,
            request_id=request_id,
        )
    except outbox.Duplicate as error:
        raise Refused(MOYEN_PRIS, champ="code") from error


def forget(usager: Usager, voie: str) -> None:
    """Nothing is waited for there any more."""
    usager.a_confirmer = {name: value for name, value in usager.a_confirmer.items() if name != voie}
    usager.codes_confirmation = {name: value for name, value in usager.codes_confirmation.items() if name != voie}


def contact_of(contact_id: str) -> contact_pb2.Contact | None:
    """The address that waits under this identifier, for notify when it lost it."""
    for voie in CANAUX:
        usager_id = contact_id.removesuffix(f"-{voie.lower()}")
        usager = mongo.find(Usager, id=usager_id) if usager_id != contact_id else None
        if usager is not None and voie in usager.a_confirmer:
            return _contact(usager, voie, usager.a_confirmer[voie], usager.version)
    return None


def _set_apart(waiting: Mapping[str, str], usager: Usager) -> tuple[Entry, ...]:
    return tuple(entry for voie, value in waiting.items() for entry in _ask(usager, voie, value, 1))


def _nothing(_usager: Usager) -> tuple[Entry, ...]:
    return ()


def _set_number_apart(numero: str, usager: Usager) -> tuple[Entry, ...]:
    """The number that she gives again while its code is under way is asked for no second time."""
    if usager.a_confirmer.get(SMS) == numero:
        return ()
    return _ask(usager, SMS, numero, usager.version + 1, later=True)


def _drop_waiting_number(usager: Usager, *, before: contact_pb2.Contact | None) -> tuple[Entry, ...]:
    forget(usager, SMS)
    return _tell_before(usager, before) if before else ()


def _as_before(usager: Usager) -> contact_pb2.Contact:
    """Her own ways as they are before the change, under a name that nothing else goes to."""
    written = {contact_pb2.CANAL_COURRIEL, contact_pb2.CANAL_SMS}.intersection(usager.canaux)
    safe = written.intersection(usager.canaux_confirmes) if usager.protege else written
    return contact_pb2.Contact(
        contact_id=f"{usager.id}{AVANT}",
        version=usager.version + 1,
        langue=usager.langue,
        canaux=[canal for canal in usager.canaux if canal in safe],
        courriel=usager.courriel or "",
        telephone=usager.telephone or "",
        protege=usager.protege,
        canaux_confirmes=[canal for canal in usager.canaux_confirmes if canal in safe],
    )


def _tell_before(usager: Usager, before: contact_pb2.Contact) -> tuple[Entry, ...]:
    """Who read her messages until now reads that it is over, and what to do if it is not she who did it."""
    if not before.canaux:
        return ()
    notice = messages.Notice(
        destinataire_id=before.contact_id,
        parcours_id=usager.parcours_id,
        modele="telephone_change",
        champs={"jour": clock.today().isoformat(), "lien": f"{cadre().settings.public_url}/deposit/usurpation"},
    )
    return messages.contact(before), messages.fact("deposit", notice)


def _ask(usager: Usager, voie: str, value: str, version: int, *, later: bool = False) -> tuple[Entry, ...]:
    """A new code, and what carries it there; nothing is sent to an address that is somebody's already.

    `later`: it is to replace what served until now.
    """
    code = new_code()
    later = later or bool(usager.codes_confirmation.get(voie, {}).get("plus_tard"))
    usager.a_confirmer = {**usager.a_confirmer, voie: value}
    kept = {"marque": preuve.mark_of(code), "fin_time": clock.now() + VALABLE, "plus_tard": later}
    usager.codes_confirmation = {**usager.codes_confirmation, voie: kept}
    if voie == COURRIEL and _account_with(value) is not None:
        usager.codes_confirmation[voie]["marque"] = preuve.mark_of(secrets.token_urlsafe(32))
        return ()
    notice = messages.Notice(
        destinataire_id=_contact_id(usager, voie),
        parcours_id=usager.parcours_id,
        modele="moyen_a_confirmer",
        champs={
            "code": messages.secret(cadre().settings, code),
            "lien": f"{cadre().settings.public_url}/deposit/compte/confirmer",
            "fin_date": (clock.today() + VALABLE).isoformat(),
        },
    )
    return messages.contact(_contact(usager, voie, value, version)), messages.fact("deposit", notice)


def _contact(usager: Usager, voie: str, value: str, version: int) -> contact_pb2.Contact:
    """Without her name: it goes to nobody before the address is known to be hers."""
    return contact_pb2.Contact(
        contact_id=_contact_id(usager, voie),
        version=version,
        langue=usager.langue,
        canaux=[CANAUX[voie]],
        courriel=value if voie == COURRIEL else "",
        telephone=value if voie == SMS else "",
    )


def _contact_id(usager: Usager, voie: str) -> str:
    return f"{usager.id}-{voie.lower()}"


def _account_with(courriel: str) -> Usager | None:
    return mongo.find(Usager, courriel=courriel)


def _tell_holder(courriel: str, giver_id: str, *, request_id: str) -> None:
    comptes.tell_holder(_account_with(courriel), giver_id, "compte_deja", request_id=request_id)
