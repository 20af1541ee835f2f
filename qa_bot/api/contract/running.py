"""What those who run the server read, and errors."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

__all__ = ["Health", "Problem", "Readiness"]


class Health(BaseModel):
    """A sign of life."""

    status: Literal["ok"]


class Readiness(BaseModel):
    """That questions are answered, and from what."""

    status: Literal["ready"]
    generation: str
    version: str
    newer: Annotated[
        str | None,
        Field(description="Why a newer generation of the index is not in use, if there is one."),
    ]


class Problem(BaseModel):
    """An error (RFC 9457, application/problem+json)."""

    type: str
    title: str
    status: Annotated[int, Field(ge=400, le=599)]
    detail: str
    instance: str
    near: Annotated[
        list[str] | None, Field(description="Ids that an unknown id may have meant.")
    ] = None
    errors: Annotated[
        list[dict[str, Any]] | None, Field(description="Which part of the request is wrong.")
    ] = None
