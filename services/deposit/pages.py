"""The pages of deposit: request → action → page, by noun."""

from flask import Blueprint

from services.deposit.aidant.pages import aidants, mandats, portefeuille, structures
from services.deposit.bureau.pages import bureau, delais, national, personnes, ruptures
from services.deposit.bureau.pages import promesses as agents_promesses
from services.deposit.compte.pages import facteur, franceconnect, preuve
from services.deposit.concertation.pages import bureau_national, concertations, experimentations, rubrique
from services.deposit.engagement.pages import missions, promesses, remontees
from services.deposit.espace.pages import documents, envois, espace, historiques, paiements, public, situation
from services.deposit.justificatif import pages as justificatifs
from services.deposit.panne import pages as pannes
from services.deposit.parcours import pages as parcours
from services.deposit.partenaire.pages import partenaires, refus
from services.deposit.reprise.pages import reprises

# `situation` and `protection` add their pages to the blueprint of the account, `envois` to that of filing,
# `urgences` and, after it, `historiques` to that of a demande.
BLUEPRINTS: list[Blueprint] = [
    public.public,
    situation.compte,
    preuve.preuve,
    facteur.facteur,
    franceconnect.pages,
    espace.espace,
    envois.depot,
    historiques.dossier,
    paiements.pages,
    documents.documents,
    aidants.pages,
    mandats.pages,
    portefeuille.pages,
    parcours.pages,
    *rubrique.BLUEPRINTS,
    promesses.pages,
    *partenaires.BLUEPRINTS,
    *justificatifs.BLUEPRINTS,
    experimentations.public,
    concertations.public,
    bureau.pages,
    national.pages,
    personnes.pages,
    structures.pages,
    delais.pages,
    agents_promesses.pages,
    refus.pages,
    remontees.pages,
    missions.public,
    missions.bureau,
    bureau_national.pages,
    ruptures.pages,
    reprises.pages,
    pannes.pages,
]
