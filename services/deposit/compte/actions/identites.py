"""What an identity check allows on an account, the same act from every desk; and what needs none: to protect it.

The desk judges who may (`guichet`, `deblocages`); each act here is one write with its trace, told to the person.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from chassis import clock, due, mongo, outbox
from chassis.mongo import collection_of
from chassis.outbox import Fact
from chassis.web.who import Who
from droit.decision import Genre, Motif, Refused
from personne import joindre
from personne.reference import read_numero
from sejour.contact.v1 import contact_pb2
from sejour.deposit.v1 import events_pb2
from services.deposit.blocage.actions import blocages
from services.deposit.compte import inputs
from services.deposit.compte.actions import comptes, mandats_finis, presence, recuperation
from services.deposit.compte.actions import facteur as facteurs
from services.deposit.dossier.actions.acces import access_usager
from services.deposit.dossier.rules import acces, etats
from services.deposit.dossier.store.demande import Arret, Demande
from services.deposit.dossier.store.usager import Reclamation, Usager

NUMERO_DEJA = Motif(
    "NUMERO_DEJA",
    "regle-du-service",
    "Ce compte a déjà un autre numéro étranger.",
    "Vérifiez le numéro et la personne. Si quelqu’un a pris son identité, gelez le compte.",
    Genre.CONFLIT,
)
NUMERO_PRIS = Motif(
    "NUMERO_PRIS",
    "ddd-2024-12-11",
    "Ce numéro étranger a déjà un compte.",
    "Choisissez avec la personne, sur cette page : retrouver ce compte, en changer l’adresse, dire qu’il n’est pas "
    "d’elle, ou déposer autrement.",
    Genre.CONFLIT,
)
NUMERO_AILLEURS = Motif(
    "NUMERO_AILLEURS",
    "ddd-2024-12-11",
    "Un autre compte porte déjà ce numéro étranger.",
    "Relisez-le sur votre papier. S’il est bien à vous, le centre de contact ou un point d’accueil vérifie votre "
    "identité et vous rend ce compte ; si quelqu’un a pris votre numéro, dites « Ce compte n’est pas de moi ».",
    Genre.CONFLIT,
)
NUMERO_A_CORRIGER = Motif(
    "NUMERO_A_CORRIGER",
    "regle-du-service",
    "Votre compte a déjà un autre numéro étranger.",
    "Pour le corriger, montrez votre papier au centre de contact, à un point d’accueil ou à la préfecture.",
    Genre.CONFLIT,
)
# The ways of a person by the codes of forms.
NUMEROS = {
    "COURRIEL": contact_pb2.CANAL_COURRIEL,
    "SMS": contact_pb2.CANAL_SMS,
    "APPEL": contact_pb2.CANAL_APPEL,
    "LETTRE": contact_pb2.CANAL_LETTRE,
    "ACCUEIL": contact_pb2.CANAL_ACCUEIL,
}
DEMANDES_MAX, FIGURES_MAX = 50, 10_000
# How the stop of a frozen account begins; the account and the day follow.
GEL = "gel:"


@dataclass(frozen=True)
class Rattachements:
    """How many e-mails were rebound, and the time from the asking to the change, in minutes (DEP-05)."""

    nombre: int
    mediane: int
    plus_long: int


@outbox.retry_conflicts
def bind_email(usager_id: str, courriel: str, *, by: str, request_id: str, asked: datetime | None = None) -> Usager:
    """Another e-mail after an identity check: everything that opened the account ends, a link goes to the new address.

    The old address receives nothing. `asked` is when the person asked: the time taken is kept (DEP-05).
    """
    usager = comptes.usager_by_id(usager_id)
    if outbox.already(usager, request_id):
        return usager
    if not courriel.strip():
        raise Refused(joindre.COURRIEL_ILLISIBLE, champ="courriel")
    said = joindre.read_courriel(courriel).lower()
    contested = is_contested(usager)
    if usager.gele:
        set_contacts_apart(usager)
    usager.courriel = said
    usager.a_confirmer, usager.codes_confirmation = {}, {}
    usager.canaux = comptes.default_canaux(usager)
    # Told by the person whose identity was just checked: a protected account is written to there and nowhere else.
    usager.canaux_confirmes = [contact_pb2.CANAL_COURRIEL]
    # She has just told where to write to her: it is no longer to a helper.
    usager.relais = {}
    due.plan(usager, relais=None)
    _token, link = recuperation.links(usager, prouve=True)
    bound = _bound(usager, asked, by=by)
    try:
        changed = outbox.update(
            usager,
            bound,
            comptes.contact(usager, usager.version + 1),
            comptes.notice_fact(usager, "courriel_change", {}),
            *link,
            request_id=request_id,
        )
    except outbox.Duplicate as error:
        raise Refused(comptes.COMPTE_EXISTANT, champ="courriel") from error
    if contested:
        mandats_finis.end_those_of(usager_id, changed, by=by)
    end_claims(usager_id, "RATTACHE")
    _reopen(usager_id)
    return changed


@outbox.retry_conflicts
def give_back(usager_id: str, telephone: str, *, by: str, request_id: str, asked: datetime | None = None) -> str:
    """The account to a holder who has no e-mail, after an identity check: the address to give her on paper.

    There she chooses a password. Everything that opened the account ends, an e-mail that it had included; an empty
    `telephone` leaves the one there, unless the account is disputed (DEP-04, DEP-06). Raises TELEPHONE_ILLISIBLE.
    """
    usager = comptes.usager_by_id(usager_id)
    if outbox.already(usager, request_id):
        return recuperation.paper_link(usager, request_id=request_id, keep=False)
    said = joindre.read_telephone(telephone, usager.prefecture or "")
    contested = is_contested(usager)
    if usager.gele:
        set_contacts_apart(usager)
    before = usager.telephone
    usager.courriel, usager.telephone = None, said or usager.telephone
    comptes.doubt_new_ways(usager, before, usager.adresse)
    usager.canaux = comptes.default_canaux(usager)
    told = {contact_pb2.CANAL_APPEL} if said else set()
    usager.canaux_confirmes = sorted((set(usager.canaux_confirmes) | told) & set(usager.canaux))
    bound = _bound(usager, asked, by=by)
    address = recuperation.paper_link(usager, request_id=request_id, keep=True)
    outbox.update(usager, bound, comptes.contact(usager, usager.version + 1), request_id=request_id)
    if contested:
        mandats_finis.end_those_of(usager_id, usager, by=by)
    end_claims(usager_id, "RATTACHE")
    _reopen(usager_id)
    return address


def is_contested(usager: Usager) -> bool:
    """Whether somebody said that the account is not of who holds it: frozen, or a claim that nobody has answered."""
    return bool(usager.gele) or Reclamation.objects(usager_id=usager.id, issue="").only("id").first() is not None


def on_paper(address: str) -> str:
    """What the desk tells and prints for her."""
    return (
        f"Votre compte vous est rendu. Pour choisir un mot de passe, écrivez cette adresse dans un navigateur : "
        f"{address} Elle marche pendant 24 heures, une seule fois. Votre identifiant ne change pas."
    )


def _bound(usager: Usager, asked: datetime | None, *, by: str) -> Fact:
    """The account is its holder's again: closed to who held it, open to her, with the time that it took."""
    minutes = _minutes(usager.id, asked)
    close_ways_in(usager)
    usager.gele, usager.titulaire_date = False, clock.today()
    usager.rattache_date, usager.rattache_minutes = clock.today(), minutes
    bound = events_pb2.CompteRattache(usager_id=usager.id)
    return Fact("deposit.compte.rattache", bound, by=by, private={"minutes": minutes})


@outbox.retry_conflicts
def unlock(usager_id: str, *, by: str, request_id: str) -> Usager:
    """Opens an account that was frozen in error; a lost second factor goes with it."""
    usager = comptes.usager_by_id(usager_id)
    if not outbox.already(usager, request_id):
        usager.facteur, usager.facteur_graine, usager.second_facteur = "", None, ""
        usager.gele, usager.titulaire_date = False, clock.today()
        reached = comptes.contact(usager, usager.version + 1)
        outbox.update(usager, account_fact(usager, "DEVERROUILLE", by), reached, request_id=request_id)
    end_claims(usager_id, "ECARTEE")
    start_clocks(usager_id)
    return usager


@outbox.retry_conflicts
def drop_factor(usager_id: str, *, by: str, request_id: str) -> Usager:
    """A lost second factor is taken away the same day; the person is told, and chooses another when she wants."""
    usager = comptes.usager_by_id(usager_id)
    if outbox.already(usager, request_id):
        return usager
    usager.facteur, usager.facteur_graine, usager.second_facteur = "", None, ""
    return outbox.update(
        usager,
        account_fact(usager, "SECOND_FACTEUR_RETIRE", by),
        comptes.notice_fact(usager, "second_facteur_retire", {}),
        request_id=request_id,
    )


@outbox.retry_conflicts
def protect(usager_id: str, protege: bool, *, by: str, request_id: str, canaux: Sequence[str] | None = None) -> Usager:
    """A protected account: neutral messages, and address and pieces for the holder and the agent in charge alone.

    `canaux` are the ways that she says to be safe: nothing leaves by another. None leaves them as they are.
    """
    usager = comptes.usager_by_id(usager_id)
    kept = set(usager.canaux_confirmes)
    safe = kept if canaux is None else {NUMEROS[code] for code in canaux if code in ways_of(usager)}
    if outbox.already(usager, request_id) or (usager.protege == protege and safe == kept):
        return usager
    usager.protege, usager.canaux_confirmes = protege, sorted(safe)
    if protege and usager.facteur == facteurs.MESSAGE:
        # Neutral messages carry no code: a factor by message would lock her out.
        usager.facteur = ""
    return outbox.update(
        usager,
        account_fact(usager, "PROTEGE" if protege else "PROTECTION_RETIREE", by),
        comptes.contact(usager, usager.version + 1),
        request_id=request_id,
    )


def protect_herself(said: inputs.Protection, who: Who, *, request_id: str) -> Usager:
    """« Quelqu’un me menace »: at once. Who is protected already changes her ways on a proof that it is she."""
    usager = access_usager(who.id, who, acces.ACT)
    if usager.protege:
        presence.prove(usager.id, said.preuve, who, request_id=f"{request_id}:preuve")
    return protect(usager.id, True, by=who.subject, request_id=request_id, canaux=said.canaux)


def confirmed(usager: Usager) -> list[str]:
    """The ways that she confirmed, by their codes."""
    return [code for code, number in NUMEROS.items() if number in usager.canaux_confirmes]


def ways_of(usager: Usager) -> list[str]:
    """The ways that this person has, by their codes: those that she may say to be safe."""
    named = {contact_pb2.CANAL_ACCUEIL} if usager.point_accueil else set()
    return [code for code, number in NUMEROS.items() if number in named.union(comptes.default_canaux(usager))]


@outbox.retry_conflicts
def attach_number(usager_id: str, numero: str, *, by: str, request_id: str) -> Usager:
    """A numéro étranger given later joins the account: dossier, pieces, history and dates stay as they are (DEP-02).

    Raises Refused(NUMERO_DEJA) when she has another, Refused(NUMERO_PRIS) when another account has this one.
    """
    usager = comptes.usager_by_id(usager_id)
    given = read_numero(numero)
    if outbox.already(usager, request_id) or usager.numero_etranger == given:
        return usager
    if usager.numero_etranger:
        raise Refused(NUMERO_DEJA, champ="numero")
    usager.numero_etranger = given
    try:
        return outbox.update(usager, account_fact(usager, "NUMERO_RATTACHE", by), request_id=request_id)
    except outbox.Duplicate as error:
        other = mongo.find(Usager, numero_etranger=given)
        raise Refused(NUMERO_PRIS, champ="numero", details={"compte": other.id if other else ""}) from error


def give_number(usager_id: str, said: inputs.Numero, who: Who, *, request_id: str) -> Usager:
    """She gives her numéro étranger herself: what was closed for want of it opens (DEP-13). Raises Refused."""
    usager = access_usager(usager_id, who, acces.ACT)
    try:
        return attach_number(usager.id, said.numero_etranger, by=who.subject, request_id=request_id)
    except Refused as refused:
        # Whose other account it is, an agent reads; nobody else does, and she is told.
        if refused.motif is NUMERO_PRIS:
            holder = comptes.with_number(said.numero_etranger)
            comptes.tell_holder(holder, usager.id, "numero_deja", request_id=f"{request_id}:numero")
        motifs = {NUMERO_PRIS.code: NUMERO_AILLEURS, NUMERO_DEJA.code: NUMERO_A_CORRIGER}
        raise Refused(motifs.get(refused.motif.code, refused.motif), champ="numero_etranger") from None


def set_contacts_apart(usager: Usager) -> None:
    """Keeps every contact of a disputed account as evidence, and nothing goes there any more (DEP-06).

    Who took the account typed them: its telephone would be sent the next link that opens it.
    """
    usager.conteste = {
        "numero_etranger": usager.numero_etranger or "",
        "courriel": usager.courriel or "",
        "telephone": usager.telephone,
        "adresse": list(usager.adresse),
        "a_confirmer": dict(usager.a_confirmer),
        "jour": clock.today().isoformat(),
    }
    usager.courriel, usager.telephone, usager.adresse, usager.canaux = None, "", [], []
    usager.a_confirmer, usager.codes_confirmation = {}, {}
    usager.point_accueil, usager.relais = "", {}
    due.plan(usager, relais=None)


def close_ways_in(usager: Usager) -> None:
    """Makes void everything that the former holder of the account knew or had."""
    usager.password_hash, usager.codes_papier, usager.sub_oidc = "", [], None
    usager.facteur, usager.facteur_graine, usager.second_facteur = "", None, ""


def account_fact(usager: Usager, objet: str, by: str) -> Fact:
    """What was done to the account, as its history says it."""
    changed = events_pb2.CompteModifie(usager_id=usager.id, objet=objet)
    return Fact("deposit.compte.modifie", changed, by=by)


def _reopen(usager_id: str) -> None:
    """Ends every session, makes links already sent void, and starts the clocks of the holder again."""
    comptes.end_sessions(usager_id)
    recuperation.end_links(usager_id)
    start_clocks(usager_id)


def start_clocks(usager_id: str) -> None:
    """The clocks that the freeze stopped start again."""
    for demande in Demande.objects(usager_id=usager_id, state__in=etats.EN_INSTRUCTION).limit(DEMANDES_MAX):
        for stop in frozen_stops(demande):
            blocages.start_clock(demande.id, stop.cle, clock.today())


def frozen_stops(demande: Demande) -> list[Arret]:
    """The stops of a freeze that are open."""
    return [stop for stop in demande.arrets if stop.cle.startswith(GEL) and stop.fin_date is None]


def end_claims(usager_id: str, issue: str) -> None:
    """The claims on this account are answered."""
    collection_of(Reclamation).update_many({"usager_id": usager_id, "issue": ""}, {"$set": {"issue": issue}})


def _minutes(usager_id: str, asked: datetime | None) -> int:
    """Whole minutes since the person asked: by her claim when there is one, else as the desk says."""
    claim = Reclamation.objects(usager_id=usager_id, issue="").order_by("time").first()
    times = [found for found in (asked, claim.time if claim else None) if found is not None]
    return max(0, int((clock.now() - min(times)).total_seconds() // 60)) if times else 0


def figures(prefectures: Sequence[str], days: int) -> Rattachements:
    """The e-mails rebound in the last days by any channel, in these préfectures.

    An account without département is in the figures of each: nobody else would count it.
    """
    since = (clock.today() - timedelta(days=days)).isoformat()
    criteria = {"prefecture": {"$in": [*prefectures, ""]}, "rattache_date": {"$gte": since}}
    found = collection_of(Usager).find(criteria, {"rattache_minutes": 1}).limit(FIGURES_MAX)
    taken = sorted(int(row["rattache_minutes"]) for row in found)
    return Rattachements(len(taken), taken[len(taken) // 2], taken[-1]) if taken else Rattachements(0, 0, 0)
