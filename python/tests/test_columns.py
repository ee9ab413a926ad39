"""Columns of Arrow, whoever made them: what comes out, what is refused, and that nothing is copied without need."""

import ctypes
import datetime
import decimal
import struct
import sys
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset
import pytest
from vectors import data, rows, sections

import pumice

PHONE = pumice.Scrubber({"pumice": 1, "fields": {"from": "phone", "user.email": "email"}})
ROWS: list[dict[str, Any]] = [
    {"from": "+11234567890", "user": {"email": "john@gmail.com", "id": 1}, "price": -0.0075},
    {"from": "nobody", "user": {"email": None, "id": 2}, "price": None},
    {"from": None, "user": None, "price": 1.5},
]
DUE = [
    {"from": "+1123456XXXX", "user": {"email": "j***@gmail.com", "id": 1}, "price": -0.0075},
    {"from": None, "user": {"email": None, "id": 2}, "price": None},
    {"from": None, "user": None, "price": 1.5},
]


def test_batches_and_tables() -> None:
    batch = pa.RecordBatch.from_pylist(ROWS)
    batch = batch.replace_schema_metadata({"made": "here"})
    out = PHONE.scrub_batch(batch)
    assert isinstance(out, pa.RecordBatch) and out.to_pylist() == DUE and out.schema == batch.schema
    assert out.schema.metadata == {b"made": b"here"}
    table = pa.Table.from_batches([batch, batch.slice(1)])
    out = PHONE.scrub_batch(table)
    assert isinstance(out, pa.Table) and out.to_pylist() == DUE + DUE[1:] and out.schema.metadata == {b"made": b"here"}
    out.validate(full=True)
    for empty in [batch.slice(3), table.slice(5), batch.schema.empty_table(), pa.table({})]:
        assert PHONE.scrub_batch(empty).schema == empty.schema and PHONE.scrub_batch(empty).num_rows == 0
    reader = pa.RecordBatchReader.from_batches(batch.schema, iter([batch, batch]))
    assert PHONE.scrub_batch(reader).to_pylist() == DUE * 2


def test_batches_and_events_agree() -> None:
    assert PHONE.scrub_batch(pa.RecordBatch.from_pylist(ROWS)).to_pylist() == [PHONE.scrub(row) for row in ROWS]


def test_frames() -> None:
    frame = pl.DataFrame(ROWS)
    assert pl.DataFrame(PHONE.scrub_batch(frame)).to_dicts() == DUE
    phones = pd.DataFrame({"from": ["+11234567890", None], "n": [1, 2]})
    out = PHONE.scrub_batch(pa.Table.from_pandas(phones)).to_pandas()
    assert out.equals(pd.DataFrame({"from": ["+1123456XXXX", None], "n": [1, 2]}))


def test_what_frames_say_of_their_columns_goes_where_it_may_quote_values() -> None:
    number = "+11234567890"
    frame = pl.DataFrame({"from": pl.Series([number, None], dtype=pl.Enum([number])), "n": pl.Series(["a", "b"], dtype=pl.Enum(["a", "b"]))})
    out = PHONE.scrub_batch(frame)
    assert number not in repr(out.schema.metadata) + repr([(field.type, field.metadata) for field in out.schema])
    assert pl.DataFrame(out).with_columns(pl.col("from").cast(pl.String)).to_dicts() == [{"from": "+1123456XXXX", "n": "a"}, {"from": None, "n": "b"}]
    assert pl.DataFrame(out).schema["n"] == frame.schema["n"]
    typed = pd.DataFrame({"from": pd.array([11234567890, None], dtype="Int64"), "n": pd.array([1, None], dtype="Int64")}, index=pd.Index(["x", "y"], name="key"))
    typed.attrs = {"sample": number}
    table = PHONE.scrub_batch(pa.Table.from_pandas(typed))
    assert number not in repr(table.schema.metadata)
    due = pd.DataFrame({"from": ["1123456XXXX", None], "n": typed["n"]}, index=typed.index)
    pd.testing.assert_frame_equal(table.to_pandas(), due)
    indexed = pumice.Scrubber({"pumice": 1, "fields": {"key": {"action": "drop"}}}).scrub_batch(pa.Table.from_pandas(typed)).to_pandas()
    assert indexed.columns.to_list() == ["from", "n"] and indexed.index.to_list() == [0, 1]
    hashed = pumice.Scrubber({"pumice": 1, "fields": {"key": "text"}}).scrub_batch(pa.Table.from_pandas(typed)).to_pandas()
    assert hashed.index.to_list() == ["", ""] and hashed.index.name == "key"


def test_duckdb() -> None:
    sql: Any = duckdb.sql
    relation = sql("""SELECT * FROM (VALUES ('+11234567890', {'email': 'john@gmail.com'}), ('nobody', NULL)) t("from", "user")""")
    due = [{"from": "+1123456XXXX", "user": {"email": "j***@gmail.com"}}, {"from": None, "user": None}]
    assert PHONE.scrub_batch(relation).to_pylist() == due
    scrubbed = PHONE.scrub_batch(relation)
    assert sql('SELECT "from" FROM scrubbed WHERE "user" IS NOT NULL').fetchall() == [("+1123456XXXX",)]
    made = sql("SELECT '+1123456' || lpad(i::VARCHAR, 4, '0') AS \"from\", {'email': NULL::VARCHAR} AS \"user\" FROM range(5000) t(i)")
    assert set(PHONE.scrub_batch(made)["from"].to_pylist()) == {"+1123456XXXX"}


def test_without_pyarrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert pl.DataFrame(PHONE.scrub_batch(pl.DataFrame(ROWS))).to_dicts() == DUE
    [column] = pumice.redact("phone", pl.Series(["+11234567890", "x"]))
    assert pl.Series(column).to_list() == ["+1123456XXXX", None]


def test_what_no_rule_names_is_not_copied() -> None:
    batch = pa.RecordBatch.from_pylist(ROWS)
    before, after = batch.column("price").buffers(), PHONE.scrub_batch(batch).column("price").buffers()
    assert [buffer.address for buffer in before] == [buffer.address for buffer in after]


def test_columns_outlive_what_made_them() -> None:
    out = PHONE.scrub_batch(pa.RecordBatch.from_pylist(ROWS))
    assert out.column("price").to_pylist() == [-0.0075, None, 1.5]


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string())])
def test_redact(kind: pa.DataType) -> None:
    column = pa.array(["+11234567890", "nobody", None], pa.string()).cast(kind)
    out = pumice.redact("phone", column)
    assert isinstance(out, pa.Array) and out.to_pylist() == ["+1123456XXXX", None, None]
    assert pumice.redact("phone", column.slice(1, 1)).to_pylist() == [None]
    chunks = pumice.redact("phone", pa.chunked_array([column, column.slice(2)]))
    assert isinstance(chunks, pa.ChunkedArray) and chunks.to_pylist() == ["+1123456XXXX", None, None, None]


def test_redact_of_series_and_of_nothing() -> None:
    assert pumice.redact("email", pl.Series(["john@gmail.com", "x"]), keep="provider").to_pylist() == ["REDACTED@gmail.com", None]
    assert pumice.redact("phone", pa.chunked_array([], pa.string())).to_pylist() == []
    assert pumice.redact("phone", pa.array([], pa.string())).to_pylist() == []
    assert pumice.redact("user_agent", pa.array(["curl/8.1"])).to_pylist()[0]["family"] == "curl"


def code(work: Any) -> tuple[str, int | str | None, int | None]:
    with pytest.raises(pumice.PumiceError) as caught:
        work()
    assert "1234567890" not in str(caught.value)
    return caught.value.code, caught.value.at, caught.value.line


def test_what_does_not_fit_the_policy() -> None:
    other = pa.table({"to": ["x"]})
    assert PHONE.scrub_batch(other) == other
    assert code(lambda: PHONE.scrub_batch(other, strict=True)) == ("column_missing", "from", None)
    days = pa.table({"from": [datetime.date(2026, 1, 1)], "user": [{"email": "john@gmail.com"}]})
    assert PHONE.scrub_batch(days).column("from").to_pylist() == [None]
    assert code(lambda: PHONE.scrub_batch(days, strict=True)) == ("column_type", "from", None)
    fail = pumice.Scrubber({"pumice": 1, "fields": {"from": {"type": "phone", "on_invalid": "fail"}}})
    batch = pa.record_batch({"from": ["+11234567890", "1234567890!"]})
    assert code(lambda: fail.scrub_batch(batch)) == ("invalid_value", "from", 2)
    assert code(lambda: fail.scrub_batch(pa.Table.from_batches([batch.slice(0, 1), batch]))) == ("invalid_value", "from", 3)


def damaged(offsets: list[int], data: bytes, valid: bytes | None = None, kind: pa.DataType = pa.string()) -> pa.Array:
    width = pa.int64() if kind == pa.large_string() else pa.int32()
    nulls = None if valid is None else pa.py_buffer(valid)
    buffers = [nulls, pa.array(offsets, width).buffers()[1], pa.py_buffer(data)]
    return pa.Array.from_buffers(kind, len(offsets) - 1, buffers)


TEN_GB = 10 << 30


@pytest.mark.parametrize(
    "column",
    [
        damaged([0, 3, 1, 4], b"1234567890"),
        damaged([0, -1, 4], b"1234567890"),
        damaged([5, 10, 5], b"1234567890"),
        damaged([0, 3], b"\xff\xfe\xfd"),
        damaged([0, 1, 2], "é".encode()),
        damaged([2, 3, 4], "éé".encode()),
        damaged([0, 3, 1, 4], b"1234567890", kind=pa.large_string()),
        damaged([0, -(2**40), 4], b"1234567890", kind=pa.large_string()),
        damaged([0, 2, 4], "1é2".encode(), kind=pa.large_string()),
        # What is below a null is read by nobody, but counts as a string all the same.
        damaged([0, 2, 3], b"\xff\xfe1", valid=b"\x02"),
        damaged([0, 10, 20, 12, 20], b"1234567890" * 2).slice(2),
    ],
)
def test_damaged_columns_are_refused(column: pa.Array) -> None:
    batch = pa.RecordBatch.from_arrays([column], ["from"])
    assert code(lambda: PHONE.scrub_batch(batch))[0] == "columns_invalid"
    assert code(lambda: pumice.redact("phone", column))[0] == "columns_invalid"
    assert code(lambda: PHONE.scrub_array(column))[0] == "columns_invalid"
    reader = pa.RecordBatchReader.from_batches(batch.schema, iter([batch]))
    assert code(lambda: PHONE.scrub_batch(reader))[0] == "columns_invalid"


def test_columns_that_were_taken_are_refused() -> None:
    capsules = pa.record_batch({"from": ["1"]}).__arrow_c_array__()

    class Lent:
        def __arrow_c_array__(self, requested_schema: object = None) -> Any:
            return capsules

    PHONE.scrub_batch(Lent())
    assert code(lambda: PHONE.scrub_batch(Lent()))[0] == "columns_invalid"
    assert code(lambda: pumice.redact("phone", Lent()))[0] == "columns_invalid"


def test_values_of_numpy_are_values() -> None:
    assert pumice.redact("phone", np.str_("+11234567890")) == "+1123456XXXX"
    assert pumice.redact("coordinate", np.float64(45.4215)) == 45.4


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()])
def test_what_lies_beside_a_slice_does_not_matter(kind: pa.DataType) -> None:
    phone = "+11234567890"
    column = damaged([0, 40, 1, 13, 13, 15, 5], b"\xff" + phone.encode() + "é".encode(), kind=kind).slice(2, 3)
    assert column.to_pylist() == [phone, "", "é"]
    for odd in [column, pa.chunked_array([column])]:
        assert pumice.redact("phone", odd).to_pylist() == ["+1123456XXXX", None, None]
        assert pumice.redact("text", odd).to_pylist() == ["", "", ""]
    assert PHONE.scrub_batch(pa.record_batch({"from": column})).column("from").to_pylist() == ["+1123456XXXX", None, None]


@pytest.mark.parametrize(("kind", "offset", "end"), [(pa.large_string(), "q", TEN_GB), (pa.string(), "i", 2**31 - 1)])
def test_columns_that_claim_more_than_they_have_are_refused(kind: pa.DataType, offset: str, end: int) -> None:
    offsets = bytearray(struct.pack(f"<2{offset}", 0, 3))
    column = pa.Array.from_buffers(kind, 1, [None, pa.py_buffer(offsets), pa.py_buffer(b"123")])
    batch = pa.RecordBatch.from_arrays([column], ["from"])
    table = pa.Table.from_batches([batch])
    reader = table.to_reader()
    # pyarrow looks at them when they are made, and so do we when they come in.
    struct.pack_into(f"<{offset}", offsets, len(offsets) // 2, end)
    works = [lambda: pumice.redact("phone", column), lambda: PHONE.scrub_array(column)]
    works += [lambda: PHONE.scrub_batch(batch), lambda: PHONE.scrub_batch(table), lambda: PHONE.scrub_batch(reader)]
    assert [code(work)[0] for work in works] == ["columns_invalid"] * 5


def test_columns_of_another_length_are_refused(keys: dict[str, Any]) -> None:
    for length in [0, 2, 4, TEN_GB, -1]:
        lying = Lying(length)
        if length > 3 or length < 0:
            assert code(lambda lying=lying: PHONE.scrub_batch(lying))[0] == "columns_invalid"
        else:
            assert PHONE.scrub_batch(lying).num_rows == length
    keyed = pumice.Scrubber({"pumice": 1, "fields": {}}, **keys)
    works = [(pa.array(["x", "y"]), pa.array(["AC5f1e09c2"])), (pa.array([], pa.string()), pa.array(["AC5f1e09c2"]))]
    works += [(pa.chunked_array([["x"], ["y"]]), pa.chunked_array([["x", "y"]]))]
    for values, accounts in works:
        assert code(lambda values=values, accounts=accounts: keyed.decrypt_array(values, accounts, "f"))[0] == "columns_invalid"


def test_what_has_no_columns() -> None:
    wrongs: list[Any] = [None, [], {"from": ["+11234567890"]}, 1]
    for wrong in wrongs:
        with pytest.raises(TypeError, match="^columns are an object with __arrow_c_array__ or __arrow_c_stream__$"):
            PHONE.scrub_batch(wrong)
    assert code(lambda: PHONE.scrub_batch(pa.array(["+11234567890"])))[0] == "columns_invalid"
    with pytest.raises(ValueError, match="PyCapsule"):
        PHONE.scrub_batch(Swapped())
    for other in (pa.schema([]), pa.dataset.dataset(pa.table({"from": ["+11234567890"]})), pa.int64()):
        with pytest.raises(TypeError, match="__arrow_c_array__ or __arrow_c_stream__"):
            PHONE.scrub_batch(other)
    for array in (pd.Series(["+11234567890"]), pd.Series(["+11234567890"]).to_numpy()):
        with pytest.raises(TypeError, match="pyarrow.array"):
            pumice.redact("phone", array)


class Lying:
    """Says that its three rows are so many."""

    def __init__(self, length: int) -> None:
        self.length = length

    def __arrow_c_array__(self, requested_schema: Any = None) -> tuple[Any, Any]:
        schema, array = pa.record_batch({"from": ["+11234567890"] * 3}).__arrow_c_array__()
        pointer = ctypes.pythonapi.PyCapsule_GetPointer
        pointer.restype, pointer.argtypes = ctypes.POINTER(ctypes.c_int64), [ctypes.py_object, ctypes.c_char_p]
        # A struct that begins with the length.
        pointer(array, b"arrow_array")[0] = self.length
        return schema, array


class Swapped:
    """Gives its capsules the wrong way around."""

    def __arrow_c_array__(self, requested_schema: Any = None) -> tuple[Any, Any]:
        schema, array = pa.record_batch({"from": ["+11234567890"]}).__arrow_c_array__()
        return array, schema


def test_keys_by_row(keys: dict[str, Any]) -> None:
    fields = {"body": {"type": "text", "action": "encrypt"}, "email": {"type": "email", "action": "tokenize"}}
    policy = {"pumice": 1, "account": "account", "subject": "user", "fields": fields}
    scrubber = pumice.Scrubber(policy, **keys)
    rows = [{"account": "AC5f1e09c2", "user": f"u-{n % 3}", "body": f"text {n}", "email": "john@gmail.com"} for n in range(30)]
    out = scrubber.scrub_batch(pa.RecordBatch.from_pylist(rows)).to_pylist()
    assert [scrubber.detokenize_event(scrubber.decrypt_event(row)) for row in out] == rows
    assert len({row["email"] for row in out}) == 3
    assert scrubber.report()["events"] == 90


def test_decimals() -> None:
    column = pa.array([decimal.Decimal("45.4215"), None])
    assert pumice.redact("coordinate", column).to_pylist() == [decimal.Decimal("45.4000"), None]


def test_columns_of_events() -> None:
    for _, row in rows("events"):
        event, due = data(row, "in"), data(row, "out")
        if row.get("ndjson"):
            continue
        scrubber = pumice.Scrubber(row["policy"], max_event_bytes=row.get("max_event_bytes"))
        events, codes = scrubber.scrub_array(pa.array([event, None, event]), on_error="reject")
        assert codes.to_pylist() == [row.get("error"), None, row.get("error")]
        assert events.to_pylist() == ([None] * 3 if "error" in row else [due.decode(), None, due.decode()])
        if "error" in row:
            assert code(lambda: scrubber.scrub_array(pa.array([None, event]))) == (row["error"], row.get("at"), 2)
    for kind in [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string()), pa.binary()]:
        column = pa.array(['{"from":1}', None], pa.string()).cast(kind)
        assert PHONE.scrub_array(column).to_pylist() == ['{"from":"X"}', None]
        assert PHONE.scrub_array(pa.chunked_array([column, column])).to_pylist() == ['{"from":"X"}', None] * 2
    assert PHONE.scrub_array(pa.nulls(2)).to_pylist() == [None, None]
    assert code(lambda: PHONE.scrub_array(pa.array([1])))[0] == "column_type"
    assert code(lambda: PHONE.scrub_array(pa.chunked_array([["{}"], ["{}", "{"]])))[0::2] == ("invalid_json", 3)
    with pytest.raises(ValueError, match="^on_error is 'fail' or 'reject'$"):
        PHONE.scrub_array(pa.array(["{}"]), on_error="null")  # type: ignore[call-overload]


def test_columns_of_ciphertexts(keys: dict[str, Any]) -> None:
    keyed = pumice.Scrubber({"pumice": 1, "fields": {}}, **keys)
    envelopes = sections("envelope")
    fields = sorted({data(row, "field") for section in ("valid", "invalid") for row in envelopes[section]})
    for field in map(bytes.decode, fields):
        some = [row for section in ("valid", "invalid") for row in envelopes[section] if data(row, "field").decode() == field]
        columns = pa.array([row["text"] for row in some]), pa.array([row["account"] for row in some])
        values, codes = keyed.decrypt_array(*columns, field, on_error="reject", as_binary=True)
        # A row without an account has none to be unknown.
        assert codes.to_pylist() == [row.get("code") if row["account"] else "no_account" for row in some]
        for row, value in zip(some, values.to_pylist(), strict=True):
            assert value == (None if "code" in row else bytes.fromhex(row["plain_hex"]) if "plain_hex" in row else row["plain"].encode())
        texts, codes = keyed.decrypt_array(*columns, field, on_error="reject")
        due = ["column_type" if row.get("kind") == "bytes" else None if "code" not in row else row["code"] if row["account"] else "no_account" for row in some]
        assert codes.to_pylist() == due
        assert texts.to_pylist() == [None if "code" in row or row["kind"] == "bytes" else row["plain"] for row in some]
    tokens = sections("token")
    some = tokens["valid"] + tokens["invalid"]
    values, codes = keyed.detokenize_array(pa.array([row["token"] for row in some]), on_error="reject")
    assert codes.to_pylist() == [row.get("code") for row in some]
    assert values.to_pylist() == [None if "code" in row else row["plain"] for row in some]
    absent = pa.array(["AC5f1e09c2", None, ""])
    values, codes = keyed.decrypt_array(pa.array([None, "x", "x"]), absent, "f", on_error="reject")
    assert (values.to_pylist(), codes.to_pylist()) == ([None] * 3, [None, "no_account", "no_account"])
    assert code(lambda: keyed.decrypt_array(pa.array([1]), pa.array(["x"]), "f"))[0] == "column_type"
    assert code(lambda: PHONE.decrypt_array(pa.array(["x"]), pa.array(["x"]), "f"))[0] == "needs_keys"
    assert code(lambda: PHONE.detokenize_array(pa.array(["x"])))[0] == "needs_keys"
