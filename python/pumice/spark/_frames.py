"""Whole frames by policy."""

import json
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql.types import StructField, StructType

from pumice.spark._handover import handed
from pumice.spark._refusal import refusal
from pumice.spark._schemas import labelled, scrubbed_schema

Policy = dict[str, Any] | str | bytes


def scrub_df(
    df: DataFrame, policy: Policy, *, strict: bool = True, account: str | None = None, subject: str | None = None
) -> DataFrame:
    """The scrubbed frame, streaming or not: a row becomes what `Scrubber.scrub` makes of it as an event.

    A rule that means none of the columns is an error, and so is a column of a type that a rule cannot read: a policy on the
    wrong frame would treat nothing. With `strict=False` they are not. A VARIANT is treated whole: a rule that may mean
    something inside of one that no rule treats is an error.

    What Spark was told of a column beside its type goes if the column is treated, as it may list values; `ml_attr` goes from
    all, as it lists those of others.

    Raises `PumiceError` here, before anything runs, if the policy is wrong, needs what `configure` was not given, or does not
    fit the columns.

    >>> from pumice.spark import scrub_df
    >>> df = spark.createDataFrame([("+11234567890", 1), ("nobody", 2)], ["from", "n"])
    >>> [tuple(row) for row in scrub_df(df, {"pumice": 1, "fields": {"from": "phone"}}).collect()]
    [('+1123456XXXX', 1), (None, 2)]
    """
    text, given, came = spelled(policy), handed(), df.schema
    made = scrubbed_schema(came, given.supplies.scrubber(text, account, subject), strict=strict)
    # Spark finds columns by their names, of which it takes some for more than a name, and some may be there twice.
    columns = enumerate(made)
    numbered = StructType([StructField(f"c{n}", column.dataType, column.nullable, column.metadata) for n, column in columns])

    def pumice_scrub(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        scrubber = given.supplies.scrubber(text, account, subject)
        for batch in batches:
            yield labelled(scrubber.scrub_batch(labelled(batch, came), strict=strict), numbered)

    return df.toDF(*(f"c{n}" for n in range(len(came)))).mapInArrow(pumice_scrub, numbered).toDF(*made.names)


def spelled(policy: Policy) -> str:
    """The policy as JSON text."""
    if isinstance(policy, dict):
        return json.dumps(policy)
    if isinstance(policy, bytes):
        try:
            return policy.decode()
        except UnicodeDecodeError:
            # It holds the policy: not to be another error's context.
            pass
        raise refusal("invalid_utf8")
    if isinstance(policy, str):
        return policy
    raise TypeError("a policy is dict, str or bytes")
