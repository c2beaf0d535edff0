"""A try at the password of an account, counted before it is looked at, for pages and API alike."""

from __future__ import annotations

from chassis.web import guessing
from chassis.web.guessing import Attempt
from droit.decision import Refused
from services.deposit.compte import inputs
from services.deposit.compte.actions import comptes, usurpation
from services.deposit.dossier.store.usager import Usager


def begin(identifiant: str) -> tuple[Usager | None, Attempt]:
    """Whose account is meant, if anybody's, and this try; the same for one that does not exist. Raises Refused."""
    usager = comptes.find(identifiant)
    return usager, guessing.begin(*_meant(usager, identifiant))


def authenticate(usager: Usager | None, attempt: Attempt, password: str) -> Usager:
    """The account, for its password. Raises Refused(CONNEXION_REFUSEE), counted."""
    try:
        return comptes.authenticate(usager, password)
    except Refused:
        guessing.failed(attempt)
        raise


def open_again(said: inputs.Reouverture, *, request_id: str) -> Usager:
    """« Mon compte est gelé et il est à moi », tried no faster than a sign-in. Raises Refused."""
    usager = comptes.find(said.identifiant)
    with guessing.attempt(*_meant(usager, said.identifiant)):
        return usurpation.open_again(usager, said, request_id=request_id)


def _meant(usager: Usager | None, identifiant: str) -> tuple[str, str]:
    return (usager.id, usager.password_hash) if usager else (identifiant, "")
