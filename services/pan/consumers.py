"""Which facts of other services change something here."""

from __future__ import annotations

from chassis import directory, trials
from chassis.inbox import Handlers, Together
from sejour.ccc.v1.events_pb2 import SaisineClose, SaisineOuverte, SaisineRepondue
from sejour.deposit.v1.events_pb2 import CompteModifie, ExperimentationModifiee, ParcoursRattache
from sejour.notify.v1.events_pb2 import MessageNonLu, MessageNonRecu
from sejour.substitution.v1.events_pb2 import PrefectureModifiee
from services.pan.actions import projections, rappels, referrals, tickets

HANDLERS: Handlers = {
    **directory.handlers("pan"),
    "substitution.prefecture.modifiee": (PrefectureModifiee, projections.prefecture_modifiee),
    "ccc.saisine.ouverte": (SaisineOuverte, Together(referrals.remember_tickets)),
    "ccc.saisine.repondue": (SaisineRepondue, tickets.on_repondue),
    "ccc.saisine.close": (SaisineClose, tickets.on_close),
    "deposit.compte.modifie": (CompteModifie, projections.compte_modifie),
    "deposit.experimentation.modifiee": (ExperimentationModifiee, trials.learn_as("pan")),
    "deposit.parcours.rattache": (ParcoursRattache, projections.parcours_rattache),
    "notify.message.non_lu": (MessageNonLu, rappels.message_non_lu),
    "notify.message.non_recu": (MessageNonRecu, rappels.message_non_recu),
}
