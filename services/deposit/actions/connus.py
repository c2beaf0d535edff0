"""Who a session or an API token speaks for, as deposit knows her now."""

from __future__ import annotations

from chassis.web.sessions import Session
from chassis.web.who import AIDANT, USAGER, Who
from services.deposit.store import Structure, Usager


def who_of_session(session: Session) -> Who | None:
    """The person of a session, unless her account is frozen or gone; a helper with her structure, unless it was cut
    off.
    """
    if session.kind == USAGER:
        usager = Usager.objects(id=session.subject).only("id", "prenoms", "nom", "gele").first()
        if usager is None or usager.gele:
            return None
        return Who(kind=USAGER, id=usager.id, nom=f"{usager.prenoms} {usager.nom}".strip())
    if session.kind == AIDANT:
        structure_id, _, login = session.subject.partition("/")
        structure = Structure.objects(id=structure_id, active=True).first()
        member = next((m for m in structure.membres if m["login"] == login and m["actif"]), None) if structure else None
        if structure is None or member is None:
            return None
        return Who(
            kind=AIDANT,
            id=login,
            structure_id=structure.id,
            nom=member["nom"],
            agit_pour=str(session.data.get("pour", "")),
        )
    return None
