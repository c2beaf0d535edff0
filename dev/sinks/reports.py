"""Delivery reports as mail servers write them: RFC 3464 (delivered, failed) and RFC 8098 (displayed)."""

from __future__ import annotations

import smtplib
from email.message import EmailMessage, Message
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.mime.text import MIMEText
from email.utils import format_datetime, make_msgid
from typing import Any

from chassis import clock
from dev.sinks.behaviours import DELIVERED, FAILED, READ

HOST = "boites.exemple.invalid"
_STATUS = {
    DELIVERED: ("delivered", "2.1.5", "250 2.1.5 delivered"),
    FAILED: ("failed", "5.1.1", "550 5.1.1 No such mailbox"),
}
_WORDS = {
    DELIVERED: "Votre message a été remis à son destinataire.",
    FAILED: "Votre message n'a pas pu être remis.",
    READ: "Votre message a été affiché.",
}


def compose(content: dict[str, Any]) -> Message:
    """One report. `content`: kind, sender (of the original), recipient, message_id, envelope_id."""
    kind = content["kind"]
    report = MIMEMultipart("report", report_type="disposition-notification" if kind == READ else "delivery-status")
    report["From"] = f"Mail Delivery Subsystem <mailer-daemon@{HOST}>" if kind != READ else content["recipient"]
    report["To"] = content["sender"]
    report["Subject"] = {DELIVERED: "Delivered", FAILED: "Undelivered Mail Returned to Sender", READ: "Displayed"}[kind]
    report["Date"] = format_datetime(clock.now())
    report["Message-ID"] = make_msgid(domain=HOST)
    report["Auto-Submitted"] = "auto-replied"
    report["In-Reply-To"] = content["message_id"]
    report.attach(MIMEText(_WORDS[kind], "plain", "utf-8"))
    report.attach(_disposition(content) if kind == READ else _delivery_status(content))
    original = EmailMessage()
    original["Message-ID"] = content["message_id"]
    headers = MIMENonMultipart("text", "rfc822-headers")
    headers.set_payload(original.as_string())
    report.attach(headers)
    return report


def send(content: dict[str, Any], port: int) -> None:
    """Hands a report to the sender's own mail server, with the empty return path. Raises OSError when not taken."""
    with smtplib.SMTP("127.0.0.1", port, local_hostname=HOST, timeout=10) as server:
        server.send_message(compose(content), from_addr="", to_addrs=[content["sender"]])


def _delivery_status(content: dict[str, Any]) -> Message:
    action, status, diagnostic = _STATUS[content["kind"]]
    whole, one = Message(), Message()
    whole["Reporting-MTA"] = f"dns; {HOST}"
    if content.get("envelope_id"):
        whole["Original-Envelope-Id"] = content["envelope_id"]
    one["Final-Recipient"] = f"rfc822; {content['recipient']}"
    one["Action"] = action
    one["Status"] = status
    one["Diagnostic-Code"] = f"smtp; {diagnostic}"
    part = MIMENonMultipart("message", "delivery-status")
    part.set_payload([whole, one])
    return part


def _disposition(content: dict[str, Any]) -> Message:
    fields = Message()
    fields["Final-Recipient"] = f"rfc822; {content['recipient']}"
    fields["Original-Message-ID"] = content["message_id"]
    fields["Disposition"] = "manual-action/MDN-sent-manually; displayed"
    part = MIMENonMultipart("message", "disposition-notification")
    part.set_payload([fields])
    return part
