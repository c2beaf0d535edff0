"""A small service of the tests' own: a jar that counts, what it tells, and who listens."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import grpc
import mongoengine as me
from google.protobuf.wrappers_pb2 import StringValue

from chassis import clock, keys, mongo, outbox
from chassis.inbox import Handlers, Meta
from chassis.mongo import Aggregate, insert_once
from chassis.outbox import Fact
from chassis.service import prepare_indexes
from chassis.settings import SERVICES, Settings
from sejour.blocage.v1 import service_pb2_grpc

REMPLI = "deposit.bocal.rempli"


class Bocal(Aggregate):
    """A jar: each filling adds one and tells it."""

    meta = {"db_alias": "deposit", "collection": "bocaux", "indexes": [{"fields": ["etiquette"], "unique": True}]}

    etiquette = me.StringField(required=True)
    count = me.IntField(default=0)
    state = me.StringField(default="OUVERT")
    lignes = me.ListField(me.StringField())


def create(etiquette: str, request_id: str = "") -> Bocal:
    """A new jar, told at once."""
    ident = outbox.id_for(request_id, "bocal") if request_id else clock.new_id()
    bocal = Bocal(id=ident, parcours_id=clock.new_id(), etiquette=etiquette)
    return outbox.insert(bocal, fact(etiquette), request_id=request_id)


@outbox.retry_conflicts
def fill(bocal_id: str, request_id: str = "") -> Bocal:
    """One more in the jar; a repeat changes nothing."""
    bocal: Bocal = Bocal.objects(id=bocal_id).first()
    if request_id and outbox.already(bocal, request_id):
        return bocal
    bocal.count += 1
    return outbox.update(bocal, fact(str(bocal.count)), request_id=request_id)


def fact(value: str, **prive: Any) -> Fact:
    """What a filling tells."""
    return Fact(REMPLI, StringValue(value=value), by="agent:a1", private=prive)


def refill(bocal: Bocal, *entries: outbox.Entry) -> Bocal:
    """The same jar, one more in it and these facts told."""
    bocal.count += 1
    return outbox.update(bocal, *entries)


def settings_for(service: str, folder: Path, mongodb_uri: str, **more: Any) -> Settings:
    """Settings of one process, with keys made once in `folder`."""
    keys.create(folder, SERVICES)
    secret = folder / "secret"
    if not secret.exists():
        secret.write_bytes(b"a secret of the tests, long enough")
    return Settings(
        service=service,
        env="developpement",
        regles="recommandation",
        public_url="http://127.0.0.1",
        cles_dir=folder,
        mongodb_uri=mongodb_uri,
        **more,
    )


def open_database(settings: Settings, *documents: type[Aggregate]) -> Any:
    """The service's database, emptied, with every index of the chassis."""
    db = mongo.connect(settings)
    for name in db.list_collection_names():
        db.drop_collection(name)
    prepare_indexes(db, *documents)
    return db


def ledger(db: Any, name: str = "effets") -> Handlers:
    """Handlers that write each fact once under its own key."""

    def note(event: StringValue, meta: Meta) -> None:
        insert_once(db[name], {"_id": meta.event_id, "aggregate": meta.aggregate, "version": meta.version})

    return {REMPLI: (StringValue, note)}


class OnlyLever(service_pb2_grpc.BlocageServiceServicer):
    """A servicer of blocages whose other verbs answer, as gRPC's own default does, that they are not served."""

    def Diagnostiquer(self, request: Any, context: grpc.ServicerContext) -> Any:
        return _unserved(context)

    def Attester(self, request: Any, context: grpc.ServicerContext) -> Any:
        return _unserved(context)

    def OuvrirVoie(self, request: Any, context: grpc.ServicerContext) -> Any:
        return _unserved(context)

    def Resoudre(self, request: Any, context: grpc.ServicerContext) -> Any:
        return _unserved(context)


def _unserved(context: grpc.ServicerContext) -> None:
    context.abort(grpc.StatusCode.UNIMPLEMENTED, "not served here")
