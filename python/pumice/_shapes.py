"""What a scrubber takes, and tells of itself, as types."""

from typing import Any, Protocol, TypedDict


class Array(Protocol):
    """An array or batch of Arrow, by the PyCapsule interface."""

    def __arrow_c_array__(self, requested_schema: Any = None) -> tuple[Any, Any]: ...


class Stream(Protocol):
    """Many of them, as a table has them."""

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any: ...


Columns = Array | Stream


class OfSet(TypedDict, total=False):
    """What has the name of its policy, if that is one of a set."""

    policy: str


class RuleCounts(OfSet):
    """What happened to the values of one rule: `absent` counts events in which it found nothing."""

    selector: str
    treated: int
    invalid: int
    null: int
    absent: int


class Report(TypedDict):
    """What a scrubber has done so far. Safe to log: it is made of the policy's words and of numbers."""

    events: int
    refused: int
    unlisted_dropped: int
    rules: list[RuleCounts]


class Explanation(OfSet):
    """What happens to one field, in words, with an example as JSON."""

    selector: str
    words: str
    before: str
    after: str


class _Said(TypedDict, total=False):
    """What a schema may say of a field; what it does not say is not there."""

    nullable: bool
    required: bool
    kind: str
    tags: list[str]
    entity: str
    linked_to: str
    role: str
    handling: Any
    doc: str


class Field(_Said):
    """A field of a schema, at one place of an event."""

    selector: str
    at: str
    type: str


class SchemaWarning(TypedDict):
    """What was passed over in a schema, or taken to mean more than it says."""

    code: str
    at: str


class _Named(TypedDict, total=False):
    """What a schema may say of itself."""

    name: str
    version: str
    warnings: list[SchemaWarning]


class Schema(_Named):
    """What is read of a schema."""

    fields: list[Field]
    shape: Any


class Decision(TypedDict):
    """What is done with one field of a schema, and who decided it."""

    selector: str
    pointer: str
    personal: bool
    rule: Any
    by: str
    at: str | None
    within: str | None


class Compiled(TypedDict):
    """A policy out of a schema and a governance document."""

    policy: dict[str, Any]
    decisions: list[Decision]
    warnings: list[dict[str, str]]


class Finding(TypedDict):
    """One thing that a review of a schema found."""

    weight: str
    code: str
    document: str
    at: str
    field: str | None
    reservoir: str | None
    before: str | None
    after: str | None


class Review(TypedDict):
    """What a review of a schema found."""

    passes: bool
    findings: list[Finding]
