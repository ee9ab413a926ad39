"""Columns of telephone numbers and e-mail addresses, against what pandas, polars, pyarrow and duckdb offer, and a loop."""

import re
import sys
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
from race import Contestants, check, race

import pumice

MAIL = r"^(.)[^@]+(@.+)$"


def phones(count: int) -> list[str]:
    return [f"+{1 + n % 8}{1_000_000_000 + n * 7_919 % 8_999_999_999}" for n in range(count)]


def mails(count: int) -> list[str]:
    names, domains = ["ann", "maximilian", "jo"], ["gmail.com", "example.com", "mail.example.org"]
    return [f"{names[n % 3]}.{n * 31 % 99_999}@{domains[n // 7 % 3]}" for n in range(count)]


def contestants(values: list[str], kind: str, pattern: str, polars_to: str, to: str, python: Any) -> Contestants:
    arrow, frame, series = pa.array(values), pl.Series("v", values), pd.Series(values)
    strings = pd.Series(values, dtype="string[pyarrow]")
    table = pa.table({"v": arrow})
    connection = duckdb.connect()
    connection.register("t", table)
    connection.execute("SET threads = 1")
    return {
        "pumice, pyarrow": lambda: pumice.redact(kind, arrow),
        "pumice, polars": lambda: pl.Series(pumice.redact(kind, frame)),
        "regex: polars": lambda: frame.str.replace(pattern, polars_to),
        "regex: pyarrow": lambda: pc.replace_substring_regex(arrow, pattern, to),
        "regex: pandas, objects": lambda: series.str.replace(pattern, to, regex=True),
        "regex: pandas, pyarrow strings": lambda: strings.str.replace(pattern, to, regex=True),
        "regex: duckdb": lambda: connection.sql("SELECT regexp_replace(v, $1, $2) AS v FROM t", params=[pattern, to]).to_arrow_table(),
        "loop: python": lambda: [python(value) for value in values],
    }


def as_list(answer: Any) -> list[str]:
    if isinstance(answer, pa.Table):
        answer = answer.column(0)
    as_list = getattr(answer, "to_pylist", None) or getattr(answer, "to_list", None)
    return list(as_list() if as_list else answer)


def mail_by_hand(value: str) -> str:
    local, _, domain = value.rpartition("@")
    return f"{local[0]}***@{domain}"


def main(count: int, rounds: int) -> None:
    numbers = phones(count)
    arrow = pa.array(numbers)
    racing = contestants(numbers, "phone", r"\d{4}$", "XXXX", "XXXX", lambda value: value[:-4] + "XXXX")
    racing["slice: pyarrow, bytes"] = lambda: pc.binary_replace_slice(arrow, -4, sys.maxsize, "XXXX")
    racing["slice: pyarrow, characters"] = lambda: pc.utf8_replace_slice(arrow, -4, sys.maxsize, "XXXX")
    frame = pl.Series("v", numbers)
    racing["slice: polars"] = lambda: frame.str.head(-4) + "XXXX"
    pattern = re.compile(r"\d{4}$")
    racing["loop: python, re"] = lambda: [pattern.sub("XXXX", value) for value in numbers]
    check("phones", [value[:-4] + "XXXX" for value in numbers], {name: as_list(run()) for name, run in racing.items()})
    aims = [("pumice, pyarrow", "slice: pyarrow, bytes", "1.0"), ("pumice, pyarrow", "regex:*", ""), ("pumice, pyarrow", "loop:*", "")]
    race("Phones", racing, count, rounds, aims)

    addresses = mails(count)
    racing = contestants(addresses, "email", MAIL, "${1}***$2", r"\1***\2", mail_by_hand)
    check("e-mails", list(map(mail_by_hand, addresses)), {name: as_list(run()) for name, run in racing.items()})
    race("E-mails", racing, count, rounds, [("pumice, pyarrow", "regex:*", "0.125"), ("pumice, pyarrow", "loop:*", "")])
