"""What was rendered, read as a cluster would read it: workloads, their pods, what refers to what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Thing = Mapping[str, Any]
POD_KINDS = ("Deployment", "StatefulSet", "Job")
NAME, COMPONENT = "app.kubernetes.io/name", "app.kubernetes.io/component"
PROCESSES = ("web", "rpc", "worker")


@dataclass(frozen=True)
class Cluster:
    """One rendered overlay. `external` gives, by (kind, name), the keys of what the operator brings himself."""

    objects: tuple[Thing, ...]
    production: bool = False
    external: Mapping[tuple[str, str], frozenset[str]] = field(default_factory=dict)

    def of_kind(self, *kinds: str) -> list[Thing]:
        """The objects of these kinds."""
        return [thing for thing in self.objects if thing["kind"] in kinds]

    def find(self, kind: str, name: str) -> Thing | None:
        """The object of this kind and name, if rendered."""
        return next((thing for thing in self.of_kind(kind) if name_of(thing) == name), None)

    def workloads(self, *kinds: str) -> list[Workload]:
        """Everything that makes pods."""
        return [Workload(thing) for thing in self.of_kind(*(kinds or POD_KINDS))]

    def keys_of(self, kind: str, name: str) -> frozenset[str] | None:
        """The keys of a ConfigMap or Secret, rendered or external; None when nobody brings it."""
        thing = self.find(kind, name)
        if thing is not None:
            return frozenset(thing.get("data") or {}) | frozenset(thing.get("stringData") or {})
        return self.external.get((kind, name))

    def env_of(self, container: Thing) -> dict[str, str | None]:
        """Each variable that the container gets; its value, or None when it comes from outside this render."""
        found: dict[str, str | None] = {}
        for source in container.get("envFrom", ()):
            if "configMapRef" not in source:
                continue
            name = str(source["configMapRef"]["name"])
            thing = self.find("ConfigMap", name)
            found |= thing["data"] if thing else dict.fromkeys(self.keys_of("ConfigMap", name) or ())
        for variable in container.get("env", ()):
            found[str(variable["name"])] = variable.get("value")
        return found


@dataclass(frozen=True)
class Workload:
    """A Deployment, a StatefulSet or a Job, and the pod that it makes."""

    thing: Thing

    @property
    def name(self) -> str:
        """Its name, with its kind."""
        return f"{self.thing['kind']}/{name_of(self.thing)}"

    @property
    def kind(self) -> str:
        """Deployment, StatefulSet or Job."""
        return str(self.thing["kind"])

    @property
    def pod(self) -> Thing:
        """The spec of its pods."""
        spec: Thing = self.thing["spec"]["template"]["spec"]
        return spec

    @property
    def labels(self) -> Mapping[str, str]:
        """The labels of its pods."""
        labels: Mapping[str, str] = self.thing["spec"]["template"]["metadata"]["labels"]
        return labels

    @property
    def service(self) -> str:
        """deposit, ccc, pan, substitution, notify; or front, mongodb, nats."""
        return self.labels.get(NAME, "")

    @property
    def process(self) -> str:
        """web, rpc, worker, prepare; or what a neighbour is (front, store, broker)."""
        return self.labels.get(COMPONENT, "")

    @property
    def containers(self) -> list[Thing]:
        """All its containers, the initial ones too."""
        return [*self.pod.get("initContainers", ()), *self.pod["containers"]]

    def port(self, wanted: str | int) -> int | None:
        """The number of a port, given by name or number; None when no container opens it."""
        for container in self.pod["containers"]:
            for port in container.get("ports", ()):
                if wanted in (port.get("name"), port["containerPort"]):
                    return int(port["containerPort"])
        return None

    def refers_to(self) -> Iterator[tuple[str, str, str]]:
        """(kind, name, key) of each ConfigMap, Secret, claim and ServiceAccount; the key is "" for the whole."""
        yield "ServiceAccount", str(self.pod.get("serviceAccountName", "default")), ""
        for container in self.containers:
            for entry in container.get("envFrom", ()):
                for field_name, kind in (("secretRef", "Secret"), ("configMapRef", "ConfigMap")):
                    if field_name in entry and not entry[field_name].get("optional"):
                        yield kind, str(entry[field_name]["name"]), ""
            for variable in container.get("env", ()):
                value = variable.get("valueFrom", {})
                for field_name, kind in (("secretKeyRef", "Secret"), ("configMapKeyRef", "ConfigMap")):
                    if field_name in value:
                        yield kind, str(value[field_name]["name"]), str(value[field_name]["key"])
        for volume in self.pod.get("volumes", ()):
            if "persistentVolumeClaim" in volume:
                yield "PersistentVolumeClaim", str(volume["persistentVolumeClaim"]["claimName"]), ""
            for source, kind, key in (("secret", "Secret", "secretName"), ("configMap", "ConfigMap", "name")):
                if source in volume:
                    items = volume[source].get("items") or [{"key": ""}]
                    yield from ((kind, str(volume[source][key]), str(item["key"])) for item in items)


def name_of(thing: Thing) -> str:
    """The name of an object."""
    return str(thing["metadata"]["name"])


def selects(selector: Thing, labels: Mapping[str, str]) -> bool:
    """Whether a label selector takes these labels; an empty selector takes everything, as the API says."""
    if any(labels.get(key) != value for key, value in selector.get("matchLabels", {}).items()):
        return False
    for rule in selector.get("matchExpressions", ()):
        value, wanted = labels.get(rule["key"]), rule.get("values", ())
        holds = {
            "In": value in wanted,
            "NotIn": value not in wanted,
            "Exists": value is not None,
            "DoesNotExist": value is None,
        }
        if not holds[rule["operator"]]:
            return False
    return True
