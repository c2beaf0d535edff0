"""What a rendered pod is told is enough for the code that reads it: the settings of the chassis take it."""

from __future__ import annotations

import importlib

import pytest

from chassis.processes import PROCESSES as RUN
from chassis.settings import SERVICES, Settings
from chassis.web.options import WebOptions
from deploy import needs
from deploy.check import OVERLAYS
from deploy.cluster import PROCESSES, Cluster

OUTSIDE = {"REGLES": "droit_en_vigueur", "PUBLIC_URL": "https://sejour.example"}


@pytest.mark.parametrize("overlay", OVERLAYS)
@pytest.mark.parametrize("process", [*PROCESSES, "prepare"])
@pytest.mark.parametrize("service", SERVICES)
def test_a_process_starts_with_what_its_pod_is_told(
    clusters: dict[str, Cluster], service: str, process: str, overlay: str
) -> None:
    cluster = clusters[overlay]
    workload = next(found for found in cluster.workloads() if (found.service, found.process) == (service, process))
    told = cluster.env_of(workload.pod["containers"][0])
    env = {name: value if value is not None else OUTSIDE.get(name, "from a Secret") for name, value in told.items()}
    wanted = tuple(needs.needed(service, process, cluster.production))
    settings = Settings.from_env(service, env, needs=wanted)
    assert (settings.env == "production") is cluster.production
    assert set(settings.rpc_addresses or ()) == set(settings.web_addresses or ()) == set(SERVICES)
    assert settings.stream_replicas == (3 if cluster.production else 1)
    assert (settings.host, settings.ops_port) == ("0.0.0.0", 9090)  # noqa: S104
    if process == "web":
        assert (settings.web_port, WebOptions.from_env(env).front_proxies) == (8080, 1)


@pytest.mark.parametrize("service", SERVICES)
def test_what_a_service_says_it_cannot_do_without_is_on_our_table(service: str) -> None:
    declared = importlib.import_module(f"services.{service}.__main__").SERVICE.needs
    assert set(declared) <= set(RUN)
    assert {
        process: missing
        for process, names in declared.items()
        if (missing := set(names) - needs.needed(service, process, production=False))
    } == {}
