"""Facts, messages and fields in words, for agents' pages and for the person who reads what was done."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from chassis.web.authors import agent_in_words
from services.deposit.demande.pages import reponses
from services.deposit.dossier.actions import envois, structures

# Said alike to agents and to the person.
POUR_TOUS = {
    "deposit.compte.ouvert": _l("Compte ouvert"),
    "deposit.demande.deposee": _l("Demande déposée"),
    "deposit.demande.reprise": _l("Demande reprise d’un ancien fichier"),
    "deposit.demande.complete": _l("Demande complète"),
    "deposit.demande.close": _l("Demande fermée sans décision"),
    "deposit.titre.pret": _l("Titre prêt"),
    "deposit.titre.remis": _l("Titre remis"),
    "deposit.justificatif.fait": _l("Justificatif fait pour un organisme"),
    "deposit.justificatif.retire": _l("Justificatif retiré"),
    "deposit.partenaire.refus_signale": _l("Refus d’un organisme signalé"),
    "deposit.partenaire.refus_suivi": _l("Refus d’un organisme suivi"),
    "deposit.blocage.constate": _l("Blocage constaté en ligne"),
    "deposit.blocage.diagnostique": _l("Cause du blocage trouvée"),
    "deposit.blocage.atteste": _l("Blocage attesté par écrit"),
    "deposit.blocage.voie_ouverte": _l("Blocage : une autre voie est ouverte"),
    "deposit.blocage.leve": _l("Blocage levé"),
    "deposit.blocage.resolu": _l("Blocage résolu"),
}
FAITS = {
    **POUR_TOUS,
    "deposit.compte.rattache": _l("Adresse e-mail changée"),
    "deposit.compte.modifie": _l("Compte : vérification ou changement"),
    "deposit.demande.decidee": _l("Décision"),
    "deposit.demande.rouverte": _l("Demande rouverte"),
    "deposit.demande.annulee": _l("Demande annulée"),
    "deposit.demande.modifiee": _l("Dossier modifié"),
    "deposit.demande.transferee": _l("Dossier transféré à une autre préfecture"),
    "deposit.pieces.demandees": _l("Pièces demandées"),
    "deposit.pieces.recues": _l("Pièces reçues"),
    "deposit.reception.confirmee": _l("Réception confirmée à la personne"),
    "deposit.attestation.delivree": _l("Attestation donnée"),
    "deposit.horloge.changee": _l("Délais arrêtés ou repris"),
    "deposit.mandat.modifie": _l("Mandat donné ou arrêté"),
    "deposit.echange.ajoute": _l("Message"),
    "deposit.remontee.modifiee": _l("Bureau national : transmis, en retard ou réglé"),
    "deposit.promesse.faite": _l("Promesse faite"),
    "deposit.promesse.tenue": _l("Promesse tenue"),
    "deposit.promesse.manquee": _l("Promesse non tenue à temps"),
    "deposit.rupture.prevue": _l("Rupture de droits à venir : un agent doit agir"),
    "deposit.rupture.ecartee": _l("Rupture de droits évitée"),
    "deposit.rupture.constatee": _l("Personne sans document : rupture de droits"),
    "deposit.rupture.finie": _l("Fin de la rupture de droits"),
    "deposit.message.demande": _l("Message envoyé à la personne"),
    "deposit.panne.declaree": _l("Panne du site : délais arrêtés"),
    "deposit.panne.terminee": _l("Fin de la panne : délais repris"),
    "deposit.parcours.rattache": _l("Numéros de parcours réunis"),
}
OBJETS = {
    "URGENCE_SIGNALEE": _l("Urgence signalée"),
    "RECTIFICATION": _l("Demande corrigée par la personne"),
    "CHANGEMENT_ADRESSE": _l("Changement d’adresse ou de téléphone"),
    "CHANGEMENT_ETAT_CIVIL": _l("Changement d’état civil"),
    "CHANGEMENT_SITUATION_MATRIMONIALE": _l("Changement de situation de famille"),
    "RENOUVELLEMENT_DEMANDE": _l("Renouvellement de l’attestation demandé"),
    "CORRECTION": _l("Formulaire corrigé par un agent"),
    "CONTESTATION": _l("Correction contestée"),
    "LU": _l("Un agent a lu ce que la personne a envoyé"),
    "DELAI_PROLONGE": _l("Délai prolongé"),
    "REFUS_RETIRE": _l("Refus retiré : il avait été décidé par erreur"),
    "REMISE_ANNULEE": _l("Remise du titre annulée : elle avait été notée par erreur"),
    "ECHEANCE_DEPASSEE": _l("Délai pour envoyer les pièces passé"),
    "PRISE_EN_CHARGE": _l("Dossier pris en charge"),
    "FERMETURE_ANNULEE": _l("Fermeture automatique annulée"),
    "DATE_PROTEGEE": _l("Date d’un premier essai protégée"),
    "TITRE_NON_RECU": _l("La personne dit ne pas avoir reçu son titre"),
    "REMISE": _l("Réponse de la personne sur la remise du titre"),
    "LETTRE_REFAITE": _l("Lettre refaite"),
    "CARTE_TENUE": _l("Carte tenue notée"),
    "PAIEMENT": _l("Paiement enregistré"),
    "BLOCAGE_CONNU": _l("La préfecture sait que la personne a été bloquée"),
    "DEPOT_ANTERIEUR": _l("Dépôt antérieur rattaché"),
    "DEMENAGEMENT": _l("Déménagement dit par la personne"),
    "NON_JOINTE": _l("Une réponse n’a pas pu être dite à la personne"),
    "REOUVERTURE_DEMANDEE": _l("Réouverture demandée par la personne"),
    "ATTENTE_TRAITEE": _l("Réponse donnée à ce qui attendait"),
    "REPONSE_ECRITE": _l("Réponse écrite de la personne"),
    "REPUDIEE": _l("Mise de côté : la personne dit ne pas l’avoir déposée"),
    "REPUDIATION_EXAMINEE": _l("Mise de côté examinée par un agent"),
    "RECONNUE": _l("Reprise par la personne"),
    "REUNIE": _l("Jointe au compte de la personne, après qu’un agent l’a reconnue"),
    "PERSONNE_NOUVELLE": _l("Un agent a vu que la personne n’est aucune de celles qui ont le même nom"),
    "RENDUE_AU_TITULAIRE": _l("Rendue à la personne qui l’a déposée, sur son propre compte"),
}
AUTEURS = {"usager": _l("la personne"), "aidant": _l("l’aidant de la personne"), "anonyme": _l("sans connexion")}
MODELES = {
    "demande_complete": _l("Votre demande est complète"),
    "attestation_delivree": _l("Votre attestation"),
    "pieces_demandees": _l("Des pièces vous sont demandées"),
    "delai_prolonge": _l("Vous avez plus de temps"),
    "decision_favorable": _l("La réponse est oui"),
    "decision_defavorable": _l("La réponse est non"),
    "demande_close": _l("Votre demande est fermée sans décision"),
    "demande_rouverte": _l("Votre demande est rouverte"),
    "refus_retire": _l("Le refus est retiré"),
    "demande_corrigee": _l("Une réponse de votre formulaire a été corrigée"),
    "demande_transferee": _l("Votre demande change de préfecture"),
    "message_agent": _l("Un message de la préfecture"),
    "remontee_ouverte": _l("Votre problème est transmis au bureau national"),
    "titre_pret": _l("C’est prêt, avec le lieu où le chercher"),
    "compte_ouvert": _l("Votre compte est ouvert"),
    "courriel_change": _l("Votre adresse e-mail a changé"),
    "telephone_change": _l("Le téléphone de votre compte a changé"),
    "second_facteur_retire": _l("La seconde vérification est retirée"),
    "recuperation": _l("Un lien pour choisir un mot de passe"),
    "mandat_donne": _l("Un mandat est enregistré"),
    "depot_recu": _l("Votre demande est déposée"),
    "depot_anterieur": _l("Votre demande garde sa première date"),
    "reception_confirmee": _l("Ce que vous avez envoyé est bien arrivé"),
    "pieces_rappel": _l("Des pièces vous sont toujours demandées"),
    "echeance_depassee": _l("Le délai pour envoyer les pièces est passé"),
    "demande_annulee": _l("Votre demande est annulée"),
    "demande_repudiee": _l("Une demande est mise de côté : vous dites ne pas l’avoir déposée"),
    "demande_reconnue": _l("Vous avez repris votre demande"),
    "changement_recu": _l("Votre changement est noté"),
    "delai_suspendu": _l("Un délai est arrêté"),
    "refus_partenaire": _l("Un organisme n’accepte pas votre document"),
    "aidant_suivi": _l("Une nouvelle de la personne que vous aidez"),
    "rupture_prevue": _l("Votre document finit bientôt"),
    "document_en_retard": _l("Votre prochain document peut être en retard"),
    "promesse_manquee": _l("Une promesse n’a pas été tenue"),
    "remise_question": _l("Avez-vous reçu votre titre ?"),
    "remontee_levee": _l("Le bureau national a répondu"),
    "rectificatif": _l("Un message est corrigé"),
    "alerte_expiration": _l("Votre titre finit bientôt"),
    "alerte_enfant": _l("Le document de votre enfant finit bientôt"),
}
ETATS = {
    "BROUILLON": _l("Brouillon"),
    "DEPOSEE": _l("À vérifier"),
    "PIECES_DEMANDEES": _l("Pièces attendues"),
    "COMPLETE": _l("À décider"),
    "FAVORABLE": _l("Acceptée"),
    "DEFAVORABLE": _l("Refusée"),
    "TITRE_PRET": _l("Prête à remettre"),
    "REMISE": _l("Remise faite"),
    "CLOSE": _l("Fermée sans décision"),
    "ANNULEE": _l("Annulée par la personne"),
    "REPUDIEE": _l("Mise de côté : pas de la personne"),
}
CHAMPS = {
    "reouverture": _l("Comment faire rouvrir"),
    "reference": _l("Référence"),
    "libelle": _l("Demande"),
    "pieces": _l("Pièces"),
    "echeance_date": _l("À envoyer avant la fin du"),
    "nature": _l("Document"),
    "debut_date": _l("À partir du"),
    "fin_date": _l("Jusqu’au"),
    "motif": _l("Motif"),
    "texte": _l("Texte"),
    "recours": _l("Voies de recours"),
    "lieu": _l("Lieu"),
    "champ": _l("Réponse"),
    "avant": _l("Avant"),
    "apres": _l("Maintenant"),
    "prefecture": _l("Préfecture"),
    "date_retenue": _l("Date qui compte"),
    "portee": _l("Ce qui est permis"),
    "rendus": _l("Documents qui valent de nouveau"),
    "remplace": _l("Remplace le document"),
    "depot_date": _l("Déposée le"),
    "suite": _l("Ensuite"),
    "documents": _l("Documents"),
    "phrase": _l("Ce qui est dit"),
    "recus": _l("Ce qui est arrivé"),
    "reception_date": _l("Arrivé le"),
    "jour": _l("Jour"),
    "organisme": _l("Organisme"),
    "objet": _l("Sujet"),
    "promesse": _l("Promesse"),
    "avant_date": _l("Avant la fin du"),
    "disponible_date": _l("Prêt depuis le"),
    "objet_rectifie": _l("Message corrigé"),
    "envoi_date": _l("Envoyé le"),
    "article": _l("Article"),
    "fin_titre_date": _l("Fin du titre"),
    "ouverture_date": _l("Renouvellement à partir du"),
    "fermeture_date": _l("Renouvellement jusqu’au"),
}


def day_of(text: str) -> date | None:
    """A stored civil day."""
    return date.fromisoformat(text) if text else None


def fact_in_words(fact: dict[str, Any]) -> str:
    """What happened."""
    private = fact.get("prive") or {}
    objet = envois.code_of(fact) or next((code for code in OBJETS if code.lower() in private), "")
    return str(OBJETS.get(objet) or FAITS.get(fact["subject"], fact["subject"]))


def author_in_words(by: str) -> str:
    """Who did it, as an agent reads it: never an identifier of a person."""
    kind, _colon, who = by.partition(":")
    if kind == "agent":
        return agent_in_words(who)
    helper = structures.member_in_words(who.partition("@")[0]) if kind == "aidant" else ""
    return helper or str(AUTEURS.get(kind, _("le service")))


def register(pages: Blueprint) -> None:
    """Gives the templates these words."""
    pages.add_app_template_filter(day_of, "jour_iso")
    pages.add_app_template_filter(fact_in_words, "fait_en_mots")
    pages.add_app_template_filter(lambda code: OBJETS.get(code, code), "objet_en_mots")
    pages.add_app_template_filter(reponses.name, "champ_nom")
    pages.add_app_template_filter(lambda valeur, champ: reponses.value(champ, valeur), "champ_valeur")
    pages.add_app_template_filter(lambda state: ETATS.get(state, state), "etat_en_mots")
    pages.add_app_template_filter(author_in_words, "auteur_en_mots")
    pages.add_app_template_filter(lambda name: MODELES.get(name, name), "modele_en_mots")
    pages.add_app_template_filter(
        lambda name: CHAMPS.get(name, _(name.replace("_", " ").capitalize())), "champ_en_mots"
    )
