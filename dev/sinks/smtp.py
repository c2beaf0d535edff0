"""An SMTP server that stores before it says 250, and misbehaves by recipient."""

from __future__ import annotations

import asyncio
import email
import email.policy
import hmac
import os
import re
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from chassis import clock
from dev.sinks.behaviours import DELIVERED, of_address
from dev.sinks.journal import Journal
from dev.sinks.returns import Returns

_DSN_OPTION = re.compile(r"\s+(NOTIFY|ORCPT|RET|ENVID)=(\S+)", re.IGNORECASE)


class Courriels:
    """The messages received: one .eml file each, and one line each in a journal."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.journal = Journal(folder / "courriels.jsonl")

    def keep(self, envelope: Envelope, recipients: list[str], lost: bool) -> EmailMessage:
        """Stores one message, durably, and returns its headers."""
        content = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content).encode()
        # Only its headers are looked at: a sink costs less than what it measures.
        message = BytesHeaderParser(policy=email.policy.default).parsebytes(content)
        key = clock.new_id()
        with (self._folder / f"{key}.eml").open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        line: dict[str, Any] = {"id": key, "time": clock.now().isoformat(), "sender": envelope.mail_from or ""}
        line |= {"to": recipients, "subject": str(message.get("Subject", "")), "lost": lost}
        line |= {"message_id": str(message.get("Message-ID", "")), "reply_to": str(message.get("Reply-To", ""))}
        self.journal.append(line)
        return message

    def read(self, key: str) -> EmailMessage:
        """One stored message. Raises KeyError when there is none of that id."""
        if all(line["id"] != key for line in self.journal.lines()):
            raise KeyError(key)
        return email.message_from_bytes((self._folder / f"{key}.eml").read_bytes(), policy=email.policy.default)


class Server(SMTP):
    """aiosmtpd with the delivery-status options of RFC 3461, which it refuses by itself."""

    async def smtp_MAIL(self, arg: str | None) -> None:
        rest, options = _without_dsn_options(arg)
        await super().smtp_MAIL(rest)
        if self.envelope is not None:
            self.envelope.mail_options.extend(f"{name}={value}" for name, value in options.items())

    async def smtp_RCPT(self, arg: str | None) -> None:
        rest, options = _without_dsn_options(arg)
        assert self.envelope is not None
        accepted = len(self.envelope.rcpt_tos)
        await super().smtp_RCPT(rest)
        if len(self.envelope.rcpt_tos) > accepted:
            self.envelope.rcpt_options.append(options.get("NOTIFY", ""))


class Handler:
    """What happens at each SMTP command."""

    def __init__(self, courriels: Courriels, returns: Returns) -> None:
        self._courriels = courriels
        self._returns = returns

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """Says that delivery reports can be asked for, and that several commands may come at once."""
        session.host_name = hostname
        return [*responses[:-1], "250-DSN", "250-PIPELINING", responses[-1]]

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Refuses the recipients whose address says so."""
        refusal = of_address(address).refusal
        if refusal:
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Stores the message, plans the reports, then answers: late or never when a recipient asks for it."""
        behaviours = {address: of_address(address) for address in envelope.rcpt_tos}
        kept = [address for address, behaviour in behaviours.items() if behaviour.kept]
        lost = [address for address, behaviour in behaviours.items() if not behaviour.kept]
        message = None
        for recipients, is_lost in ((kept, False), (lost, True)):
            if recipients:
                message = self._courriels.keep(envelope, recipients, is_lost)
        assert message is not None
        notify = dict(zip(envelope.rcpt_tos, envelope.rcpt_options, strict=True))
        for address, behaviour in behaviours.items():
            for index, kind in enumerate(_reports(address, notify[address])):
                content = {"kind": kind, "sender": envelope.mail_from, "recipient": address}
                content |= {"message_id": str(message.get("Message-ID", "")), "envelope_id": _envelope_id(envelope)}
                if envelope.mail_from and envelope.mail_from != "<>":
                    # A relay reports what it has accepted: after its answer, however late that is.
                    self._returns.owe("dsn", content, delay=behaviour.delay + 0.2 * (index + 1))
            await asyncio.sleep(behaviour.delay)
        if any(behaviour.cut for behaviour in behaviours.values()):
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        return "250 2.0.0 OK"


class SmtpSink(Controller):
    """The server in its own thread; only the sender who knows the password may hand messages in."""

    def __init__(self, handler: Handler, port: int, password: str) -> None:
        self._password = password
        super().__init__(handler, hostname="127.0.0.1", port=port)

    def factory(self) -> SMTP:
        """One connection."""
        return Server(
            self.handler,
            hostname="boites.exemple.invalid",
            auth_required=bool(self._password),
            auth_require_tls=False,
            authenticator=self._authenticate,
            enable_SMTPUTF8=True,
        )

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        good = isinstance(data, LoginPassword) and hmac.compare_digest(data.password, self._password.encode())
        return AuthResult(success=good)


def _reports(address: str, notify: str) -> tuple[str, ...]:
    """What the address asks for; else what the sender asked for with NOTIFY (RFC 3461)."""
    wanted = set(notify.upper().split(","))
    if "NEVER" in wanted:
        return ()
    behaviour = of_address(address)
    if behaviour.reports:
        return behaviour.reports
    return (DELIVERED,) if behaviour.kept and "SUCCESS" in wanted else ()


def _without_dsn_options(arg: str | None) -> tuple[str | None, dict[str, str]]:
    if arg is None:
        return None, {}
    found = {name.upper(): value for name, value in _DSN_OPTION.findall(arg)}
    return _DSN_OPTION.sub("", arg), found


def _envelope_id(envelope: Envelope) -> str:
    return next((option[6:] for option in envelope.mail_options if option.upper().startswith("ENVID=")), "")
