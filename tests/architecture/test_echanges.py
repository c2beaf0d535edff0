"""What the services say to one another hangs together, and `docs/echanges.md` shows it."""

from __future__ import annotations

import importlib
import re

from dev import broker
from tests.architecture import echanges, tree

# A shared noun leaves the service, and a table of verbs the verb, to whoever runs it: `*.blocage.*`.
SUBJECT = re.compile(r"([a-z_]+|\*)\.[a-z_]+\.([a-z_]+|\*)")
CONTACT = "contact."


def test_the_page_says_what_the_code_does() -> None:
    """Run `python -m tests.architecture.echanges` after a change."""
    assert echanges.PAGE.read_text("utf-8") == echanges.page()


def test_a_fact_is_named_where_it_is_made() -> None:
    """`service.noun.fait`, of the service that publishes it, as a literal or a named constant."""
    wrong = [
        f"{fact.where} {fact.subject}"
        for fact in echanges.published()
        if not fact.subject.startswith(CONTACT)
        and not (SUBJECT.fullmatch(fact.subject) and fact.subject.split(".")[0] in (fact.service, "*"))
    ]

    assert wrong == []


def test_a_subject_carries_one_message() -> None:
    """Consumers decode a subject with one class."""
    by_subject: dict[str, set[str]] = {}
    for fact in echanges.published():
        by_subject.setdefault(fact.subject, set()).add(fact.message)

    assert {
        subject: messages for subject, messages in by_subject.items() if len(messages - {echanges.ANY_MESSAGE}) > 1
    } == {}


def test_what_is_consumed_is_published() -> None:
    """A handler waits for a subject that a service publishes, with the same message; one not started yet has none."""
    facts = echanges.published()
    messages = {(fact.subject, fact.message) for fact in facts}
    wrong = []
    for handled in echanges.consumed():
        subject = echanges.subject_of(handled, facts)
        expected = {(subject, handled.message), (subject, echanges.ANY_MESSAGE)}
        if not expected & messages and handled.subject.split(".")[0] in tree.services():
            wrong.append(handled)

    assert wrong == []


def test_a_log_is_read_by_those_who_handle_its_facts() -> None:
    """The table of who may read says what the consumers need, and no more."""
    handlers: dict[str, set[str]] = {}
    for handled in echanges.consumed():
        handlers.setdefault(handled.subject, set()).add(handled.service)
    readers = {
        subject: set(who)
        for service in tree.services()
        for subject, who in importlib.import_module(f"services.{service}.rpc").READERS.items()
    }

    assert readers == {subject: who for subject, who in handlers.items() if not subject.startswith(CONTACT)}


def test_the_broker_lets_a_service_listen_to_whom_it_handles() -> None:
    handlers: dict[str, set[str]] = {}
    for handled in echanges.consumed():
        handlers.setdefault(handled.service, set()).add(handled.subject.split(".")[0])

    assert {service: set(streams) for service, streams in broker.LISTENS.items()} == handlers


def test_a_subject_is_handled_once_in_each_service() -> None:
    """A table joined to HANDLERS that names a subject of another hides it without a word."""
    hidden = [
        f"{service} {subject}"
        for service in tree.services()
        for module in (importlib.import_module(f"services.{service}.consumers"),)
        for name, table in vars(module).items()
        if isinstance(table, dict) and not name.startswith("__")
        for subject, handled in table.items()
        if module.HANDLERS.get(subject) != handled
    ]

    assert hidden == []


def test_what_is_called_is_declared() -> None:
    """A question or a command names an RPC of the protos."""
    declared = set(echanges.methods())

    assert [call for call in echanges.called() if call.method not in declared] == []
