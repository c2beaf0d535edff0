"""The Dockerfile and the compose file: what the linters do not know, the check says."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy import machine, needs
from deploy.check import COMPOSE_SCHEMA, code_faults, contract_faults, contracts, version_faults
from deploy.cluster import Cluster
from deploy.render import ROOT
from dev.mongod import NEVER_SLOW_MS

DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text())
Change = Callable[[dict[str, Any]], object]

IMAGES = {
    "floating base": (("3.11.14-slim-bookworm", "slim"), "base image python:slim is not pinned"),
    "no hashes": (("--require-hashes ", ""), "--require-hashes"),
    "root": (("USER 10001:10001", "USER 0"), "does not run as a numeric user"),
    "shell": (('ENTRYPOINT ["python", "-m"]', "ENTRYPOINT python -m"), "the entry point"),
}

SERVICES: dict[str, tuple[Change, str]] = {
    "no process": (lambda s: s.pop("pan-rpc"), "pan-rpc: no service runs services.pan rpc"),
    "broker for web": (
        lambda s: s["ccc-web"]["env_file"].append("${SEJOUR_STATE:?}/env/ccc.broker.env"),
        "ccc-web: NATS_URL must not be given",
    ),
    "no gateways": (lambda s: s["notify-worker"]["env_file"].pop(), "notify-worker: SMS_URL is missing"),
    "no signature of callbacks": (lambda s: s["notify-web"]["env_file"].pop(), "notify-web: SMS_SECRET is missing"),
    "no delivery reports": (
        lambda s: s["notify-worker"]["environment"].pop("SMTP_INBOUND_PORT"),
        "notify-worker: SMTP_INBOUND_PORT is missing",
    ),
    "one try only": (lambda s: s["pan-prepare"].update(restart="no"), "pan-prepare: must try again"),
    "chained channels": (
        lambda s: s["ccc-web"]["depends_on"].update({"deposit-web": {}}),
        "ccc-web: waits for ['ccc-prepare', 'deposit-web']",
    ),
    "writable": (lambda s: s["front"].pop("read_only"), "front: read_only is missing"),
    "open to the network": (lambda s: s["front"].update(ports=["8080:8080"]), "front: ports on loopback only"),
    "latest": (lambda s: s["nats"].update(image="nats:latest"), "nats: an image pinned by version"),
    "no health": (lambda s: s["mongodb"].pop("healthcheck"), "mongodb: healthcheck is missing"),
}


def test_the_dockerfile_and_compose_pass_their_linters() -> None:
    folder = ROOT / "deploy"
    assert list(machine.lint("hadolint", str(folder / "Dockerfile"))) == []
    assert list(machine.lint("check-jsonschema", *COMPOSE_SCHEMA, str(folder / "compose.yaml"))) == []
    assert list(machine.dockerfile_faults(DOCKERFILE)) == []
    assert list(machine.compose_faults(COMPOSE)) == []


def test_a_linter_that_is_not_content_is_heard(tmp_path: Path) -> None:
    bad = tmp_path / "Dockerfile"
    bad.write_text("FROM python:latest\nRUN cd /srv\n")
    assert any("DL3007" in line for line in machine.lint("hadolint", str(bad)))


@pytest.mark.parametrize("case", IMAGES)
def test_a_weaker_image_is_named(case: str) -> None:
    (before, after), expected = IMAGES[case]
    assert before in DOCKERFILE
    assert any(expected in fault for fault in machine.dockerfile_faults(DOCKERFILE.replace(before, after)))


@pytest.mark.parametrize("case", SERVICES)
def test_a_weaker_compose_service_is_named(case: str) -> None:
    change, expected = SERVICES[case]
    compose = copy.deepcopy(COMPOSE)
    change(compose["services"])
    assert any(expected in fault for fault in machine.compose_faults(compose))


def test_a_package_that_the_image_forgets_is_named() -> None:
    ignored = (ROOT / "deploy" / "Dockerfile.dockerignore").read_text()
    found = list(machine.context_faults(ignored + "!tests/**\n", ["chassis", "nouveau", "dev"]))
    assert found == [
        "nouveau/ is not in the image: Dockerfile.dockerignore leaves it out",
        "tests/ is in the image, and no process needs it",
    ]


def test_no_history_and_no_secret_of_the_tree_is_in_the_image() -> None:
    ignored = (ROOT / "deploy" / "Dockerfile.dockerignore").read_text()
    assert list(machine.context_faults(ignored, [])) == []
    named = ", ".join(sorted(machine.FILES))
    assert list(machine.context_faults(ignored + "!.git/**\n", [])) == [
        f".git/** is in the image, and is neither a package nor one of {named}"
    ]
    assert list(machine.context_faults(ignored.replace("**\n", "", 1), [])) == [
        "Dockerfile.dockerignore does not begin by leaving everything out"
    ]


def test_no_database_logs_what_it_was_asked(clusters: dict[str, Cluster]) -> None:
    """A slow query is logged with the names that it looks for: none is slow, where people deploy as on our machines."""
    never = f" --slowms {NEVER_SLOW_MS}"
    stores = [
        workload.pod["containers"][0] for workload in clusters["dev"].workloads() if workload.service == "mongodb"
    ]
    commands = [" ".join(store["command"]) for store in stores] + [" ".join(COMPOSE["services"]["mongodb"]["command"])]
    assert len(commands) == 2
    assert [command for command in commands if "mongod --" not in command or never not in command] == []


def test_a_variable_of_the_contract_that_nobody_decided_on_is_named() -> None:
    written = needs.documented(*(place.read_text() for place in contracts()))
    assert list(contract_faults(written)) == []
    added = needs.documented("| `NOUVELLE_URL`, `AUTRE` | x | required |\n")
    assert list(contract_faults(written | added)) == [
        "AUTRE is documented and in no table of deploy/needs.py",
        "NOUVELLE_URL is documented and in no table of deploy/needs.py",
    ]


def test_a_variable_that_the_code_reads_and_nobody_documented_is_named() -> None:
    written = needs.documented(*(place.read_text() for place in contracts()))
    assert list(code_faults(written)) == []
    assert list(code_faults(written - {"SONDE_SECONDES"})) == [
        "chassis/watch.py reads SONDE_SECONDES, which no table documents",
    ]


def test_what_a_module_reads_is_told_from_its_own_tables() -> None:
    read = 'import os\nA = {"COURRIEL": number("NOTIFY_X", 3)}\nB = os.environ.get("ASSOCIATIONS", "")\n'
    assert needs.read_by(read) == {"NOTIFY_X", "ASSOCIATIONS"}
    assert needs.read_by('STATE = "OUVERTE"') == frozenset()


def test_two_versions_of_one_image_are_named(clusters: dict[str, Cluster]) -> None:
    services = copy.deepcopy(COMPOSE["services"])
    assert list(version_faults(clusters, services)) == []
    services["ccc-web"]["image"] = "sejour:0.0.9"
    assert next(version_faults(clusters, services)).startswith("sejour: 0.0.9, 0.1.0")
