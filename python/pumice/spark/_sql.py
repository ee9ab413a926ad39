"""The functions of columns as functions of SQL."""

import json

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import SparkSession
from pyspark.sql.pandas.types import from_arrow_type

from pumice.spark._arrow import Work, of_columns
from pumice.spark._columns import check_values, seal
from pumice.spark._handover import NO_RULES, Handed, Supplies, handed
from pumice.spark._refusal import refusal


def register(spark: SparkSession) -> None:
    """Makes the functions of columns known to SQL, with what `configure` was given before. Types, fields and policies are
    literals.

    - `pumice_redact(type, column)`, `pumice_redact(type, column, options)`, the options as JSON: a string, also of a number
    - `pumice_user_agent(column)`: a struct
    - `pumice_scrub_json(policy, column)`
    - `pumice_encrypt(account, column, field)`, `pumice_decrypt(account, column, field)`
    - `pumice_tokenize(account, subject, column, type)`, `pumice_detokenize(column)`

    >>> from pumice.spark import register
    >>> register(spark)
    >>> spark.sql("SELECT pumice_redact('phone', '+11234567890') AS phone").collect()
    [Row(phone='+1123456XXXX')]
    """
    given = handed()
    agent = from_arrow_type(user_agent(given.supplies, pa.array([], pa.string())).type)
    functions: list[Work] = [redact, user_agent, scrub_json, encrypt, decrypt, tokenize, detokenize]
    for function in functions:
        returns = agent if function is user_agent else "string"
        made = of_columns(_with(given, function), returns, deterministic=function is not encrypt)
        spark.udf.register(f"pumice_{function.__name__}", made)


def _with(given: Handed, function: Work) -> Work:
    def work(*columns: pa.Array) -> pa.Array:
        return function(given.supplies, *columns)

    work.__name__ = f"pumice_{function.__name__}"
    return work


def redact(supplies: Supplies, type: pa.Array, column: pa.Array, options: pa.Array | None = None) -> pa.Array:
    check_values(column)
    redactor = supplies.redactor(_literal(type), "{}" if options is None else _options(options))
    redacted = redactor.redact(column)
    if pa.types.is_struct(redacted.type):
        raise TypeError("pumice_redact gives strings: this type with these options gives a struct")
    return pc.cast(redacted, pa.string())


def user_agent(supplies: Supplies, column: pa.Array) -> pa.Array:
    check_values(column)
    return supplies.redactor("user_agent", "{}").redact(column)


def scrub_json(supplies: Supplies, policy: pa.Array, column: pa.Array) -> pa.Array:
    return supplies.scrubber(_literal(policy)).scrub_array(column)


def encrypt(supplies: Supplies, account: pa.Array, column: pa.Array, field: pa.Array) -> pa.Array:
    return seal(supplies, {"action": "encrypt", "id": _literal(field)}, account, column)


def decrypt(supplies: Supplies, account: pa.Array, column: pa.Array, field: pa.Array) -> pa.Array:
    return supplies.scrubber(NO_RULES).decrypt_array(column, account, _literal(field))


def tokenize(supplies: Supplies, account: pa.Array, subject: pa.Array, column: pa.Array, type: pa.Array) -> pa.Array:
    return seal(supplies, {"action": "tokenize", "type": _literal(type)}, account, subject, column)


def detokenize(supplies: Supplies, column: pa.Array) -> pa.Array:
    return supplies.scrubber(NO_RULES).detokenize_array(column)


def _options(column: pa.Array) -> str:
    text = _literal(column)
    try:
        options = json.loads(text)
    except ValueError:
        # Not with the error of `json`, which has the text.
        raise refusal("policy_syntax", why="The options of pumice_redact are a JSON object.") from None
    if not isinstance(options, dict):
        raise refusal("policy_shape", why="The options of pumice_redact are a JSON object.")
    return text


def _literal(column: pa.Array) -> str:
    """What stands in all rows of a column: a literal comes as one."""
    values = column.unique()
    if len(values) != 1 or not values[0].is_valid:
        raise TypeError("types, fields, options and policies are literals")
    return str(values[0])
