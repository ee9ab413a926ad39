"""Scrubs personal data out of events before they leave the producer.

>>> import pumice
>>> scrubber = pumice.Scrubber({"pumice": 1, "fields": {"from": "phone", "message_body": "text"}})
>>> scrubber.scrub(b'{"from": "+11234567890", "message_body": "See you", "price": -0.0075}')
b'{"from": "+1123456XXXX", "message_body": "", "price": -0.0075}'

A `Scrubber` is a policy ready to run; `redact` is for single values. Whatever fails is a `PumiceError` with a `code`, and
no value, key, account or subject of an event is ever in one.
"""

from pumice._error import PumiceError
from pumice._pumice import Redactor, Scrubber, codes, compile_policy, read_schema, review_schema
from pumice._redact import redact
from pumice._shapes import Compiled, Decision, Explanation, Field, Finding, Report, Review, RuleCounts, Schema, SchemaWarning

__all__ = [
    "Compiled",
    "Decision",
    "Explanation",
    "Field",
    "Finding",
    "PumiceError",
    "Redactor",
    "Report",
    "Review",
    "RuleCounts",
    "Schema",
    "SchemaWarning",
    "Scrubber",
    "codes",
    "compile_policy",
    "read_schema",
    "redact",
    "review_schema",
]
