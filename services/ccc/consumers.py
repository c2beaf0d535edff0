"""Which facts of other services ccc acts on: one visible dict."""

from __future__ import annotations

from chassis import directory, trials
from chassis.inbox import Handlers, Together
from sejour.blocage.v1 import blocage_pb2
from sejour.deposit.v1 import events_pb2 as deposit
from sejour.notify.v1 import events_pb2 as notify
from sejour.substitution.v1 import events_pb2 as substitution
from services.ccc.actions import bulletins, faits_recus, touchees

HANDLERS: Handlers = {
    **directory.handlers("ccc"),
    "deposit.campagne.ouverte": (deposit.CampagneOuverte, bulletins.receive_campagne),
    "deposit.experimentation.modifiee": (deposit.ExperimentationModifiee, trials.learn_as("ccc")),
    "deposit.demande.deposee": (deposit.DemandeDeposee, Together(faits_recus.on_demandes_deposees)),
    "deposit.demande.transferee": (deposit.DemandeTransferee, faits_recus.on_demande_transferee),
    "deposit.compte.modifie": (deposit.CompteModifie, faits_recus.on_compte_modifie),
    "deposit.parcours.rattache": (deposit.ParcoursRattache, touchees.on_rattache),
    **{
        f"{service}.blocage.constate": (blocage_pb2.BlocageConstate, touchees.on_constate)
        for service in ("deposit", "pan", "substitution")
    },
    "substitution.prefecture.modifiee": (substitution.PrefectureModifiee, faits_recus.on_prefecture_modifiee),
    "substitution.voie.ouverte": (substitution.VoieOuverte, faits_recus.on_voie_ouverte),
    "notify.envoi.remis": (notify.EnvoiRemis, faits_recus.on_remis),
    "notify.envoi.delivre": (notify.EnvoiDelivre, faits_recus.on_delivre),
    "notify.envoi.lu": (notify.EnvoiLu, faits_recus.on_lu),
    "notify.message.non_recu": (notify.MessageNonRecu, faits_recus.on_non_recu),
    "ccc.blocage.leve": (blocage_pb2.BlocageLeve, faits_recus.on_blocage_leve),
    "ccc.blocage.resolu": (blocage_pb2.BlocageResolu, faits_recus.on_blocage_resolu),
}
