"""E-mails that a worker takes: kept raw before the sending server is told 250, then read one after the other."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

import mongoengine as me
from pymongo import ReturnDocument

from chassis import clock, logs, wake
from chassis.lead import Queue
from chassis.mongo import DayField, collection_of, insert_once, raw
from chassis.smtp import Mail
from chassis.web.files import flush, new_key

RECU, LU, IGNORE = "RECU", "LU", "IGNORE"
BATCH, COUNTED = 20, 1000
LEASE = timedelta(seconds=60)


class ReceivedMail(me.Document):
    """An e-mail as it came. Its identifier is the SHA-256 of sender, recipient and content: sent again, it is one."""

    meta: ClassVar[dict[str, Any]] = {"abstract": True, "auto_create_index": False}
    objects: ClassVar[Any]

    id = me.StringField(primary_key=True)
    cle = me.StringField(required=True)
    expediteur = me.StringField(default="")
    destinataire = me.StringField(default="")
    state = me.StringField(required=True, default=RECU)
    # The legal day on which it came.
    recu_date = DayField()
    time = me.DateTimeField(required=True)
    next_time = me.DateTimeField(required=True)
    essais = me.IntField(default=0)
    cause = me.StringField(default="")


@dataclass(frozen=True)
class Inbound:
    """The e-mails of a service: where they are noted, and the folder of their files."""

    document: type[ReceivedMail]
    folder: Callable[[], Path]

    @property
    def queue(self) -> Queue:
        """Those that were kept and may be read now."""
        return Queue("courriels", "courriels", self._waiting)

    def keep(self, mail: Mail) -> None:
        """Keeps an e-mail once for each address that it came to, sent again or not. Raises OSError or PyMongoError."""
        for recipient in dict.fromkeys(address.lower() for address in mail.recipients):
            self._keep_for(recipient, mail.sender, mail.content)

    def _keep_for(self, recipient: str, sender: str, content: bytes) -> None:
        """On disk, then in the store."""
        digest = hashlib.sha256(f"{sender}\n{recipient}\n".encode() + content).hexdigest()
        if collection_of(self.document).find_one({"_id": digest}, {"_id": 1}):
            return
        key = new_key()
        place = self._place(key)
        place.parent.mkdir(parents=True, exist_ok=True)
        partial = place.with_name(f"{key}.partiel")
        with partial.open("wb") as target:
            target.write(content)
            flush(target)
        partial.replace(place)
        now = clock.now()
        line = self.document(
            id=digest,
            cle=key,
            expediteur=sender.lower(),
            destinataire=recipient,
            recu_date=clock.today(),
            time=now,
            next_time=now,
        )
        insert_once(collection_of(self.document), raw(line))
        wake.say(self.queue.name)

    def read_pending(self, treat: Callable[[dict[str, Any], bytes], dict[str, str]]) -> int:
        """Gives each to `treat`, which says what to note of it; returns how many.

        One that fails is tried again later and does not stop the others.
        """
        kept, done = collection_of(self.document), 0
        while done < BATCH:
            claimed = kept.find_one_and_update(
                self._waiting(),
                {"$set": {"next_time": clock.now() + LEASE}, "$inc": {"essais": 1}},
                sort=[("next_time", 1)],
                return_document=ReturnDocument.AFTER,
            )
            if claimed is None:
                break
            done += 1
            change = treat(claimed, self.content(claimed["cle"]))
            kept.update_one({"_id": claimed["_id"]}, {"$set": change})
            logs.get().info("courriel.lu", courriel=claimed["_id"][:16], state=change["state"])
        return done

    def count_pending(self) -> int:
        """E-mails kept and not yet read."""
        return collection_of(self.document).count_documents({"state": RECU}, limit=COUNTED)

    def content(self, cle: str) -> bytes:
        """An e-mail, byte for byte."""
        return self._place(cle).read_bytes()

    def _place(self, cle: str) -> Path:
        return self.folder() / "courriels" / cle[:2] / cle

    @staticmethod
    def _waiting() -> dict[str, Any]:
        return {"state": RECU, "next_time": {"$lte": clock.now()}}
