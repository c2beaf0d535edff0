"""Acts beside the examination: what came, what was wrong, documents, messages, urgency, transfer, handing over."""

from __future__ import annotations

from typing import Any

from chassis.web.who import AGENT, AIDANT, USAGER
from droit.decision import Refused
from services.deposit.acte.actions import RIEN, Acte, Champ, Envoi
from services.deposit.bureau import inputs
from services.deposit.bureau.actions import choix
from services.deposit.dossier.actions import acces
from services.deposit.dossier.actions.prefectures import departements
from services.deposit.dossier.rules import etats
from services.deposit.droits.actions.attestations import DOCUMENT_INCONNU
from services.deposit.instruction.actions import (
    apercus,
    corrections,
    guichet,
    instruction,
    pouvoirs,
    reparations,
    transferts,
    urgences,
)

OUVERTES = etats.EN_INSTRUCTION


def _tell(state: str, modele: str, *names: str) -> Any:
    """The preview of an act that only tells what was filled in."""
    return lambda demande, saisi: apercus.after(demande, state, modele, {name: getattr(saisi, name) for name in names})


def _receive(demande_id: str, envoi: Envoi) -> object:
    assert envoi.fichier is not None
    saisi = envoi.saisi
    return guichet.receive(
        demande_id, (saisi.voie, saisi.jour), saisi.code, envoi.fichier, envoi.who, request_id=envoi.request_id
    )


def _flag(demande_id: str, envoi: Envoi) -> object:
    preuve = envoi.fichier[1] if envoi.fichier else None
    return urgences.flag(
        demande_id, envoi.saisi.motif, envoi.saisi.texte, preuve, envoi.who, request_id=envoi.request_id
    )


def _send(demande_id: str, envoi: Envoi) -> object:
    demande = acces.access_demande(demande_id, envoi.who, pouvoirs.INSTRUIRE)
    if all(a.numero != envoi.saisi.numero for a in demande.attestations):
        raise Refused(DOCUMENT_INCONNU, champ="numero")
    return reparations.send_document(envoi.saisi.numero, by=envoi.who.subject, request_id=envoi.request_id)


SUIVI: tuple[Acte, ...] = (
    Acte(
        code="recevoir",
        libelle="Joindre une pièce reçue",
        effet="La pièce compte au jour de son arrivée et répond à la demande de pièces.",
        pouvoir=pouvoirs.INSTRUIRE,
        inputs=inputs.Arrivee,
        faire=_receive,
        etats=OUVERTES,
        champs=(
            Champ("code", "Pièce", "choix", choix=choix.pieces_ou_autre),
            Champ(
                "voie",
                "Arrivée par",
                "choix",
                choix=lambda d, w: [
                    ("guichet", "Guichet"),
                    ("poste", "Poste"),
                    ("courriel", "E-mail"),
                    ("pan", "Point d’accueil"),
                ],
            ),
            Champ("jour", "Jour d’arrivée", "jour", "Le jour du cachet ou du passage, pas celui de l’enregistrement."),
            Champ("fichier", "Fichier", "fichier", "PDF, JPEG ou PNG."),
        ),
        trace="La pièce, son empreinte, son jour et votre nom restent dans l’historique. La personne la voit.",
    ),
    Acte(
        code="corriger",
        libelle="Corriger une erreur du formulaire",
        effet="La réponse d’avant reste lisible. La personne est prévenue et peut contester d’un geste.",
        pouvoir=pouvoirs.INSTRUIRE,
        inputs=inputs.Correction,
        faire=lambda i, e: corrections.correct(
            i, e.saisi.champ, e.saisi.valeur, e.saisi.motif, e.who, request_id=e.request_id
        ),
        etats=OUVERTES,
        champs=(
            Champ("champ", "Réponse à corriger", "choix", choix=choix.reponses),
            Champ("valeur", "Bonne réponse"),
            Champ("motif", "Pourquoi", "long"),
        ),
        apercu=lambda d, s: apercus.after(
            d,
            "",
            "demande_corrigee",
            {"champ": s.champ, "avant": d.reponses.get(s.champ, ""), "apres": s.valeur, "motif": s.motif},
        ),
        possible=lambda d: bool(d.reponses),
    ),
    Acte(
        code="reemettre",
        libelle="Refaire une attestation",
        effet="La mention fausse ou absente est reprise du catalogue. L’ancienne reste, marquée « remplacée ».",
        pouvoir=pouvoirs.INSTRUIRE,
        inputs=inputs.Document,
        faire=lambda i, e: instruction.reissue(i, e.saisi.numero, e.who, request_id=e.request_id),
        champs=(Champ("numero", "Attestation", "choix", choix=choix.refaisables),),
        apercu=lambda d, s: apercus.after(
            d, "", "attestation_delivree", {"remplace": s.numero}, ("Nouvelle attestation, en PDF",)
        ),
        possible=lambda d: bool(choix.refaisables(d, None)),
    ),
    Acte(
        code="envoyer",
        rend=RIEN,
        libelle="Envoyer une attestation",
        effet="Elle part par le moyen de contact de la personne, et par courrier.",
        pouvoir=pouvoirs.INSTRUIRE,
        inputs=inputs.Document,
        faire=_send,
        champs=(Champ("numero", "Document", "choix", choix=choix.documents),),
        apercu=lambda d, s: apercus.after(
            d, "", "attestation_delivree", {}, (f"Document {s.numero}, en PDF et sur papier",)
        ),
        possible=lambda d: bool(d.documents),
    ),
    Acte(
        code="ecrire",
        reponse=lambda made: {"echange_id": made.id},
        libelle="Écrire à la personne",
        effet="Votre message rejoint le fil de la demande. Il n’en disparaît jamais.",
        pouvoir=pouvoirs.INSTRUIRE,
        inputs=inputs.Texte,
        faire=lambda i, e: corrections.write_message(i, e.saisi.texte, e.who, request_id=e.request_id),
        champs=(Champ("texte", "Message", "long", "Phrases courtes, un seul sujet, sans sigle."),),
        apercu=_tell("", "message_agent", "texte"),
    ),
    Acte(
        code="urgence",
        qui=(USAGER, AIDANT, AGENT),
        libelle="Signaler une urgence",
        effet="Le dossier monte dans la file. La raison est visible.",
        pouvoir=pouvoirs.INSTRUIRE,
        inputs=inputs.Urgence,
        faire=_flag,
        etats=(*OUVERTES, etats.FAVORABLE, etats.TITRE_PRET),
        champs=(
            Champ("motif", "Urgence", "choix", choix=lambda d, w: list(urgences.MOTIFS.items())),
            Champ("texte", "Ce qui se passe", "long", facultatif=True),
            Champ("fichier", "Preuve", "fichier", "PDF, JPEG ou PNG.", facultatif=True),
        ),
    ),
    Acte(
        code="fermer-ancienne",
        libelle="Fermer une ancienne demande oubliée",
        effet="L’ancienne demande est fermée, quelle que soit sa préfecture. Rien d’autre ne change pour la personne.",
        pouvoir=pouvoirs.INSTRUIRE,
        inputs=inputs.Ancienne,
        faire=lambda i, e: guichet.close_ghost(i, e.saisi.reference, e.saisi.motif, e.who, request_id=e.request_id),
        champs=(
            Champ("reference", "Ancienne demande", "choix", choix=choix.fantomes),
            Champ("motif", "Ce que vous avez vérifié", "long"),
        ),
        possible=lambda d: bool(choix.fantomes(d, None)),
    ),
    Acte(
        code="transferer",
        libelle="Transférer à une autre préfecture",
        effet="Tout le dossier suit : référence, dates, pièces, documents, historique. Rien ne recommence.",
        pouvoir=pouvoirs.INSTRUIRE,
        inputs=inputs.Departement,
        faire=lambda i, e: transferts.transfer(i, e.saisi.prefecture, e.who, request_id=e.request_id),
        etats=OUVERTES,
        champs=(Champ("prefecture", "Nouvelle préfecture", "choix", choix=lambda d, w: departements()),),
        apercu=lambda d, s: apercus.after(
            d,
            "",
            "demande_transferee",
            {
                "prefecture": dict(departements()).get(s.prefecture, s.prefecture),
                "date_retenue": d.retenue_date.isoformat(),
            },
        ),
    ),
    Acte(
        code="titre-pret",
        libelle="Dire que le titre est prêt",
        effet="La personne est invitée par son moyen de contact.",
        pouvoir=pouvoirs.REMETTRE,
        inputs=inputs.Lieu,
        faire=lambda i, e: instruction.announce_title(i, e.saisi.lieu, e.who, request_id=e.request_id),
        etats=(etats.FAVORABLE,),
        champs=(Champ("lieu", "Lieu et horaires", "long"),),
        apercu=_tell(etats.TITRE_PRET, "titre_pret", "lieu"),
    ),
    Acte(
        code="remettre",
        libelle="Remettre le titre",
        effet="La remise est enregistrée en un geste, après une vérification d’identité faite aujourd’hui.",
        pouvoir=pouvoirs.REMETTRE,
        faire=lambda i, e: guichet.hand_over(i, e.who, request_id=e.request_id),
        etats=(etats.FAVORABLE, etats.TITRE_PRET),
    ),
)
