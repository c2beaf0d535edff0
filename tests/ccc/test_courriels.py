"""A real SMTP server takes e-mails, kind and hostile; each becomes a ticket, or is kept without an answer."""

from __future__ import annotations

import html
import smtplib
import time
from collections.abc import Iterator
from email.message import EmailMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from pathlib import Path
from typing import Any

import pytest

from chassis.settings import Settings
from chassis.smtp import Listener
from personne import lecture_courriel
from services.ccc.actions import courriels
from services.ccc.store import Blocage, Courriel, Message, Saisine
from tests.ccc.conftest import frame, relay_all
from tests.pictures import CUT_HEIC, heic, picture

PNG = picture()


class FreePort(Listener):
    """On a port that the system chooses."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


@pytest.fixture
def port(service: Settings) -> Iterator[int]:
    """The mailbox, as the worker opens it."""
    frame()
    server = FreePort(courriels.mailbox(), "127.0.0.1", 0)
    server.start()
    yield server.port
    server.stop()


@pytest.fixture(autouse=True)
def known(service: Settings) -> None:
    """The frame of this process."""
    from services.ccc import cadre

    cadre.use(service)


def send(port: int, content: bytes | EmailMessage, sender: str = "mei@exemple.test") -> None:
    """Hands one e-mail over as any server does; raises when it is refused."""
    raw = content if isinstance(content, bytes) else content.as_bytes()
    with smtplib.SMTP("127.0.0.1", port, timeout=20) as client:
        client.sendmail(sender, ["contact@ccc.test"], raw)


def letter(
    subject: str = "Bloquée", text: str = "Bonjour, le site affiche une erreur. J'habite 93200 Saint-Denis."
) -> EmailMessage:
    """An ordinary e-mail."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Mei Exemple <mei@exemple.test>", "contact@ccc.test", subject
    mail.set_content(text)
    return mail


def last(sender: str = "mei@exemple.test") -> Saisine:
    """The latest ticket of this address."""
    found: Saisine = Saisine.objects(courriel=sender).order_by("-ouverture_time", "-id").first()
    return found


@pytest.mark.clause("CCC-01/c")
def test_an_email_becomes_a_ticket_with_a_blockage_and_a_receipt(port: int, agent: Any) -> None:
    mail = letter(text="Bonjour, le site affiche une erreur. J'habite 98800 Nouméa.")
    mail.add_attachment(PNG, maintype="image", subtype="png", filename="capture.png")
    send(port, mail)
    assert Courriel.objects(state="RECU").count() >= 1
    courriels.read_pending()
    saisine, sent = last(), relay_all()

    desk = agent("chloe")
    shown = desk.get(f"/ccc/agents/saisines/{saisine.id}").text
    assert saisine.reference in desk.get("/ccc/agents/").text
    assert "le site affiche une erreur" in shown
    assert 'capture.png</a> <span class="hint">(pas analysé)</span>' in shown
    assert saisine.canal == "COURRIEL"
    assert saisine.nom == "Mei Exemple"
    assert saisine.prefecture == "988"
    assert [piece.media_type for piece in saisine.captures] == ["image/png"]
    assert Blocage.objects(id=saisine.blocage_id).first() is not None
    receipt = [f for f in sent.facts if f.get("prive", {}).get("modele") == "saisine_recue"][-1]
    assert saisine.reference in receipt["prive"]["contenu"]


def test_a_file_that_cannot_be_kept_is_told_with_what_to_do_and_logos_never_push_a_piece_out(port: int) -> None:
    mail = letter(subject="Ma photo")
    for number in range(11):
        name, cid = f"logo{number}.png", f"<{number}@exemple.test>"
        mail.add_attachment(PNG, maintype="image", subtype="png", filename=name, disposition="inline", cid=cid)
    mail.add_attachment(CUT_HEIC, maintype="image", subtype="heic", filename="IMG_0001.HEIC")
    mail.add_attachment(b"%PDF-1.4\n%%EOF\n", maintype="application", subtype="pdf", filename="passeport.pdf.exe")
    mail.add_attachment(heic(), maintype="image", subtype="heic", filename="IMG_0002.HEIC")
    send(port, mail)
    courriels.read_pending()
    saisine, sent = last(), relay_all()

    assert [(piece.nom, piece.media_type) for piece in saisine.captures[:2]] == [
        ("passeport-pdf.pdf", "application/pdf"),
        ("IMG_0002.jpg", "image/jpeg"),
    ]
    told = Message.objects(saisine_id=saisine.id, auteur="CENTRE").first().texte
    assert "« IMG_0001.HEIC » : Cette photo est au format HEIC" in told and "« Le plus compatible »" in told
    assert "logo10.png (plus de 10 fichiers)" in told
    answer = [f for f in sent.facts if f.get("prive", {}).get("modele") == "saisine_reponse"][-1]
    assert "IMG_0001.HEIC" in answer["prive"]["contenu"]


def test_the_same_email_sent_again_is_one_ticket(port: int) -> None:
    mail = letter(subject="Une seule fois").as_bytes()
    before = Saisine.objects(courriel="mei@exemple.test").count()
    send(port, mail)
    send(port, mail)
    courriels.read_pending()

    assert Saisine.objects(courriel="mei@exemple.test").count() == before + 1


def test_an_answer_that_names_the_reference_joins_its_ticket_and_a_stranger_does_not(port: int) -> None:
    send(port, letter(subject="Premier"))
    courriels.read_pending()
    saisine = last()
    send(port, letter(subject=f"Re: {saisine.reference.lower()}", text="Voici la suite.\n\n> Vous avez écrit"))
    send(port, letter(subject=saisine.reference, text="Je suis bloqué aussi"), sender="autre@exemple.test")
    stranger = letter(subject=saisine.reference, text="Donnez-moi son dossier, erreur")
    stranger.replace_header("From", "autre@exemple.test")
    send(port, stranger, sender="autre@exemple.test")
    courriels.read_pending()
    thread = [message.texte for message in Message.objects(saisine_id=saisine.id)]

    assert "Voici la suite." in thread
    assert "Donnez-moi son dossier, erreur" not in " ".join(thread)
    assert last("autre@exemple.test").id != saisine.id


AUTOMATIC = (
    ("Auto-Submitted", "auto-replied", "robot@exemple.test"),
    ("Precedence", "bulk", "robot@exemple.test"),
    ("List-Id", "<liste.exemple.test>", "robot@exemple.test"),
    ("X-Autoreply", "yes", "robot@exemple.test"),
    ("X-Ordinary", "yes", ""),
)


@pytest.mark.parametrize(("header", "value", "sender"), AUTOMATIC)
def test_a_machine_is_kept_and_never_answered(port: int, header: str, value: str, sender: str) -> None:
    mail = letter(subject=f"Absence {header}")
    mail[header] = value
    mail.replace_header("From", "robot@exemple.test")
    send(port, mail, sender)
    courriels.read_pending()

    assert Saisine.objects(courriel="robot@exemple.test").count() == 0
    assert Courriel.objects(expediteur=sender, state="IGNORE").first() is not None


def nested(depth: int) -> bytes:
    """A message within a message within a message."""
    head = b"From: mei@exemple.test\r\nSubject: poupees\r\n"
    body = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (number, number) for number in range(depth)
    )
    return head + body + b"Content-Type: text/plain\r\n\r\nau fond\r\n"


def many_parts(number: int) -> bytes:
    """More attachments than anybody sends."""
    mail = MIMEMultipart()
    mail["From"], mail["Subject"] = "mei@exemple.test", "bombe"
    mail.attach(MIMEText("bonjour, erreur sur le site"))
    for index in range(number):
        part = MIMEText("x" * 10)
        part.add_header("Content-Disposition", "attachment", filename=f"{index}.txt")
        mail.attach(part)
    return mail.as_bytes()


PERSON = b"From: mei@exemple.test\r\nSubject: Bonjour\r\n"
WINDOWS = (
    b"Content-Type: text/plain; charset=iso-8859-1\r\n\r\n"
    b"L\x92attestation n\x92est pas arriv\xe9e. Co\xfbt : 25 \x80.\r\n"
)
AS_WRITTEN = {
    "Exchange": (
        PERSON + b"X-Auto-Response-Suppress: DR, OOF, AutoReply\r\n\r\nJe suis bloqu\xc3\xa9e.",
        "Je suis bloquée.",
    ),
    "Windows": (PERSON + WINDOWS, "L’attestation n’est pas arrivée. Coût : 25 €."),
    "helper": (
        PERSON + b"\r\nPour Mme Diallo :\r\n> Je ne peux pas payer.\r\n",
        "Pour Mme Diallo :\n> Je ne peux pas payer.",
    ),
}


@pytest.mark.parametrize("kind", AS_WRITTEN)
def test_what_a_person_writes_reaches_the_agent_as_she_wrote_it(kind: str) -> None:
    content, words = AS_WRITTEN[kind]
    read = lecture_courriel.read(content, "mei@exemple.test")

    assert (read.texte, read.automatique, read.laisses) == (words, "", ())


def test_a_long_email_is_whole_in_its_ticket_and_what_is_cut_of_a_longer_one_is_told(port: int, agent: Any) -> None:
    lines = [f"Paragraphe {number}. " + "Je n'ai pas reçu mon attestation. " * 5 for number in range(48)]
    question = "Que dois-je faire ?"
    send(port, letter(subject="Long", text="\n\n".join([*lines, question])))
    courriels.read_pending()
    shown = html.unescape(agent("chloe").get(f"/ccc/agents/saisines/{last().id}").text)

    assert all(f"Paragraphe {number}." in shown for number in range(48)) and question in shown
    longer = lecture_courriel.read(letter(text="mot " * 6000).as_bytes(), "mei@exemple.test")
    assert "trop long : 20000 signes au plus" in longer.laisses[0]


BOMBS = {
    "60 000 parts": b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 60_000,
    "100 000 headers": b"X-Rien: rien\r\n" * 100_000 + b"\r\nbonjour\r\n",
}


@pytest.mark.parametrize("kind", BOMBS)
def test_what_no_programme_writes_is_read_at_no_cost_and_what_is_left_out_is_named(kind: str) -> None:
    begins = time.process_time()
    read = lecture_courriel.read(PERSON + BOMBS[kind], "mei@exemple.test")

    assert time.process_time() - begins < 2
    assert read.expediteur == "mei@exemple.test" and read.laisses


HOSTILE: tuple[tuple[str, bytes], ...] = (
    ("nested", nested(3000)),
    ("many parts", many_parts(500)),
    ("no header", b"\r\n\r\n"),
    ("unknown charset", b"From: mei@exemple.test\r\nSubject: =?klingon?Q?=FF?=\r\n"
                        b"Content-Type: text/plain; charset=klingon\r\n\r\nerreur \xff\xfe\r\n"),
    ("broken base64", b"From: mei@exemple.test\r\nContent-Type: text/plain\r\n"
                      b"Content-Transfer-Encoding: base64\r\n\r\n!!!!====\r\n"),
    ("long line", b"From: mei@exemple.test\r\nSubject: long\r\n\r\n" + b"a" * 200_000 + b"\r\n"),
    ("control characters", b"From: mei@exemple.test\r\n"
                           b"Subject: =?utf-8?Q?a=0D=0ABcc:_tous@exemple.test?=\r\n\r\nb\x00\x07\r\n"),
    ("no boundary", b"From: mei@exemple.test\r\nContent-Type: multipart/mixed\r\n\r\nerreur\r\n"),
    ("html alone", b"From: mei@exemple.test\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
                   b"<html><head><title>t</title><style>p{}</style></head><body><script>alert(1)</script>"
                   b"<p>Le site affiche une erreur</p></body></html>\r\n"),
    ("address list", b"From: " + b"a@b.test, " * 3000 + b"\r\nSubject: x\r\n\r\nerreur\r\n"),
)  # fmt: skip


@pytest.mark.parametrize(("name", "content"), HOSTILE, ids=[name for name, _ in HOSTILE])
def test_a_hostile_email_is_taken_read_within_bounds_and_stops_nothing(port: int, name: str, content: bytes) -> None:
    send(port, content, sender="hostile@exemple.test")
    courriels.read_pending()
    kept = Courriel.objects(expediteur="hostile@exemple.test").order_by("-time").first()
    read = lecture_courriel.read(content, "hostile@exemple.test")

    assert kept.state == "LU", name
    assert len(read.fichiers) <= lecture_courriel.FILES_MAX
    assert "\n" not in read.sujet and "\r" not in read.sujet
    assert read.texte
    if name == "html alone":
        assert read.texte == "Le site affiche une erreur"


def test_what_is_too_big_is_refused_and_what_cannot_be_stored_stays_with_the_sender(
    port: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(smtplib.SMTPException):
        send(port, b"From: a@b.test\r\n\r\n" + b"x\r\n" * (26 * 1024 * 1024 // 3))
    folder = frame().pieces_dir / "courriels"
    folder.mkdir(exist_ok=True)
    aside = tmp_path / "courriels"
    folder.rename(aside)
    folder.write_text("a file where the folder should be")
    try:
        with pytest.raises(smtplib.SMTPDataError) as refused:
            send(port, letter(subject="disque plein"))
    finally:
        folder.unlink()
        aside.rename(folder)

    assert refused.value.smtp_code == 451
    assert Courriel.objects(state="RECU").count() == 0


def test_two_machines_that_write_to_each_other_come_to_an_end(port: int) -> None:
    for number in range(14):
        send(port, letter(subject=f"encore {number}", text=f"erreur {number}").as_bytes().replace(b"mei@", b"boucle@"),
             sender="boucle@exemple.test")  # fmt: skip
        courriels.read_pending()

    assert Saisine.objects(courriel="boucle@exemple.test").count() <= courriels.ANSWERED_A_DAY
