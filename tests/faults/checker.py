"""Compares the client's ledger with stores, mail sink and documents: nothing lost, nothing doubled, no history broken.

Each `ok` is there exactly once, each `fail` is absent, each `unknown` is there once or not; and what each of them sets
going has arrived once: one attestation de dépôt that verifies, one receipt with its PDF, every fact with its
receipt at each service that acts on it, projections equal to their source, hash chains whole to their last link.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from chassis import event_log
from sejour.message.v1 import message_pb2
from tests.faults import ledger
from tests.faults.ledger import Outcome
from tests.faults.stores import Doc, Stores, address_of, subjects_of

DEPOSEE, AD, DECIDEE = "deposit.demande.deposee", "AD", "deposit.demande.decidee"
MESSAGE, ATTESTATION = "deposit.message.demande", "deposit.attestation.delivree"
Effect = tuple[str, str]


@dataclass
class Verdict:
    """What is wrong, one line each, and the figures that a run prints."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)

    @property
    def clean(self) -> bool:
        """Nothing lost, nothing doubled, nothing broken."""
        return not (self.lost or self.doubled or self.broken)

    def __str__(self) -> str:
        lines = [f"lost: {line}" for line in self.lost] + [f"doubled: {line}" for line in self.doubled]
        return "\n".join([str(self.figures), *lines, *(f"broken: {line}" for line in self.broken)])

    def expect(self, what: str, found: int, least: int, most: int | None = None) -> None:
        """`found` between `least` and `most` (the same when not given)."""
        if found < least:
            self.lost.append(f"{what}: {found}, not {least}")
        if found > (least if most is None else most):
            self.doubled.append(f"{what}: {found}, not {least if most is None else most}")


def check(outcomes: dict[str, Outcome], stores: Stores, copies: int = 1) -> Verdict:
    """The verdict on one run. `copies`: how often an e-mail may be there under one Message-ID (1 unless its hand over
    was interrupted).
    """
    verdict = Verdict()
    _compare_effects(verdict, outcomes, stores)
    _check_demandes(verdict, outcomes, stores)
    _check_messages(verdict, stores, copies)
    _check_histories(verdict, stores)
    _check_projections(verdict, stores)
    verdict.figures |= ledger.counts(outcomes) | {
        "people": len(stores.usagers),
        "filed": sum(d["state"] != "BROUILLON" for d in stores.demandes),
        "facts": sum(map(len, stores.faits.values())),
        "e-mails": len(stores.mails),
        "copies": len(stores.mails) - len({mail.message_id for mail in stores.mails}),
    }
    return verdict


def effects(stores: Stores) -> Counter[Effect]:
    """How often each thing that a command can do is there, under the names that the ledger uses."""
    found: Counter[Effect] = Counter(("compte", address_of(usager)) for usager in stores.usagers)
    for demande in stores.demandes:
        key = demande["_id"]
        found["commencer", demande["usager_id"]] += 1
        found.update(("piece", f"{key}/{piece['nom']}") for piece in demande["pieces"])
        found.update(("demander", f"{key}/{asked['texte']}") for asked in demande["demandes_pieces"])
    for fact in stores.faits["deposit"]:
        if fact["subject"] in (DEPOSEE, DECIDEE):
            found["deposer" if fact["subject"] == DEPOSEE else "favorable", fact["aggregate"]] += 1
    return found


def _compare_effects(verdict: Verdict, outcomes: dict[str, Outcome], stores: Stores) -> None:
    ends: dict[Effect, Counter[str]] = defaultdict(Counter)
    for outcome in outcomes.values():
        ends[outcome.operation.kind, outcome.operation.target][outcome.last] += 1
    found = effects(stores)
    for effect, last in ends.items():
        verdict.expect(" ".join(effect), found[effect], last[ledger.OK], last[ledger.OK] + last[ledger.UNKNOWN])
    for effect in set(found) - set(ends):
        verdict.doubled.append(f"{' '.join(effect)}: nobody asked for it")


def _check_demandes(verdict: Verdict, outcomes: dict[str, Outcome], stores: Stores) -> None:
    facts = stores.facts_of("deposit")
    for demande in stores.demandes:
        given = [a for a in demande["attestations"] if a["nature"] == AD]
        told = Counter(fact["prive"]["modele"] for fact in facts[demande["_id"]] if fact["subject"] == MESSAGE)
        announced = sum(fact["subject"] == ATTESTATION for fact in facts[demande["_id"]])
        filed = int(demande["state"] != "BROUILLON")
        name = f"demande {demande['_id']}"
        verdict.expect(f"{name} attestation de dépôt", len(given), filed)
        verdict.expect(f"{name} receipt", told["depot_recu"], filed)
        verdict.expect(f"{name} facts of its documents", announced, len(demande["attestations"]))
    numbers = {a["numero"] for demande in stores.demandes for a in demande["attestations"]}
    for outcome in outcomes.values():
        promised = {document["numero"] for document in outcome.answer.get("documents", ())}
        if outcome.last == ledger.OK and promised - numbers:
            verdict.lost.append(f"{outcome.operation.id}: documents {sorted(promised - numbers)} that were promised")


def _check_messages(verdict: Verdict, stores: Stores, copies: int) -> None:
    """One message per fact that asks for one, one e-mail per message, under one Message-ID, with what it attaches."""
    asked = {
        message_pb2.MessageDemande.FromString(fact["payload"]).message_id: fact
        for service in stores.faits
        for fact in stores.faits[service]
        if fact["subject"].endswith(".message.demande")
    }
    planned = Counter(str(message["contenu_url"]).rpartition("/")[2] for message in stores.messages)
    for message_id, fact in asked.items():
        verdict.expect(f"message {fact['prive']['modele']} {message_id}", planned[message_id], 1)
    for message_id in set(planned) - set(asked):
        verdict.doubled.append(f"message {message_id}: nobody asked for it")
    # Of the two names in a Message-ID the first is that of the sending.
    mails = Counter(mail.message_id.strip("<>").partition(".")[0] for mail in stores.mails)
    ways = Counter(envoi["message_id"] for envoi in stores.envois if envoi["canal"] == "COURRIEL")
    # Who never gave back the code that went to her mailbox has none yet: nothing else goes there (ADR 17).
    unproved = {usager["_id"] for usager in stores.usagers if usager.get("a_confirmer") and not usager.get("courriel")}
    for message in stores.messages:
        sent = 0 if message["destinataire_id"] in unproved else 1
        verdict.expect(f"sending of message {message['_id']}", ways[message["_id"]], sent)
    for envoi in stores.envois:
        if envoi["canal"] == "COURRIEL":
            verdict.expect(f"e-mail {envoi['_id']} ({envoi['modele']})", mails[envoi["_id"]], 1, copies)
            if envoi["state"] not in ("REMIS", "DELIVRE"):
                verdict.lost.append(f"e-mail {envoi['_id']} ends {envoi['state']}")
    for stray in set(mails) - {envoi["_id"] for envoi in stores.envois}:
        verdict.doubled.append(f"e-mail {stray}: no sending of ours")
    _check_attachments(verdict, stores)


def _check_attachments(verdict: Verdict, stores: Stores) -> None:
    attached = {name for mail in stores.mails for name in mail.attachments}
    for demande in stores.demandes:
        for attestation in demande["attestations"]:
            name = f"{attestation['nature'].lower()}-{attestation['numero']}.pdf"
            if attestation["nature"] == AD and name not in attached:
                verdict.lost.append(f"{name}: in no e-mail")


def _check_histories(verdict: Verdict, stores: Stores) -> None:
    for service, aggregates in stores.aggregates.items():
        facts = stores.facts_of(service)
        for aggregate in aggregates:
            name = f"{service} {aggregate['_id']}"
            history = facts[aggregate["_id"]]
            if aggregate.get("outbox"):
                verdict.lost.append(f"{name}: {len(aggregate['outbox'])} unsent")
            if event_log.broken_link(history) is not None:
                verdict.broken.append(f"{name}: hash chain")
            if (history[-1]["hash"] if history else "") != aggregate["last_hash"]:
                verdict.broken.append(f"{name}: the last link is missing")
            _check_versions(verdict, name, [int(fact["version"]) for fact in history], int(aggregate["version"]))


def _check_versions(verdict: Verdict, name: str, versions: list[int], last: int) -> None:
    if len(set(versions)) != len(versions) or any(version > last for version in versions):
        verdict.broken.append(f"{name}: versions {versions} up to {last}")


def _check_projections(verdict: Verdict, stores: Stores) -> None:
    for service in stores.recus:
        subjects = subjects_of(service)
        for source in stores.faits:
            for fact in stores.faits[source]:
                if fact["subject"] in subjects and fact["_id"] not in stores.recus[service]:
                    verdict.lost.append(f"{fact['subject']} {fact['_id']}: without effect at {service}")
        verdict.broken += [f"{service} rejet {_line(rejet)}" for rejet in stores.rejets[service]]
    for usager in stores.usagers:
        contact = stores.contacts.get(usager["_id"], {})
        if (contact.get("courriel") or "") != (usager.get("courriel") or ""):
            verdict.lost.append(f"contact {usager['_id']} at notify")
        mine = [d for d in stores.demandes if d["usager_id"] == usager["_id"] and d["state"] != "BROUILLON"]
        _same(verdict, usager, {d["prefecture"] for d in mine}, stores)


def _same(verdict: Verdict, usager: Doc, prefectures: Iterable[str], stores: Stores) -> None:
    known = set(stores.parcours.get(usager["parcours_id"], {}).get("prefectures", []))
    if known != set(prefectures):
        verdict.lost.append(f"parcours {usager['parcours_id']} at notify: {known} for {set(prefectures)}")


def _line(rejet: Doc) -> str:
    return f"{rejet['_id']} {rejet['subject']} {rejet['error']}"
