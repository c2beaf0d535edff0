"""Who a route is for: her identity, how it is found again, and the order of the ways that she left."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date

from personne import joindre, nom
from personne.joindre import Joignable
from sejour.contact.v1 import contact_pb2

# A route goes on by post: a letter before a call.
_PAR_ECRAN = (
    contact_pb2.CANAL_COURRIEL,
    contact_pb2.CANAL_SMS,
    contact_pb2.CANAL_LETTRE,
    contact_pb2.CANAL_APPEL,
)


@dataclass(frozen=True)
class Identite:
    """Who the person is, as she says or as a paper shows; all of it may be empty at the opening."""

    nom: str = ""
    prenoms: str = ""
    naissance: date | None = None
    nationalite: str = ""
    numero_etranger: str = ""


def identity_key(nom_dit: str, naissance: date | None) -> str:
    """What finds a person by name and birth without keeping them in an index; empty without both."""
    if not nom_dit.strip() or naissance is None:
        return ""
    return hashlib.sha256(nom.identity_key(nom_dit, naissance).encode()).hexdigest()


def read_contact(typed: str, departement: str) -> Joignable:
    """What somebody wrote in one box: an e-mail, a telephone, or else an address; never a reason to stop her."""
    courriel, telephone = joindre.read_either(typed, departement)
    return Joignable(
        courriel=courriel,
        telephone=telephone,
        adresse=() if courriel or telephone else address_lines(typed.replace(",", "\n")),
    )


def address_lines(typed: str) -> tuple[str, ...]:
    """The lines of a postal address."""
    return tuple(line.strip()[:200] for line in typed.splitlines() if line.strip())


def order(*, papier: bool) -> joindre.Ordre:
    """Letters and calls come first for who uses nothing else."""
    return joindre.SUR_PAPIER if papier else _PAR_ECRAN
