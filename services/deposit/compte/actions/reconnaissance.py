"""Whose account it is: one rule for every door (counter, post, reception point, import).

A number alone names nobody: it may have been taken, or typed for another. The identity must agree with it, and an
account that is frozen belongs to nobody until an agent has seen a paper (DEP-06). An identity alone names nobody
either: two persons may share a name and a birth date.
"""

from __future__ import annotations

from contextlib import suppress

from chassis import mongo
from droit.decision import Refused
from personne import joindre
from personne.nom import identity_key, plain, same_birth, same_name, same_prenoms
from personne.reference import read_numero
from services.deposit.compte.actions.comptes import Identite
from services.deposit.dossier.store.demande import NUMERO_A_RATTACHER, Demande
from services.deposit.dossier.store.usager import Usager

# An agent is shown so many accounts under one name and one birth date, and no more.
_HOMONYMES = 10


def of_number(numero: str, identite: Identite) -> Usager | None:
    """The account that bears this number, when it is hers; None when it is nobody's, disputed or somebody else's."""
    found = mongo.find(Usager, numero_etranger=read_numero(numero)) if numero.strip() else None
    return found if found is not None and not found.gele and is_of(found, identite) else None


def of_person(identite: Identite, *, usager_id: str = "", parcours_id: str = "") -> Usager | None:
    """Her one account: the one already known of her, else by number and identity, else by identity and something more.

    Without a number on both sides, the parcours under which she was met decides, or else a way to reach her or the
    number read on her paper at an earlier filing, where one account alone has it. Otherwise nobody is chosen here: an
    agent chooses among `homonymes`.
    """
    usager = mongo.find(Usager, id=usager_id) if usager_id else None
    if usager is not None and usager.reuni_a:
        usager = mongo.find(Usager, id=usager.reuni_a)
    if usager is not None and not usager.gele and _may_be(usager, identite):
        return usager
    return of_number(identite.numero_etranger, identite) or _of_identity(identite, parcours_id)


def homonymes(identite: Identite) -> list[Usager]:
    """The accounts that may be hers: the same identity, and no other number."""
    key, numero = identity_key(identite.nom, identite.naissance), read_numero(identite.numero_etranger)
    return [
        usager
        for usager in Usager.objects(cle_identite=key, gele__ne=True).limit(_HOMONYMES)
        if is_of(usager, identite) and not (numero and usager.numero_etranger and usager.numero_etranger != numero)
    ]


def _of_identity(identite: Identite, parcours_id: str) -> Usager | None:
    alike = homonymes(identite)
    met = next((usager for usager in alike if parcours_id and usager.parcours_id == parcours_id), None)
    if met is not None or not alike:
        return met
    same_paper = _with_paper(read_numero(identite.numero_etranger), [usager.id for usager in alike])
    agreeing = [usager for usager in alike if usager.id in same_paper or _same_way(usager, identite)]
    return agreeing[0] if len(agreeing) == 1 else None


def _with_paper(numero: str, usager_ids: list[str]) -> set[str]:
    """Those for whom a desk has filed with a paper that bears this number, which their account does not have yet."""
    if not numero:
        return set()
    flag = {"incoherences": {"$elemMatch": {"code": NUMERO_A_RATTACHER, "objet": numero}}}
    return {demande.usager_id for demande in Demande.objects(usager_id__in=usager_ids, __raw__=flag).only("usager_id")}


def _same_way(usager: Usager, identite: Identite) -> bool:
    """Whether she is reached at the same e-mail, telephone or address."""
    courriel = joindre.courriel_key(identite.courriel)
    with suppress(Refused):
        telephone = joindre.read_telephone(identite.telephone, identite.prefecture)
        if telephone and telephone == usager.telephone:
            return True
    here, there = plain("".join(identite.adresse)), plain("".join(usager.adresse))
    return bool(courriel and courriel == usager.courriel) or bool(here and here == there)


def is_of(usager: Usager, identite: Identite) -> bool:
    """Whether the account is in this identity: the same name, birth date and a first name in common."""
    return (
        same_birth(usager.naissance_date, identite.naissance)
        and same_name(usager.nom, identite.nom)
        and same_prenoms(identite.prenoms, usager.prenoms)
    )


def _may_be(usager: Usager, identite: Identite) -> bool:
    """The same person under a name changed by marriage: her birth date, and a name or a first name in common."""
    alike = same_name(usager.nom, identite.nom) or same_prenoms(identite.prenoms, usager.prenoms)
    return same_birth(usager.naissance_date, identite.naissance) and alike
