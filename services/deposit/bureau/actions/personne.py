"""Every act of an agent on a person and her account. Those that open something need an identity check of today."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from chassis.web.who import Who
from services.deposit.acte.actions import RIEN, Acte, Apercu, Champ, Choix, Message, Order
from services.deposit.aidant.actions import aidants, mandats
from services.deposit.aidant.inputs import Mandat
from services.deposit.bureau import inputs
from services.deposit.compte.actions import identites, points_accueil
from services.deposit.compte.inputs import PointAccueil
from services.deposit.dossier.store.usager import Usager
from services.deposit.engagement.actions.actes import ENGAGEMENTS_PERSONNE
from services.deposit.instruction.actions import guichet, pouvoirs
from services.deposit.instruction.inputs import EtatCivil
from services.deposit.reprise.actions.actes import ANTERIEURS_PERSONNE


def _structures(usager: Usager, who: Who) -> Choix:
    return [(s.id, s.nom) for s in aidants.structures([usager.prefecture, *sorted(who.prefectures)])]


def _tells(modele: str, **champs: Any) -> Callable[[Any, Any], Apercu]:
    return lambda usager, saisi: Apercu((Message(modele, champs, ()),))


def _mandate(usager: Usager, saisi: Mandat) -> Apercu:
    scopes = [mandats.PORTEES[p] for p in saisi.portee if p in mandats.PORTEES]
    return Apercu((Message("mandat_donne", {"portee": scopes, "fin_date": saisi.fin_date}, ()),))


def _give(usager_id: str, order: Order) -> object:
    saisi = order.saisi
    return mandats.give(
        usager_id, saisi.structure_id, saisi.portee, saisi.fin_date, order.who, request_id=order.request_id
    )


def _free(usager_id: str, order: Order) -> Usager:
    saisi = order.saisi
    moyens = (saisi.courriel, saisi.telephone)
    lue = EtatCivil(nom=saisi.nom, prenoms=saisi.prenoms, naissance=saisi.naissance) if saisi.nom.strip() else None
    return guichet.free(usager_id, moyens, lue, order.who, request_id=order.request_id)


_PROTECTION = (("true", "Protéger ce compte"), ("false", "Retirer la protection, après un papier vu"))

PERSONNE: tuple[Acte, ...] = (
    Acte(
        code="changer-courriel",
        libelle="Changer l’adresse e-mail du compte",
        effet=(
            "Après la vérification d’un autre agent. Les connexions se ferment, l’ancienne adresse ne reçoit rien. "
            "Sur un compte gelé, son téléphone et son adresse postale sont retirés aussi : la personne les redonne."
        ),
        pouvoir=pouvoirs.DEBLOQUER,
        inputs=inputs.Courriel,
        faire=lambda i, e: guichet.rebind_email(i, e.saisi.courriel, e.who, request_id=e.request_id),
        champs=(Champ("courriel", "Nouvelle adresse e-mail"),),
        apercu=_tells("courriel_change"),
    ),
    Acte(
        code="rendre-sans-courriel",
        libelle="Rendre le compte à une personne sans e-mail",
        effet=(
            "Son papier avec photo a été vu aujourd’hui par un autre agent. Vous lui donnez sur papier l’adresse où "
            "choisir un mot de passe. L’e-mail du compte, s’il y en a un, est retiré ; les connexions se ferment. "
            "Sur un compte gelé, le téléphone et l’adresse postale d’avant sont retirés aussi : demandez son téléphone."
        ),
        pouvoir=pouvoirs.DEBLOQUER,
        inputs=inputs.Retour,
        faire=lambda i, e: guichet.return_account(i, e.saisi.telephone, e.who, request_id=e.request_id),
        champs=(Champ("telephone", "Son téléphone, s’il a changé", facultatif=True),),
        a_dire=identites.on_paper,
        reponse=lambda address: {"phrase": identites.on_paper(address)},
    ),
    Acte(
        code="point-accueil",
        libelle="Noter le point d’accueil qui lui dit ses messages",
        effet=(
            "Après une vérification d’identité. Ce qui lui est envoyé lui est dit là aussi, sur place ou par "
            "téléphone. Une personne protégée le confirme elle-même parmi ses moyens sûrs."
        ),
        pouvoir=pouvoirs.DEBLOQUER,
        inputs=PointAccueil,
        faire=lambda i, e: guichet.name_place(i, e.saisi.lieu_id, e.who, request_id=e.request_id),
        champs=(
            Champ(
                "lieu_id",
                "Point d’accueil",
                "choix",
                choix=lambda u, w: [("", "Aucun"), *points_accueil.places()],
                facultatif=True,
            ),
        ),
    ),
    Acte(
        code="deverrouiller",
        libelle="Rouvrir le compte",
        effet=("Le compte gelé est ouvert de nouveau. L’identité doit avoir été vérifiée aujourd’hui."),
        pouvoir=pouvoirs.DEBLOQUER,
        faire=lambda i, e: guichet.unlock(i, e.who, request_id=e.request_id),
    ),
    Acte(
        code="retirer-second-facteur",
        libelle="Retirer la seconde vérification",
        effet="La personne a perdu sa feuille, son application ou son téléphone : son mot de passe suffit de nouveau.",
        pouvoir=pouvoirs.DEBLOQUER,
        faire=lambda i, e: guichet.drop_factor(i, e.who, request_id=e.request_id),
        apercu=_tells("second_facteur_retire"),
    ),
    Acte(
        code="corriger-identite",
        libelle="Corriger le nom ou la naissance",
        effet="D’après un papier, après une vérification d’identité. Les documents d’avant se refont ensuite.",
        pouvoir=pouvoirs.DEBLOQUER,
        inputs=inputs.EtatCivil,
        faire=lambda i, e: guichet.correct_identity(i, e.saisi, e.who, request_id=e.request_id),
        champs=(
            Champ("nom", "Nom", facultatif=True),
            Champ("prenoms", "Prénoms", facultatif=True),
            Champ("naissance", "Jour de naissance", "jour", facultatif=True),
        ),
    ),
    Acte(
        code="liberer",
        libelle="Rendre son numéro à la personne (compte usurpé)",
        effet=(
            "Après la vérification d’un autre agent. La personne a un compte à elle ; "
            "l’autre reste fermé, comme preuve. S’il est à un autre nom, recopiez le nom et la naissance de son papier."
        ),
        pouvoir=pouvoirs.DEBLOQUER,
        inputs=inputs.Moyens,
        faire=_free,
        champs=(
            Champ("nom", "Son nom, si le compte en porte un autre", facultatif=True),
            Champ("prenoms", "Ses prénoms", facultatif=True),
            Champ("naissance", "Son jour de naissance", "jour", facultatif=True),
            Champ("courriel", "Son adresse e-mail", facultatif=True),
            Champ("telephone", "Son téléphone", facultatif=True),
        ),
        apercu=_tells("compte_ouvert", identifiant="S-…"),
        grave=True,
    ),
    Acte(
        code="proteger",
        libelle="Protéger le compte",
        effet="Messages neutres ; adresse et pièces cachées à tous, sauf à la personne et à l’agent chargé du dossier.",
        pouvoir=pouvoirs.DEBLOQUER,
        inputs=inputs.Protection,
        faire=lambda i, e: guichet.protect(i, e.saisi.protege, e.who, request_id=e.request_id),
        champs=(Champ("protege", "Protection", "choix", choix=lambda u, w: _PROTECTION),),
    ),
    Acte(
        code="geler",
        libelle="Geler le compte",
        effet=(
            "Ce compte est contesté : rien n’y est plus lu, téléchargé ni déposé. Les dates "
            "de la personne sont protégées."
        ),
        pouvoir=pouvoirs.DEBLOQUER,
        faire=lambda i, e: guichet.freeze(i, e.who, request_id=e.request_id),
        grave=True,
    ),
    Acte(
        code="renvoyer-lien",
        rend=RIEN,
        libelle="Renvoyer un lien de mot de passe",
        effet="Le lien part par le moyen de contact de la personne.",
        pouvoir=pouvoirs.DEBLOQUER,
        faire=lambda i, e: guichet.send_recovery(i, e.who, request_id=e.request_id),
        apercu=_tells("recuperation"),
    ),
    Acte(
        code="remise-passee",
        libelle="Enregistrer une remise passée",
        effet="Le titre déjà reçu n’est plus « en attente » : la personne peut déposer sans obstacle.",
        pouvoir=pouvoirs.REMETTRE,
        inputs=inputs.RemisePassee,
        faire=lambda i, e: guichet.record_remise(i, e.saisi.jour, e.saisi.motif, e.who, request_id=e.request_id),
        champs=(
            Champ("jour", "Jour de la remise", "jour"),
            Champ("motif", "Ce que vous avez vérifié", "long", "Par exemple : photo de la carte."),
        ),
    ),
    Acte(
        code="numero",
        libelle="Joindre son numéro étranger",
        effet="Le numéro donné depuis rejoint ce compte : dossier, pièces, historique et dates restent les mêmes.",
        pouvoir=pouvoirs.REMETTRE,
        inputs=inputs.Numero,
        faire=lambda i, e: guichet.attach_number(i, e.saisi.numero, e.who, request_id=e.request_id),
        champs=(Champ("numero", "Numéro étranger"),),
    ),
    Acte(
        code="mandat",
        libelle="Enregistrer un mandat signé sur papier",
        effet="La structure suit la personne jusqu’au dernier jour écrit. La personne peut l’arrêter d’un geste.",
        pouvoir=pouvoirs.REMETTRE,
        inputs=Mandat,
        faire=_give,
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


def offered_acts(powers: frozenset[str]) -> list[Acte]:
    """The acts whose buttons work for these powers on this person."""
    return [acte for acte in PERSONNE if acte.pouvoir in powers]
