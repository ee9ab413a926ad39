"""Whole frames by policy."""

import json
from collections.abc import Iterator
from inspect import signature
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql.pandas.types import from_arrow_schema, to_arrow_schema
from pyspark.sql.types import StructField, StructType

from pumice.spark._handover import handed

Policy = dict[str, Any] | str | bytes

# PySpark 4.0 is not asked for the zone of times, which matters to nobody here.
_ZONE: dict[str, Any] = {"timezone": "UTC"} if "timezone" in signature(to_arrow_schema).parameters else {}


def scrub_df(
    df: DataFrame, policy: Policy, *, strict: bool = True, account: str | None = None, subject: str | None = None
) -> DataFrame:
    """The scrubbed frame, streaming or not: a row becomes what `Scrubber.scrub` makes of it as an event.

    A rule that means none of the columns is an error, and so is a column of a type that a rule cannot read: a policy on the
    wrong frame would treat nothing. With `strict=False` they are not.

    Raises `PumiceError` here, before anything runs, if the policy is wrong, needs what `configure` was not given, or does not
    fit the columns.

    >>> from pumice.spark import scrub_df
    >>> df = spark.createDataFrame([("+11234567890", 1), ("nobody", 2)], ["from", "n"])
    >>> [tuple(row) for row in scrub_df(df, {"pumice": 1, "fields": {"from": "phone"}}).collect()]
    [('+1123456XXXX', 1), (None, 2)]
    """
    text, given = spelled(policy), handed()
    before = to_arrow_schema(df.schema, **_ZONE)
    after = given.supplies.scrubber(text, account, subject).scrub_batch(before.empty_table(), strict=strict).schema

    def pumice_scrub(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        scrubber = given.supplies.scrubber(text, account, subject)
        for batch in batches:
            yield scrubber.scrub_batch(batch, strict=strict)

    return df.mapInArrow(pumice_scrub, _schema(df.schema, before, after))


def spelled(policy: Policy) -> str:
    """The policy as JSON text."""
    if isinstance(policy, dict):
        return json.dumps(policy)
    return policy if isinstance(policy, str) else policy.decode()


def _schema(spark: StructType, before: pa.Schema, after: pa.Schema) -> StructType:
    """Spark's types of the columns that come out: its own, where Arrow's stayed, as Arrow has no word for some of them."""
    old = {(field.name, field.type): column for field, column in zip(before, spark, strict=True)}

    def column(field: pa.Field, made: StructField) -> StructField:
        kept = old.get((field.name, field.type), made)
        return StructField(field.name, kept.dataType, field.nullable, kept.metadata)

    return StructType([column(*both) for both in zip(after, from_arrow_schema(after), strict=True)])
