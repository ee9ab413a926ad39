"""Spark's types of the columns that come out, and what is still said of them; knows no policy."""

from collections.abc import Iterable, Iterator
from inspect import signature
from itertools import count
from typing import Any

import pyarrow as pa
from pyspark.sql.pandas.types import from_arrow_type, to_arrow_schema
from pyspark.sql.types import ArrayType, DataType, MapType, StructField, StructType

import pumice

# PySpark 4.0 is not asked for the zone of times, which matters to nobody here.
_ZONE: dict[str, Any] = {"timezone": "UTC"} if "timezone" in signature(to_arrow_schema).parameters else {}

# On each field that goes into core, which takes all that is said of a field away where it treats it, or something in it.
_MARK = b"pumice"


def scrubbed_schema(spark: StructType, scrubber: pumice.Scrubber, *, strict: bool) -> StructType:
    """What becomes of the columns. What Spark was told of a column beside its type stays with those that no rule treats: it may
    list values.

    Raises `PumiceError` if the policy does not fit them.
    """
    numbers = count()
    before = pa.schema([_marked(field, numbers) for field in _bare(to_arrow_schema(spark, **_ZONE), spark)])
    after = scrubber.scrub_batch(before.empty_table(), strict=strict).schema
    return StructType(list(_fields(spark, before, after, False)))


def labelled(batch: pa.RecordBatch, spark: StructType) -> pa.RecordBatch:
    """The batch with its columns named as Spark's are, and with nothing said of fields but what their types need."""
    names = zip(spark.names, _bare(batch.schema, spark), strict=True)
    return pa.record_batch(_Labelled(batch, pa.schema([field.with_name(name) for name, field in names])))


class _Labelled:
    """A batch under a schema that differs from its own in names and in what is said of fields: nothing is copied."""

    def __init__(self, batch: pa.RecordBatch, schema: pa.Schema) -> None:
        self._batch, self._schema = batch, schema

    def __arrow_c_array__(self, requested_schema: Any = None) -> tuple[Any, Any]:
        return self._schema.__arrow_c_schema__(), self._batch.__arrow_c_array__()[1]


def _bare(fields: Iterable[pa.Field], spark: StructType) -> list[pa.Field]:
    """Fields without what Spark says of them: the values of a map are of one type, of which no two things may be said."""
    both = zip(fields, spark, strict=True)
    return [pa.field(field.name, _bare_type(field.type, column.dataType), field.nullable) for field, column in both]


def _bare_type(kind: pa.DataType, spark: DataType) -> pa.DataType:
    if isinstance(spark, StructType):
        return pa.struct(_bare(kind, spark))
    if isinstance(spark, ArrayType):
        return pa.list_(kind.value_field.with_type(_bare_type(kind.value_type, spark.elementType)))
    if isinstance(spark, MapType):
        return pa.map_(kind.key_field, kind.item_field.with_type(_bare_type(kind.item_type, spark.valueType)))
    # By what is said of its fields, a VARIANT is one.
    return kind


def _marked(field: pa.Field, numbers: Iterator[int]) -> pa.Field:
    kind = field.type
    if pa.types.is_struct(kind):
        kind = pa.struct([_marked(child, numbers) for child in kind])
    elif pa.types.is_list(kind):
        kind = pa.list_(_marked(kind.value_field, numbers))
    return field.with_type(kind).with_metadata({**(field.metadata or {}), _MARK: str(next(numbers))})


def _mark(field: pa.Field) -> bytes | None:
    mark: bytes | None = (field.metadata or {}).get(_MARK)
    return mark


def _is_untouched(before: pa.Field, after: pa.Field) -> bool:
    return _mark(after) is not None and bool(after.equals(before, check_metadata=True))


def _fields(spark: StructType, before: Iterable[pa.Field], after: Iterable[pa.Field], untouched: bool) -> Iterator[StructField]:
    """Those that are left; untouched, if what they are in is that."""
    olds = list(zip(spark, before, strict=True))
    by_mark = {_mark(field): (column, field) for column, field in olds if _mark(field)}
    # One that was treated: of all that have its name the same was made.
    by_name = {field.name: (column, field) for column, field in olds}
    for made in after:
        column, field = by_mark.get(_mark(made)) or by_name[made.name]
        here = untouched or _is_untouched(field, made)
        # What Spark's `ml` says of a column lists values, of other columns too.
        said = {key: value for key, value in column.metadata.items() if key != "ml_attr"} if here else {}
        yield StructField(made.name, _type(column.dataType, field, made, here), made.nullable, said)


def _type(spark: DataType, before: pa.Field, after: pa.Field, untouched: bool) -> DataType:
    """Spark's own type, where Arrow's stayed, as Arrow has no word for some of them."""
    old, new = before.type, after.type
    if isinstance(spark, StructType) and pa.types.is_struct(new):
        return StructType(list(_fields(spark, old, new, untouched)))
    if isinstance(spark, ArrayType) and pa.types.is_list(new):
        here = untouched or _is_untouched(old.value_field, new.value_field)
        return ArrayType(_type(spark.elementType, old.value_field, new.value_field, here), new.value_field.nullable)
    if isinstance(spark, MapType) and pa.types.is_map(new):
        return MapType(spark.keyType, _type(spark.valueType, old.item_field, new.item_field, untouched), new.item_field.nullable)
    # What is a struct to Arrow and something else to Spark is that no more, if anything of it was treated.
    stays = new.equals(old, check_metadata=pa.types.is_nested(new))
    return spark if stays else from_arrow_type(new)
