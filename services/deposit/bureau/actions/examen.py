"""Acts of examination: completeness, pieces, decision, closing, and the clocks that run meanwhile."""

from __future__ import annotations

from chassis import clock
from services.deposit.acte.actions import Acte, Champ, Order
from services.deposit.bureau import inputs
from services.deposit.bureau.actions import choix
from services.deposit.dossier.rules import etats
from services.deposit.dossier.store.demande import Demande
from services.deposit.droits.actions.settle import Change
from services.deposit.instruction.actions import clotures, corrections, instruction, pouvoirs, retraits
from services.deposit.instruction.actions.instruction import Fermeture, Sens

OUVERTES = etats.EN_INSTRUCTION


def _against(demande: Demande, order: Order) -> Change:
    typed: inputs.Refus = order.saisi
    sens = Sens(False, motif=typed.motif, texte=typed.texte, recours=typed.voies)
    return instruction.decide(demande, order, sens)


def _close(demande: Demande, order: Order) -> Change:
    typed: inputs.Fermeture = order.saisi
    fermeture = Fermeture(typed.motif, typed.texte, tuple(typed.pieces_manquantes), typed.voies)
    return instruction.close(demande, order, fermeture)


_MOTIFS = (
    Champ("motif", "Motif", "long", "Les faits de ce dossier, en phrases courtes. Sans motif, rien ne part."),
    Champ("texte", "Texte appliqué", aide="L’article, en toutes lettres."),
    Champ("recours", "Voies de recours", "long", "Une par ligne : devant qui, dans quel délai."),
)


EXAMEN: tuple[Acte, ...] = (
    Acte(
        code="prendre-en-charge",
        libelle="Prendre en charge ce dossier",
        effet="Le dossier est à votre nom. Vous voyez ce qui est caché d’une personne protégée.",
        pouvoir=pouvoirs.INSTRUIRE,
        plan=corrections.take_charge,
        annonce=False,
    ),
    Acte(
        code="complete",
        libelle="Dire la demande complète",
        effet="Toutes les pièces obligatoires sont là. L’attestation qui est due part tout de suite.",
        pouvoir=pouvoirs.INSTRUIRE,
        plan=instruction.complete,
        etats=(etats.DEPOSEE, etats.PIECES_DEMANDEES),
    ),
    Acte(
        code="demander-pieces",
        libelle="Demander des pièces",
        effet="Le délai légal commence aujourd’hui.",
        precision=lambda: clotures.end_in_words(clock.today()),
        pouvoir=pouvoirs.INSTRUIRE,
        inputs=inputs.Pieces,
        plan=lambda d, o: instruction.ask_pieces(d, o, tuple(o.saisi.pieces), o.saisi.texte),
        etats=(etats.DEPOSEE, etats.COMPLETE),
        champs=(
            Champ("pieces", "Pièces demandées", "cases", choix=choix.pieces),
            Champ("texte", "Vos mots", "long", "La personne les lit dans son espace, avec la liste.", facultatif=True),
        ),
    ),
    Acte(
        code="favorable",
        libelle="Décider : oui",
        effet="La personne reçoit aujourd’hui ce que la réponse donne : pour un titre, son attestation.",
        pouvoir=pouvoirs.DECIDER,
        inputs=inputs.Accord,
        plan=lambda d, o: instruction.decide(d, o, Sens(True, o.saisi.accorde if o.saisi else "")),
        etats=OUVERTES,
        champs=(Champ("accorde", "Carte accordée", "choix", "Parmi celles qui sont demandées.", choix=choix.cartes),),
    ),
    Acte(
        code="defavorable",
        libelle="Décider : non",
        effet="La décision part avec son motif, son texte et les voies de recours.",
        pouvoir=pouvoirs.DECIDER,
        inputs=inputs.Refus,
        plan=_against,
        etats=OUVERTES,
        champs=_MOTIFS,
        grave=True,
    ),
    Acte(
        code="clore",
        libelle="Fermer sans décision",
        effet="L’avis dit pourquoi, ce qui manque et comment rouvrir. Aucun document n’est raccourci.",
        pouvoir=pouvoirs.DECIDER,
        inputs=inputs.Fermeture,
        plan=_close,
        etats=OUVERTES,
        champs=(*_MOTIFS, Champ("pieces_manquantes", "Pièces qui manquent", "cases", choix=choix.pieces)),
        grave=True,
    ),
    Acte(
        code="rouvrir",
        libelle="Rouvrir",
        effet="La première date de dépôt, les pièces et les documents reviennent, sans jour manquant.",
        pouvoir=pouvoirs.INSTRUIRE,
        plan=instruction.reopen,
        etats=(etats.CLOSE,),
    ),
    Acte(
        code="retirer-refus",
        libelle="Retirer un refus décidé par erreur",
        effet="La demande est de nouveau examinée. La première date, les pièces et les documents reviennent, sans jour "
        "manquant. Le refus reste dans l’historique, avec la raison de son retrait.",
        pouvoir=pouvoirs.DECIDER,
        inputs=inputs.Retrait,
        plan=lambda d, o: retraits.withdraw_refusal(d, o, o.saisi.motif),
        etats=(etats.DEFAVORABLE,),
        champs=(Champ("motif", "Pourquoi", "long", "L’erreur, en phrases courtes : la personne les lit."),),
        grave=True,
    ),
    Acte(
        code="prolonger",
        libelle="Donner plus de temps",
        effet="Le dernier jour pour envoyer les pièces est repoussé.",
        pouvoir=pouvoirs.INSTRUIRE,
        inputs=inputs.Jours,
        plan=lambda d, o: corrections.extend(d, o, o.saisi.jours),
        etats=(etats.PIECES_DEMANDEES,),
        champs=(Champ("jours", "Nombre de jours en plus", "nombre"),),
    ),
    Acte(
        code="arreter-horloge",
        libelle="Arrêter les délais",
        effet="Les délais qui courent contre la personne s’arrêtent aujourd’hui.",
        pouvoir=pouvoirs.INSTRUIRE,
        inputs=inputs.Cause,
        faire=lambda i, e: corrections.stop(i, e.saisi.cause, e.who, request_id=e.request_id),
        etats=OUVERTES,
        champs=(Champ("cause", "Cause", aide="Par exemple : pas encore de logement, hospitalisation."),),
    ),
    Acte(
        code="reprendre-horloge",
        libelle="Faire reprendre les délais",
        effet="Les jours arrêtés sont ajoutés au délai.",
        pouvoir=pouvoirs.INSTRUIRE,
        inputs=inputs.Arret,
        faire=lambda i, e: corrections.start(i, e.saisi.cle, e.who),
        etats=OUVERTES,
        champs=(Champ("cle", "Arrêt à finir", "choix", choix=choix.arrets),),
        possible=lambda d: bool(choix.arrets(d, None)),
    ),
)
