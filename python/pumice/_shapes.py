"""What a scrubber tells of itself."""

from typing import TypedDict


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
