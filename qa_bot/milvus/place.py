"""Where a Milvus is: `milvus:http://host:19530/database`."""

from __future__ import annotations

import os
from dataclasses import dataclass
from urllib.parse import urlsplit

from qa_bot.errors import InputError

__all__ = ["CREDENTIALS", "DEFAULT", "Place"]

#: The database that every Milvus has.
DEFAULT = "default"
_SCHEME = "milvus:"
#: The environment variable with `user:password`, or a token, for a Milvus that asks for it. It changes no result.
CREDENTIALS = "QA_BOT_MILVUS_TOKEN"


@dataclass(frozen=True, slots=True)
class Place:
    """A Milvus and the database in it.

    Attributes:
        address: as pymilvus reads it, `http://host:19530`.
        database: in which the collections are; each corpus has its own.
    """

    address: str
    database: str

    @classmethod
    def read(cls, text: str) -> Place:
        """What a user writes, `milvus:http://host:19530` or `milvus:https://host:19530/database`.

        Raises:
            InputError: it is no such address, or it holds a password, which others could see.
        """
        if not text.startswith(_SCHEME):
            raise _wrong(text)
        try:
            parts = urlsplit(text.removeprefix(_SCHEME))
            port = parts.port or 19530
        except ValueError as error:
            raise _wrong(text) from error
        if "@" in parts.netloc:
            raise InputError(
                f"存储地址里不要写密码；请放在环境变量 {CREDENTIALS} 里 / "
                f"Leave the password out of the address of the store: put it in {CREDENTIALS}."
            )
        database = parts.path.strip("/")
        if (
            parts.scheme not in ("http", "https")
            or not parts.hostname
            or not all(char.isalnum() or char == "_" for char in database)
            or parts.query
            or parts.fragment
        ):
            raise _wrong(text)
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        return cls(f"{parts.scheme}://{host}:{port}", database or DEFAULT)

    @property
    def shown(self) -> str:
        """As it is printed and recorded; it holds no password."""
        return f"{_SCHEME}{self.address}/{self.database}"

    @property
    def token(self) -> str:
        """What it asks for, or nothing."""
        return os.environ.get(CREDENTIALS, "")


def _wrong(text: str) -> InputError:
    return InputError(
        f"看不懂存储地址 {text}；应如 milvus:http://localhost:19530 或 milvus:https://主机:19530/库名 / "
        f"No address of a store: {text}. Write milvus:http://localhost:19530, or a database behind it."
    )
