"""The NetworkPolicies let pass each edge of the design and nothing else, and taking one away is seen."""

from __future__ import annotations

from typing import Any

import pytest

from deploy import network
from deploy.cluster import Cluster
from tests.deploy.conftest import Broken, Objects

CUTS = {
    "front-to-web-egress": "Deployment/front must reach Deployment/deposit-web on 8080",
    "front-and-processes-to-web": "Deployment/front must reach Deployment/deposit-web on 8080",
    "processes-to-rpc": "Deployment/ccc-web must reach Deployment/deposit-rpc on 50051",
    "processes-to-peers-egress": "Deployment/notify-worker must reach Deployment/deposit-web on 8080",
    "watchers-to-deposit-ops": "Deployment/substitution-worker must reach Deployment/deposit-web on 9090",
    "watchers-to-deposit-ops-egress": "Deployment/substitution-worker must reach Deployment/deposit-web on 9090",
    "people-to-front": "Deployment/front: ingress is closed to the outside on 8080",
    "mail-to-workers": "Deployment/notify-worker: ingress is closed to the outside on 2525",
    "notify-to-gateways-egress": "Deployment/notify-worker: egress is closed to the outside on 587",
    "deposit-to-payment-egress": "Deployment/deposit-worker: egress is closed to the outside on 443",
    "pan-to-agendas-egress": "Deployment/pan-rpc: egress is closed to the outside on 443",
    "web-to-https-egress": "Deployment/deposit-web: egress is closed to the outside on 443",
    "processes-to-mongodb-egress": "Job/deposit-prepare must reach StatefulSet/mongodb on 27017",
    "processes-to-mongodb": "Deployment/pan-web must reach StatefulSet/mongodb on 27017",
    "workers-to-nats-egress": "Deployment/deposit-worker must reach StatefulSet/nats on 4222",
    "workers-to-nats": "Job/ccc-prepare must reach StatefulSet/nats on 4222",
}


def spec_of(objects: Objects, policy: str) -> dict[str, Any]:
    wanted = ("NetworkPolicy", policy)
    found: dict[str, Any] = next(o for o in objects if (o["kind"], o["metadata"]["name"]) == wanted)
    spec: dict[str, Any] = found["spec"]
    return spec


@pytest.mark.parametrize("policy", CUTS)
def test_without_its_policy_an_edge_is_closed(broken: Broken, policy: str) -> None:
    def change(objects: Objects) -> None:
        # Closed, not absent: a pod that no policy selects is open.
        spec = spec_of(objects, policy)
        spec.pop("ingress", None)
        spec.pop("egress", None)

    assert CUTS[policy] in list(network.faults(broken(change, name="dev")))


def test_a_policy_that_opens_the_broker_to_the_front_is_seen(broken: Broken) -> None:
    def change(objects: Objects) -> None:
        for name in ("workers-to-nats", "workers-to-nats-egress"):
            spec = spec_of(objects, name)
            spec["podSelector"] = {}
            spec |= {"ingress": [{}]} if "ingress" in spec else {"egress": [{}]}

    found = list(network.faults(broken(change, name="dev")))
    assert "Deployment/front must not reach StatefulSet/nats on 4222" in found


def test_a_process_that_may_write_to_the_whole_world_is_seen(broken: Broken) -> None:
    def change(objects: Objects) -> None:
        spec_of(objects, "pan-to-agendas-egress")["podSelector"] = {}

    found = list(network.faults(broken(change)))
    assert "Deployment/deposit-rpc: egress is open to the outside on 443" in found


def test_a_mailbox_open_to_the_world_without_a_reason_is_seen(broken: Broken) -> None:
    def change(objects: Objects) -> None:
        spec_of(objects, "processes-to-rpc")["ingress"] = [{}]

    found = list(network.faults(broken(change)))
    assert "Deployment/pan-rpc: ingress is open to the outside on 8080" in found


def test_a_workload_that_no_edge_names_is_seen(broken: Broken) -> None:
    def change(objects: Objects) -> None:
        front = next(o for o in objects if (o["kind"], o["metadata"]["name"]) == ("Deployment", "front"))
        front["spec"]["template"]["metadata"]["labels"] = {"app.kubernetes.io/name": "autre"}

    assert "Deployment/front: no NetworkPolicy of an edge selects it" in list(network.faults(broken(change)))


def test_both_overlays_have_every_edge(clusters: dict[str, Cluster]) -> None:
    assert [fault for cluster in clusters.values() for fault in network.faults(cluster)] == []
