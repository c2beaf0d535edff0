"""Every act of an agent on a demande, in the order in which the page shows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chassis.web.who import Who
from services.deposit.actions import (
    apercus,
    comptes,
    corrections,
    guichet,
    instruction,
    pouvoirs,
    reception,
    transferts,
    urgences,
)
from services.deposit.actions.instruction import Fermeture, Sens
from services.deposit.pages.agents import formulaires as f
from services.deposit.pages.agents.acte import Acte, Champ, Choix, Envoi
from services.deposit.pages.blocage import departements
from services.deposit.rules import etats

OUVERTES = etats.EN_INSTRUCTION


def _pieces(demande: Any, who: Who) -> Choix:
    return [(code, words + ("" if required else " (si elle existe)")) for code, words, required in apercus.asked_pieces(demande)]


def _pieces_ou_autre(demande: Any, who: Who) -> Choix:
    return [*_pieces(demande, who), ("autre", "Autre pièce")]


def _documents(demande: Any, who: Who) -> Choix:
    return [(a.numero, f"{a.nature} du {a.debut_date.strftime('%d/%m/%Y')}") for a in demande.documents]


def _refaisables(demande: Any, who: Who) -> Choix:
    given = [a for a in demande.documents if a.nature in ("API", "ADF", "REG", "REC")]
    return [(a.numero, f"{a.nature} du {a.debut_date.strftime('%d/%m/%Y')}") for a in given]


def _reponses(demande: Any, who: Who) -> Choix:
    return [(name, f"{name.replace('_', ' ')} : {value}") for name, value in demande.reponses.items()]


def _arrets(demande: Any, who: Who) -> Choix:
    return [(a.cle, a.cause) for a in demande.arrets if a.fin_date is None and a.cle.startswith("agent:")]


def _fantomes(demande: Any, who: Who) -> Choix:
    return [(flag["objet"], flag["objet"]) for flag in demande.incoherences if flag["code"] == "DEMANDE_NON_CLOSE"]


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def _tell(state: str, modele: str, *names: str) -> Any:
    """The preview of an act that only tells what was filled in."""
    return lambda demande, saisi: apercus.after(demande, state, modele, {name: getattr(saisi, name) for name in names})


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


def _receive(demande_id: str, envoi: Envoi) -> object:
    assert envoi.fichier is not None
    saisi = envoi.saisi
    return guichet.receive(demande_id, (saisi.voie, saisi.jour), saisi.code, envoi.fichier, envoi.who, request_id=envoi.request_id)


def _flag(demande_id: str, envoi: Envoi) -> object:
    preuve = envoi.fichier[1] if envoi.fichier else None
    return urgences.flag(demande_id, envoi.saisi.motif, envoi.saisi.texte, preuve, envoi.who, request_id=envoi.request_id)


def _send(demande_id: str, envoi: Envoi) -> object:
    corrections.access_demande(demande_id, envoi.who, pouvoirs.INSTRUIRE)
    return comptes.send_document(envoi.saisi.numero, by=envoi.who.subject, request_id=envoi.request_id)


_MOTIFS = (
    Champ("motif", "Motif", "long", "Les faits de ce dossier, en phrases courtes. Sans motif, rien ne part."),
    Champ("texte", "Texte appliqué", aide="L’article, en toutes lettres."),
    Champ("recours", "Voies de recours", "long", "Une par ligne : devant qui, dans quel délai."),
)

DEMANDE: tuple[Acte, ...] = (
    Acte(
        "prendre", "Prendre en charge ce dossier", "Le dossier est à votre nom. Vous voyez ce qui est caché d’une personne protégée.",
        pouvoirs.INSTRUIRE, f.Rien, lambda i, e: corrections.take_charge(i, e.who, request_id=e.request_id),
    ),
    Acte(
        "complete", "Dire la demande complète", "Toutes les pièces obligatoires sont là. L’attestation qui est due part tout de suite.",
        pouvoirs.INSTRUIRE, f.Rien, lambda i, e: instruction.declare_complete(i, e.who, request_id=e.request_id),
        (etats.DEPOSEE, etats.PIECES_DEMANDEES), apercu=lambda d, s: apercus.complete(d),
    ),
    Acte(
        "demander-pieces", "Demander des pièces", "Le délai légal commence aujourd’hui. Rien n’est fermé à son terme sans un agent.",
        pouvoirs.INSTRUIRE, f.Pieces,
        lambda i, e: instruction.ask_pieces(i, tuple(e.saisi.pieces), e.saisi.texte, e.who, request_id=e.request_id),
        (etats.DEPOSEE, etats.COMPLETE),
        (Champ("pieces", "Pièces demandées", "cases", choix=_pieces),
         Champ("texte", "Vos mots", "long", "La personne les lit dans son espace, avec la liste.", facultatif=True)),
        lambda d, s: apercus.ask_pieces(d, tuple(s.pieces)),
    ),
    Acte(
        "favorable", "Décider : oui", "L’attestation de décision favorable est donnée aujourd’hui, sans limite, jusqu’à la remise du titre.",
        pouvoirs.DECIDER, f.Rien, lambda i, e: instruction.decide(i, Sens(True), e.who, request_id=e.request_id),
        OUVERTES, apercu=lambda d, s: apercus.favourable(d),
    ),
    Acte(
        "defavorable", "Décider : non", "La décision part avec son motif, son texte et les voies de recours.",
        pouvoirs.DECIDER, f.Refus, _against, OUVERTES, _MOTIFS, _refus, grave=True,
    ),
    Acte(
        "clore", "Fermer sans décision", "L’avis dit pourquoi, ce qui manque et comment rouvrir. Aucun document n’est raccourci.",
        pouvoirs.DECIDER, f.Fermeture, _close, OUVERTES,
        (*_MOTIFS, Champ("pieces", "Pièces qui manquent", "cases", choix=_pieces)), _fermeture, grave=True,
    ),
    Acte(
        "rouvrir", "Rouvrir", "La première date de dépôt, les pièces et les documents reviennent, sans jour manquant.",
        pouvoirs.INSTRUIRE, f.Rien, lambda i, e: instruction.reopen(i, e.who, request_id=e.request_id),
        (etats.CLOSE,),
        apercu=lambda d, s: apercus.after(
            d, etats.COMPLETE if d.completude_date else etats.DEPOSEE, "demande_rouverte", {"date_retenue": d.retenue_date.isoformat()}),
    ),
    Acte(
        "prolonger", "Donner plus de temps", "Le dernier jour pour envoyer les pièces est repoussé.",
        pouvoirs.INSTRUIRE, f.Jours, lambda i, e: corrections.extend(i, e.saisi.jours, e.who, request_id=e.request_id),
        (etats.PIECES_DEMANDEES,), (Champ("jours", "Nombre de jours en plus", "nombre"),),
        lambda d, s: apercus.extend(d, s.jours),
    ),
    Acte(
        "arreter", "Arrêter les délais", "Les délais qui courent contre la personne s’arrêtent aujourd’hui.",
        pouvoirs.INSTRUIRE, f.Cause, lambda i, e: corrections.stop(i, e.saisi.cause, e.who, request_id=e.request_id),
        OUVERTES, (Champ("cause", "Cause", aide="Par exemple : pas encore de logement, hospitalisation."),),
    ),
    Acte(
        "reprendre", "Faire reprendre les délais", "Les jours arrêtés sont ajoutés au délai.",
        pouvoirs.INSTRUIRE, f.Arret, lambda i, e: corrections.start(i, e.saisi.cle, e.who),
        OUVERTES, (Champ("cle", "Arrêt à finir", "choix", choix=_arrets),), possible=lambda d: bool(_arrets(d, None)),  # type: ignore[arg-type]
    ),
    Acte(
        "recevoir", "Joindre une pièce reçue", "La pièce compte au jour de son arrivée et répond à la demande de pièces.",
        pouvoirs.INSTRUIRE, f.Arrivee, _receive, OUVERTES,
        (Champ("code", "Pièce", "choix", choix=_pieces_ou_autre),
         Champ("voie", "Arrivée par", "choix", choix=lambda d, w: [("guichet", "Guichet"), ("poste", "Poste"), ("courriel", "E-mail"), ("pan", "Point d’accueil")]),
         Champ("jour", "Jour d’arrivée", "jour", "Le jour du cachet ou du passage, pas celui de l’enregistrement."),
         Champ("fichier", "Fichier", "fichier", "PDF, JPEG ou PNG.")),
        trace="La pièce, son empreinte, son jour et votre nom restent dans l’historique. La personne la voit dans son espace.",
    ),
    Acte(
        "corriger", "Corriger une erreur du formulaire", "La réponse d’avant reste lisible. La personne est prévenue et peut contester d’un geste.",
        pouvoirs.INSTRUIRE, f.Correction,
        lambda i, e: corrections.correct(i, e.saisi.champ, e.saisi.valeur, e.saisi.motif, e.who, request_id=e.request_id),
        OUVERTES,
        (Champ("champ", "Réponse à corriger", "choix", choix=_reponses), Champ("valeur", "Bonne réponse"), Champ("motif", "Pourquoi", "long")),
        lambda d, s: apercus.after(d, "", "demande_corrigee", {"champ": s.champ, "avant": d.reponses.get(s.champ, ""), "apres": s.valeur, "motif": s.motif}),
        possible=lambda d: bool(d.reponses),
    ),
    Acte(
        "reemettre", "Refaire une attestation", "La mention fausse ou absente est reprise du catalogue. L’ancienne reste, marquée « remplacée ».",
        pouvoirs.INSTRUIRE, f.Document, lambda i, e: instruction.reissue(i, e.saisi.numero, e.who, request_id=e.request_id),
        champs=(Champ("numero", "Attestation", "choix", choix=_refaisables),),
        apercu=lambda d, s: apercus.after(d, "", "attestation_delivree", {"remplace": s.numero}, ("Nouvelle attestation, en PDF",)),
        possible=lambda d: bool(_refaisables(d, None)),  # type: ignore[arg-type]
    ),
    Acte(
        "envoyer", "Envoyer une attestation", "Elle part par le moyen de contact de la personne, et par courrier.",
        pouvoirs.INSTRUIRE, f.Document, _send,
        champs=(Champ("numero", "Document", "choix", choix=_documents),),
        apercu=lambda d, s: apercus.after(d, "", "attestation_delivree", {}, (f"Document {s.numero}, en PDF et sur papier",)),
        possible=lambda d: bool(d.documents),
    ),
    Acte(
        "message", "Écrire à la personne", "Votre message rejoint le fil de la demande. Il n’en disparaît jamais.",
        pouvoirs.INSTRUIRE, f.Texte, lambda i, e: corrections.write_message(i, e.saisi.texte, e.who, request_id=e.request_id),
        champs=(Champ("texte", "Message", "long", "Phrases courtes, un seul sujet, sans sigle."),),
        apercu=_tell("", "message_agent", "texte"),
    ),
    Acte(
        "urgence", "Signaler une urgence", "Le dossier monte dans la file. La raison est visible.",
        pouvoirs.INSTRUIRE, f.Urgence, _flag, (*OUVERTES, etats.FAVORABLE, etats.TITRE_PRET),
        (Champ("motif", "Urgence", "choix", choix=lambda d, w: list(urgences.MOTIFS.items())),
         Champ("texte", "Ce qui se passe", "long", facultatif=True), Champ("fichier", "Preuve", "fichier", "PDF, JPEG ou PNG.", facultatif=True)),
    ),
    Acte(
        "fermer-ancienne", "Fermer une ancienne demande oubliée", "L’ancienne demande est fermée, quelle que soit sa préfecture. Rien d’autre ne change pour la personne.",
        pouvoirs.INSTRUIRE, f.Ancienne,
        lambda i, e: guichet.close_ghost(i, e.saisi.reference, e.saisi.motif, e.who, request_id=e.request_id),
        champs=(Champ("reference", "Ancienne demande", "choix", choix=_fantomes), Champ("motif", "Ce que vous avez vérifié", "long")),
        possible=lambda d: bool(_fantomes(d, None)),  # type: ignore[arg-type]
    ),
    Acte(
        "transferer", "Transférer à une autre préfecture", "Tout le dossier suit : référence, dates, pièces, documents, historique. Rien ne recommence.",
        pouvoirs.INSTRUIRE, f.Departement, lambda i, e: transferts.transfer(i, e.saisi.prefecture, e.who, request_id=e.request_id),
        OUVERTES, (Champ("prefecture", "Nouvelle préfecture", "choix", choix=lambda d, w: departements()),),
        lambda d, s: apercus.after(d, "", "demande_transferee", {"prefecture": dict(departements()).get(s.prefecture, s.prefecture), "date_retenue": d.retenue_date.isoformat()}),
    ),
    Acte(
        "titre-pret", "Dire que le titre est prêt", "La personne est invitée par son moyen de contact.",
        pouvoirs.REMETTRE, f.Lieu, lambda i, e: instruction.announce_title(i, e.saisi.lieu, e.who, request_id=e.request_id),
        (etats.FAVORABLE,), (Champ("lieu", "Lieu et horaires", "long"),), _tell(etats.TITRE_PRET, "titre_pret", "lieu"),
    ),
    Acte(
        "remettre", "Remettre le titre", "La remise est enregistrée en un geste : aucun titre « en attente » ne restera. L’identité doit avoir été vérifiée aujourd’hui.",
        pouvoirs.REMETTRE, f.Rien, lambda i, e: guichet.hand_over(i, e.who, request_id=e.request_id),
        (etats.FAVORABLE, etats.TITRE_PRET),
    ),
)

PAR_CODE: Mapping[str, Acte] = {acte.code: acte for acte in DEMANDE}


def shown(demande: Any, powers: frozenset[str]) -> list[Acte]:
    """The acts whose buttons work now, for these powers on this demande."""
    return [
        acte
        for acte in DEMANDE
        if acte.pouvoir in powers
        and (not acte.etats or demande.state in acte.etats)
        and (acte.possible is None or acte.possible(demande))
    ]


def done(demande_id: str) -> None:
    """The préfecture's view follows the act at once."""
    reception.project(demande_id)


__all__ = ["DEMANDE", "PAR_CODE", "done", "shown"]
