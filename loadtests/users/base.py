"""A persona is a Locust user through whom many people pass: each arrival is one of them."""

from __future__ import annotations

from typing import Any, ClassVar

from locust import FastHttpUser
from locust.env import Environment

from chassis import clock
from loadtests.world import World

TIMEOUT_SECONDS = 30.0
CONNECTIONS = 256


class Fault(Exception):
    """An answer that is not the one awaited; the message says which, with nothing personal."""


class Persona(FastHttpUser):
    """What every persona does: ask, and refuse any other answer than the one awaited."""

    abstract = True
    network_timeout = TIMEOUT_SECONDS
    connection_timeout = TIMEOUT_SECONDS
    max_retries = 0
    concurrency = CONNECTIONS
    service: ClassVar[str]

    def __init__(self, environment: Environment, world: World) -> None:
        # Locust gives it to the users that it starts itself.
        self.host = environment.host
        super().__init__(environment)
        self.world = world

    def ask(
        self, method: str, path: str, *, token: str = "", json: Any = None, name: str = "", status: int = 200
    ) -> dict[str, Any]:
        """One request to the API of this persona's service. Raises Fault unless the answer has `status`."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return self.send(method, path, headers, json=json, name=name, status=status)

    def send(
        self,
        method: str,
        path: str,
        headers: dict[str, str],
        *,
        json: Any = None,
        data: Any = None,
        name: str = "",
        status: int = 200,
    ) -> dict[str, Any]:
        """The same with headers and a body of one's own; unsafe ones bear a new key."""
        if method != "GET":
            headers = {"Idempotency-Key": clock.new_id(), **headers}
        with self.client.request(
            method,
            f"/{self.service}/api/v1{path}",
            name=name or path,
            headers=headers,
            json=json,
            data=data,
            catch_response=True,
        ) as answer:
            if answer.status_code != status:
                fault = _said(answer)
                answer.failure(fault)
                raise Fault(fault)
            answer.success()
            found: dict[str, Any] = answer.json()
            return found


def multipart(fields: dict[str, str], name: str, content: bytes) -> tuple[str, bytes]:
    """Content-Type and body of a form with one file, made of its parts without a copy of each."""
    boundary = "charge0sejour0charge"
    head = "".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'
        for field, value in fields.items()
    )
    head += f'--{boundary}\r\nContent-Disposition: form-data; name="fichier"; filename="{name}"\r\n'
    head += "Content-Type: application/pdf\r\n\r\n"
    body = b"".join((head.encode(), content, f"\r\n--{boundary}--\r\n".encode()))
    return f"multipart/form-data; boundary={boundary}", body


def _said(answer: Any) -> str:
    """Status and code of a problem; the kind of error when nobody answered."""
    if not answer.status_code:
        return type(getattr(answer, "error", None)).__name__
    try:
        return f"{answer.status_code} {answer.json().get('code', '')}".strip()
    except (ValueError, AttributeError):
        return str(answer.status_code)
