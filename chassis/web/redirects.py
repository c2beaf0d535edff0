"""Where a link may send a browser on: to a page of ours, as the browser itself will read the address."""

from __future__ import annotations

from urllib.parse import unquote


def page_of_ours(address: str) -> str:
    """The address, when a browser stays on this site with it; otherwise an empty text.

    A browser drops tabs and line ends and takes a backslash for a slash: no address of ours holds any, even encoded.
    """
    path = address.partition("?")[0]
    readings = (path, unquote(path))
    stays = all(text.startswith("/") and not text.startswith("//") and "\\" not in text for text in readings)
    return address if stays and all(" " < char != "\x7f" for char in address + readings[1]) else ""
