"""What a service is made of, in one value; and its store, made ready."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import mongoengine as me
from pymongo.database import Database

from chassis import mongo
from chassis.agents import AGENTS
from chassis.due import Due
from chassis.lead import Queue
from chassis.mongo import Aggregate
from chassis.settings import Settings

if TYPE_CHECKING:
    from flask import Flask

    from chassis.commands import Replies
    from chassis.inbox import Handlers
    from chassis.rpc import Client


@dataclass(frozen=True)
class Task:
    """Blocking work a worker does again and again: at once after some was done, else after `seconds`.

    `paced` work waits in both cases, so that a mass of it leaves room for the rest. With `queues`, it is done when
    something waits there, by each worker that is told of it; without, by the one that leads (`chassis/lead.py`).
    `calls` are further names that call for it.
    """

    seconds: float
    work: Callable[[], Any]
    paced: bool = False
    queues: tuple[Queue, ...] = ()
    calls: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """How the log calls it."""
        return str(
            getattr(self.work, "__qualname__", getattr(getattr(self.work, "func", None), "__qualname__", "task"))
        )


def _no_tasks(settings: Settings, client: Client) -> Sequence[Task]:
    return ()


@dataclass(frozen=True)
class Service:
    """One service. What only some processes need is a function, so that each process imports what it uses."""

    name: str
    documents: tuple[type[me.Document], ...]
    create_app: Callable[[Settings], Flask]
    # Registers the servicers on a server and returns their full names; `allowed` says who may call which method.
    add_servicers: Callable[[Any, Settings], tuple[str, ...]]
    allowed: Mapping[str, frozenset[str]]
    # Who may read which fact in the log of this service.
    readers: Mapping[str, frozenset[str]] = field(default_factory=dict)
    handlers: Handlers = field(default_factory=dict)
    due: Due = field(default_factory=dict)
    replies: Replies = field(default_factory=dict)
    tasks: Callable[[Settings, Client], Sequence[Task]] = _no_tasks
    # How much work of its own kind waits (for `/quiet`), and what `prepare` does beside indexes and streams.
    backlog: Callable[[], int] = lambda: 0
    prepare: Callable[[Settings], None] = lambda settings: None
    needs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    # Jobs of its own by name, run by an operator with the words that follow; the answer is the exit code.
    commands: Mapping[str, Callable[[Settings, Sequence[str]], int]] = field(default_factory=dict)

    @property
    def aggregates(self) -> tuple[type[Aggregate], ...]:
        """The documents that keep an outbox, the agents of its directory among them."""
        own = (document for document in self.documents if issubclass(document, Aggregate))
        return (*own, AGENTS[self.name])


def prepare_store(service: Service, settings: Settings) -> Database[dict[str, Any]]:
    """Prepares all but the broker: every index, the agents' directory, then what is the service's own. Rerunnable."""
    from chassis import agents

    db = mongo.connect(settings)
    prepare_indexes(db, *service.documents)
    if settings.agents_file:
        agents.load_directory(db, settings.agents_file, settings)
    service.prepare(settings)
    return db


def prepare_indexes(db: Database[dict[str, Any]], *documents: type[me.Document]) -> None:
    """The indexes of these documents, and those of every collection that the chassis keeps beside them."""
    from chassis import agent_sessions, agents, commands, event_log, inbox, messages, trials
    from chassis.web import app

    mongo.prepare_indexes(*documents)
    for module in (event_log, commands, inbox, agents, agent_sessions, messages, trials, app):
        module.prepare_indexes(db)
