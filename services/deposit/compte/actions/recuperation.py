"""A lost password: the answer is the same whether an account exists or not (CASE: nobody learns who has an account)."""

from __future__ import annotations

from chassis import clock
from sejour.contact.v1 import contact_pb2
from services.deposit.blocage.actions import messages_perdus
from services.deposit.compte.actions import comptes

BY_MACHINE = frozenset({contact_pb2.CANAL_COURRIEL, contact_pb2.CANAL_SMS})


def ask(login: str, *, request_id: str) -> None:
    """Sends a link by the person's own way when this identifier, number or e-mail has one; says nothing (DEP-04)."""
    usager = comptes.find(login)
    if usager is None or usager.gele:
        return
    comptes.send_recovery(usager.id, by="anonyme", request_id=request_id)
    if not comptes.ways_of_link(usager) & BY_MACHINE:
        messages_perdus.on_slow_link(comptes.usager_by_id(usager.id), clock.today())
