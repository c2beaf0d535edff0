"""Who may talk to whom inside the namespace, decided from the rendered NetworkPolicies as a cluster would."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from chassis.settings import SERVICES
from deploy.cluster import PROCESSES, Cluster, Thing, Workload, selects


@dataclass(frozen=True)
class Edge:
    """One direction: "service/process" to "service/process", `*` for any service; the port by number."""

    source: str
    target: str
    port: int


ALLOWED = (
    Edge("front/front", "*/web", 8080),
    *(Edge(f"*/{process}", "*/rpc", 50051) for process in PROCESSES),
    *(Edge(f"*/{process}", "*/web", 8080) for process in PROCESSES),
    *(Edge(f"{watcher}/worker", "deposit/web", 9090) for watcher in ("deposit", "substitution")),
    *(Edge(f"*/{process}", "mongodb/store", 27017) for process in (*PROCESSES, "prepare")),
    *(Edge(f"*/{process}", "nats/broker", 4222) for process in (*PROCESSES, "prepare")),
)
FORBIDDEN = (
    Edge("front/front", "*/rpc", 50051),
    Edge("front/front", "mongodb/store", 27017),
    Edge("front/front", "nats/broker", 4222),
    Edge("*/web", "front/front", 8080),
    Edge("*/prepare", "*/rpc", 50051),
    Edge("*/web", "*/worker", 9090),
    Edge("substitution/worker", "pan/web", 9090),
    Edge("mongodb/store", "*/web", 8080),
    Edge("nats/broker", "mongodb/store", 27017),
)
# Beyond the namespace, by port; NetworkPolicy knows no names, so the operator's firewall says which hosts.
COMES_IN: Mapping[str, frozenset[int]] = {
    "front/front": frozenset({8080}),
    "ccc/worker": frozenset({2525}),
    "substitution/worker": frozenset({2525}),
    "notify/worker": frozenset({2525}),
}
GOES_OUT: Mapping[str, frozenset[int]] = {
    **{f"{service}/web": frozenset({443}) for service in SERVICES},
    **{f"pan/{process}": frozenset({443}) for process in PROCESSES},
    "notify/worker": frozenset({25, 465, 587, 443}),
    "deposit/worker": frozenset({443}),
}
OUTSIDE = frozenset({25, 443, 465, 587, 2525, 8080})


def faults(cluster: Cluster) -> Iterator[str]:
    """Each edge that should pass and does not, or passes and should not; each workload that no edge names."""
    policies = cluster.of_kind("NetworkPolicy")
    if not any(_denies_all(policy) for policy in policies):
        yield "no policy denies everything by default, in and out"
    for workload in cluster.workloads():
        named = [policy for policy in policies if not _denies_all(policy) and _covers(policy, workload)]
        if not named:
            yield f"{workload.name}: no NetworkPolicy of an edge selects it"
    for edges, expected in ((ALLOWED, True), (FORBIDDEN, False)):
        for edge in edges:
            for source, target in _pairs(cluster, edge):
                if passes(policies, source, target, edge.port) is not expected:
                    verb = "must reach" if expected else "must not reach"
                    yield f"{source.name} {verb} {target.name} on {edge.port}"
    for workload in cluster.workloads():
        if workload.process in (*PROCESSES, "prepare", "front"):
            yield from _outside(policies, workload)


def _outside(policies: list[Thing], workload: Workload) -> Iterator[str]:
    """What the policies say of the world, against the two tables above."""
    name = f"{workload.service}/{workload.process}"
    for way, key, peers, table in (
        ("Ingress", "ingress", "from", COMES_IN),
        ("Egress", "egress", "to", GOES_OUT),
    ):
        rules = _rules(policies, workload, way, key)
        anywhere = [{}] if rules is None else [rule for rule in rules if not rule.get(peers)]
        for port in sorted(OUTSIDE):
            opened = any(_names_port(rule, port, workload) for rule in anywhere)
            if opened is not (port in table.get(name, frozenset())):
                verb = "is closed to" if not opened else "is open to"
                yield f"{workload.name}: {way.lower()} {verb} the outside on {port}"


def passes(policies: list[Thing], source: Workload, target: Workload, port: int) -> bool:
    """Whether a connection inside the namespace is let out by the source and let in by the target."""
    out = _rules(policies, source, "Egress", "egress")
    into = _rules(policies, target, "Ingress", "ingress")
    return all(
        rules is None
        or any(_takes_peer(rule.get(way), peer.labels) and _takes_port(rule, port, target) for rule in rules)
        for rules, way, peer in ((out, "to", target), (into, "from", source))
    )


def _rules(policies: list[Thing], owner: Workload, way: str, key: str) -> list[Thing] | None:
    """The rules of the policies that select this workload; None when none does, which lets everything pass."""
    mine = [policy for policy in policies if way in _ways(policy) and selects(_selector(policy), owner.labels)]
    return [rule for policy in mine for rule in policy["spec"].get(key) or ()] if mine else None


def _takes_peer(peers: list[Thing] | None, labels: Mapping[str, str]) -> bool:
    """No list means anybody; a peer of another namespace is not one of ours."""
    if not peers:
        return True
    ours = [peer["podSelector"] for peer in peers if "podSelector" in peer and "namespaceSelector" not in peer]
    return any(selects(selector, labels) for selector in ours)


def _takes_port(rule: Thing, number: int, listener: Workload) -> bool:
    ports = rule.get("ports")
    if not ports:
        return True
    return any(port.get("protocol", "TCP") == "TCP" and listener.port(port["port"]) == number for port in ports)


def _names_port(rule: Thing, number: int, workload: Workload) -> bool:
    """Same, where the listener may be outside: a name is then that of the workload's own port."""
    ports = rule.get("ports")
    return not ports or any(number in (port["port"], workload.port(port["port"])) for port in ports)


def _ways(policy: Thing) -> tuple[str, ...]:
    return tuple(policy["spec"].get("policyTypes", ("Ingress",)))


def _selector(policy: Thing) -> Thing:
    selector: Thing = policy["spec"].get("podSelector") or {}
    return selector


def _denies_all(policy: Thing) -> bool:
    closed = not policy["spec"].get("ingress") and not policy["spec"].get("egress")
    return closed and not _selector(policy) and set(_ways(policy)) == {"Ingress", "Egress"}


def _covers(policy: Thing, workload: Workload) -> bool:
    """A policy for everybody (DNS) says nothing of this workload in particular."""
    return bool(_selector(policy)) and selects(_selector(policy), workload.labels)


def _pairs(cluster: Cluster, edge: Edge) -> Iterator[tuple[Workload, Workload]]:
    for source in _named(cluster, edge.source):
        for target in _named(cluster, edge.target):
            yield source, target


def _named(cluster: Cluster, pattern: str) -> list[Workload]:
    service, process = pattern.split("/")
    return [found for found in cluster.workloads() if found.process == process and service in ("*", found.service)]
