"""A file arrives in parts that resume, or by one form; what is stored is whole, typed and hashed."""

from __future__ import annotations

import base64
import hashlib
import html
import io
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from flask_openapi import OpenAPI
from PIL import Image
from werkzeug.serving import make_server

from chassis import mongo
from chassis.web import conversion, uploads
from droit.decision import Refused
from tests.browser import Browser
from tests.chassis.web.exemple import Exemple
from tests.pictures import CUT_HEIC, GPS, heic, locked_pdf, picture

# A little over six million bytes: two parts.
PNG = picture(width=1500, height=1400, compress_level=0)
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Count 1>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
ALL = ("application/pdf", "image/jpeg", "image/png")
TUS = {"Tus-Resumable": "1.0.0"}
PART = {**TUS, "Content-Type": "application/offset+octet-stream"}


def metadata(**fields: str) -> str:
    return ",".join(f"{name} {base64.b64encode(text.encode()).decode()}" for name, text in fields.items())


def token(browser: Browser) -> dict[str, str]:
    return {"X-CSRFToken": browser.hidden("/deposit/vitrine")["csrf_token"]}


def create(browser: Browser, length: int, headers: dict[str, str]) -> str:
    answer = browser.client.post(
        "/deposit/envois",
        headers={
            **TUS,
            **headers,
            "Upload-Length": str(length),
            "Upload-Metadata": metadata(filename="C:\\moi\\été.png"),
        },
    )
    assert answer.status_code == 201
    return answer.headers["Location"]


def send(browser: Browser, place: str, offset: int, part: bytes, headers: dict[str, str]) -> tuple[int, str]:
    answer = browser.client.patch(place, data=part, headers={**PART, **headers, "Upload-Offset": str(offset)})
    return answer.status_code, answer.headers.get("Upload-Offset", "")


def test_parts_resume_where_they_stopped_and_the_file_is_whole(web: Browser, exemple: Exemple) -> None:
    headers = token(web)
    place = create(web, len(PNG), headers)
    middle = 5 * 1024 * 1024

    first = send(web, place, 0, PNG[:middle], headers)
    state = web.client.head(place, headers=TUS)
    last = web.client.patch(place, data=PNG[middle:], headers={**PART, **headers, "Upload-Offset": str(middle)})

    assert first == (204, str(middle))
    assert (state.headers["Upload-Offset"], state.headers["Upload-Length"]) == (str(middle), str(len(PNG)))
    assert last.headers["Sejour-Suite"].startswith("/deposit/?recu=")
    received = exemple.received[-1]
    assert received.stored.sha256 == hashlib.sha256(PNG).hexdigest()
    assert (received.stored.media_type, received.stored.size_bytes, received.stored.name) == (
        "image/png",
        len(PNG),
        "été.png",
    )
    with exemple.store.open(received.stored.key) as content:
        assert content.read() == PNG


def test_a_part_at_the_wrong_place_is_refused_and_changes_nothing(web: Browser) -> None:
    headers = token(web)
    place = create(web, len(PNG), headers)
    send(web, place, 0, PNG[:1000], headers)

    assert send(web, place, 0, PNG[:1000], headers)[0] == 409
    assert web.client.head(place, headers=TUS).headers["Upload-Offset"] == "1000"


def test_two_parts_at_once_never_mix(web: Browser, app: OpenAPI, exemple: Exemple) -> None:
    headers = token(web)
    place = create(web, len(PNG), headers)
    cookie = web.client.get_cookie("sejour_page", path="/deposit")
    assert cookie is not None
    barrier = threading.Barrier(4)

    def push(_: int) -> int:
        browser = Browser(app)
        browser.client.set_cookie("sejour_page", cookie.value, path="/deposit")
        barrier.wait()
        return send(browser, place, 0, PNG[:4_000_000], headers)[0]

    with ThreadPoolExecutor(4) as pool:
        statuses = sorted(pool.map(push, range(4)))
    send(web, place, 4_000_000, PNG[4_000_000:], headers)

    assert statuses == [204, 409, 409, 409]
    assert exemple.received[-1].stored.sha256 == hashlib.sha256(PNG).hexdigest()


REFUSED = {
    "exe": (b"MZ\x90\x00" + bytes(2000), "Envoyez un PDF ou une photo"),
    "empty": (b"", "Le fichier est vide."),
    "locked": (locked_pdf("secret"), "imprimez-le « en PDF »"),
    "half a PDF": (PDF[:-20], "la fin manque"),
    "half of one made for the web": (b"%PDF-1.4\n1 0 obj<</Linearized 1/L 9000>>endobj\n%%EOF\n", "la fin manque"),
    "half a JPEG": (picture("JPEG", 400, 400)[:9000], "la fin manque"),
    "half a PNG": (picture(width=400, height=400)[:9000], "la fin manque"),
    "HEIC": (CUT_HEIC, "« Le plus compatible »"),
    "pixels": (picture("JPEG", 8, 8).replace(b"\0\x08\0\x08\x03", b"\xfe\xff\xfe\xff\x03", 1), "trop de pixels"),
    "pages": (PDF.replace(b"/Count 1", b"/Count 99999"), "Coupez-le en plusieurs fichiers"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_nobody_could_open_is_refused_at_once_with_what_to_do(web: Browser, exemple: Exemple, kind: str) -> None:
    content, words = REFUSED[kind]
    before = len(exemple.received)
    fields = web.hidden("/deposit/vitrine")

    answer = web.client.post(
        "/deposit/envois/formulaire", data={**fields, "fichier": (io.BytesIO(content), "photo.png", "image/png")}
    )

    assert answer.status_code == 422
    assert words in html.unescape(answer.text)
    assert len(exemple.received) == before


TAKEN = {
    "blank line before": (b"\r\n" + PDF, "application/pdf"),
    "byte order mark": (b"\xef\xbb\xbf" + PDF, "application/pdf"),
    "head of an e-mail": (b"Content-Type: application/pdf\r\n\r\n" + PDF, "application/pdf"),
    "printing forbidden": (locked_pdf(""), "application/pdf"),
    "zeros after the end": (PDF + bytes(5000), "application/pdf"),
    "WebP": (picture("WEBP", 40, 30), "image/jpeg"),
    "JPEG": (picture("JPEG", 40, 30), "image/jpeg"),
}


@pytest.mark.parametrize("kind", TAKEN)
def test_what_a_reader_opens_is_taken_and_a_webp_becomes_a_jpeg(exemple: Exemple, kind: str) -> None:
    content, media_type = TAKEN[kind]

    stored = exemple.store.put(io.BytesIO(content), max_bytes=10**6, types=ALL, name="photo.webp")

    with exemple.store.open(stored.key) as kept:
        written = kept.read()
    assert stored.media_type == media_type
    assert stored.sha256 == hashlib.sha256(written).hexdigest()
    assert kind == "WebP" or written == content
    if media_type == "image/jpeg":
        assert stored.name == "photo.jpg"
        assert Image.open(io.BytesIO(written), formats=("JPEG",)).size == (40, 30)


NAMES = (
    ("passeport.pdf.exe", "passeport-pdf.pdf"),
    ("C:\\moi\\fiche.html", "fiche.pdf"),
    ("releve\u202efdp.exe", "relevefdp.pdf"),
    ("M. Diallo", "M. Diallo.pdf"),
    ("bail 2024.05.PDF", "bail 2024-05.pdf"),
    ("e\u0301te\u0301.pdf", "été.pdf"),
    ("رسالة.pdf", "رسالة.pdf"),
    ("../..", "fichier.pdf"),
    ("", "fichier.pdf"),
)


@pytest.mark.parametrize(("name", "shown"), NAMES)
def test_a_name_is_one_line_with_the_one_ending_of_its_content(exemple: Exemple, name: str, shown: str) -> None:
    assert exemple.store.put(io.BytesIO(PDF), max_bytes=10**6, types=ALL, name=name).name == shown


def test_a_photo_of_an_iphone_becomes_an_upright_jpeg_without_its_place_and_keeps_the_mark_of_what_was_sent(
    web: Browser, exemple: Exemple
) -> None:
    photo, headers = heic(), token(web)
    place = create(web, len(photo), headers)

    answer = web.client.patch(place, data=photo, headers={**PART, **headers, "Upload-Offset": "0"})
    again = web.client.patch(place, headers={**PART, **headers, "Upload-Offset": str(len(photo))})

    assert (answer.status_code, again.status_code) == (204, 204), "an answer that was lost is asked for again"
    stored = exemple.received[-1].stored
    assert (stored.media_type, stored.name) == ("image/jpeg", "été.jpg")
    assert stored.sent_sha256 == hashlib.sha256(photo).hexdigest() != stored.sha256
    with exemple.store.open(stored.key) as content, Image.open(content, formats=("JPEG",)) as kept:
        assert kept.size == (30, 40)
        corners = [kept.getpixel(place) for place in ((2, 2), (27, 2), (2, 37), (27, 37))]
        assert [pixel[1] > 128 for pixel in corners] == [False, False, True, True], "red on top"  # type: ignore[index]
        assert not kept.getexif().get_ifd(GPS) and "xmp" not in kept.info
    exemple.store.delete(stored.key)
    assert not [path for path in exemple.store.folder.rglob(f"{stored.key}*") if path.is_file()]


def test_a_photo_that_comes_with_too_many_others_is_kept_and_read_at_the_next_try(
    web: Browser, exemple: Exemple
) -> None:
    photo, headers = heic(), token(web)
    place = create(web, len(photo), headers)
    with ExitStack() as others:
        for _ in range(4):
            others.enter_context(conversion.PLACES)
        busy = web.client.patch(place, data=photo, headers={**PART, **headers, "Upload-Offset": "0"})
    free = web.client.patch(place, headers={**PART, **headers, "Upload-Offset": str(len(photo))})

    assert (busy.status_code, free.status_code) == (503, 204)
    assert exemple.received[-1].stored.sent_sha256 == hashlib.sha256(photo).hexdigest()


def test_a_photo_with_too_many_pixels_is_refused_before_they_are_read(exemple: Exemple) -> None:
    photo = picture("WEBP", 40, 30, lossless=True)
    # The width and the height, less one, on fourteen bits each.
    huge = photo[:21] + (8999 | 8999 << 14).to_bytes(4, "little") + photo[25:]

    with pytest.raises(Refused) as refused:
        exemple.store.put(io.BytesIO(huge), max_bytes=10**6, types=ALL)

    assert refused.value.motif.code == "IMAGE_TROP_GRANDE"


def test_a_file_too_big_is_refused_before_it_is_sent(web: Browser) -> None:
    answer = web.client.post("/deposit/envois", headers={**TUS, **token(web), "Upload-Length": str(13 * 1024 * 1024)})

    assert answer.status_code == 413


def test_a_part_over_five_mebibytes_is_refused(web: Browser) -> None:
    headers = token(web)
    place = create(web, len(PNG), headers)

    assert send(web, place, 0, PNG[: 5 * 1024 * 1024 + 1], headers)[0] == 413


def test_without_script_one_form_sends_one_file(web: Browser, exemple: Exemple) -> None:
    fields = web.hidden("/deposit/vitrine")
    data = {**fields, "piece": "passeport", "fichier": (io.BytesIO(PNG), "photo.png")}

    answer = web.client.post("/deposit/envois/formulaire", data=data)

    assert answer.status_code == 303
    assert exemple.received[-1].metadata["piece"] == "passeport"


def test_nobody_else_sees_or_feeds_an_upload(web: Browser, exemple: Exemple) -> None:
    place = create(web, len(PNG), token(web))
    other = Browser(exemple.app())
    other.post("/deposit/connexion", {"sujet": "u9"})

    assert other.client.head(place, headers=TUS).status_code == 404
    assert send(other, place, 0, PNG[:10], token(other))[0] == 404


def test_a_download_keeps_its_name_and_runs_nothing(web: Browser, exemple: Exemple) -> None:
    stored = exemple.store.put(io.BytesIO(PNG), max_bytes=len(PNG), types=("image/png",))

    answer = web.get(f"/deposit/fichiers/{stored.key}")

    disposition = answer.headers["Content-Disposition"]
    assert disposition.startswith('attachment; filename="re_u d\'_t_ 1.pdf"')
    assert "filename*=UTF-8''re%C3%A7u" in disposition
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert web.get("/deposit/fichiers/../../etc/passwd").status_code == 404
    assert web.get(f"/deposit/fichiers/{'0' * 32}").status_code == 404


def test_a_person_leaves_twenty_uploads_unfinished_and_the_oldest_ends(web: Browser, exemple: Exemple) -> None:
    web.post("/deposit/connexion", {"sujet": "u-vingt"})
    headers = token(web)
    places = [create(web, 1000, headers) for _ in range(uploads.UNFINISHED_MAX + 1)]
    found = [web.client.head(place, headers=TUS).status_code for place in places]

    assert found == [404] + [200] * uploads.UNFINISHED_MAX


def test_what_is_sent_in_a_day_is_bounded_for_a_person_and_for_a_stranger(exemple: Exemple) -> None:
    app = exemple.app(file_mib_per_day_per_person=1, file_mib_per_day_per_ip=1)
    person, stranger = Browser(app), Browser(app)
    person.post("/deposit/connexion", {"sujet": "u-lourd"})
    heavy = picture(width=600, height=450, compress_level=0)

    def send_form(browser: Browser) -> tuple[int, str]:
        sent = {"fichier": (io.BytesIO(heavy), "photo.png")}
        answer = browser.post("/deposit/envois/formulaire", sent, form="/deposit/vitrine")
        return answer.status_code, html.unescape(answer.text)

    assert send_form(person)[0] == 303
    status, page = send_form(person)
    assert status == 429
    assert "Envoyez la suite demain, ou apportez-la à un guichet." in page
    headers = {**TUS, **token(person), "Upload-Length": "800000"}
    assert person.client.post("/deposit/envois", headers=headers).status_code == 429

    # What this machine sent without signing in counts for its address, whatever the test.
    blocked = {"essai": "Voir l'image", "capture": (io.BytesIO(heavy), "ecran.png")}
    stranger.post("/deposit/je-n-y-arrive-pas", blocked)
    again = stranger.post("/deposit/je-n-y-arrive-pas", blocked | {"capture": (io.BytesIO(heavy), "ecran.png")})
    assert again.status_code == 200, "the blocage is recorded all the same"
    assert "Beaucoup de fichiers sont déjà arrivés" in html.unescape(again.text)


def test_what_nobody_ended_is_swept(web: Browser, exemple: Exemple) -> None:
    headers = token(web)
    place = create(web, len(PNG), headers)
    send(web, place, 0, PNG[:1000], headers)
    key, db = place.rsplit("/", 1)[-1], mongo.database("deposit")
    upload = db["envois_fichiers"].find_one({"_id": key})
    assert upload is not None
    db["envois_fichiers"].update_one({"_id": key}, {"$set": {"expire_time": upload["expire_time"].replace(year=2020)}})

    assert uploads.sweep(db, exemple.store) == 1
    assert not exemple.store.partial(key).exists()


def test_a_real_tus_client_is_understood(app: OpenAPI, exemple: Exemple) -> None:
    """tuspy over a socket, in parts of two mebibytes."""
    from tusclient.client import TusClient

    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        browser = Browser(app)
        headers = token(browser)
        cookie = browser.client.get_cookie("sejour_page", path="/deposit")
        assert cookie is not None
        client = TusClient(
            f"http://localhost:{server.server_port}/deposit/envois",
            headers={**headers, "Cookie": f"sejour_page={cookie.value}"},
        )
        uploader = client.uploader(
            file_stream=io.BytesIO(PNG), chunk_size=2 * 1024 * 1024, metadata={"filename": "a.png"}
        )
        uploader.upload()
    finally:
        server.shutdown()
        thread.join()

    assert exemple.received[-1].stored.sha256 == hashlib.sha256(PNG).hexdigest()


@pytest.mark.parametrize(
    "odd", [{"Upload-Length": "²"}, {"Upload-Length": "٣"}, {"Upload-Length": "3", "Upload-Metadata": "filename é"}]
)
def test_odd_digits_and_letters_in_a_header_are_refused(web: Browser, odd: dict[str, str]) -> None:
    answer = web.client.post("/deposit/envois", headers={**TUS, **token(web), **odd})

    assert answer.status_code == 422
