"""A lost password: the answer is the same whether an account exists or not (CASE: nobody learns who has an account)."""

from __future__ import annotations

from personne.joindre import courriel_key
from personne.reference import read_reference
from services.deposit.compte.actions import comptes
from services.deposit.dossier.store.usager import Usager


def ask(login: str, *, request_id: str) -> None:
    """Sends a link by the person's own way when this identifier, number or e-mail has one; says nothing (DEP-04)."""
    usager = find(login)
    if usager is not None:
        comptes.send_recovery(usager.id, by="anonyme", request_id=request_id)


def find(login: str) -> Usager | None:
    """The account of an identifier, a number or an e-mail."""
    key = login.strip()
    found: Usager | None
    if "@" in key:
        found = Usager.objects(courriel=courriel_key(key)).first()
    else:
        found = Usager.objects(identifiant=read_reference(key, "S")).first()
        found = found or Usager.objects(numero_etranger=key.replace(" ", "")).first()
    return found
