"""Which facts substitution acts on, its own included: one visible dict."""

from __future__ import annotations

from chassis import directory, trials
from chassis.inbox import Handlers, Together
from sejour.blocage.v1 import blocage_pb2
from sejour.deposit.v1 import events_pb2 as deposit
from sejour.pan.v1 import events_pb2 as pan
from sejour.substitution.v1 import events_pb2 as own
from services.substitution.actions import blocages, ouvertures, pannes, suites

# Whoever records a blocage, its route opens here; our own come back, so that a crash between two writes loses none.
_BLOCAGES: Handlers = {
    f"{service}.blocage.{verb}": (event, action)
    for service in ("deposit", "ccc", "pan", "substitution")
    for verb, event, action in (
        ("constate", blocage_pb2.BlocageConstate, blocages.on_constate),
        ("atteste", blocage_pb2.BlocageAtteste, blocages.on_atteste),
        ("leve", blocage_pb2.BlocageLeve, suites.on_blocage_fini),
        ("resolu", blocage_pb2.BlocageResolu, suites.on_blocage_fini),
    )
}

HANDLERS: Handlers = {
    **directory.handlers("substitution"),
    **_BLOCAGES,
    "substitution.voie.ouverte": (own.VoieOuverte, blocages.on_voie_ouverte),
    "substitution.voie.aboutie": (own.VoieAboutie, blocages.on_voie_aboutie),
    "deposit.demande.deposee": (deposit.DemandeDeposee, Together(suites.on_demandes_deposees)),
    "deposit.demande.transferee": (deposit.DemandeTransferee, ouvertures.on_demande_transferee),
    "deposit.compte.modifie": (deposit.CompteModifie, suites.on_compte_modifie),
    "deposit.parcours.rattache": (deposit.ParcoursRattache, suites.on_parcours_rattache),
    "deposit.experimentation.modifiee": (deposit.ExperimentationModifiee, trials.learn_as("substitution")),
    "deposit.panne.declaree": (deposit.PanneDeclaree, pannes.on_declaree),
    "deposit.panne.terminee": (deposit.PanneTerminee, pannes.on_terminee),
    "pan.rendez_vous.pris": (pan.RendezVousPris, suites.on_rendez_vous_pris),
    "pan.rendez_vous.deplace": (pan.RendezVousDeplace, suites.on_rendez_vous_deplace),
    "pan.rendez_vous.annule": (pan.RendezVousAnnule, suites.on_rendez_vous_annule),
}
