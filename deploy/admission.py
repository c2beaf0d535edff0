"""What an API server refuses although its schema allows it: each rule is the server's own validation, read offline."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import TypeVar

from deploy.cluster import Cluster, Thing, Workload, name_of, selects

T = TypeVar("T")
RESTARTS = {"Deployment": {"Always"}, "StatefulSet": {"Always"}, "Job": {"Never", "OnFailure"}}
UNITS: dict[str, Decimal | int] = {
    "": 1,
    "m": Decimal("0.001"),
    "k": 10**3,
    "M": 10**6,
    "G": 10**9,
    "Ki": 2**10,
    "Mi": 2**20,
    "Gi": 2**30,
}
HANDLERS = {"httpGet", "tcpSocket", "exec", "grpc"}


def admission(cluster: Cluster) -> Iterator[str]:
    """The server would take every object as it is written."""
    for kind, name in _twice((thing["kind"], name_of(thing)) for thing in cluster.objects):
        yield f"{kind}/{name}: rendered twice"
    for thing in cluster.of_kind("Service"):
        ports = thing["spec"]["ports"]
        if len(ports) > 1 and (not all(port.get("name") for port in ports) or _twice(port["name"] for port in ports)):
            yield f"Service/{name_of(thing)}: several ports, and each needs a name of its own"
    for workload in cluster.workloads():
        for fault in (*_selector(workload), *_spread(workload), *_pod(workload)):
            yield f"{workload.name}: {fault}"


def _selector(workload: Workload) -> Iterator[str]:
    """A Job's selector is made by the server; the others must take their own pods."""
    if workload.kind != "Job" and not selects(workload.thing["spec"].get("selector", {}), workload.labels):
        yield "its selector does not take its own pods"
    restart = workload.pod.get("restartPolicy", "Always")
    if restart not in RESTARTS[workload.kind]:
        yield f"restartPolicy {restart} is not for a {workload.kind}"


def _spread(workload: Workload) -> Iterator[str]:
    """A key of matchLabelKeys is added to the selector by the server, which refuses one that is already there."""
    rules = workload.pod.get("topologySpreadConstraints", ())
    for key, when in _twice((rule["topologyKey"], rule["whenUnsatisfiable"]) for rule in rules):
        yield f"two topologySpreadConstraints {when} on {key}"
    for rule in rules:
        keys, selector = rule.get("matchLabelKeys", ()), rule.get("labelSelector")
        if keys and selector is None:
            yield "matchLabelKeys without a labelSelector"
        wanted = {*(selector or {}).get("matchLabels", {})}
        wanted |= {expression["key"] for expression in (selector or {}).get("matchExpressions", ())}
        for key in sorted(wanted & set(keys)):
            yield f"matchLabelKeys repeats {key}, which is in the labelSelector on {rule['topologyKey']}"


def _pod(workload: Workload) -> Iterator[str]:
    volumes = [volume["name"] for volume in workload.pod.get("volumes", ())]
    claims = [name_of(claim) for claim in workload.thing["spec"].get("volumeClaimTemplates", ())]
    ports = [port["name"] for c in workload.pod["containers"] for port in c.get("ports", ()) if "name" in port]
    for what, names in (("container", [c["name"] for c in workload.containers]), ("volume", volumes), ("port", ports)):
        yield from (f"two {what}s are called {name}" for name in _twice(names))
    for container in workload.containers:
        mounts = container.get("volumeMounts", ())
        for path in _twice(mount["mountPath"] for mount in mounts):
            yield f"two volumes on {path}"
        for name in sorted({mount["name"] for mount in mounts} - {*volumes, *claims}):
            yield f"no volume is called {name}"
        yield from _container(container)


def _container(container: Thing) -> Iterator[str]:
    for variable in container.get("env", ()):
        if variable.get("value") and "valueFrom" in variable:
            yield f"{variable['name']} has a value and a source"
    for port in container.get("ports", ()):
        if not re.fullmatch(r"(?=.*[a-z])[a-z0-9]([a-z0-9-]{0,13}[a-z0-9])?", port.get("name", "any")):
            yield f"the port {port['name']} is named with more than 15 small letters, digits and hyphens"
    for name in ("startupProbe", "livenessProbe", "readinessProbe"):
        probe = container.get(name)
        if probe is not None and len(HANDLERS & set(probe)) != 1:
            yield f"{name} asks in no way, or in several"
        if probe is not None and name != "readinessProbe" and probe.get("successThreshold", 1) != 1:
            yield f"{name}: successThreshold must be 1"
    resources = container.get("resources", {})
    for what, limit in resources.get("limits", {}).items():
        if _quantity(resources.get("requests", {}).get(what, limit)) > _quantity(limit):
            yield f"requests of {what} are above its limit"


def _quantity(text: object) -> Decimal:
    """A quantity as the server compares it: `100m` of a core, `512Mi` of memory."""
    number = str(text).rstrip("mkMGi")
    return Decimal(number) * UNITS[str(text)[len(number) :]]


def _twice(values: Iterable[T]) -> list[T]:
    return [value for value, count in Counter(values).items() if count > 1]
