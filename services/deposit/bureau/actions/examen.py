"""Acts of examination: completeness, pieces, decision, closing, and the clocks that run meanwhile."""

from __future__ import annotations

from typing import Any

from services.deposit.acte.actions import Acte, Apercu, Champ, Envoi
from services.deposit.bureau import inputs
from services.deposit.bureau.actions import choix
from services.deposit.dossier.rules import etats
from services.deposit.instruction.actions import apercus, corrections, instruction, pouvoirs
from services.deposit.instruction.actions.instruction import Fermeture, Sens

OUVERTES = etats.EN_INSTRUCTION


def _refus(demande: Any, saisi: inputs.Refus) -> Apercu:
    champs = {"motif": saisi.motif, "texte": saisi.texte, "recours": list(saisi.voies)}
    return apercus.after(demande, etats.DEFAVORABLE, "decision_defavorable", champs, ("Décision, en PDF",))


def _fermeture(demande: Any, saisi: inputs.Fermeture) -> Apercu:
    champs = {"motif": saisi.motif, "recours": list(saisi.voies), "pieces": list(saisi.pieces_manquantes)}
    return apercus.after(demande, etats.CLOSE, "demande_close", champs, ("Avis de fermeture, en PDF",))


def _close(demande_id: str, envoi: Envoi) -> object:
    saisi = envoi.saisi
    fermeture = Fermeture(saisi.motif, saisi.texte, tuple(saisi.pieces_manquantes), saisi.voies)
    return instruction.close(demande_id, fermeture, envoi.who, request_id=envoi.request_id)


def _against(demande_id: str, envoi: Envoi) -> object:
    saisi = envoi.saisi
    sens = Sens(False, saisi.motif, saisi.texte, saisi.voies)
    return instruction.decide(demande_id, sens, envoi.who, request_id=envoi.request_id)


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
        faire=lambda i, e: corrections.take_charge(i, e.who, request_id=e.request_id),
    ),
    Acte(
        code="complete",
        libelle="Dire la demande complète",
        effet="Toutes les pièces obligatoires sont là. L’attestation qui est due part tout de suite.",
        pouvoir=pouvoirs.INSTRUIRE,
        faire=lambda i, e: instruction.declare_complete(i, e.who, request_id=e.request_id),
        etats=(etats.DEPOSEE, etats.PIECES_DEMANDEES),
        apercu=lambda d, s: apercus.complete(d),
    ),
    Acte(
        code="demander-pieces",
        libelle="Demander des pièces",
        effet="Le délai légal commence aujourd’hui. Rien n’est fermé à son terme sans un agent.",
        pouvoir=pouvoirs.INSTRUIRE,
        inputs=inputs.Pieces,
        faire=lambda i, e: instruction.ask_pieces(
            i, tuple(e.saisi.pieces), e.saisi.texte, e.who, request_id=e.request_id
        ),
        etats=(etats.DEPOSEE, etats.COMPLETE),
        champs=(
            Champ("pieces", "Pièces demandées", "cases", choix=choix.pieces),
            Champ("texte", "Vos mots", "long", "La personne les lit dans son espace, avec la liste.", facultatif=True),
        ),
        apercu=lambda d, s: apercus.ask_pieces(d, tuple(s.pieces), s.texte),
    ),
    Acte(
        code="favorable",
        libelle="Décider : oui",
        effet="L’attestation de décision favorable est donnée aujourd’hui, sans limite, jusqu’à la remise du titre.",
        pouvoir=pouvoirs.DECIDER,
        faire=lambda i, e: instruction.decide(i, Sens(True), e.who, request_id=e.request_id),
        etats=OUVERTES,
        apercu=lambda d, s: apercus.favourable(d),
    ),
    Acte(
        code="defavorable",
        libelle="Décider : non",
        effet="La décision part avec son motif, son texte et les voies de recours.",
        pouvoir=pouvoirs.DECIDER,
        inputs=inputs.Refus,
        faire=_against,
        etats=OUVERTES,
        champs=_MOTIFS,
        apercu=_refus,
        grave=True,
    ),
    Acte(
        code="clore",
        libelle="Fermer sans décision",
        effet="L’avis dit pourquoi, ce qui manque et comment rouvrir. Aucun document n’est raccourci.",
        pouvoir=pouvoirs.DECIDER,
        inputs=inputs.Fermeture,
        faire=_close,
        etats=OUVERTES,
        champs=(*_MOTIFS, Champ("pieces_manquantes", "Pièces qui manquent", "cases", choix=choix.pieces)),
        apercu=_fermeture,
        grave=True,
    ),
    Acte(
        code="rouvrir",
        libelle="Rouvrir",
        effet="La première date de dépôt, les pièces et les documents reviennent, sans jour manquant.",
        pouvoir=pouvoirs.INSTRUIRE,
        faire=lambda i, e: instruction.reopen(i, e.who, request_id=e.request_id),
        etats=(etats.CLOSE,),
        apercu=lambda d, s: apercus.after(
            d,
            etats.COMPLETE if d.completude_date else etats.DEPOSEE,
            "demande_rouverte",
            {"date_retenue": d.retenue_date.isoformat()},
        ),
    ),
    Acte(
        code="prolonger",
        libelle="Donner plus de temps",
        effet="Le dernier jour pour envoyer les pièces est repoussé.",
        pouvoir=pouvoirs.INSTRUIRE,
        inputs=inputs.Jours,
        faire=lambda i, e: corrections.extend(i, e.saisi.jours, e.who, request_id=e.request_id),
        etats=(etats.PIECES_DEMANDEES,),
        champs=(Champ("jours", "Nombre de jours en plus", "nombre"),),
        apercu=lambda d, s: apercus.extend(d, s.jours),
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
