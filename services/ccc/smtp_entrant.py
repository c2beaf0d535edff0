"""The mailbox of the contact centre: whatever comes is stored before the sending server is told 250."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from pymongo.errors import PyMongoError

from chassis import logs

SIZE_BYTES = 25 * 1024 * 1024
RECIPIENTS_MAX = 5
SECONDS = 120
# Some programmes write a whole HTML page on one line; the default limit would refuse those people.
LINE_BYTES = 1024 * 1024

Keep = Callable[[str, str, bytes], None]


class LongLines(SMTP):
    """The same server, which also takes long lines; size is bounded by the message."""

    line_length_limit = LINE_BYTES


class Handler:
    """`is_ours` tells our addresses; `keep(sender, recipient, content)` stores durably or raises."""

    def __init__(self, is_ours: Callable[[str], bool], keep: Keep) -> None:
        self._is_ours, self._keep = is_ours, keep

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, rcpt_options: list[str]
    ) -> str:
        """We relay for nobody."""
        if len(envelope.rcpt_tos) >= RECIPIENTS_MAX:
            return "452 4.5.3 Too many recipients"
        if not self._is_ours(address):
            return "550 5.1.1 No such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Stores, then accepts; what cannot be stored stays with the sender, who tries again."""
        content = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content).encode()
        # The empty sender of bounces arrives as `<>`.
        sender = (envelope.mail_from or "").strip().strip("<>")
        try:
            keep = asyncio.get_running_loop().run_in_executor
            await keep(None, self._keep, sender, envelope.rcpt_tos[0], content)
        except (PyMongoError, OSError) as error:
            logs.get().error("courriel.non_garde", error=type(error).__name__)
            return "451 4.3.0 Try again later"
        return "250 2.0.0 OK"


class Accueil(Controller):
    """The server in a thread of its own, which ends with the process."""

    def __init__(self, handler: Handler, host: str, port: int) -> None:
        super().__init__(handler, hostname=host, port=port)

    def factory(self) -> SMTP:
        """One connection: bounded in size and time, greeting with a name that tells nothing."""
        return LongLines(
            self.handler, data_size_limit=SIZE_BYTES, timeout=SECONDS, enable_SMTPUTF8=True, ident="Sejour"
        )
