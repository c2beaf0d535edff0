"""What clamd says decides whether a file leaves: found clean it does, found dangerous or not answered it does not."""

from __future__ import annotations

import io
import os
import socketserver
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from chassis.web.files import FileStore
from chassis.web.scanner import Scanner, ScannerSilent
from droit.decision import Refused
from tests.pictures import picture

# Every scanner answers to this text, which harms nothing; cut in two, so that this file is not found.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + rb"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
TYPES = ("image/png", "application/pdf")
PDF = b"%PDF-1.4\n%%EOF\n"


class Clamd(socketserver.StreamRequestHandler):
    """The two commands of clamd's protocol that we speak, as its manual gives them."""

    def handle(self) -> None:
        """One command, one answer; each ends with a zero byte."""
        command = b""
        while not command.endswith(b"\0"):
            command += self.rfile.read(1)
        if command == b"zVERSION\0":
            self.wfile.write(b"ClamAV 1.4.3/27800/Mon Nov 30 08:00:00 2026\0")
            return
        assert command == b"zINSTREAM\0"
        content = b""
        while length := struct.unpack("!L", self.rfile.read(4))[0]:
            content += self.rfile.read(length)
        if len(content) > 1_000_000:
            self.wfile.write(b"INSTREAM size limit exceeded. ERROR\0")
        else:
            self.wfile.write(b"stream: Eicar-Test-Signature FOUND\0" if EICAR in content else b"stream: OK\0")


@pytest.fixture
def clamd() -> Iterator[str]:
    """A server of the protocol, on a port of its own."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Clamd) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_a_clean_file_leaves_with_who_analysed_it_and_when(clamd: str, tmp_path: Path) -> None:
    store = FileStore(tmp_path, Scanner(clamd))

    stored = store.put(io.BytesIO(picture()), max_bytes=10**6, types=TYPES)

    analysis = store.analysis(stored.key)
    assert analysis is not None
    assert analysis.by == "ClamAV 1.4.3 27800"
    with store.open(stored.key) as content:
        assert content.read() == picture()


def test_a_dangerous_file_is_refused_at_once_and_leaves_nothing(clamd: str, tmp_path: Path) -> None:
    store = FileStore(tmp_path, Scanner(clamd))

    with pytest.raises(Refused) as refused:
        store.put(io.BytesIO(PDF + EICAR), max_bytes=10**6, types=TYPES)

    assert refused.value.motif.code == "FICHIER_DANGEREUX"
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_with_a_scanner_that_is_silent_a_file_is_kept_and_does_not_leave_until_it_answers(
    clamd: str, tmp_path: Path
) -> None:
    silent = FileStore(tmp_path, Scanner("127.0.0.1:9"))
    stored = silent.put(io.BytesIO(picture()), max_bytes=10**6, types=TYPES)
    large = FileStore(tmp_path, Scanner(clamd))
    too_large = large.put(io.BytesIO(PDF + bytes(1_100_000)), max_bytes=10**7, types=TYPES)

    for store, key in ((silent, stored.key), (large, too_large.key)):
        with pytest.raises(Refused) as refused, store.open(key):
            pass
        assert refused.value.motif.code == "ANALYSE_ATTENDUE"
        assert store.analysis(key) is None
    with large.open(stored.key) as content:
        assert content.read() == picture(), "the scanner is back: it is asked again"


def test_the_real_clamd_finds_what_all_scanners_find(tmp_path: Path) -> None:
    """Skipped, and then no proof, where no clamd runs: `ANALYSE_CLAMD` or Debian's own socket says where."""
    address = os.environ.get("ANALYSE_CLAMD") or "/run/clamav/clamd.ctl"
    if address.startswith("/") and not Path(address).exists():
        pytest.skip("no clamd here")
    dangerous, clean = tmp_path / "eicar", tmp_path / "photo"
    dangerous.write_bytes(EICAR)
    clean.write_bytes(picture())

    assert Scanner(address).analyse(clean).by.startswith("ClamAV")
    with pytest.raises(Refused):
        Scanner(address).analyse(dangerous)


def test_an_answer_cut_in_the_middle_is_silence(tmp_path: Path) -> None:
    class Cut(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"ClamAV 1.4")

    (tmp_path / "photo").write_bytes(picture())
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Cut) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with pytest.raises(ScannerSilent):
            Scanner(f"127.0.0.1:{server.server_address[1]}").analyse(tmp_path / "photo")
        server.shutdown()
