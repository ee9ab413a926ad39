"""Functions of Arrow arrays as functions of Spark's columns; knows no policy and no key."""

from collections.abc import Callable
from typing import Any

import pyarrow as pa
from pyspark.sql import Column, functions
from pyspark.sql.types import DataType, StructType

Name = Column | str
Work = Callable[..., pa.Array]


def of_columns(work: Work, returns: DataType | str, *, deterministic: bool = True) -> Callable[..., Column]:
    """The function of columns that does this work on their batches: as an Arrow UDF, which PySpark has from 4.1 on, or else
    by way of pandas."""
    arrow_udf: Any = getattr(functions, "arrow_udf", None)

    def run(*columns: pa.Array) -> pa.Array:
        return work(*columns)

    if arrow_udf is None:
        return _by_pandas(work, returns, deterministic)
    # What a plan shows.
    run.__name__ = work.__name__
    function = arrow_udf(run, returnType=returns)
    made: Callable[..., Column] = function if deterministic else function.asNondeterministic()
    return made


def _by_pandas(work: Work, returns: DataType | str, deterministic: bool) -> Callable[..., Column]:
    import pandas as pd

    pandas_udf: Any = getattr(functions, "pandas_udf")

    def run(*columns: pd.Series) -> pd.Series:
        return work(*map(_array, columns)).to_pandas()

    def run_struct(*columns: pd.Series) -> pd.DataFrame:
        return pa.RecordBatch.from_struct_array(work(*map(_array, columns))).to_pandas()

    is_struct = isinstance(returns, StructType) or (isinstance(returns, str) and returns.startswith("struct"))
    chosen: Any = run_struct if is_struct else run
    chosen.__name__ = work.__name__
    function = pandas_udf(chosen, returnType=returns)
    made: Callable[..., Column] = function if deterministic else function.asNondeterministic()
    return made


def _array(column: Any) -> pa.Array:
    # With nulls, whole numbers came as floats: another value than the one that is in the frame. Structs come as frames.
    if getattr(column, "dtype", None) != object:
        raise TypeError("before PySpark 4.1, columns that are no strings are for scrub_df")
    return pa.Array.from_pandas(column)
