"""What `python -m deploy.sample` makes is what compose and the dev overlay refer to, and the real broker takes it."""

from __future__ import annotations

import base64
import json
import re
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from chassis.settings import SERVICES
from deploy import needs, sample
from deploy.render import ROOT, schema_faults
from dev.broker import binary


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    sample.write(folder, "smtp://127.0.0.1:25", "http://127.0.0.1:1/")
    return folder


def secrets(folder: Path) -> dict[str, dict[str, bytes]]:
    listed: list[dict[str, Any]] = json.loads((folder / "secrets.json").read_text())["items"]
    return {
        found["metadata"]["name"]: {key: base64.b64decode(value) for key, value in found["data"].items()}
        for found in listed
    }


def test_the_secrets_are_those_that_the_dev_overlay_refers_to(made: Path) -> None:
    wanted = {name: keys for (kind, name), keys in needs.EXTERNAL["dev"].items() if kind == "Secret"}
    found = {name: set(data) for name, data in secrets(made).items()}
    assert {
        name: keys - found.get(name, set()) for name, keys in wanted.items() if not keys <= found.get(name, set())
    } == {}
    assert set(found) == set(wanted)


def test_the_secrets_are_valid_objects(made: Path) -> None:
    assert list(schema_faults(json.loads((made / "secrets.json").read_text())["items"])) == []


def test_every_file_that_compose_mounts_exists(made: Path) -> None:
    compose = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text())
    text = json.dumps(compose["services"])
    named = {found.rstrip("/") for found in re.findall(r"\$\{SEJOUR_STATE:\?\}/([^\":]+)", text)}
    assert len(named) > 20
    assert sorted(name for name in named if not (made / name).exists()) == []


def test_compose_asks_for_no_variable_that_is_not_written(made: Path) -> None:
    asked = set(re.findall(r"\$\{(\w+):\?", (ROOT / "deploy" / "compose.yaml").read_text()))
    assert asked == {line.split("=")[0] for line in (made / "compose.env").read_text().splitlines()}


def test_a_service_holds_its_own_private_keys_alone(made: Path) -> None:
    for service in SERVICES:
        keys = {path.name for path in (made / "cles" / service).rglob("*.pem")}
        assert keys == {f"{service}.pem", f"{service}.secrets.pem"}


def test_a_second_run_changes_no_key_and_no_password(made: Path) -> None:
    before = secrets(made)
    sample.write(made, "smtp://127.0.0.1:25", "http://127.0.0.1:1/")
    assert secrets(made) == before


def test_each_password_is_drawn_for_one_user_of_one_deployment(made: Path, tmp_path: Path) -> None:
    """No default that somebody else knows: another folder has others, and no two users share one."""
    sample.write(tmp_path, "smtp://127.0.0.1:25", "http://127.0.0.1:1/")
    drawn = [[path.read_text() for path in (folder / "comptes").iterdir()] for folder in (made, tmp_path)]
    passwords = [password for folder in drawn for password in folder]
    assert len(passwords) == len(set(passwords)) == 2 * (3 * len(SERVICES) + 2)
    assert [password for password in passwords if not re.fullmatch("[0-9a-f]{64}", password)] == []


def test_the_choices_of_the_operator_outlive_a_second_run(made: Path) -> None:
    choices = made / "env" / "exploitant.env"
    choices.write_text("NOTIFY_DOMAINE=sejour.example\n")
    sample.write(made, "smtp://127.0.0.1:25", "http://127.0.0.1:1/")
    assert choices.read_text() == "NOTIFY_DOMAINE=sejour.example\n"


def test_the_gateway_and_the_web_share_one_secret(made: Path) -> None:
    told = (made / "env" / "notify.sms.env").read_text()
    assert told == f"SMS_SECRET={sample.sms_secret(made)}\n"
    assert secrets(made)["notify"]["SMS_SECRET"].decode() == sample.sms_secret(made)


def test_only_the_owner_reads_the_files(made: Path) -> None:
    env = [f"env/notify.{kind}.env" for kind in ("gateways", "sms", "broker", "reveil")]
    for name in ("compose.env", "secrets.json", "nats/nats.conf", "mongodb/keyfile", *env):
        assert stat.S_IMODE((made / name).stat().st_mode) == 0o600


def test_the_real_broker_takes_the_configuration_that_syncs_each_message(made: Path) -> None:
    config = made / "nats" / "nats.conf"
    assert json.loads(config.read_text())["jetstream"]["sync_interval"] == "always"
    run = subprocess.run([binary(), "-t", "-c", config], check=False, capture_output=True, text=True, timeout=30)
    assert run.returncode == 0, run.stderr
