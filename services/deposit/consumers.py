"""Which facts of other services deposit acts on: one visible dict."""

from __future__ import annotations

from chassis import directory
from chassis.inbox import Handlers, Together
from sejour.blocage.v1 import blocage_pb2
from sejour.ccc.v1 import events_pb2 as ccc
from sejour.deposit.v1 import events_pb2 as deposit
from sejour.notify.v1 import events_pb2 as notify
from sejour.pan.v1 import events_pb2 as pan
from sejour.substitution.v1 import events_pb2 as substitution
from services.deposit.aidant.actions import annuaire
from services.deposit.blocage.actions import blocages, messages_perdus
from services.deposit.engagement.actions import engagements
from services.deposit.instruction.actions import effets, file_attente, statistiques
from services.deposit.panne.actions import pannes
from services.deposit.parcours import actions as parcours

_BLOCAGES: Handlers = {
    f"{service}.blocage.{verb}": (event, action)
    for service in ("ccc", "pan", "substitution", "deposit")
    for verb, event, action in (
        ("constate", blocage_pb2.BlocageConstate, blocages.on_constate),
        ("leve", blocage_pb2.BlocageLeve, blocages.on_leve),
        ("resolu", blocage_pb2.BlocageResolu, blocages.on_resolu),
    )
}

# The write of an act brings its view with it; what does not is followed here.
_VUE: Handlers = {
    "deposit.demande.reprise": (deposit.DemandeReprise, file_attente.on_change),
    "deposit.demande.modifiee": (deposit.DemandeModifiee, effets.on_modified),
}

# This changes the account of the person too: the titles that she holds.
_EFFETS: Handlers = {"deposit.titre.remis": (deposit.TitreRemis, effets.on_remis)}

_STEPS = Together(parcours.on_steps)
# What the other channels did is one parcours for the person (XCT-21).
_PARCOURS: Handlers = {
    subject: (event, _STEPS)
    for subject, event in (
        ("ccc.saisine.repondue", ccc.SaisineRepondue),
        ("pan.rendez_vous.pris", pan.RendezVousPris),
        ("pan.rendez_vous.deplace", pan.RendezVousDeplace),
        ("pan.rendez_vous.annule", pan.RendezVousAnnule),
        ("pan.visite.enregistree", pan.VisiteEnregistree),
        ("substitution.voie.ouverte", substitution.VoieOuverte),
        ("substitution.convocation.emise", substitution.ConvocationEmise),
        ("substitution.dossier.recu", substitution.DossierRecu),
        ("substitution.voie.aboutie", substitution.VoieAboutie),
        ("substitution.voie.refusee", substitution.VoieRefusee),
        ("notify.envoi.remis", notify.EnvoiRemis),
    )
}

HANDLERS: Handlers = {
    **directory.handlers("deposit"),
    **_PARCOURS,
    "ccc.saisine.rouverte": (ccc.SaisineRouverte, parcours.on_saisine_rouverte),
    "pan.lieu.modifie": (pan.LieuModifie, annuaire.on_lieu_modifie),
    "deposit.mandat.modifie": (deposit.MandatModifie, annuaire.on_mandat),
    "notify.envoi.echec": (notify.EnvoiEchoue, parcours.on_echec),
    "deposit.echange.ajoute": (deposit.EchangeAjoute, file_attente.on_message),
    "deposit.demande.transferee": (deposit.DemandeTransferee, engagements.on_transfer),
    "deposit.parcours.rattache": (deposit.ParcoursRattache, parcours.on_rattache),
    **_BLOCAGES,
    **_VUE,
    **_EFFETS,
    "deposit.attestation.delivree": (deposit.AttestationDelivree, Together(statistiques.on_attestations)),
    "ccc.saisine.ouverte": (ccc.SaisineOuverte, Together(blocages.on_saisines_ouvertes)),
    "ccc.saisine.close": (ccc.SaisineClose, blocages.on_saisine_close),
    "substitution.panne.declaree": (substitution.PanneDeclaree, pannes.on_declaree),
    "substitution.panne.terminee": (substitution.PanneTerminee, pannes.on_terminee),
    "substitution.prefecture.modifiee": (substitution.PrefectureModifiee, blocages.on_prefecture_modifiee),
    "notify.envoi.lu": (notify.EnvoiLu, messages_perdus.on_lu),
    "notify.message.non_recu": (notify.MessageNonRecu, messages_perdus.on_non_recu),
}
