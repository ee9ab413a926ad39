"""Single values by type and options; keeps the redactors that were asked for last."""

import json
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from pumice._pumice import Redactor


def redact(type: str, value: Any, **options: Any) -> Any:
    """The redacted value: of a `str` or number, or of each in a `list` or `dict`. `None` stays `None`.

    `options` are those that a rule of a policy would have. For what needs a database, make a `Redactor`.

    Raises `PumiceError`: `invalid_value` if it cannot be read as its type; `invalid_json` if it has what JSON cannot hold;
    `unknown_type`, `unknown_option`, `invalid_option`, `needs_geo`, `needs_uap`.

    >>> import pumice
    >>> pumice.redact("phone", "(415) 555-0132 ext. 7")
    '(415) 555-XXXX ext. X'
    >>> pumice.redact("email", "john@gmail.com", keep="provider")
    'REDACTED@gmail.com'
    >>> pumice.redact("coordinate", -75.6972)
    -75.6
    """
    return _redactor(type, json.dumps(options)).redact(value)


def _make(type: str, options: str) -> Redactor:
    return Redactor(type, **json.loads(options))


_redactor: Callable[[str, str], Redactor] = lru_cache(maxsize=64)(_make)
