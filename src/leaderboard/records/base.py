"""How records are written and read: frozen, strict, canonical JSON."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from leaderboard.records.errors import InvalidRecordError

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Timestamp = AwareDatetime


def canonical_json(value: Any) -> bytes:
    """Return the one JSON spelling of `value` that hashes are taken of: sorted keys, no spaces, UTF-8."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.encode()


def sha256_hex(content: bytes) -> str:
    """Return the SHA-256 of `content` as 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def visible(text: str, keep: str = "") -> str:
    """Return a stranger's text without signs that cannot be seen or that turn the direction of writing.

    Each becomes U+FFFD, but for those in `keep`.
    """
    return "".join(sign if sign.isprintable() or sign in keep else "\N{REPLACEMENT CHARACTER}" for sign in text)


def check_printable(text: str) -> str:
    """Return a text as it is; refuse control characters, which would reach a terminal, and halves of characters.

    Raises:
        ValueError: it holds one.
    """
    if not text.isprintable():
        message = "it holds characters that cannot be printed"
        raise ValueError(message)
    return text


def utc_now() -> datetime:
    """Return the present moment with its time zone, to the second: what records carry."""
    return datetime.now(UTC).replace(microsecond=0)


class Record(BaseModel):
    """A frozen piece of plain data at the file boundary; unknown keys are errors."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", allow_inf_nan=False, serialize_by_alias=True)

    def to_json(self) -> bytes:
        """Return the record as indented UTF-8 JSON with a final newline, the same bytes for the same record."""
        return (json.dumps(self.model_dump(mode="json"), ensure_ascii=False, indent=1) + "\n").encode()

    def to_line(self) -> bytes:
        """Return the record as one line of JSON with a final newline, the same bytes for the same record."""
        return canonical_json(self.model_dump(mode="json")) + b"\n"

    @classmethod
    def from_json(cls, content: bytes, path: str) -> Self:
        """Read a record; `path` is only for the message.

        Raises:
            InvalidRecordError: the content is not JSON or does not fit the record.
        """
        try:
            return cls.model_validate_json(content)
        except ValidationError as error:
            raise InvalidRecordError(path, first_reason(error)) from error

    def replaced(self, **changes: Any) -> Self:
        """Return a copy with `changes`, validated again (pydantic's own copy does not validate)."""
        fields: Mapping[str, Any] = {name: getattr(self, name) for name in type(self).model_fields}
        return type(self).model_validate({**fields, **changes}, by_name=True)


class SharedRecord(Record):
    """A file that several add to: of two values of one key, as a merge by hand leaves them, none is taken for true."""

    @classmethod
    def from_json(cls, content: bytes, path: str) -> Self:
        """Read a record; `path` is only for the message.

        Raises:
            InvalidRecordError: the content is not JSON, does not fit the record, or has a key twice.
        """
        record = super().from_json(content, path)
        try:
            json.loads(content, object_pairs_hook=_each_key_once)
        except ValueError as error:
            raise InvalidRecordError(path, str(error)) from error
        return record


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse what JSON readers pass over in silence: a key that stands twice, of which the last would count."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        message = f"{next(name for name in names if names.count(name) > 1)[:80]} stands in it twice"
        raise ValueError(message)
    return found


def first_reason(error: ValidationError) -> str:
    """Say in one line what pydantic found wrong first: the key and the reason, never the value."""
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "the document"
    return f"{where}: {first['msg']}"
