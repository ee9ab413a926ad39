"""What a scrubber takes, and tells of itself, as types."""

from typing import Any, Protocol, TypedDict


class Array(Protocol):
    """An array or batch of Arrow, by the PyCapsule interface."""

    def __arrow_c_array__(self, requested_schema: Any = None) -> tuple[Any, Any]: ...


class Stream(Protocol):
    """Many of them, as a table has them."""

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any: ...


Columns = Array | Stream


class RuleCounts(TypedDict):
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


class Explanation(TypedDict):
    """What happens to one field, in words, with an example as JSON."""

    selector: str
    words: str
    before: str
    after: str
