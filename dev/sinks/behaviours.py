"""How a recipient makes a sink misbehave: one table for e-mail addresses, one for telephone numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass

DELIVERED, FAILED, READ = "delivered", "failed", "read"


@dataclass(frozen=True)
class Courriel:
    """`refusal`: the SMTP answer to RCPT. `delay`: seconds before the answer to DATA. `kept`: shown as received.

    `reports`: what is sent back later to the envelope sender. `cut`: the connection drops after the message is stored.
    """

    refusal: str = ""
    delay: float = 0.0
    kept: bool = True
    reports: tuple[str, ...] = ()
    cut: bool = False


# The word is the local part or one of its "+" parts: rebond@exemple.fr, amina+rebond@exemple.fr, a+lent-3@exemple.fr.
COURRIELS: dict[str, Courriel] = {
    "rebond": Courriel(refusal="550 5.1.1 No such mailbox"),
    "bal-pleine": Courriel(refusal="452 4.2.2 Mailbox full"),
    "lent": Courriel(delay=5.0),
    "perdu": Courriel(kept=False),
    "coupe": Courriel(cut=True),
    "dsn": Courriel(kept=False, reports=(FAILED,)),
    "delivre": Courriel(reports=(DELIVERED,)),
    "lu": Courriel(reports=(DELIVERED, READ)),
    "double": Courriel(reports=(DELIVERED, DELIVERED)),
}


@dataclass(frozen=True)
class Sms:
    """`status`: the HTTP answer. `reports`: the callbacks, in order. `delay`: seconds before each callback.

    `early`: the first callback arrives before the answer to the sender does. `kept`: shown as received.
    """

    name: str
    status: int = 202
    reports: tuple[str, ...] = (DELIVERED,)
    delay: float = 0.2
    early: bool = False
    kept: bool = True


# The last four digits of the number.
SMS: dict[str, Sms] = {
    "9901": Sms("rebond", reports=(FAILED,), kept=False),
    "9902": Sms("lent", delay=5.0),
    "9903": Sms("perdu", reports=(), kept=False),
    "9904": Sms("double", reports=(DELIVERED, DELIVERED)),
    "9905": Sms("refuse", status=422, reports=(), kept=False),
    "9906": Sms("passerelle en panne", status=503, reports=(), kept=False),
    "9907": Sms("accuse avant la reponse", early=True),
    "9908": Sms("lu", reports=(DELIVERED, READ)),
}
ORDINARY_SMS = Sms("ordinaire")


def of_address(address: str) -> Courriel:
    """The behaviour that an e-mail address asks for; `-N` after the word is a delay in seconds."""
    for part in address.rpartition("@")[0].lower().split("+"):
        if part in COURRIELS:
            return COURRIELS[part]
        word, _, seconds = part.rpartition("-")
        if word in COURRIELS and re.fullmatch(r"\d{1,3}", seconds):
            return Courriel(**{**COURRIELS[word].__dict__, "delay": float(seconds)})
    return Courriel()


def of_number(number: str) -> Sms:
    """The behaviour that a telephone number asks for."""
    return SMS.get(re.sub(r"\D", "", number)[-4:], ORDINARY_SMS)
