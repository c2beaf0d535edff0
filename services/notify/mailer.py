"""E-mail: one message to one person, with a Message-ID that stays the same however often it must be tried.

SMTP cannot say whether a message whose answer was lost was taken: it may then go twice, with the same Message-ID, by
which the receiving side knows a copy (RFC 5322).
"""

from __future__ import annotations

import re
import smtplib
import ssl
import threading
from contextlib import suppress
from dataclasses import dataclass, replace
from email.errors import MessageError
from functools import cache
from urllib.parse import unquote, urlsplit

from chassis import clock, logs
from personne.joindre import as_relayed
from services.notify.mime import PLAIN_ADDRESS, Courriel, compose

TIMEOUT_SECONDS = 10.0
# A connection ends after so long without a message, or so many messages: relays bound both.
IDLE_SECONDS, CARRIED_MAX, TRUSTED_SECONDS = 10.0, 100, 1.0
_FIRST_DOT = re.compile(rb"(?m)^\.")
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_NO_SUCH_MAILBOX = (550, 551, 553)
_SECURE_HOSTS = ("127.0.0.1", "::1", "localhost")


class RemiseImpossible(Exception):
    """The carrier could not take the message now: try again later. `cause` is a code."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


class RemiseRefusee(Exception):
    """The carrier will never take the message. `adresse_morte`: the address itself is at fault."""

    def __init__(self, cause: str, *, adresse_morte: bool) -> None:
        super().__init__(cause)
        self.cause, self.adresse_morte = cause, adresse_morte


@cache
def _tls() -> ssl.SSLContext:
    """The authorities of the machine, read once: reading them costs more than sending a message."""
    return ssl.create_default_context()


@dataclass
class _Line:
    """A connection to the relay: how much it has carried, when it was last used, whether it is between two messages."""

    smtp: smtplib.SMTP
    carried: int = 0
    used: float = 0.0
    between: bool = True


class Mailer:
    """Hands e-mails to the relay of `smtp://user:password@host:port` (`smtps://` for TLS from the first byte).

    A connection carries several messages, one after the other. RSET says that the relay is still there when nothing was
    said for a second, and forgets a message that it refused half-way.
    """

    def __init__(self, url: str) -> None:
        self._url = urlsplit(url)
        self._free: list[_Line] = []
        self._lock = threading.Lock()

    def send(self, courriel: Courriel) -> str:
        """Returns once the relay said 250, with its answer.

        Raises RemiseImpossible (try later; it may have been taken) or RemiseRefusee (never).
        """
        courriel = replace(courriel, a=as_relayed(courriel.a))
        try:
            content = compose(courriel)
        except (MessageError, ValueError, UnicodeError) as error:
            raise RemiseRefusee("ADRESSE_ILLISIBLE", adresse_morte=True) from error
        try:
            line = self._line()
            try:
                answer = self._hand(line.smtp, courriel, content)
            except RemiseRefusee:
                self._keep(line, between=False)
                raise
            except BaseException:
                _close(line)
                raise
            self._keep(line)
            return answer
        except smtplib.SMTPAuthenticationError as error:
            raise RemiseImpossible("RELAIS_NOUS_REFUSE") from error
        except smtplib.SMTPResponseException as error:
            raise RemiseImpossible(f"SMTP_{error.smtp_code}") from error
        except (smtplib.SMTPException, OSError) as error:
            raise RemiseImpossible("RELAIS_INJOIGNABLE") from error

    def rest(self) -> None:
        """Ends the connections that nothing has used for a while: a relay gives few, and closes those that sleep."""
        limit = clock.monotonic() - IDLE_SECONDS
        with self._lock:
            asleep = [line for line in self._free if line.used < limit]
            self._free = [line for line in self._free if line.used >= limit]
        for line in asleep:
            _close(line)

    def _line(self) -> _Line:
        """A connection ready for a message: one that still answers, else a new one."""
        while True:
            with self._lock:
                line = self._free.pop() if self._free else None
            if line is None:
                return _Line(self._connect())
            try:
                silence = clock.monotonic() - line.used
                trusted = line.between and silence < TRUSTED_SECONDS
                if trusted or (silence < IDLE_SECONDS and line.smtp.rset()[0] == 250):
                    return line
            except (smtplib.SMTPException, OSError) as error:
                # Nothing was said on it since the last answer: nothing can have been taken.
                logs.get().debug("relais.ferme", error=type(error).__name__)
            _close(line)

    def _keep(self, line: _Line, *, between: bool = True) -> None:
        line.carried, line.used, line.between = line.carried + 1, clock.monotonic(), between
        if line.carried >= CARRIED_MAX:
            _close(line)
            return
        with self._lock:
            self._free.append(line)

    def _connect(self) -> smtplib.SMTP:
        host, port = self._url.hostname or "", self._url.port
        context = _tls()
        smtp: smtplib.SMTP
        if self._url.scheme == "smtps":
            smtp = smtplib.SMTP_SSL(host, port or 465, timeout=TIMEOUT_SECONDS, context=context)
        else:
            smtp = smtplib.SMTP(host, port or 25, timeout=TIMEOUT_SECONDS)
        smtp.ehlo()
        if self._url.scheme != "smtps" and host not in _SECURE_HOSTS:
            # Words about people do not cross a network in clear: a relay without TLS is a relay that is down.
            smtp.starttls(context=context)
            smtp.ehlo()
        if self._url.username:
            smtp.login(unquote(self._url.username), unquote(self._url.password or ""))
        return smtp

    def _hand(self, smtp: smtplib.SMTP, courriel: Courriel, content: bytes) -> str:
        utf8 = ["SMTPUTF8"] if not courriel.a.isascii() and smtp.has_extn("smtputf8") else []
        if not courriel.a.isascii() and not utf8:
            raise RemiseRefusee("ADRESSE_NON_ACHEMINEE", adresse_morte=False)
        dsn = smtp.has_extn("dsn")
        options = utf8 + (["RET=HDRS", f"ENVID={courriel.enveloppe_id}"] if dsn else [])
        wanted = [f"NOTIFY={'SUCCESS,FAILURE' if courriel.suivi else 'FAILURE'}"] if dsn else []
        if smtp.has_extn("pipelining") and PLAIN_ADDRESS.fullmatch(courriel.a):
            code, answer = _at_once(smtp, courriel, options, wanted, content)
        else:
            _check_sender(*smtp.mail(courriel.retour, options))
            _check_recipient(*smtp.rcpt(courriel.a, wanted))
            code, answer = smtp.data(content)
        if code != 250:
            if 500 <= code < 600:
                raise RemiseRefusee(f"CONTENU_REFUSE_{code}", adresse_morte=False)
            raise RemiseImpossible(f"SMTP_{code}")
        return f"{code} {answer.decode('utf-8', 'replace')[:200]}"


def _at_once(
    smtp: smtplib.SMTP, courriel: Courriel, options: list[str], wanted: list[str], content: bytes
) -> tuple[int, bytes]:
    """The envelope in one round trip instead of three (RFC 2920), then the message; the answer to the message."""
    mail = " ".join([f"MAIL FROM:<{courriel.retour}>", *options])
    smtp.send(f"{mail}\r\n{' '.join([f'RCPT TO:<{courriel.a}>', *wanted])}\r\nDATA\r\n")
    sender, recipient, data = smtp.getreply(), smtp.getreply(), smtp.getreply()
    well = sender[0] == 250 and recipient[0] in (250, 251)
    if data[0] == 354:
        # A relay that refused the recipient and waits for words all the same is given none.
        smtp.send((_dotted(content) if well else b"") + b".\r\n")
        data = smtp.getreply()
    _check_sender(*sender)
    _check_recipient(*recipient)
    return data


def _dotted(content: bytes) -> bytes:
    """The message as it goes over the line: whole lines, each dot that begins one doubled (RFC 5321, 4.5.2)."""
    return _FIRST_DOT.sub(b"..", content if content.endswith(b"\r\n") else content + b"\r\n")


def _close(line: _Line) -> None:
    # The answer to DATA is what counts: a relay that is rude after it changes nothing.
    with suppress(smtplib.SMTPException, OSError):
        line.smtp.quit()


def _check_sender(code: int, answer: bytes) -> None:
    if code != 250:
        raise RemiseImpossible(f"SMTP_{code}")


def _check_recipient(code: int, answer: bytes) -> None:
    """5xx about the mailbox (5.1.x) kills the address; another 5xx (policy) only this message; 4xx is for later."""
    if code in (250, 251):
        return
    if 500 <= code < 600:
        found = _STATUS.match(answer.decode("ascii", "replace"))
        dead = found[0].startswith("5.1.") if found else code in _NO_SUCH_MAILBOX
        raise RemiseRefusee(f"SMTP_{code}" + (f"_{found[0]}" if found else ""), adresse_morte=dead)
    raise RemiseImpossible(f"SMTP_{code}")
