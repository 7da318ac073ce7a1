"""TOML files of settings, decoded strictly: bounded in size, depth and the length of numbers."""

from __future__ import annotations

from typing import TypeVar

import msgspec

MAX_BYTES = 1 << 20

T = TypeVar("T")


def decode(data: bytes, kind: type[T]) -> T:
    """Return a TOML text as ``kind``, a Struct.

    Raises:
        msgspec.DecodeError: it is not TOML, not UTF-8, too big, nested too deeply or has a number too long; with the
            line where there is one.
        msgspec.ValidationError: it does not fit the type; names the key.
    """
    if len(data) > MAX_BYTES:
        raise msgspec.DecodeError(f"{len(data):,} bytes, expected at most {MAX_BYTES:,}")
    try:
        return msgspec.toml.decode(data, type=kind)
    except RecursionError:
        raise msgspec.DecodeError("nested too deeply") from None
    except ValueError as error:
        if isinstance(error, msgspec.DecodeError):
            raise
        raise msgspec.DecodeError(str(error).partition("; use")[0]) from None
