"""A blocage as it comes from a page or the API of the téléservice: who, what, which préfecture."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from blocage.actions import Constat
from chassis import outbox
from chassis.web.who import USAGER, Who
from droit.decision import Genre, Motif, Refused
from personne.joindre import Joignable, read_box
from personne.reference import read_reference
from sejour.blocage.v1 import blocage_pb2
from services.deposit.blocage.actions import blocages
from services.deposit.blocage.inputs import ReferenceDeBlocage
from services.deposit.cadre import cadre
from services.deposit.dossier.actions import prefectures
from services.deposit.dossier.actions.acces import ACT, access_demande, access_usager
from services.deposit.dossier.store.demande import Demande
from services.deposit.dossier.store.projections import BlocageConnu
from services.deposit.dossier.store.usager import Blocage, Usager

SYMPTOME_INCONNU = Motif(
    "SYMPTOME_INCONNU",
    "regle-du-service",
    "Ce blocage n’est pas dans la liste.",
    "Choisissez « autre » et dites-le avec vos mots.",
    Genre.INVALIDE,
)
REFERENCE_INCONNUE = Motif(
    "REFERENCE_INCONNUE",
    "regle-du-service",
    "Aucun blocage à vous ne porte cette référence.",
    "Vérifiez les huit lettres et chiffres après le B. Si elle vient de vous être donnée, attendez un instant, puis "
    "recommencez. Vous pouvez toujours déposer votre demande, et le dire ensuite.",
    Genre.INTROUVABLE,
)


def bring(typed: ReferenceDeBlocage, usager_id: str, who: Who) -> date:
    """She brings the reference of a blocage met before her account, at any channel: its first day protects her dates.

    Raises Refused(REFERENCE_INCONNUE) for that of nobody, and for somebody else's.
    """
    usager = access_usager(usager_id, who, ACT)
    found = BlocageConnu.objects(reference=read_reference(typed.reference, "B")).first()
    if found is None or found.usager_id not in ("", usager.id):
        raise Refused(REFERENCE_INCONNUE, champ="reference")
    blocages.concerns(found.id, usager.id)
    first: date = found.premiere_tentative_date
    return first


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
            fin_droit=_right_ends(usager, demande, today),
            page=said.get("page", ""),
            precis=said.get("precis", ""),
            navigateur=said.get("navigateur", ""),
            capture=said.get("capture", ""),
            joignable=Joignable() if usager else read_box(said.get("contact", ""), prefecture),
            voies=prefectures.modalites(prefecture).lignes,
        ),
        request_id=request_id,
    )


def _right_ends(usager: Usager | None, demande: Demande | None, today: date) -> date | None:
    """The last day of the title that her demande renews, else of the last one in force that her account knows."""
    if demande is not None and demande.fin_titre_date is not None:
        end: date = demande.fin_titre_date
        return end
    known = [titre.fin_date for titre in usager.titres if titre.fin_date] if usager else []
    return max((day for day in known if day >= today), default=None)
