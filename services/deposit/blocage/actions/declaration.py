"""A blocage as it comes from a page or the API of the téléservice: who, what, which préfecture."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from blocage.actions import Constat
from chassis import outbox
from chassis.web.who import USAGER, Who
from droit.decision import Genre, Motif, Refused
from personne.joindre import Joignable, read_box
from sejour.blocage.v1 import blocage_pb2
from services.deposit.blocage.actions import blocages
from services.deposit.cadre import cadre
from services.deposit.dossier.actions import prefectures
from services.deposit.dossier.actions.acces import access_demande
from services.deposit.dossier.store.usager import Blocage, Usager

SYMPTOME_INCONNU = Motif(
    "SYMPTOME_INCONNU",
    "regle-du-service",
    "Ce blocage n’est pas dans la liste.",
    "Choisissez « autre » et dites-le avec vos mots.",
    Genre.INVALIDE,
)


def blocage(said: Mapping[str, str], who: Who, today: date, *, request_id: str) -> Blocage:
    """Records what stops the person, at once; nothing but the symptom is needed, and nobody need be signed in."""
    usager = Usager.objects(id=who.acts_for or who.id).first() if who.kind == USAGER or who.acts_for else None
    demande = access_demande(said["demande_id"], who) if said.get("demande_id") else None
    name = f"SYMPTOME_{said.get('symptome') or 'AUTRE'}"
    if name not in blocage_pb2.Symptome.DESCRIPTOR.values_by_name:
        raise Refused(SYMPTOME_INCONNU, champ="symptome")
    cadre().catalogue.libelle_imprime(said.get("titre_code", ""), said.get("demarche_code", ""))
    prefecture = said.get("prefecture") or (demande.prefecture if demande else usager.prefecture if usager else "")
    parcours = usager.parcours_id if usager else outbox.id_for(request_id, "parcours")
    return blocages.record(
        Constat(
            parcours_id=parcours,
            symptome=blocage_pb2.Symptome.Value(name),
            prefecture=prefecture,
            jour=today,
            par=who.subject if who.signed_in else "anonyme",
            preuves=(blocage_pb2.PREUVE_CAPTURE,) if said.get("capture") else (blocage_pb2.PREUVE_DECLARATION,),
            usager_id=usager.id if usager else "",
            demande_id=demande.id if demande else "",
            titre_code=said.get("titre_code") or (demande.titre_code if demande else ""),
            demarche_code=said.get("demarche_code") or (demande.demarche_code if demande else ""),
            fin_droit=demande.fin_titre_date if demande else None,
            page=said.get("page", ""),
            precis=said.get("precis", ""),
            navigateur=said.get("navigateur", ""),
            capture=said.get("capture", ""),
            joignable=Joignable() if usager else read_box(said.get("contact", ""), prefecture),
            voies=prefectures.modalites(prefecture).lignes,
        ),
        request_id=request_id,
    )
