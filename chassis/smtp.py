"""The mailbox of a worker: it relays for nobody, and what comes is stored before the sending server is told 250."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from pymongo.errors import PyMongoError

from chassis import logs

# Some programmes write a whole HTML page on one line; the default limit would refuse those people.
LINE_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Mail:
    """What came, as it came: the sender is empty for a bounce."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes


@dataclass(frozen=True)
class Mailbox:
    """`is_ours` knows our addresses; `keep` stores durably, or raises OSError or PyMongoError. The rest are limits."""

    is_ours: Callable[[str], bool]
    keep: Callable[[Mail], None]
    size_bytes: int
    recipients: int
    seconds: int


class LongLines(SMTP):
    """The same server, which also takes long lines; size is bounded by the message."""

    line_length_limit = LINE_BYTES


class _Handler:
    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, rcpt_options: list[str]
    ) -> str:
        """Refuses every address that is not ours: nobody can fill the store, nor send through us."""
        if len(envelope.rcpt_tos) >= self._mailbox.recipients:
            return "452 4.5.3 Too many recipients"
        if not self._mailbox.is_ours(address):
            return "550 5.1.1 No such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Stores, then accepts; what cannot be stored stays with the sender, who tries again."""
        content = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content).encode()
        # The empty sender of bounces arrives as `<>`.
        mail = Mail((envelope.mail_from or "").strip().strip("<>"), tuple(envelope.rcpt_tos), content)
        try:
            await asyncio.get_running_loop().run_in_executor(None, self._mailbox.keep, mail)
        except (PyMongoError, OSError) as error:
            logs.get().error("mail.not_kept", error=type(error).__name__)
            return "451 4.3.0 Try again later"
        return "250 2.0.0 OK"


class Listener(Controller):
    """The server in a thread of its own, which ends with the process."""

    def __init__(self, mailbox: Mailbox, host: str, port: int) -> None:
        super().__init__(_Handler(mailbox), hostname=host, port=port)
        self._mailbox = mailbox

    def factory(self) -> SMTP:
        """One connection: bounded in size and time, greeting with a name that tells nothing."""
        bounds = self._mailbox
        return LongLines(
            self.handler,
            data_size_limit=bounds.size_bytes,
            timeout=bounds.seconds,
            enable_SMTPUTF8=True,
            ident="Sejour",
        )
