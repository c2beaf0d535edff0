"""A demande begins: what is said of it on a page or by API becomes what is asked for."""

from __future__ import annotations

from chassis.web.who import Who
from services.deposit.demande import inputs
from services.deposit.demande.actions import demandes
from services.deposit.demande.actions.demandes import Choix
from services.deposit.dossier.store.demande import Demande


def begin(usager_id: str, said: inputs.NouvelleDemande, who: Who, *, request_id: str) -> Demande:
    """Opens a draft for this person. Raises Refused when it cannot be chosen online, with what to do instead."""
    choix = Choix(
        titre_code=said.titre_code,
        demarche_code=said.demarche_code,
        prefecture=said.prefecture,
        # Who holds nothing has no last day, whatever stayed in the field.
        fin_titre=None if said.situation == inputs.SANS else said.fin_titre_date,
        situation_reguliere=said.situation_reguliere and said.situation != inputs.SANS,
        visa=said.visa or said.situation == inputs.VISA,
        beneficiaire=_read_beneficiaire(said),
        titre_tenu=said.titre_tenu if said.situation not in (inputs.SANS, inputs.VISA) and not said.visa else "",
    )
    return demandes.begin(usager_id, choix, who, request_id=request_id)


def _read_beneficiaire(said: inputs.NouvelleDemande) -> dict[str, str] | None:
    if not said.beneficiaire_nom:
        return said.beneficiaire
    born = said.beneficiaire_naissance_date
    return {
        "nom": said.beneficiaire_nom,
        "prenoms": said.beneficiaire_prenoms,
        "naissance_date": born.isoformat() if born else "",
    }
