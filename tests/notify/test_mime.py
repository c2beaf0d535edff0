"""An e-mail put together from bytes is read as the one that the standard library makes; a relay takes it in one go."""

from __future__ import annotations

import email
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from email.message import EmailMessage
from email.policy import default

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.notify import mime
from services.notify.mailer import Mailer, RemiseRefusee
from services.notify.mime import Courriel, PieceJointe

COURRIEL = Courriel(
    message_id="<0f1e2d3c-0000-4000-8000-000000000000@exemple.fr>",
    de="ne-pas-repondre@exemple.fr",
    de_nom="Séjour",
    a="amina@exemple.fr",
    objet="Votre demande",
    texte="Bonjour",
    html="<p>Bonjour</p>",
    retour="r-1@exemple.fr",
    enveloppe_id="0f1e2d3c-0000-4000-8000-000000000000",
)
# What the words of a message may hold: letters of every script, and the few characters that mail gives a meaning.
WORDS = st.text(
    st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")) | st.sampled_from("\n.=_?<>\"' \t"), max_size=200
)
SENDERS = st.sampled_from(("Séjour", "Message", 'Préfecture, « Rhône » "69"'))
NAMES = st.text(st.characters(exclude_categories=("Cc", "Cs")) | st.sampled_from("\"\\'%; é"), min_size=1, max_size=60)
PIECES = st.lists(
    st.builds(PieceJointe, NAMES, st.binary(max_size=300), st.sampled_from(("application/pdf", "image/png")))
)


def parsed(content: bytes) -> EmailMessage:
    """The message as the standard library reads it."""
    message = email.message_from_bytes(content, policy=default)
    assert isinstance(message, EmailMessage) and not [part for part in message.walk() if part.defects]
    return message


def text_of(message: EmailMessage, kind: str) -> str:
    """Its text, or its page."""
    body = message.get_body((kind,))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n").removesuffix("\n")


@settings(max_examples=40, deadline=None)
@given(objet=WORDS, nom=SENDERS, texte=WORDS, pieces=PIECES, address=st.emails())
def test_what_is_written_is_what_is_read(
    objet: str, nom: str, texte: str, pieces: list[PieceJointe], address: str
) -> None:
    """Every word, header and file as it was given, under the very headers of the standard library."""
    courriel = replace(COURRIEL, objet=objet, de_nom=nom, texte=texte, html=f"<p>{texte}</p>", pieces=pieces, a=address)
    content = mime.compose(courriel)
    read, library = parsed(content), mime.by_the_library(courriel)

    assert read["Subject"] == mime.one_line(objet)
    assert [(sender.display_name, sender.addr_spec) for sender in read["From"].addresses] == [(nom, COURRIEL.de)]
    for header in ("Message-ID", "To", "Auto-Submitted", "X-Auto-Response-Suppress"):
        assert read[header] == library[header]
    assert set(read.keys()) == set(library.keys())
    assert text_of(read, "plain") == texte.removesuffix("\n")
    assert text_of(read, "html") == f"<p>{texte}</p>"
    attached = [(part.get_filename() or "", part.get_content()) for part in read.iter_attachments()]
    assert attached == [(mime.one_line(piece.nom), piece.contenu) for piece in pieces]
    lines = content.split(b"\r\n")
    assert max(map(len, lines)) <= 998 and not any(b"\n" in line or b"\r" in line for line in lines)


@pytest.mark.parametrize("address", ["amélie@exemple.fr", '"a b"@exemple.fr'])
def test_an_address_out_of_the_ordinary_is_written_by_the_standard_library(address: str) -> None:
    courriel = replace(COURRIEL, a=address, objet="Été", texte="Ça va")
    assert mime.PLAIN_ADDRESS.fullmatch(address) is None
    read = parsed(mime.compose(courriel))
    assert (read["To"], read["Subject"], text_of(read, "plain")) == (address, "Été", "Ça va")


class Relay(socketserver.StreamRequestHandler):
    """A relay that takes several commands at once, refuses one recipient, and waits for words all the same."""

    said: list[bytes]

    def handle(self) -> None:
        """One connection."""
        self.wfile.write(b"220 ici\r\n")
        while line := self.rfile.readline():
            self.said.append(line)
            verb = line[:4].upper()
            if verb == b"EHLO":
                self.wfile.write(b"250-ici\r\n250 PIPELINING\r\n")
            elif verb == b"RCPT" and b"inconnu" in line:
                self.wfile.write(b"550 5.1.1 Unknown\r\n")
            elif verb == b"DATA":
                self.wfile.write(b"354 Go\r\n")
                while (words := self.rfile.readline()) != b".\r\n":
                    self.said.append(words)
                self.wfile.write(b"250 Taken\r\n")
            else:
                self.wfile.write(b"250 OK\r\n")


@contextmanager
def relay() -> Iterator[tuple[Mailer, list[bytes]]]:
    """A mailer that speaks to such a relay, and what the relay hears."""
    said: list[bytes] = []
    handler = type("Heard", (Relay,), {"said": said})
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Mailer(f"smtp://127.0.0.1:{server.server_address[1]}"), said
        server.shutdown()


def test_a_relay_that_refuses_the_recipient_and_waits_is_given_no_word() -> None:
    """What is pipelined is answered in order: the refusal counts, and the connection serves for the next person."""
    with relay() as (mailer, said):
        with pytest.raises(RemiseRefusee) as refused:
            mailer.send(replace(COURRIEL, a="inconnu@exemple.fr"))
        assert refused.value.cause == "SMTP_550_5.1.1" and refused.value.adresse_morte
        assert not [line for line in said if b"Bonjour" in line]
        dots = "Un\n.\n..deux\n.trois"
        assert mailer.send(replace(COURRIEL, texte=dots)).startswith("250")
    greetings = [line for line in said if line[:4].upper() == b"EHLO"]
    assert len(greetings) == 1
    words = b"".join(said[said.index(b"DATA\r\n", said.index(b"DATA\r\n") + 1) + 1 :])
    assert b"\r\n...deux\r\n..trois\r\n" in words
