"""A lost password: the answer is the same whether an account exists or not (CASE: nobody learns who has an account)."""

from __future__ import annotations

from services.deposit.compte.actions import comptes


def ask(login: str, *, request_id: str) -> None:
    """Sends a link by the person's own way when this identifier, number or e-mail has one; says nothing (DEP-04)."""
    usager = comptes.find(login)
    if usager is not None and not usager.gele:
        comptes.send_recovery(usager.id, by="anonyme", request_id=request_id)
