"""A process keeps its port over restarts, so that the addresses that others were given stay right."""

from __future__ import annotations

import json
import random
import socket
from pathlib import Path

from dev.files import write_private

LOWEST = 15_000
_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")


class Ports:
    """Free loopback ports by name, remembered in one file.

    They lie under the kernel's ephemeral range: inside it, an outgoing connection could take the port of a process
    while that process is down, and the restart would fail.
    """

    def __init__(self, memory: Path) -> None:
        self._memory = memory
        self._ports: dict[str, int] = json.loads(memory.read_text()) if memory.exists() else {}
        self._checked: set[str] = set()

    def get(self, name: str) -> int:
        """The port of `name`: the one of last time if it is still free. Raises OSError when none is free."""
        if name in self._checked:
            return self._ports[name]
        port = self._ports.get(name, 0)
        if not port or not is_free(port):
            port = self._pick()
            self._ports[name] = port
            write_private(self._memory, json.dumps(self._ports, indent=1))
        self._checked.add(name)
        return port

    def _pick(self) -> int:
        highest = int(_RANGE.read_text().split()[0]) - 1 if _RANGE.exists() else 32_767
        taken = set(self._ports.values())
        # Two stacks may start at once: a random order makes the same choice unlikely. No secret depends on it.
        for port in random.sample(range(LOWEST, highest), highest - LOWEST):
            if port not in taken and is_free(port):
                return port
        raise OSError(f"no free port between {LOWEST} and {highest}")


def is_free(port: int) -> bool:
    """Whether a server could listen on this loopback port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
