"""What an operator may tell notify beyond the common settings; every value has a safe default."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from chassis.settings import PRODUCTION, BadSettings, Settings
from services.notify.mime import PLAIN_ADDRESS

_IP = re.compile(r"[0-9.:]+")
# A name that no mail server outside can answer for (RFC 2606): messages of a laptop stay on it.
NOWHERE = "sejour.invalid"


@dataclass(frozen=True)
class NotifyOptions:
    """Settings of messages. Lengths of time carry their unit in the name of their variable (README)."""

    domaine: str
    domaine_retour: str
    expediteur: str
    expediteur_nom: str
    expediteur_neutre: str
    reponse_ccc: str
    smtp_url: str
    sms_url: str
    sms_secret: str
    espace_url: str
    aide_url: str
    repli_jours: Mapping[str, int]
    retenue: timedelta
    bail: timedelta
    attente_max: timedelta
    appels_max: int
    piece_max_bytes: int
    paralleles: int

    @classmethod
    def from_env(cls, settings: Settings, environ: Mapping[str, str] | None = None) -> NotifyOptions:
        """Reads the environment. Raises BadSettings naming every value that is not one."""
        source = os.environ if environ is None else environ
        host = urlsplit(settings.public_url).hostname or NOWHERE
        domaine = source.get("NOTIFY_DOMAINE") or (NOWHERE if _IP.fullmatch(host) or "." not in host else host)
        faults: list[str] = []

        def number(name: str, default: int) -> int:
            text = source.get(name, "") or str(default)
            if not text.isdigit():
                faults.append(f"{name} is not a whole number")
                return default
            return int(text)

        retenue = 600 if settings.env == PRODUCTION else 0
        read = cls(
            domaine=domaine,
            domaine_retour=source.get("NOTIFY_DOMAINE_RETOUR") or domaine,
            expediteur=source.get("NOTIFY_EXPEDITEUR") or f"ne-pas-repondre@{domaine}",
            expediteur_nom=source.get("NOTIFY_EXPEDITEUR_NOM") or "Séjour",
            expediteur_neutre=source.get("NOTIFY_EXPEDITEUR_NEUTRE") or "Message",
            reponse_ccc=source.get("NOTIFY_REPONSE_CCC", ""),
            smtp_url=settings.smtp_url,
            sms_url=settings.sms_url,
            sms_secret=source.get("SMS_SECRET", ""),
            espace_url=source.get("NOTIFY_ESPACE_URL") or f"{settings.public_url}/deposit/",
            aide_url=f"{settings.public_url}/substitution/je-n-y-arrive-pas",
            repli_jours={
                "COURRIEL": number("NOTIFY_REPLI_COURRIEL_JOURS", 3),
                "SMS": number("NOTIFY_REPLI_SMS_JOURS", 2),
            },
            retenue=timedelta(seconds=number("NOTIFY_RETENUE_SECONDES", retenue)),
            bail=timedelta(seconds=number("NOTIFY_BAIL_SECONDES", 120)),
            attente_max=timedelta(seconds=number("NOTIFY_ATTENTE_MAX_SECONDES", 300)),
            appels_max=number("NOTIFY_APPELS_MAX", 3),
            piece_max_bytes=number("NOTIFY_PIECE_MAX_OCTETS", 10 * 1024 * 1024),
            paralleles=max(1, number("NOTIFY_REMISES_PARALLELES", 4)),
        )
        faults += [
            f"{name} names the DGEF, which answers nobody (CCC-13)"
            for name, shown in (
                ("NOTIFY_EXPEDITEUR", read.expediteur),
                ("NOTIFY_EXPEDITEUR_NOM", read.expediteur_nom),
                ("NOTIFY_EXPEDITEUR_NEUTRE", read.expediteur_neutre),
                ("NOTIFY_REPONSE_CCC", read.reponse_ccc),
            )
            if "dgef" in shown.casefold()
        ]
        if read.reponse_ccc and not PLAIN_ADDRESS.fullmatch(read.reponse_ccc):
            faults.append("NOTIFY_REPONSE_CCC is not an address")
        if faults:
            raise BadSettings("; ".join(faults))
        return read

    def reponse_of(self, source: str) -> str:
        """Where an answer to a message of this service goes; empty, nobody reads it."""
        return self.reponse_ccc if source == "ccc" else ""
