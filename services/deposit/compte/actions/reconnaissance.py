"""Whose account it is: one rule for every door (counter, post, reception point, import).

A number alone names nobody: it may have been taken, or typed for another. The identity must agree with it, and an
account that is frozen belongs to nobody until an agent has seen a paper (DEP-06).
"""

from __future__ import annotations

from chassis import mongo
from personne.nom import identity_key, same_birth, same_name, same_prenoms
from personne.reference import read_numero
from services.deposit.compte.actions.comptes import Identite
from services.deposit.dossier.store.usager import Usager

# More accounts than this under one name and one birth date are homonyms, and none is chosen.
_HOMONYMES = 10


def of_number(numero: str, identite: Identite) -> Usager | None:
    """The account that bears this number, when it is hers; None when it is nobody's, disputed or somebody else's."""
    found = mongo.find(Usager, numero_etranger=read_numero(numero)) if numero.strip() else None
    return found if found is not None and not found.gele and _is(found, identite) else None


def of_person(identite: Identite, *, usager_id: str = "", parcours_id: str = "") -> Usager | None:
    """Her one account: the one already known of her, else by number and identity, else by identity alone.

    Without a number on both sides, name, first names and birth date must name one account and no other; among homonyms
    the parcours under which she was met decides.
    """
    usager = mongo.find(Usager, id=usager_id) if usager_id else None
    if usager is not None and not usager.gele and _may_be(usager, identite):
        return usager
    return of_number(identite.numero_etranger, identite) or _of_identity(identite, parcours_id)


def _of_identity(identite: Identite, parcours_id: str) -> Usager | None:
    key, numero = identity_key(identite.nom, identite.naissance), read_numero(identite.numero_etranger)
    alike: list[Usager] = [
        usager
        for usager in Usager.objects(cle_identite=key, gele__ne=True).limit(_HOMONYMES)
        if _is(usager, identite) and not (numero and usager.numero_etranger and usager.numero_etranger != numero)
    ]
    if len(alike) == 1:
        return alike[0]
    return next((usager for usager in alike if parcours_id and usager.parcours_id == parcours_id), None)


def _is(usager: Usager, identite: Identite) -> bool:
    """The same name, birth date and a first name in common."""
    return (
        same_birth(usager.naissance_date, identite.naissance)
        and same_name(usager.nom, identite.nom)
        and same_prenoms(identite.prenoms, usager.prenoms)
    )


def _may_be(usager: Usager, identite: Identite) -> bool:
    """The same person under a name changed by marriage: her birth date, and a name or a first name in common."""
    alike = same_name(usager.nom, identite.nom) or same_prenoms(identite.prenoms, usager.prenoms)
    return same_birth(usager.naissance_date, identite.naissance) and alike
