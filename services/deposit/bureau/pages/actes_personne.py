"""Every act of an agent on a person and her account. Those that open something need an identity check of today."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chassis.web.who import Who
from services.deposit.acte.pages import formulaires as f
from services.deposit.acte.pages.acte import Acte, Champ, Choix, Envoi
from services.deposit.aidant.actions import aidants, mandats
from services.deposit.engagement.pages.actes_engagements import ENGAGEMENTS_PERSONNE
from services.deposit.instruction.actions import guichet, pouvoirs
from services.deposit.instruction.actions.apercus import Apercu, Message
from services.deposit.reprise.pages.actes_anterieurs import ANTERIEURS_PERSONNE


def _structures(usager: Any, who: Who) -> Choix:
    return [(s.id, s.nom) for s in aidants.structures([usager.prefecture, *sorted(who.prefectures)])]


def _tells(modele: str, **champs: Any) -> Any:
    return lambda usager, saisi: Apercu((Message(modele, champs, ()),))


def _mandate(usager: Any, saisi: f.MandatPapier) -> Apercu:
    held = [mandats.PORTEES[p] for p in saisi.portee if p in mandats.PORTEES]
    return Apercu((Message("mandat_donne", {"portee": held, "fin_date": saisi.fin_date}, ()),))


def _give(usager_id: str, envoi: Envoi) -> object:
    saisi = envoi.saisi
    return mandats.give(
        usager_id, saisi.structure_id, saisi.portee, saisi.fin_date, envoi.who, request_id=envoi.request_id
    )


PERSONNE: tuple[Acte, ...] = (
    Acte(
        "courriel",
        "Changer l’adresse e-mail du compte",
        "Après la vérification d’un autre agent. Les connexions se ferment, l’ancienne adresse ne reçoit rien.",
        pouvoirs.DEBLOQUER,
        f.Courriel,
        lambda i, e: guichet.rebind_email(i, e.saisi.courriel, e.who, request_id=e.request_id),
        champs=(Champ("courriel", "Nouvelle adresse e-mail"),),
        apercu=_tells("courriel_change"),
    ),
    Acte(
        "deverrouiller",
        "Rouvrir le compte",
        "Le compte fermé par des essais ou gelé est ouvert de nouveau. L’identité doit avoir été vérifiée aujourd’hui.",
        pouvoirs.DEBLOQUER,
        f.Rien,
        lambda i, e: guichet.unlock(i, e.who, request_id=e.request_id),
    ),
    Acte(
        "second-facteur",
        "Retirer la seconde vérification",
        "La personne a perdu sa feuille, son application ou son téléphone : son mot de passe suffit de nouveau.",
        pouvoirs.DEBLOQUER,
        f.Rien,
        lambda i, e: guichet.drop_factor(i, e.who, request_id=e.request_id),
        apercu=_tells("second_facteur_retire"),
    ),
    Acte(
        "liberer",
        "Rendre son numéro à la personne (compte usurpé)",
        "Après la vérification d’un autre agent. La personne a un compte à elle ; l’autre reste fermé, comme preuve.",
        pouvoirs.DEBLOQUER,
        f.Moyens,
        lambda i, e: guichet.free(i, (e.saisi.courriel, e.saisi.telephone), e.who, request_id=e.request_id),
        champs=(
            Champ("courriel", "Son adresse e-mail", facultatif=True),
            Champ("telephone", "Son téléphone", facultatif=True),
        ),
        apercu=_tells("compte_ouvert", identifiant="S-…"),
        grave=True,
    ),
    Acte(
        "proteger",
        "Protéger le compte",
        "Messages neutres ; adresse et pièces cachées à tous, sauf à la personne et à l’agent chargé du dossier.",
        pouvoirs.DEBLOQUER,
        f.Rien,
        lambda i, e: guichet.protect(i, True, e.who, request_id=e.request_id),
    ),
    Acte(
        "geler",
        "Geler le compte",
        "Ce compte est contesté : rien n’y est plus lu, téléchargé ni déposé. Les dates de la personne sont protégées.",
        pouvoirs.DEBLOQUER,
        f.Rien,
        lambda i, e: guichet.freeze(i, e.who, request_id=e.request_id),
        grave=True,
    ),
    Acte(
        "renvoyer-lien",
        "Renvoyer un lien de mot de passe",
        "Le lien part par le moyen de contact de la personne.",
        pouvoirs.DEBLOQUER,
        f.Rien,
        lambda i, e: guichet.send_recovery(i, e.who, request_id=e.request_id),
        apercu=_tells("recuperation"),
    ),
    Acte(
        "remise-passee",
        "Enregistrer une remise passée",
        "Le titre déjà reçu n’est plus « en attente » : la personne peut déposer sans obstacle.",
        pouvoirs.REMETTRE,
        f.RemisePassee,
        lambda i, e: guichet.record_remise(i, e.saisi.jour, e.saisi.motif, e.who, request_id=e.request_id),
        champs=(
            Champ("jour", "Jour de la remise", "jour"),
            Champ("motif", "Ce que vous avez vérifié", "long", "Par exemple : photo de la carte."),
        ),
    ),
    Acte(
        "numero",
        "Joindre son numéro étranger",
        "Le numéro donné depuis rejoint ce compte : dossier, pièces, historique et dates restent les mêmes.",
        pouvoirs.REMETTRE,
        f.Numero,
        lambda i, e: guichet.attach_number(i, e.saisi.numero, e.who, request_id=e.request_id),
        champs=(Champ("numero", "Numéro étranger"),),
    ),
    Acte(
        "mandat",
        "Enregistrer un mandat signé sur papier",
        "La structure suit la personne jusqu’au dernier jour écrit. La personne peut l’arrêter d’un geste.",
        pouvoirs.REMETTRE,
        f.MandatPapier,
        _give,
        champs=(
            Champ("structure_id", "Structure", "choix", choix=_structures),
            Champ("portee", "Ce qui est permis", "cases", choix=lambda u, w: list(mandats.PORTEES.items())),
            Champ("fin_date", "Dernier jour", "jour"),
        ),
        apercu=_mandate,
    ),
    *ANTERIEURS_PERSONNE,
    *ENGAGEMENTS_PERSONNE,
)

PAR_CODE: Mapping[str, Acte] = {acte.code: acte for acte in PERSONNE}


def shown(powers: frozenset[str]) -> list[Acte]:
    """The acts whose buttons work for these powers on this person."""
    return [acte for acte in PERSONNE if acte.pouvoir in powers]
