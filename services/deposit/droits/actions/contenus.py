"""What the papers of a demande say: whose they are, which title they name, what the card held still proves."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from documents import numero
from documents.contenu import Droit, Personne
from droit.catalogue import Stade
from droit.catalogue.regime import RegimeApplique
from droit.catalogue.titre import Titre
from droit.dates import day_in_words
from services.deposit.cadre import Cadre
from services.deposit.dossier.store.demande import Demande
from services.deposit.dossier.store.usager import Usager

# The sources give no article for many titles: what is printed then says so (design 5).
ARTICLE_A_COMPLETER = "Article à compléter : les sources ne le donnent pas"


def extends(demande: Demande, usager: Usager, frame: Cadre) -> bool:
    """Whether the card held is one of those of L. 433-3, whichever title is asked for: said by her, or recorded, or
    the very title that she renews (DEP-26).
    """
    end = demande.fin_titre_date
    if not demande.titre_code or end is None or demande.retenue_date > end or demande.beneficiaire:
        return False
    if demande.titre_tenu:
        return demande.titre_tenu in frame.texts("l433-3-cartes", demande.depot_date)
    held = next((t.titre_code for t in usager.titres if t.fin_date == end and t.titre_code), "")
    if not held and demande.stade == Stade.RENOUVELLEMENT:
        held = demande.titre_code
    return bool(held) and frame.catalogue.titre(held).l433_3


def protected_day(demande: Demande) -> tuple[str, ...]:
    """The day that counts where an earlier one is protected, and that the delay costs nothing (DEP-25, DEP-26)."""
    if demande.retenue_date is None or demande.retenue_date >= demande.depot_date:
        return ()
    day = day_in_words(demande.retenue_date)
    return (
        f"Date qui compte : le {day}. C’est le jour du premier essai, qu’un blocage a empêché.",
        "Aucun droit de régularisation n’est dû pour ce retard.",
    )


def mentions(demande: Demande, usager: Usager, titre: Titre) -> tuple[str, ...]:
    """What the title recognises, and every mention that an earlier paper bore: none is lost (DEP-53)."""
    earlier = [said for paper in demande.attestations for said in json.loads(paper.contenu).get("mentions", ())]
    return tuple(dict.fromkeys((*titre.mentions, *usager.mentions, *earlier)))


def lines(applied: RegimeApplique, mention: str, work_source: str, frame: Cadre) -> tuple[Droit, ...]:
    """« Ce document prouve »: stay, work, benefits, each with its text (DEP-51, DEP-59)."""
    rights = applied.droits.value
    texts = " ; ".join(frame.catalogue.texte(cle).titre for cle in rights.textes)
    lines = [Droit("Séjour", rights.phrase, texts)]
    if rights.travail_imprime:
        lines.append(Droit("Travail", mention, work_source))
    lines.append(
        Droit(
            "Prestations",
            "Les organismes peuvent vérifier ce document avec sa référence.",
            str(applied.droits.citation),
        )
    )
    return tuple(lines)


def common(demande: Demande, usager: Usager, today: date, frame: Cadre) -> dict[str, Any]:
    """What every attestation of this demande says; the beneficiary of a demande made for another is its person."""
    titre = frame.catalogue.titre(demande.titre_code) if demande.titre_code else None
    other = demande.beneficiaire or {}
    naissance = date.fromisoformat(other["naissance_date"]) if other.get("naissance_date") else usager.naissance_date
    return {
        "numero": numero.new(numero.SERVICE_DIGITS["deposit"]),
        "emetteur": "Séjour, dépôt en ligne",
        "emis_date": today,
        "depot_date": demande.depot_date,
        "prefecture": frame.catalogue.departement(demande.prefecture).nom,
        "personne": Personne(
            nom=other.get("nom") or usager.nom,
            prenoms=other.get("prenoms") or usager.prenoms,
            naissance_date=naissance,
            nationalite=other.get("nationalite") or usager.nationalite,
            numero_etranger="" if other else usager.numero_etranger or "",
        ),
        "titre_libelle": demande.libelle,
        "article": article(titre),
        "verification_url": f"{frame.settings.public_url}/deposit/verifier",
        "extra": {"developpement": not frame.production},
    }


def named(demande: Demande, titre: Titre) -> dict[str, str]:
    """The title that a paper names: under the words of the demande, unless another was granted."""
    libelle = demande.libelle if titre.code == demande.titre_code else titre.libelle
    return {"titre_libelle": libelle, "article": article(titre)}


def article(titre: Titre | None) -> str:
    return titre.article if titre and titre.article else ARTICLE_A_COMPLETER
