"""« Ce compte n'est pas de moi »: the disputed account is frozen on the word of who claims it; her day protects her.

Whoever claims learns nothing: the answer is the same whether an account exists or not (DEP-03, DEP-06). By whatever
channel she says it, the same claim is kept, with its day.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from blocage.actions import Constat
from chassis import clock, mongo, outbox
from chassis.mongo import collection_of
from chassis.outbox import Entry
from chassis.web.who import NOBODY
from droit.decision import Genre, Motif, Refused
from personne import joindre
from personne.nom import same_birth, says_all
from sejour.blocage.v1 import blocage_pb2
from sejour.deposit.v1 import events_pb2
from services.deposit.blocage.actions import blocages, declaration
from services.deposit.cadre import cadre
from services.deposit.compte import inputs
from services.deposit.compte.actions import (
    comptes,
    facteur,
    identites,
    mandats_finis,
    rapprochement,
    reconnaissance,
    recuperation,
    repudiation,
)
from services.deposit.dossier.rules import acces, etats
from services.deposit.dossier.store.demande import Demande
from services.deposit.dossier.store.usager import ANONYME, Blocage, Reclamation, Usager

DEMANDES_MAX = 50
RENDUE = "RENDUE_AU_TITULAIRE"
CONTACT_ILLISIBLE = Motif(
    "CONTACT_ILLISIBLE",
    "regle-du-service",
    "On ne lit là ni téléphone, ni adresse e-mail, ni adresse postale.",
    "Écrivez comment vous joindre. Sans rien de cela, venez dans un point d’accueil : le compte y est gelé aussi.",
    Genre.INVALIDE,
)
# An agent saw her paper before he took these in.
VUES_EN_PERSONNE = (events_pb2.VOIE_GUICHET, events_pb2.VOIE_PAN)


def claim(said: inputs.Reclamation, page: str, today: date, *, request_id: str) -> Blocage:
    """Records the claim as a blocage with its reference, and freezes the account that is in this name.

    The name and the birth are those of the account, or nothing but the blocage is kept. An account whose holder was
    recognised is frozen by a desk alone: a bare word must not lock her out. Raises Refused(CONTACT_ILLISIBLE).
    """
    if not joindre.ways(joindre.read_box(said.contact, said.prefecture)):
        raise Refused(CONTACT_ILLISIBLE, champ="contact")
    told = {"prefecture": said.prefecture, "contact": said.contact, "precis": said.nom, "page": page}
    blocage = declaration.blocage({**told, "symptome": "COMPTE_EXISTANT"}, NOBODY, today, request_id=request_id)
    usager = comptes.find(said.identifiant)
    if usager is not None and _in_this_name(usager, said):
        _record(usager, blocage, today)
        if not usager.gele and not usager.titulaire_date:
            freeze(usager.id, by=ANONYME, request_id=f"{request_id}:gel")
    return blocage


def open_again(found: Usager | None, said: inputs.Reouverture, *, request_id: str) -> Usager:
    """The holder of an account that was frozen on a bare word opens it by her password and a code that no mailbox has.

    Whoever took the account may have chosen both: the code counts only if it is older than P-FACTEUR days at the claim.
    Raises Refused: wrong password, wrong or recent code, or COMPTE_GELE where an agent froze it, who alone opens it.
    """
    usager = comptes.authenticate(found, said.password)
    if not usager.gele:
        return usager
    if not _on_a_bare_word(usager):
        raise Refused(acces.COMPTE_GELE)
    today = clock.today()
    facteur.verify_apart(usager, said.code, before=(usager.gel_date or today) - timedelta(days=days_of_factor(today)))
    return lift(usager.id, by=usager.id, request_id=request_id)


def days_of_factor(today: date) -> int:
    """How long before a claim an application or a sheet must have been chosen, to open again what the claim froze."""
    return cadre().number("P-FACTEUR", today)


@outbox.retry_conflicts
def lift(usager_id: str, *, by: str, request_id: str) -> Usager:
    """Opens what a bare word had frozen, for who has proved that she is the holder; the next one changes nothing."""
    usager = comptes.usager_by_id(usager_id)
    if not usager.gele or not _on_a_bare_word(usager):
        return usager
    usager.gele, usager.gel_par, usager.titulaire_date = False, "", clock.today()
    reached = comptes.contact(usager, usager.version + 1)
    fact = identites.account_fact(usager, "DEVERROUILLE", f"usager:{by}")
    outbox.update(usager, fact, reached, request_id=request_id)
    identites.end_claims(usager_id, "ECARTEE")
    identites.start_clocks(usager_id)
    return usager


def claim_for(usager_id: str, *, by: str, request_id: str, parcours_id: str = "") -> Blocage:
    """The same claim, made to an agent by telephone or at a desk: its day is kept, and the account is frozen.

    `parcours_id` is the one under which the agent met her: what she files later under it counts from today.
    """
    usager, today = comptes.usager_by_id(usager_id), clock.today()
    apart = parcours_id if parcours_id != usager.parcours_id else ""
    blocage = blocages.record(
        Constat(
            parcours_id=apart or outbox.id_for(request_id, "parcours"),
            symptome=blocage_pb2.SYMPTOME_COMPTE_EXISTANT,
            prefecture=usager.prefecture,
            jour=today,
            par=by,
            preuves=(blocage_pb2.PREUVE_DECLARATION,),
        ),
        request_id=request_id,
    )
    _record(usager, blocage, today)
    freeze(usager_id, by=by, request_id=f"{request_id}:gel")
    return blocage


@outbox.retry_conflicts
def freeze(usager_id: str, *, by: str, request_id: str) -> Usager:
    """Nothing is read, downloaded, filed or sent there until identity is checked; clocks stop (DEP-06)."""
    usager = comptes.usager_by_id(usager_id)
    if not outbox.already(usager, request_id):
        # Before the freeze takes her ways away: whoever holds the account learns what was said and what to do.
        told = _told(usager) if by == ANONYME and not usager.gele else ()
        usager.gele, usager.gel_date, usager.gel_par = True, clock.today(), by
        reached = comptes.contact(usager, usager.version + 1)
        outbox.update(usager, identites.account_fact(usager, "GELE", by), *told, reached, request_id=request_id)
    comptes.end_sessions(usager_id)
    today = clock.today()
    for demande in Demande.objects(usager_id=usager_id, state__in=etats.EN_INSTRUCTION).only("id").limit(DEMANDES_MAX):
        blocages.stop_clock(demande.id, f"{identites.GEL}{usager_id}:{today}", "COMPTE CONTESTÉ", today, by=by)
    return usager


def free(
    usager_id: str,
    moyens: tuple[str, str],
    *,
    by: str,
    request_id: str,
    holder: comptes.Identite | None = None,
) -> Usager:
    """The holder gets an account of her own with her number; the usurped one stays closed, as evidence (DEP-06).

    `moyens` are her e-mail and telephone. Her dates are protected from the day of her claim; what she filed herself
    goes with her; what was filed in her name counts no more against her. Raises Refused(COMPTE_EXISTANT) when another
    account has this e-mail.

    `holder` is who she is, where the disputed account bears another name: nothing filed there is hers, nor against her.
    """
    # Read before anything is taken back: a typing fault must leave nothing half done.
    departement = comptes.usager_by_id(usager_id).prefecture or ""
    courriel, telephone = joindre.read_courriel(moyens[0]).lower(), joindre.read_telephone(moyens[1], departement)
    if courriel and Usager.objects(courriel=courriel, id__ne=usager_id).only("id").first() is not None:
        raise Refused(comptes.COMPTE_EXISTANT, champ="courriel")
    claims = list(Reclamation.objects(usager_id=usager_id).order_by("-time").limit(DEMANDES_MAX))
    disputed = _take_back(usager_id, by=by, request_id=request_id)
    comptes.end_sessions(usager_id)
    own = _own_account(disputed, (courriel, telephone), claims, holder, by=by, request_id=request_id)
    if holder is None:
        _settle_filings(usager_id, own, claims, by=by, request_id=request_id)
    mandats_finis.end_those_of(usager_id, own, by=by)
    for claim in claims:
        blocages.concerns(claim.blocage_id, own.id)
    identites.end_claims(usager_id, "LIBERE")
    if own.canaux:
        recuperation.send(own.id, request_id=f"{request_id}:lien", prouve=True)
    return own


def _settle_filings(usager_id: str, own: Usager, claims: list[Reclamation], *, by: str, request_id: str) -> None:
    """What she filed herself goes to her own account; what runs in her name and is not hers is set aside."""
    first = min((claim.jour_date for claim in claims), default=clock.today())
    for found in Demande.objects(usager_id=usager_id, state__ne=etats.BROUILLON).limit(DEMANDES_MAX):
        step = f"{request_id}:{found.id}"
        if _is_hers(found, first):
            rapprochement.hand_to(found.id, own, RENDUE, by=by, request_id=step)
        elif found.state in etats.EN_INSTRUCTION:
            repudiation.set_aside(found.id, "Compte usurpé.", by=by, request_id=step)


def _told(usager: Usager) -> tuple[Entry, ...]:
    """The message to every way that she has, on a contact of its own: that of the account ends with the freeze."""
    champs = {"jour": clock.today().isoformat(), "lien": f"{cadre().settings.public_url}/deposit/compte/rouvrir"}
    version = usager.version + 1
    return (
        comptes.contact(usager, version, own=True),
        comptes.notice_fact(usager, "compte_conteste", champs, acte_attendu=True, apart=True),
    )


def _on_a_bare_word(usager: Usager) -> bool:
    """Whether nothing but a claim without proof froze it: no agent has frozen, taken back or united it."""
    return usager.gel_par == ANONYME and not usager.conteste and not usager.reuni_a


def _in_this_name(usager: Usager, said: inputs.Reclamation) -> bool:
    """Whether the account is in the name and the birth that she tells; of the name, every word."""
    known = usager.naissance_date
    return says_all(said.nom, usager.nom) and known is not None and same_birth(said.naissance_date, known)


def _record(usager: Usager, blocage: Blocage, today: date) -> None:
    """Keeps the claim and its day, which protects the true holder from the deadlines of the disputed account."""
    doc = {
        "_id": outbox.id_for(blocage.id, "reclamation"),
        "parcours_id": blocage.parcours_id,
        "usager_id": usager.id,
        "blocage_id": blocage.id,
        "reference": blocage.reference,
        "contact_id": blocage.contact_id,
        "jour_date": today.isoformat(),
        "time": clock.now(),
        "issue": "",
    }
    mongo.insert_once(collection_of(Reclamation), doc)
    blocages.concerns(blocage.id, usager.id)


@outbox.retry_conflicts
def _take_back(usager_id: str, *, by: str, request_id: str) -> Usager:
    """Takes number and contacts off the usurped account, which stays as evidence: nothing finds or reaches it."""
    usager = comptes.usager_by_id(usager_id)
    if outbox.already(usager, request_id):
        return usager
    identites.set_contacts_apart(usager)
    usager.numero_etranger = None
    identites.close_ways_in(usager)
    usager.gele, usager.gel_date = True, usager.gel_date or clock.today()
    return outbox.update(
        usager,
        identites.account_fact(usager, "LIBERE", by),
        comptes.contact(usager, usager.version + 1),
        request_id=request_id,
    )


def _own_account(
    disputed: Usager,
    moyens: tuple[str, str],
    claims: list[Reclamation],
    holder: comptes.Identite | None,
    *,
    by: str,
    request_id: str,
) -> Usager:
    """Her own account: the one that a desk opened for her while this one was disputed, else a new one."""
    known = holder or comptes.Identite(
        nom=disputed.nom,
        naissance=disputed.naissance_date,
        prenoms=disputed.prenoms,
        nationalite=disputed.nationalite,
        situation_reguliere=disputed.situation_reguliere,
    )
    identite = replace(
        known,
        numero_etranger=disputed.conteste.get("numero_etranger", ""),
        courriel=moyens[0],
        telephone=moyens[1],
        prefecture=disputed.prefecture,
    )
    parcours_id = claims[0].parcours_id if claims else ""
    own = reconnaissance.of_person(identite, parcours_id=parcours_id)
    # One that its owner entered by herself is not given another's number on a likeness of names.
    if own is not None and not (own.numero_etranger or own.password_hash or own.sub_oidc):
        return _complete(own.id, identite, by=by, request_id=f"{request_id}:titulaire")
    opened = f"{request_id}:titulaire"
    return comptes.open_account(identite, "", request_id=opened, parcours_id=parcours_id, by=by)


@outbox.retry_conflicts
def _complete(usager_id: str, identite: comptes.Identite, *, by: str, request_id: str) -> Usager:
    """Gives the account that a desk opened for her her number, and the contacts that she has just told."""
    usager = comptes.usager_by_id(usager_id)
    if outbox.already(usager, request_id):
        return usager
    usager.numero_etranger = identite.numero_etranger or None
    usager.courriel, usager.telephone = identite.courriel or usager.courriel, identite.telephone or usager.telephone
    usager.canaux = comptes.default_canaux(usager)
    reached = comptes.contact(usager, usager.version + 1)
    return outbox.update(usager, identites.account_fact(usager, "NUMERO_RATTACHE", by), reached, request_id=request_id)


def _is_hers(demande: Demande, claimed: date) -> bool:
    """Whether she filed it herself: an agent saw her paper or took it over, or it came by post after her claim."""
    if demande.voie in VUES_EN_PERSONNE or demande.origine or demande.anterieurs:
        return True
    return demande.voie != events_pb2.VOIE_TELESERVICE and (demande.depot_date or claimed) >= claimed
