"""Acts beside the examination: what came, what was wrong, documents, messages, urgency, transfer, handing over."""

from __future__ import annotations

from chassis.web.who import AGENT, AIDANT, USAGER
from droit.decision import Refused
from services.deposit.acte.actions import RIEN, Acte, Apercu, Champ, Message, Order
from services.deposit.bureau import inputs
from services.deposit.bureau.actions import choix, ecrits
from services.deposit.compte.actions import rapprochement
from services.deposit.demande.actions import fiches
from services.deposit.dossier.actions import acces, issues
from services.deposit.dossier.rules import attentes, etats
from services.deposit.dossier.store.demande import Demande
from services.deposit.droits.actions.attestations import DOCUMENT_INCONNU
from services.deposit.instruction.actions import (
    corrections,
    guichet,
    instruction,
    pouvoirs,
    reparations,
    transferts,
    urgences,
)

OUVERTES = etats.EN_INSTRUCTION
DEPOSEES = tuple(state for state in etats.FOLLOWING if state != etats.BROUILLON)


def _letter(demande: Demande, saisi: inputs.Texte) -> Apercu:
    ecrits.may_write(saisi)
    champs = {"reference": demande.reference, "texte": saisi.texte}
    return Apercu((Message("message_agent", champs, ()),), issues.phrase(demande).phrase)


def _paper(demande: Demande, saisi: inputs.Document) -> Apercu:
    pieces = (f"Document {saisi.numero}, en PDF et sur papier",)
    champs = {"reference": demande.reference, "libelle": demande.libelle}
    return Apercu((Message("attestation_delivree", champs, pieces),), issues.phrase(demande).phrase)


def _receive(demande_id: str, order: Order) -> object:
    assert order.fichier is not None
    saisi = order.saisi
    return guichet.receive(
        demande_id, (saisi.voie, saisi.jour), saisi.code, order.fichier, order.who, request_id=order.request_id
    )


def _flag(demande_id: str, order: Order) -> object:
    return urgences.flag(
        demande_id, order.saisi.motif, order.saisi.texte, order.fichier, order.who, request_id=order.request_id
    )


def _send(demande_id: str, order: Order) -> object:
    demande = acces.access_demande(demande_id, order.who, pouvoirs.INSTRUIRE)
    if all(a.numero != order.saisi.numero for a in demande.attestations):
        raise Refused(DOCUMENT_INCONNU, champ="numero")
    return reparations.send_document(order.saisi.numero, by=order.who.subject, request_id=order.request_id)


SUIVI: tuple[Acte, ...] = (
    Acte(
        code="recevoir",
        libelle="Joindre une pièce reçue",
        effet="La pièce compte au jour de son arrivée. Celle qui est demandée répond à la demande de pièces.",
        pouvoir=pouvoirs.INSTRUIRE,
        inputs=inputs.Arrivee,
        faire=_receive,
        etats=DEPOSEES,
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
            Champ("fichier", "Fichier", "fichier", "PDF ou photo (JPEG, PNG, HEIC, WebP)."),
        ),
        trace="La pièce, son empreinte, son jour et votre nom restent dans l’historique. La personne la voit.",
    ),
    Acte(
        code="corriger",
        libelle="Corriger une erreur du formulaire",
        effet="La réponse d’avant reste lisible. La personne est prévenue et peut contester d’un geste.",
        pouvoir=pouvoirs.INSTRUIRE,
        inputs=inputs.Correction,
        plan=lambda d, o: corrections.correct(d, o, o.saisi.champ, o.saisi.valeur, o.saisi.motif),
        etats=OUVERTES,
        champs=(
            Champ("champ", "Réponse à corriger", "choix", choix=choix.reponses),
            Champ("valeur", "Bonne réponse"),
            Champ("motif", "Pourquoi", "long"),
        ),
        possible=lambda d: bool(choix.reponses(d, None)),
    ),
    Acte(
        code="blocage-connu",
        libelle="Noter que la personne a été bloquée",
        effet="Aucun droit de régularisation ne lui est demandé pour son retard.",
        pouvoir=pouvoirs.INSTRUIRE,
        inputs=inputs.Cause,
        plan=lambda d, o: corrections.know_blocked(d, o, o.saisi.cause),
        annonce=False,
        champs=(Champ("cause", "Ce que vous savez", "long", "Par exemple : son appel du 3 mars, le site en panne."),),
        possible=lambda d: not d.blocage_connu and d.fin_titre_date is not None,
    ),
    Acte(
        code="carte-tenue",
        libelle="Dire quelle carte la personne tient",
        effet="L’attestation de dépôt est refaite si cette carte prouve des droits après sa fin.",
        pouvoir=pouvoirs.INSTRUIRE,
        inputs=inputs.CarteTenue,
        plan=lambda d, o: corrections.say_titre_tenu(d, o, o.saisi.titre_tenu),
        champs=(Champ("titre_tenu", "Carte tenue", "choix", choix=lambda d, w: list(fiches.cartes().items())),),
        possible=lambda d: bool(d.titre_code) and d.fin_titre_date is not None,
    ),
    Acte(
        code="corriger-debut",
        libelle="Corriger la première page",
        effet="Dernier jour du titre, situation, enfant, titre demandé : les droits sont recalculés tout de suite. La "
        "réponse d’avant reste lisible. La personne est prévenue et peut contester d’un geste.",
        pouvoir=pouvoirs.INSTRUIRE,
        inputs=inputs.CorrectionDebut,
        plan=lambda d, o: corrections.correct_first_page(d, o, o.saisi, o.saisi.motif),
        etats=OUVERTES,
        champs=(
            Champ("fin_titre_date", "Dernier jour du titre ou du visa", "jour", facultatif=True),
            Champ("situation", "Situation", "choix", choix=choix.situations, facultatif=True),
            Champ("titre_code", "Titre demandé", "choix", choix=choix.titres, facultatif=True),
            Champ("beneficiaire_nom", "Nom de l’enfant", facultatif=True),
            Champ("beneficiaire_prenoms", "Prénoms de l’enfant", facultatif=True),
            Champ("beneficiaire_naissance_date", "Naissance de l’enfant", "jour", facultatif=True),
            Champ("motif", "Pourquoi", "long", "Laissez vide ce qui est juste. La personne lit vos mots."),
        ),
    ),
    Acte(
        code="lu",
        libelle="Dire que j’ai lu ce que la personne a envoyé",
        effet="Ce qu’elle a écrit ou envoyé n’est plus une raison dans la file. Votre nom et le jour restent.",
        pouvoir=pouvoirs.INSTRUIRE,
        plan=corrections.say_read,
        annonce=False,
        possible=lambda d: bool(d.a_lire),
    ),
    Acte(
        code="reemettre",
        libelle="Refaire un document",
        effet="Nom, titre et mentions sont repris de ce qui est enregistré. L’ancien reste, marqué « remplacé ».",
        pouvoir=pouvoirs.INSTRUIRE,
        inputs=inputs.Document,
        plan=lambda d, o: instruction.reissue(d, o, o.saisi.numero),
        champs=(Champ("numero", "Document", "choix", choix=choix.refaisables),),
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
        apercu=_paper,
        possible=lambda d: bool(d.documents),
    ),
    Acte(
        code="ecrire",
        reponse=lambda made: {"echange_id": made.id},
        libelle="Écrire à la personne",
        effet="Votre message rejoint le fil de la demande. Il n’en disparaît jamais.",
        pouvoir=pouvoirs.INSTRUIRE,
        inputs=inputs.Texte,
        faire=lambda i, e: ecrits.write(i, e.saisi, e.who, request_id=e.request_id),
        champs=(
            Champ("texte", "Message", "long", "Phrases courtes, un seul sujet, sans sigle."),
            Champ(
                "promesse",
                "Ce que ce message promet",
                "choix",
                "Une promesse devient une tâche avec son dernier jour, que la personne voit.",
                facultatif=True,
                choix=lambda d, w: ecrits.PROMESSES,
            ),
            Champ("jour", "Dernier jour pour la tenir", "jour", facultatif=True),
        ),
        apercu=_letter,
    ),
    Acte(
        code="repondre-attente",
        libelle="Répondre à ce qui attend",
        effet="La personne lit votre réponse. Ce qui attendait sort de la file ; l’état de la demande ne change pas.",
        pouvoir=pouvoirs.INSTRUIRE,
        inputs=inputs.Reponse,
        plan=lambda d, o: corrections.answer_waiting(d, o, o.saisi.code, o.saisi.texte),
        champs=(
            Champ("code", "Ce qui attend", "choix", choix=choix.attendues),
            Champ("texte", "Votre réponse", "long", "La décision, pourquoi, et ce que la personne peut faire."),
        ),
        possible=lambda d: bool(choix.attendues(d, None)),
    ),
    Acte(
        code="identifier-personne",
        libelle="Dire de qui est cette demande",
        effet=(
            "Un autre compte a le même nom et la même naissance. Comparez les pièces. Si c’est la même personne, la "
            "demande rejoint son compte et elle est prévenue ; sinon, rien ne change."
        ),
        pouvoir=pouvoirs.INSTRUIRE,
        inputs=inputs.Reconnaissance,
        faire=lambda i, e: rapprochement.recognise(i, e.saisi.compte, e.who, request_id=e.request_id),
        champs=(Champ("compte", "De qui est cette demande", "choix", choix=choix.personnes),),
        possible=lambda d: attentes.day_of(d.attentes, attentes.PERSONNE) is not None,
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
            Champ("fichier", "Preuve", "fichier", "PDF ou photo (JPEG, PNG, HEIC, WebP).", facultatif=True),
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
        plan=lambda d, o: transferts.transfer(d, o, o.saisi.prefecture),
        etats=transferts.QUI_SUIVENT,
        champs=(Champ("prefecture", "Nouvelle préfecture", "choix", choix=choix.prefectures),),
    ),
    Acte(
        code="titre-pret",
        libelle="Dire que la carte est prête",
        effet="La personne est invitée par son moyen de contact.",
        pouvoir=pouvoirs.REMETTRE,
        inputs=inputs.Lieu,
        plan=lambda d, o: instruction.announce_title(d, o, o.saisi.lieu),
        etats=(etats.FAVORABLE,),
        possible=issues.gives_card,
        champs=(Champ("lieu", "Lieu et horaires", "long"),),
    ),
    Acte(
        code="remettre",
        libelle="Remettre la carte",
        effet="La remise est enregistrée en un geste, après une vérification d’identité faite aujourd’hui.",
        pouvoir=pouvoirs.REMETTRE,
        inputs=inputs.Carte,
        plan=guichet.hand_over,
        champs=(
            Champ("numero", "Numéro de la carte", aide="Comme il est imprimé."),
            Champ("debut_date", "Premier jour", "jour", "Vide : aujourd’hui.", facultatif=True),
            Champ("fin_date", "Dernier jour", "jour", "Les alertes de la personne partent de ce jour."),
        ),
        possible=issues.gives_card,
        annonce=False,
        etats=(etats.FAVORABLE, etats.TITRE_PRET),
    ),
)
