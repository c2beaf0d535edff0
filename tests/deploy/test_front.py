"""The shipped front in a real Caddy: a channel that lives is reached, a dead one leads to a living service."""

from __future__ import annotations

import json
import socket
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import requests

from chassis.settings import SERVICES
from deploy.render import K8S
from dev.front import binary
from tests.waiting import free_port

FRONT = K8S / "base" / "front"


class Living(BaseHTTPRequestHandler):
    """A web that answers what it was told of the caller."""

    def do_GET(self) -> None:
        body = json.dumps({"path": self.path, "for": self.headers["X-Forwarded-For"]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The shipped Caddyfile with addresses of this machine: `pan` lives, the others are dead."""
    living = HTTPServer(("127.0.0.1", 0), Living)
    threading.Thread(target=living.serve_forever, daemon=True).start()
    dead, port, ops = free_port(), free_port(), free_port()
    folder = tmp_path_factory.mktemp("front")
    text = (FRONT / "Caddyfile").read_text()
    for before, after in {
        "{args[0]}-web:8080": "{args[1]}",
        "import service pan": f"import service pan 127.0.0.1:{living.server_port}",
        **{f"import service {name}\n": f"import service {name} 127.0.0.1:{dead}\n" for name in DEAD},
        "\n:8080 {": f"\nhttp://127.0.0.1:{port} {{",
        "\n:9090 {": f"\nhttp://127.0.0.1:{ops} {{",
        "root * /etc/caddy": f"root * {FRONT}",
    }.items():
        assert before in text
        text = text.replace(before, after)
    config = folder / "Caddyfile"
    config.write_text(text)
    argv = [str(binary()), "run", "--config", str(config), "--adapter", "caddyfile"]
    with (folder / "log").open("w") as log, subprocess.Popen(argv, stdout=log, stderr=log, env=home(folder)) as caddy:
        try:
            wait_for(ops)
            yield f"http://127.0.0.1:{port}"
        finally:
            caddy.terminate()
    living.shutdown()
    living.server_close()


DEAD = tuple(service for service in SERVICES if service != "pan")


def home(folder: Path) -> dict[str, str]:
    return {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}


def wait_for(port: int, seconds: float = 15) -> None:
    """Until Caddy listens."""
    stop = threading.Event()
    for _ in range(int(seconds / 0.05)):
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        stop.wait(0.05)
    raise AssertionError(f"Caddy does not listen after {seconds} s")


def get(url: str, **headers: str) -> requests.Response:
    """Follows redirections, as a browser does."""
    return requests.get(url, headers={name.replace("_", "-"): value for name, value in headers.items()}, timeout=10)


def test_a_living_channel_is_reached_under_its_own_path(front: str) -> None:
    answer = get(f"{front}/pan/lieux?ville=Lyon")
    assert (answer.status_code, answer.json()["path"]) == (200, "/pan/lieux?ville=Lyon")


def test_the_service_sees_one_address_and_not_the_one_that_the_person_wrote(front: str) -> None:
    # 127.0.0.1 is a private address, as the operator's ingress is: it is believed for the last address that it adds.
    assert get(f"{front}/pan/", X_Forwarded_For="198.51.100.7, 203.0.113.9").json()["for"] == "203.0.113.9"


@pytest.mark.parametrize(
    ("dead", "first"),
    [("deposit", "substitution"), ("ccc", "substitution"), ("notify", "substitution"), ("substitution", "ccc")],
)
def test_a_dead_channel_gives_a_page_that_leads_to_another_service(front: str, dead: str, first: str) -> None:
    answer = get(f"{front}/{dead}/demandes")
    assert answer.status_code == 503
    assert (answer.headers["Retry-After"], answer.headers["Cache-Control"]) == ("30", "no-store")
    assert f'class="action" href="/{first}/je-n-y-arrive-pas?depuis={dead}"' in answer.text
    assert 'lang="fr"' in answer.text and "{{" not in answer.text
    assert f'<li><a href="/{dead}/">' not in answer.text and '<li><a href="/pan/">' in answer.text


def test_a_machine_gets_a_problem_document_from_a_dead_channel(front: str) -> None:
    answer = get(f"{front}/deposit/api/v1/demandes")
    assert (answer.status_code, answer.headers["Content-Type"]) == (503, "application/problem+json")
    assert answer.json()["suite"] == "/substitution/je-n-y-arrive-pas"


def test_the_root_leads_to_filing_and_nothing_else_answers(front: str) -> None:
    answer = get(f"{front}/")
    assert answer.status_code == 503 and "La demande en ligne" in answer.text
    assert [get(f"{front}{path}").status_code for path in ("/autre", "/.git/config", "/Caddyfile", "/metrics")] == [
        404
    ] * 4
