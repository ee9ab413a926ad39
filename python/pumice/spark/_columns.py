"""Functions of columns: redact, encrypt, tokenize and the way back, and columns of events as JSON."""

import json
from collections.abc import Callable
from typing import Any

import pyarrow as pa
from pyspark.sql import Column
from pyspark.sql.pandas.types import from_arrow_type

from pumice.spark._arrow import Name, Work, of_columns
from pumice.spark._frames import Policy, spelled
from pumice.spark._handover import NO_RULES, Supplies, handed
from pumice.spark._refusal import refusal


def redact(type: str, *, returns: str | None = None, **options: Any) -> Callable[[Name], Column]:
    """A function of a column: its values redacted by their type, null where they cannot be read as it.

    `options` are those that a rule of a policy would have. The column that comes out is of strings, or a struct for
    `user_agent` and for `ip` with `geo`; coordinates that are numbers stay numbers with `returns="double"`. Of arrays, a map or
    a struct, that is what `returns` must say (`"array<string>"`), or the task fails.

    Raises `PumiceError` here if the type or an option is wrong, or needs a database that `configure` was not given.

    >>> from pumice.spark import redact
    >>> df = spark.createDataFrame([("+11234567890", 45.4215), ("nobody", None)], ["from", "lat"])
    >>> lat = redact("coordinate", returns="double")("lat")
    >>> [tuple(row) for row in df.select(redact("phone")("from"), lat).collect()]
    [('+1123456XXXX', 45.4), (None, None)]
    """
    if not isinstance(returns, str | None):
        raise TypeError("returns is a type's name, as 'array<string>'")
    given, text = handed(), json.dumps(options)
    made = given.supplies.redactor(type, text).redact(pa.array([], pa.string())).type

    def pumice_redact(column: pa.Array) -> pa.Array:
        check_values(column, returns or "")
        return given.supplies.redactor(type, text).redact(column)

    return of_columns(pumice_redact, returns or from_arrow_type(made))


def encrypt(account: Name, column: Name, *, subject: Name | None = None, field: str | None = None) -> Column:
    """The column, each value encrypted under the key of the account in the same row; null stays null.

    `field` is what ciphertexts are bound to, and what opens them again: the column's name, to the letter as it is given here, if
    nothing else is said. It is what `id` is to a rule of a policy. With `subject`, to forget the subject is enough.

    Of structs, arrays and maps the JSON text is encrypted. A row without an account, or with one that the keyring does not
    know, fails its task. Each evaluation gives other ciphertexts.

    Raises `PumiceError` here if `configure` was not given keys, or a store for subjects.

    >>> from pumice.spark import decrypt, encrypt
    >>> df = spark.createDataFrame([("AC5f1e09c2", "See you")], ["account_sid", "message_body"])
    >>> sealed = df.select("account_sid", encrypt("account_sid", "message_body").alias("message_body"))
    >>> sealed.select(decrypt("account_sid", "message_body").alias("body")).collect()
    [Row(body='See you')]
    """
    rule = {"action": "encrypt", "id": _field(column, field)}
    return _sealed(rule, account, column) if subject is None else _sealed({**rule, "key": "subject"}, account, subject, column)


def decrypt(account: Name, column: Name, *, field: str | None = None, on_error: str = "fail", returns: str = "string") -> Column:
    """What a column of ciphertexts was, each of the account in the same row: strings, and other values of JSON as their text.

    `field` is as in `encrypt`. A value that cannot be opened fails its task; with `on_error="null"` it becomes null, and with
    `"code"` the column is a struct of `value` and `code`, the code of a `PumiceError`. With `returns="binary"` all comes back
    as bytes, and what was bytes too.

    >>> from pumice.spark import decrypt
    >>> df = spark.createDataFrame([("AC5f1e09c2", "in the clear")], ["account_sid", "message_body"])
    >>> df.select(decrypt("account_sid", "message_body", on_error="code").alias("opened")).collect()
    [Row(opened=Row(value=None, code='not_ours'))]
    """
    if returns not in ("string", "binary"):
        # Where Spark could not make another type of a value, it would say the value.
        raise ValueError("returns is 'string' or 'binary'")
    name, given, as_binary = _field(column, field), handed(), returns == "binary"
    check_keys(given.supplies)

    def pumice_decrypt(on_error: Any, accounts: pa.Array, values: pa.Array) -> Any:
        keyed = given.supplies.scrubber(NO_RULES)
        return keyed.decrypt_array(values, accounts, name, on_error=on_error, as_binary=as_binary)

    return of_columns(*_by_row(pumice_decrypt, on_error, returns))(account, column)


def tokenize(account: Name, subject: Name, column: Name, type: str = "text") -> Column:
    """The column, each value as the token that stands for it: always the same for the same value, type, subject and account.

    Raises `PumiceError` here if `configure` was not given keys and a store.

    >>> from pumice.spark import detokenize, tokenize
    >>> df = spark.createDataFrame([("AC5f1e09c2", "u-1", "john@gmail.com")], ["account", "user", "email"])
    >>> tokens = df.select(tokenize("account", "user", "email", "email").alias("email"))
    >>> tokens.select(detokenize("email").alias("email")).collect()
    [Row(email='john@gmail.com')]
    """
    return _sealed({"action": "tokenize", "type": type}, account, subject, column)


def detokenize(column: Name, *, on_error: str = "fail") -> Column:
    """What a column of tokens stands for; `on_error` is as in `decrypt`. A token says itself whose it is.

    >>> from pumice.spark import detokenize
    >>> df = spark.createDataFrame([("in the clear",)], ["email"])
    >>> df.select(detokenize("email", on_error="null").alias("email")).collect()
    [Row(email=None)]
    """
    given = handed()
    check_keys(given.supplies)

    def pumice_detokenize(on_error: Any, tokens: pa.Array) -> Any:
        return given.supplies.scrubber(NO_RULES).detokenize_array(tokens, on_error=on_error)

    return of_columns(*_by_row(pumice_detokenize, on_error, "string"))(column)


def scrub_json(
    policy: Policy, *, on_error: str = "fail", account: str | None = None, subject: str | None = None
) -> Callable[[Name], Column]:
    """A function of a column of events, each the JSON text of one (strings, or binary): each scrubbed as `Scrubber.scrub` does it.

    `on_error` is as in `decrypt`.

    Raises `PumiceError` here if the policy is wrong or needs what `configure` was not given.

    >>> from pumice.spark import scrub_json
    >>> df = spark.createDataFrame([('{"from": "+11234567890", "n": 1.0}',)], ["value"])
    >>> df.select(scrub_json({"pumice": 1, "fields": {"from": "phone"}})("value").alias("value")).collect()
    [Row(value='{"from": "+1123456XXXX", "n": 1.0}')]
    """
    text, given = spelled(policy), handed()
    given.supplies.scrubber(text, account, subject)

    def pumice_scrub_json(on_error: Any, events: pa.Array) -> Any:
        return given.supplies.scrubber(text, account, subject).scrub_array(events, on_error=on_error)

    return of_columns(*_by_row(pumice_scrub_json, on_error, "string"))


def seal(supplies: Supplies, rule: dict[str, str], *columns: pa.Array) -> pa.Array:
    """Columns of accounts, of subjects perhaps, and of values: the values, sealed by a rule that needs keys."""
    names = ["account", "value"] if len(columns) == 2 else ["account", "subject", "value"]
    policy = {"pumice": 1, **{name: name for name in names[:-1]}, "fields": {"value": rule}}
    batch = pa.RecordBatch.from_arrays(list(columns), names)
    return supplies.scrubber(json.dumps(policy)).scrub_batch(batch).column("value")


def _sealed(rule: dict[str, str], *columns: Name) -> Column:
    given = handed()
    # What is missing is found out here.
    seal(given.supplies, rule, *(pa.array([], pa.string()) for _ in columns))

    def sealed(*columns: pa.Array) -> pa.Array:
        return seal(given.supplies, rule, *columns)

    sealed.__name__ = f"pumice_{rule['action']}"
    return of_columns(sealed, "string", deterministic=rule["action"] != "encrypt")(*columns)


def _by_row(work: Work, on_error: str, returns: str) -> tuple[Work, str]:
    """Work that gives values and codes, as work that does with the codes what the caller wants, and the type that it gives."""

    def values(*columns: pa.Array) -> pa.Array:
        return work("fail", *columns)

    def values_or_null(*columns: pa.Array) -> pa.Array:
        return work("reject", *columns)[0]

    def both(*columns: pa.Array) -> pa.Array:
        return pa.StructArray.from_arrays(work("reject", *columns), ["value", "code"])

    ways = {"fail": (values, returns), "null": (values_or_null, returns), "code": (both, f"struct<value:{returns},code:string>")}
    if on_error not in ways:
        raise ValueError("on_error is 'fail', 'null' or 'code'")
    way, made = ways[on_error]
    way.__name__ = work.__name__
    return way, made


def check_values(column: pa.Array, returns: str = "") -> None:
    """Raises `PumiceError` if the values have values inside, and what comes out is not said to be like that."""
    kinds = {"array": pa.types.is_list, "map": pa.types.is_map, "struct": pa.types.is_struct}
    kind = next((name for name, is_one in kinds.items() if is_one(column.type)), None)
    if kind is not None and not returns.lower().startswith(kind):
        raise refusal("column_type", why="Values are arrays, maps, structs or VARIANTs: give what is in them, or use scrub_df.")


def check_keys(supplies: Supplies) -> None:
    """Raises `PumiceError` if there are no keys."""
    supplies.scrubber(NO_RULES).keyring()


def _field(column: Name, field: str | None) -> str:
    if field is None and not isinstance(column, str):
        raise TypeError("a column that is not given by its name needs field")
    return field if field is not None else str(column)
