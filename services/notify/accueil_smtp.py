"""The SMTP server that receives bounces: it takes only addresses that we made, and stores before it says 250."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from pymongo.errors import PyMongoError

from chassis import logs

SIZE_BYTES = 1024 * 1024
RECIPIENTS_MAX = 10
SECONDS = 60

Read = Callable[[str], str | None]
Keep = Callable[[str, bytes], None]


class Handler:
    """`read` turns an address into the sending it stands for; `keep` stores durably or raises."""

    def __init__(self, read: Read, keep: Keep) -> None:
        self._read, self._keep = read, keep

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, rcpt_options: list[str]
    ) -> str:
        """Refuses every address that we did not give: nobody can fill the store."""
        if len(envelope.rcpt_tos) >= RECIPIENTS_MAX:
            return "452 4.5.3 Too many recipients"
        if self._read(address) is None:
            return "550 5.1.1 No such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Stores, then accepts; when it cannot store, the sender keeps the mail and tries again."""
        content = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content).encode()
        try:
            for address in envelope.rcpt_tos:
                envoi_id = self._read(address)
                if envoi_id is not None:
                    await asyncio.get_running_loop().run_in_executor(None, self._keep, envoi_id, content)
        except PyMongoError as error:
            logs.get().error("retour.non_garde", error=type(error).__name__)
            return "451 4.3.0 Try again later"
        return "250 2.0.0 OK"


class Accueil(Controller):
    """The server in a thread of its own, which ends with the process."""

    def __init__(self, handler: Handler, host: str, port: int) -> None:
        super().__init__(handler, hostname=host, port=port)

    def factory(self) -> SMTP:
        """One connection: bounded in size and time, greeting with a name that tells nothing."""
        return SMTP(self.handler, data_size_limit=SIZE_BYTES, timeout=SECONDS, enable_SMTPUTF8=True, ident="Sejour")
