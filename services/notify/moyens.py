"""What a worker works with, made once per process: relay, gateway, sources, services that know contacts, settings."""

from __future__ import annotations

from dataclasses import dataclass

from chassis.rpc import Client
from chassis.settings import Settings
from services.notify.annuaire import Annuaire
from services.notify.mailer import Mailer
from services.notify.options import NotifyOptions
from services.notify.sms import SmsGateway
from services.notify.sources import Sources


@dataclass(frozen=True)
class Moyens:
    """The connections of notify to the outside."""

    settings: Settings
    options: NotifyOptions
    mailer: Mailer
    sms: SmsGateway
    sources: Sources
    annuaire: Annuaire


def make(settings: Settings, client: Client) -> Moyens:
    """The means of this process. Connects to nothing yet."""
    options = NotifyOptions.from_env(settings)
    return Moyens(
        settings=settings,
        options=options,
        mailer=Mailer(options.smtp_url),
        sms=SmsGateway(options.sms_url),
        sources=Sources(settings, options.piece_max_bytes),
        annuaire=Annuaire(client),
    )
