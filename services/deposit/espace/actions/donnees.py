"""All that deposit keeps of a person, for herself: to read, to take elsewhere, to have corrected (RGPD)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from chassis import clock
from chassis.mongo import collection_of
from chassis.web.who import USAGER, Who
from droit.decision import Refused
from services.deposit.demande.actions import queries
from services.deposit.dossier.actions import acces
from services.deposit.dossier.rules import acces as rules
from services.deposit.dossier.rules import etats
from services.deposit.dossier.store.demande import Demande
from services.deposit.dossier.store.echange import Echange
from services.deposit.dossier.store.projections import BlocageConnu, SaisineConnue
from services.deposit.dossier.store.usager import Mandat, Usager
from services.deposit.engagement.store.promesse import Promesse
from services.deposit.instruction.store import Consultation, Controle
from services.deposit.partenaire.store import RefusPartenaire

LISTE_MAX = 500
# One line for each thing kept: its name in the file, where it is, the field that names the person.
DONNEES = (
    ("compte", Usager, "_id"),
    ("demandes", Demande, "usager_id"),
    ("echanges", Echange, "usager_id"),
    ("mandats_d_aidants", Mandat, "usager_id"),
    ("blocages", BlocageConnu, "usager_id"),
    ("tickets", SaisineConnue, "usager_id"),
    ("promesses", Promesse, "usager_id"),
    ("refus_de_partenaires", RefusPartenaire, "usager_id"),
    ("controles_d_identite", Controle, "usager_id"),
    ("consultations_de_mon_dossier", Consultation, "usager_id"),
)
# What runs the service, and what opens an account: neither says anything of the person.
HIDDEN = frozenset(
    {
        "outbox",
        "request_ids",
        "lease_owner",
        "lease_time",
        "due_failures",
        "due_lease_time",
        "echeances",
        "next_due_date",
        "last_hash",
        "vue_version",
        "vue_envois",
        "vue_state",
        "cle",
        "cle_identite",
        "codes_papier",
        "codes_confirmation",
        "facteur_graine",
        "facteur_pas",
        "password_hash",
        "second_facteur",
        "sub_oidc",
        "conteste",
    }
)


def export(who: Who) -> dict[str, Any]:
    """Everything kept of the person who asks, with the history of each demande. Raises Refused for anybody else."""
    if who.kind != USAGER:
        raise Refused(etats.DEMANDE_INCONNUE)
    usager = acces.access_usager(who.id, who, rules.READ)
    kept = {
        name: [_readable(found) for found in collection_of(document).find({key: usager.id}).limit(LISTE_MAX)]
        for name, document, key in DONNEES
    }
    owned = Demande.objects(usager_id=usager.id).only("id", "reference", "vue_version").limit(LISTE_MAX)
    history = {
        demande.reference: [
            {"jour": fact["day"], "fait": fact["subject"], "par": fact["by"], "empreinte": fact["hash"]}
            for fact in queries.history(demande)
        ]
        for demande in owned
    }
    return {"etabli_le": clock.today().isoformat(), **kept, "historique": history}


def _readable(value: object) -> object:
    if isinstance(value, dict):
        return {
            name: _readable(part) for name, part in value.items() if name not in HIDDEN and part not in (None, "", [])
        }
    if isinstance(value, list):
        return [_readable(part) for part in value]
    return value.isoformat() if isinstance(value, date | datetime) else value
