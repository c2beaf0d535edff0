"""The other demandes of the same person, and the mentions that her papers bore.

A demande made for a child is the child's: neither its papers nor its mentions are the parent's, nor hers the child's.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from personne.nom import same_birth, same_name, same_prenoms
from services.deposit.dossier.rules import etats
from services.deposit.dossier.store.demande import Demande
from services.deposit.dossier.store.usager import Usager

DEMANDES_MAX = 50
# What was never filed proves nothing, and what somebody else filed is not hers.
_PAS_LES_SIENNES = (etats.BROUILLON, etats.REPUDIEE)
_LUS = (
    "anterieurs",
    "attestations",
    "beneficiaire",
    "carte",
    "decision_date",
    "demarche_code",
    "depot_date",
    "fin_titre_date",
    "origine",
    "reference",
    "remise_date",
    "state",
    "titre_code",
)


def mentions(demande: Demande, usager: Usager) -> list[str]:
    """What is written of this person, and what every earlier paper of hers bore: none is lost (DEP-53)."""
    papers = [*demande.attestations, *(paper for other in demandes(demande) for paper in other.attestations)]
    borne = [mention for paper in papers for mention in json.loads(paper.contenu).get("mentions", ())]
    return [*(() if demande.beneficiaire else usager.mentions), *borne]


def same_beneficiary(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Whether two demandes of one account are for the same person: its holder, or the same child."""
    if not one or not other:
        return not one and not other
    born, birth = one.get("naissance_date", ""), other.get("naissance_date", "")
    return (
        same_name(one.get("nom", ""), other.get("nom", ""))
        and same_prenoms(one.get("prenoms", ""), other.get("prenoms", ""))
        and (not born or not birth or same_birth(born, birth))
    )


def of_account(demande: Demande) -> list[Demande]:
    """The others filed in the same account, for whomever (at most 50), as far as an act on this one asks."""
    found = Demande.objects(usager_id=demande.usager_id, id__ne=demande.id, state__nin=_PAS_LES_SIENNES)
    return demande.once("ailleurs", lambda: list(found.only(*_LUS).limit(DEMANDES_MAX)))


def demandes(demande: Demande) -> Iterator[Demande]:
    """Those of them for the same person."""
    hers = dict(demande.beneficiaire)
    return (other for other in of_account(demande) if same_beneficiary(hers, dict(other.beneficiaire)))
