"""What is typed of an outage: on a page or by API."""

from __future__ import annotations

from pydantic import Field

from chassis.web.inputs import Body


class Declaration(Body):
    """An outage; no préfecture means all."""

    prefectures: list[str] = Field(title="Préfectures concernées", default_factory=list, max_length=110)
