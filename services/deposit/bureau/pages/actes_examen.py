"""Acts of examination: completeness, pieces, decision, closing, and the clocks that run meanwhile."""

from __future__ import annotations

from typing import Any

from services.deposit.acte.pages import choix
from services.deposit.acte.pages import formulaires as f
from services.deposit.acte.pages.acte import Acte, Champ, Envoi
from services.deposit.dossier.rules import etats
from services.deposit.instruction.actions import apercus, corrections, instruction, pouvoirs
from services.deposit.instruction.actions.instruction import Fermeture, Sens

OUVERTES = etats.EN_INSTRUCTION


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def _refus(demande: Any, saisi: f.Refus) -> apercus.Apercu:
    champs = {"motif": saisi.motif, "texte": saisi.texte, "recours": list(_lines(saisi.recours))}
    return apercus.after(demande, etats.DEFAVORABLE, "decision_defavorable", champs, ("Décision, en PDF",))


def _fermeture(demande: Any, saisi: f.Fermeture) -> apercus.Apercu:
    champs = {"motif": saisi.motif, "recours": list(_lines(saisi.recours)), "pieces": list(saisi.pieces)}
    return apercus.after(demande, etats.CLOSE, "demande_close", champs, ("Avis de fermeture, en PDF",))


def _close(demande_id: str, envoi: Envoi) -> object:
    saisi = envoi.saisi
    fermeture = Fermeture(saisi.motif, saisi.texte, tuple(saisi.pieces), _lines(saisi.recours))
    return instruction.close(demande_id, fermeture, envoi.who, request_id=envoi.request_id)


def _against(demande_id: str, envoi: Envoi) -> object:
    saisi = envoi.saisi
    sens = Sens(False, saisi.motif, saisi.texte, _lines(saisi.recours))
    return instruction.decide(demande_id, sens, envoi.who, request_id=envoi.request_id)


_MOTIFS = (
    Champ("motif", "Motif", "long", "Les faits de ce dossier, en phrases courtes. Sans motif, rien ne part."),
    Champ("texte", "Texte appliqué", aide="L’article, en toutes lettres."),
    Champ("recours", "Voies de recours", "long", "Une par ligne : devant qui, dans quel délai."),
)


EXAMEN: tuple[Acte, ...] = (
    Acte(
        "prendre",
        "Prendre en charge ce dossier",
        "Le dossier est à votre nom. Vous voyez ce qui est caché d’une personne protégée.",
        pouvoirs.INSTRUIRE,
        f.Rien,
        lambda i, e: corrections.take_charge(i, e.who, request_id=e.request_id),
    ),
    Acte(
        "complete",
        "Dire la demande complète",
        "Toutes les pièces obligatoires sont là. L’attestation qui est due part tout de suite.",
        pouvoirs.INSTRUIRE,
        f.Rien,
        lambda i, e: instruction.declare_complete(i, e.who, request_id=e.request_id),
        (etats.DEPOSEE, etats.PIECES_DEMANDEES),
        apercu=lambda d, s: apercus.complete(d),
    ),
    Acte(
        "demander-pieces",
        "Demander des pièces",
        "Le délai légal commence aujourd’hui. Rien n’est fermé à son terme sans un agent.",
        pouvoirs.INSTRUIRE,
        f.Pieces,
        lambda i, e: instruction.ask_pieces(i, tuple(e.saisi.pieces), e.saisi.texte, e.who, request_id=e.request_id),
        (etats.DEPOSEE, etats.COMPLETE),
        (
            Champ("pieces", "Pièces demandées", "cases", choix=choix.pieces),
            Champ("texte", "Vos mots", "long", "La personne les lit dans son espace, avec la liste.", facultatif=True),
        ),
        lambda d, s: apercus.ask_pieces(d, tuple(s.pieces), s.texte),
    ),
    Acte(
        "favorable",
        "Décider : oui",
        "L’attestation de décision favorable est donnée aujourd’hui, sans limite, jusqu’à la remise du titre.",
        pouvoirs.DECIDER,
        f.Rien,
        lambda i, e: instruction.decide(i, Sens(True), e.who, request_id=e.request_id),
        OUVERTES,
        apercu=lambda d, s: apercus.favourable(d),
    ),
    Acte(
        "defavorable",
        "Décider : non",
        "La décision part avec son motif, son texte et les voies de recours.",
        pouvoirs.DECIDER,
        f.Refus,
        _against,
        OUVERTES,
        _MOTIFS,
        _refus,
        grave=True,
    ),
    Acte(
        "clore",
        "Fermer sans décision",
        "L’avis dit pourquoi, ce qui manque et comment rouvrir. Aucun document n’est raccourci.",
        pouvoirs.DECIDER,
        f.Fermeture,
        _close,
        OUVERTES,
        (*_MOTIFS, Champ("pieces", "Pièces qui manquent", "cases", choix=choix.pieces)),
        _fermeture,
        grave=True,
    ),
    Acte(
        "rouvrir",
        "Rouvrir",
        "La première date de dépôt, les pièces et les documents reviennent, sans jour manquant.",
        pouvoirs.INSTRUIRE,
        f.Rien,
        lambda i, e: instruction.reopen(i, e.who, request_id=e.request_id),
        (etats.CLOSE,),
        apercu=lambda d, s: apercus.after(
            d,
            etats.COMPLETE if d.completude_date else etats.DEPOSEE,
            "demande_rouverte",
            {"date_retenue": d.retenue_date.isoformat()},
        ),
    ),
    Acte(
        "prolonger",
        "Donner plus de temps",
        "Le dernier jour pour envoyer les pièces est repoussé.",
        pouvoirs.INSTRUIRE,
        f.Jours,
        lambda i, e: corrections.extend(i, e.saisi.jours, e.who, request_id=e.request_id),
        (etats.PIECES_DEMANDEES,),
        (Champ("jours", "Nombre de jours en plus", "nombre"),),
        lambda d, s: apercus.extend(d, s.jours),
    ),
    Acte(
        "arreter",
        "Arrêter les délais",
        "Les délais qui courent contre la personne s’arrêtent aujourd’hui.",
        pouvoirs.INSTRUIRE,
        f.Cause,
        lambda i, e: corrections.stop(i, e.saisi.cause, e.who, request_id=e.request_id),
        OUVERTES,
        (Champ("cause", "Cause", aide="Par exemple : pas encore de logement, hospitalisation."),),
    ),
    Acte(
        "reprendre",
        "Faire reprendre les délais",
        "Les jours arrêtés sont ajoutés au délai.",
        pouvoirs.INSTRUIRE,
        f.Arret,
        lambda i, e: corrections.start(i, e.saisi.cle, e.who),
        OUVERTES,
        (Champ("cle", "Arrêt à finir", "choix", choix=choix.arrets),),
        possible=lambda d: bool(choix.arrets(d, None)),
    ),
)
