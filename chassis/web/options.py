"""What an operator may tell the web process beyond the common settings; every value has a safe default."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

from chassis.settings import whole_number

MIB = 1024 * 1024
# Who is named by a demonstration: invented, as all that it shows.
ASSOCIATION_EXEMPLE = "Association d’exemple"


@dataclass(frozen=True)
class WebOptions:
    """Settings of HTTP. Times in minutes or hours as named, sizes in bytes."""

    # Only a front that we run may say who calls: 0 ignores every X-Forwarded-* header.
    front_proxies: int = 0
    hosts: tuple[str, ...] = ()
    max_body_bytes: int = 10 * MIB
    session_idle_minutes: int = 60
    session_max_hours: int = 12
    agent_idle_minutes: int = 60
    # One address may hide a whole counter or a telephone operator: wide per address, narrow per login.
    requests_per_minute_per_ip: int = 6000
    sign_in_per_quarter_per_login: int = 10
    sign_in_per_quarter_per_ip: int = 300
    forms_per_minute_per_ip: int = 600
    # Wrong passwords of one address on one account: some are free, then each doubles the wait.
    sign_in_tries: int = 5
    sign_in_wait_seconds: int = 30
    sign_in_wait_max_seconds: int = 900
    wrong_passwords_per_day: int = 20
    known_device_days: int = 180
    # Enough for a desk of an association that helps several people in a day.
    claims_per_day_per_ip: int = 20
    # Forty files of the largest size for one person; an address without sign-in sends screenshots of 8 MiB.
    file_mib_per_day_per_person: int = 2000
    file_mib_per_day_per_ip: int = 500
    threads: int = 12
    # Nobody waits longer for a page: what waited so long is refused, and costs nothing more.
    longest_wait_seconds: int = 8
    associations: tuple[str, ...] = ()
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: str = ""

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> WebOptions:
        """Reads the environment; a number that is not one raises ValueError with its name."""
        source = os.environ if environ is None else environ
        number = partial(whole_number, source)
        return cls(
            front_proxies=number("FRONT_PROXIES", cls.front_proxies),
            hosts=_list(source, "WEB_HOSTS", ","),
            max_body_bytes=number("MAX_BODY_BYTES", cls.max_body_bytes),
            session_idle_minutes=number("SESSION_IDLE_MINUTES", cls.session_idle_minutes),
            session_max_hours=number("SESSION_MAX_HOURS", cls.session_max_hours),
            agent_idle_minutes=number("AGENTS_IDLE_MINUTES", cls.agent_idle_minutes),
            requests_per_minute_per_ip=number("LIMITE_REQUETES_MINUTE", cls.requests_per_minute_per_ip),
            sign_in_per_quarter_per_login=number("LIMITE_CONNEXION_LOGIN", cls.sign_in_per_quarter_per_login),
            sign_in_per_quarter_per_ip=number("LIMITE_CONNEXION_IP", cls.sign_in_per_quarter_per_ip),
            sign_in_tries=number("LIMITE_CONNEXION_ESSAIS", cls.sign_in_tries),
            sign_in_wait_seconds=number("LIMITE_CONNEXION_ATTENTE", cls.sign_in_wait_seconds),
            sign_in_wait_max_seconds=number("LIMITE_CONNEXION_ATTENTE_MAX", cls.sign_in_wait_max_seconds),
            wrong_passwords_per_day=number("LIMITE_CONNEXION_DOUTE", cls.wrong_passwords_per_day),
            known_device_days=number("APPAREIL_CONNU_JOURS", cls.known_device_days),
            forms_per_minute_per_ip=number("LIMITE_FORMULAIRES_MINUTE", cls.forms_per_minute_per_ip),
            claims_per_day_per_ip=number("LIMITE_RECLAMATIONS_IP", cls.claims_per_day_per_ip),
            file_mib_per_day_per_person=number("LIMITE_FICHIERS_PERSONNE", cls.file_mib_per_day_per_person),
            file_mib_per_day_per_ip=number("LIMITE_FICHIERS_IP", cls.file_mib_per_day_per_ip),
            threads=max(1, number("WEB_THREADS", cls.threads)),
            longest_wait_seconds=number("WEB_ATTENTE_SECONDES", cls.longest_wait_seconds),
            associations=_list(source, "ASSOCIATIONS", ";"),
            oidc_issuer=source.get("AGENTS_OIDC_ISSUER", "").rstrip("/"),
            oidc_client_id=source.get("AGENTS_OIDC_CLIENT_ID", ""),
            oidc_client_secret=source.get("AGENTS_OIDC_CLIENT_SECRET", ""),
        )

    def naming(self, *, production: bool) -> WebOptions:
        """The same, with who helps free of charge: each entry page names them (XCT-14). Raises ValueError.

        A production that names nobody does not start; elsewhere a sample is named.
        """
        if self.associations:
            return self
        if production:
            raise ValueError("ASSOCIATIONS is missing: each entry page names who helps free of charge")
        return replace(self, associations=(ASSOCIATION_EXEMPLE,))

    @property
    def oidc(self) -> bool:
        """Whether agents may also sign in through an identity provider."""
        return bool(self.oidc_issuer and self.oidc_client_id and self.oidc_client_secret)


def _list(source: Mapping[str, str], name: str, separator: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in source.get(name, "").split(separator) if part.strip())
