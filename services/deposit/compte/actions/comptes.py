"""Accounts: open with or without number or e-mail, sign in, choose a password; contacts are published on each
change.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from chassis import agents, messages, mongo, outbox
from chassis.outbox import Contact, Entry, Fact
from chassis.web.inputs import lines_of
from chassis.web.sessions import end_all
from chassis.web.who import USAGER
from droit.decision import Genre, Motif, Refused
from personne import joindre
from personne.nom import identity_key
from personne.reference import new_reference, read_numero, read_reference
from sejour.contact.v1 import contact_pb2
from sejour.deposit.v1 import events_pb2
from services.deposit.cadre import cadre
from services.deposit.compte import inputs
from services.deposit.dossier.rules import etats
from services.deposit.dossier.store import ALIAS
from services.deposit.dossier.store.usager import EN_PERSONNE, Structure, Usager

# A session whose second factor is awaited: it stands for nobody yet.
A_CONFIRMER = "a-confirmer"

COMPTE_EXISTANT = Motif(
    "COMPTE_EXISTANT",
    "ddd-2024-12-11",
    "Un compte existe déjà pour cette personne.",
    "Choisissez sur cette page : retrouver le mot de passe, changer d’adresse, dire que ce compte n’est pas de "
    "vous, ou aller au guichet.",
    Genre.CONFLIT,
)
CONNEXION_REFUSEE = Motif(
    "CONNEXION_REFUSEE",
    "regle-du-service",
    "L’identifiant ou le mot de passe n’est pas le bon.",
    "Vérifiez les deux. Vous pouvez aussi demander un nouveau mot de passe, ou appuyer sur « Je n’y arrive pas ».",
    Genre.NON_AUTHENTIFIE,
)


@dataclass(frozen=True)
class Identite:
    """Who opens an account. Number, e-mail, telephone and address are all optional (DEP-02, DEP-09)."""

    nom: str
    naissance: date
    prenoms: str = ""
    # The whole name in her own script, where that is not the Latin one.
    nom_origine: str = ""
    nationalite: str = ""
    numero_etranger: str = ""
    courriel: str = ""
    telephone: str = ""
    adresse: tuple[str, ...] = ()
    prefecture: str = ""
    situation_reguliere: bool = True
    sub_oidc: str = ""
    sur_papier: bool = False


def identity_of(said: inputs.Ouverture) -> Identite:
    """Who she says that she is, on a page or by API."""
    other_script = said.nom_latin or said.prenoms_latin
    return Identite(
        nom=said.nom_latin or said.nom,
        naissance=said.naissance_date,
        prenoms=said.prenoms_latin or said.prenoms,
        nom_origine=f"{said.prenoms} {said.nom}".strip() if other_script else "",
        nationalite=said.nationalite,
        numero_etranger=said.numero_etranger,
        courriel=said.courriel,
        telephone=said.telephone,
        adresse=lines_of(said.adresse),
        prefecture=said.prefecture,
        situation_reguliere=said.situation_reguliere,
    )


def open_account(
    identite: Identite,
    password: str,
    *,
    request_id: str,
    parcours_id: str = "",
    by: str = "",
    annonce: bool = True,
    also: Callable[[Usager], tuple[Entry, ...]] = lambda _: (),
) -> Usager:
    """Opens an account. Raises Refused(COMPTE_EXISTANT) with the ways out when its number or e-mail has one
    (DEP-03), TELEPHONE_ILLISIBLE or COURRIEL_ILLISIBLE. `annonce` False tells the person nothing: a million records
    are no million messages. `also` adds to the account, and to what the same write publishes.
    """
    usager = Usager(
        id=outbox.id_for(request_id, "usager"),
        parcours_id=parcours_id or outbox.id_for(request_id, "parcours"),
        identifiant=new_reference("S"),
        nom=identite.nom.strip(),
        prenoms=identite.prenoms.strip(),
        nom_origine=identite.nom_origine,
        naissance_date=identite.naissance,
        nationalite=identite.nationalite,
        numero_etranger=read_numero(identite.numero_etranger) or None,
        cle_identite=identity_key(identite.nom, identite.naissance),
        situation_reguliere=identite.situation_reguliere,
        courriel=joindre.read_courriel(identite.courriel).lower() or None,
        telephone=joindre.read_telephone(identite.telephone, identite.prefecture),
        adresse=list(identite.adresse),
        prefecture=identite.prefecture,
        sub_oidc=identite.sub_oidc or None,
        sur_papier=identite.sur_papier,
        password_hash=agents.hash_password(password) if password else "",
    )
    usager.canaux = default_canaux(usager)
    opened = events_pb2.CompteOuvert(usager_id=usager.id, numero_etranger=bool(usager.numero_etranger))
    try:
        return outbox.insert(
            usager,
            Fact("deposit.compte.ouvert", opened, by=by or f"usager:{usager.id}"),
            contact(usager, 1),
            *also(usager),
            *([notice_fact(usager, "compte_ouvert", {"identifiant": usager.identifiant})] if annonce else []),
            request_id=request_id,
        )
    except outbox.Duplicate as error:
        raise Refused(COMPTE_EXISTANT, champ="numero_etranger" if "numero" in str(error) else "courriel") from error


def open_without_password(identite: Identite, parcours_id: str, *, request_id: str, by: str) -> Usager:
    """An account for a person met at a desk; she gets a password later if she wants.

    A number or an e-mail that another account bears stops nothing: hers opens without it, and a desk settles it.
    """
    kept = identite
    for _ in range(2):
        try:
            return open_account(kept, "", request_id=request_id, parcours_id=parcours_id, by=by)
        except Refused as refused:
            if refused.motif is not COMPTE_EXISTANT:
                raise
            without = "" if refused.champ == "courriel" else kept.courriel
            number = "" if refused.champ == "numero_etranger" else kept.numero_etranger
            kept = replace(kept, courriel=without, numero_etranger=number)
    return open_account(kept, "", request_id=request_id, parcours_id=parcours_id, by=by)


def default_canaux(usager: Usager) -> list[int]:
    """The ways by which the person can be reached: e-mail first and a letter last, or the reverse on paper."""
    who = joindre.Joignable(
        courriel=usager.courriel or "", telephone=usager.telephone or "", adresse=tuple(usager.adresse)
    )
    return [*joindre.ways(who, joindre.SUR_PAPIER if usager.sur_papier else joindre.PAR_ECRAN)]


def contact(usager: Usager, version: int, *, own: bool = False) -> Contact:
    """The person's contacts as notify needs them; `version` is the aggregate's after the write that publishes them.

    A frozen account has none: who holds it may be who took it (DEP-06). `own`: never those of her helper.
    """
    nom = f"{usager.prenoms} {usager.nom}".strip()
    if usager.gele:
        return messages.contact(contact_pb2.Contact(contact_id=usager.id, version=version, nom=nom))
    helper = "" if own else _mailbox_of_relais(usager)
    if helper:
        by_mail = [contact_pb2.CANAL_COURRIEL]
        return messages.contact(
            contact_pb2.Contact(
                contact_id=usager.id,
                version=version,
                nom=nom,
                courriel=helper,
                langue=usager.langue,
                canaux=by_mail,
                protege=usager.protege,
                canaux_confirmes=by_mail,
            )
        )
    return messages.contact(
        contact_pb2.Contact(
            contact_id=usager.id + EN_PERSONNE if own else usager.id,
            version=version,
            nom=nom,
            courriel=usager.courriel or "",
            telephone=usager.telephone or "",
            adresse=usager.adresse,
            langue=usager.langue,
            canaux=usager.canaux,
            protege=usager.protege,
            canaux_confirmes=usager.canaux_confirmes,
            point_accueil_id="" if own else usager.point_accueil,
        )
    )


def _mailbox_of_relais(usager: Usager) -> str:
    """The mailbox of the structure that she chose as her contact, while it is honoured; empty for none."""
    structure_id = usager.relais.get("structure_id", "")
    structure = mongo.find(Structure, id=structure_id, active=True) if structure_id else None
    return structure.courriel if structure is not None else ""


def authenticate(usager: Usager | None, password: str) -> Usager:
    """The account, for its password. The same refusal and time whoever it is, and for nobody."""
    right = agents.password_matches(usager.password_hash if usager else "", password)
    if usager is None or not right:
        raise Refused(CONNEXION_REFUSEE)
    return usager


def find(login: str) -> Usager | None:
    """The account of an identifier, a number or an e-mail."""
    key = login.strip()
    if "@" in key:
        return mongo.find(Usager, courriel=joindre.courriel_key(key))
    found = mongo.find(Usager, identifiant=read_reference(key, "S"))
    if found is not None and found.reuni_a:
        return mongo.find(Usager, id=found.reuni_a)
    return found or with_number(key)


@outbox.retry_conflicts
def change_contacts(
    usager_id: str,
    *,
    by: str,
    request_id: str,
    also: Callable[[Usager], tuple[Entry, ...]] = lambda _: (),
    **values: Any,
) -> Usager:
    """Changes contacts, language or address; notify learns them by the same write (DEP-16). `also` as for an opening.

    Raises Refused(TELEPHONE_ILLISIBLE).
    """
    usager: Usager = Usager.objects(id=usager_id).first()
    if outbox.already(usager, request_id):
        return usager
    if "telephone" in values:
        departement = values.get("prefecture") or usager.prefecture or ""
        values["telephone"] = joindre.read_telephone(values["telephone"], departement)
    before = usager.telephone, list(usager.adresse)
    for name, value in values.items():
        setattr(usager, name, value)
    doubt_new_ways(usager, *before)
    if "canaux" not in values:
        usager.canaux = [c for c in usager.canaux if c in default_canaux(usager)] or default_canaux(usager)
    more = also(usager)
    return outbox.update(usager, contact(usager, usager.version + 1), *more, request_id=request_id)


def doubt_new_ways(usager: Usager, telephone: str, adresse: Sequence[str]) -> None:
    """Safe is the number or the address that she confirmed, and not the next one (DEP-08); given as they were."""
    changed = {contact_pb2.CANAL_SMS, contact_pb2.CANAL_APPEL} if usager.telephone != telephone else set()
    if list(usager.adresse) != list(adresse):
        changed.add(contact_pb2.CANAL_LETTRE)
    usager.canaux_confirmes = [canal for canal in usager.canaux_confirmes if canal not in changed]


@outbox.retry_conflicts
def follow_on_paper(usager_id: str, said: Identite, *, by: str, request_id: str) -> Usager:
    """What follows is told to her by letter and by voice (SUB-14); what she had not given of them is kept."""
    usager = usager_by_id(usager_id)
    if usager.sur_papier or outbox.already(usager, request_id):
        return usager
    usager.sur_papier = True
    if not usager.protege:
        usager.adresse = usager.adresse or list(said.adresse)
        usager.telephone = usager.telephone or said.telephone
    usager.canaux = default_canaux(usager)
    return outbox.update(usager, contact(usager, usager.version + 1), request_id=request_id)


def own_contact(usager: Usager) -> tuple[Contact, ...]:
    """Her own ways, for the write of a message told `en_personne`, when a helper receives the others."""
    return (contact(usager, usager.version + 1, own=True),) if usager.relais else ()


@outbox.retry_conflicts
def replace_password(usager_id: str, password: str, by: str, request_id: str, *, by_link: bool = False) -> Usager:
    """Another password; every session ends. `by_link`: by the link that she asked for."""
    usager = usager_by_id(usager_id)
    if outbox.already(usager, request_id):
        return usager
    changed = events_pb2.CompteModifie(usager_id=usager.id, objet="MOT_DE_PASSE")
    usager.password_hash = agents.hash_password(password)
    if by_link:
        usager.recuperation = {**usager.recuperation, "faite": True}
    done = outbox.update(usager, Fact("deposit.compte.modifie", changed, by=by), request_id=request_id)
    end_sessions(usager_id)
    return done


def end_sessions(usager_id: str) -> None:
    """Ends every session and API token of this account, at once and on every replica."""
    end_all(mongo.database(ALIAS), usager_id, USAGER, A_CONFIRMER)


@outbox.retry_conflicts
def tell_holder(holder: Usager | None, giver_id: str, modele: str, *, request_id: str) -> None:
    """Whose e-mail or number somebody gave as his own learns it at her own ways, and what to do (DEP-03)."""
    if holder is None or holder.id == giver_id or outbox.already(holder, request_id):
        return
    url = cadre().settings.public_url
    champs = {"lien": f"{url}/deposit/connexion", "lien_oubli": f"{url}/deposit/recuperation"}
    outbox.update(holder, notice_fact(holder, modele, champs), request_id=request_id)


def with_number(numero: str) -> Usager | None:
    """The account that bears this numéro étranger."""
    read = read_numero(numero)
    return mongo.find(Usager, numero_etranger=read) if read else None


def usager_by_id(usager_id: str) -> Usager:
    """The account, or Refused. For acts that were authorised before."""
    found = mongo.find(Usager, id=usager_id)
    if found is None:
        raise Refused(etats.DEMANDE_INCONNUE)
    return found


def notice_fact(
    usager: Usager,
    modele: str,
    champs: dict[str, Any],
    *,
    acte_attendu: bool = False,
    en_personne: bool = False,
    apart: bool = False,
) -> Fact:
    """A message to the person about her account, for the same write; `en_personne`: with `own_contact`.

    `apart`: to her own ways, helper or not, with a `contact(…, own=True)`.
    """
    return messages.fact(
        "deposit",
        messages.Notice(
            destinataire_id=usager.id + EN_PERSONNE if apart or (en_personne and usager.relais) else usager.id,
            parcours_id=usager.parcours_id,
            modele=modele,
            champs=champs,
            acte_attendu=acte_attendu,
        ),
    )
