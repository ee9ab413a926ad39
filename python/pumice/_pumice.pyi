from os import PathLike
from typing import Any, Literal, final, overload

from pumice._shapes import Columns, Compiled, Explanation, Report, Review, Schema

__all__ = ["Redactor", "Scrubber", "codes", "compile_policy", "read_schema", "review_schema"]

def codes() -> dict[str, str]: ...
def compile_policy(
    schema: dict[str, Any] | str | bytes,
    governance: dict[str, Any] | str | bytes,
    reservoir: str,
    *,
    format: str | None = None,
    strict: bool = False,
    type_attribute: str | None = None,
    properties_attribute: str | None = None,
) -> Compiled: ...
def read_schema(
    schema: dict[str, Any] | str | bytes,
    *,
    format: str | None = None,
    type_attribute: str | None = None,
    properties_attribute: str | None = None,
) -> Schema: ...
def review_schema(
    schema: dict[str, Any] | str | bytes,
    governance: dict[str, Any] | str | bytes,
    *,
    against: dict[str, Any] | str | bytes | None = None,
    reservoir: str | None = None,
    format: str | None = None,
    type_attribute: str | None = None,
    properties_attribute: str | None = None,
) -> Review: ...

@final
class Redactor:
    def __new__(
        cls,
        type: str,
        /,
        *,
        geo_db: bytes | str | PathLike[str] | None = None,
        uap_rules: bytes | str | PathLike[str] | None = None,
        **options: Any,
    ) -> Redactor: ...
    def redact(self, value: Any) -> Any: ...

@final
class Scrubber:
    def __new__(
        cls,
        policy: dict[str, Any] | str | bytes,
        *,
        geo: bytes | str | PathLike[str] | None = None,
        uap: bytes | str | PathLike[str] | None = None,
        keyring: bytes | str | PathLike[str] | None = None,
        root_key: bytes | str | None = None,
        passphrase: bytes | str | None = None,
        store: str | PathLike[str] | None = None,
        account: str | None = None,
        subject: str | None = None,
        owner_by_call: bool = False,
        max_event_bytes: int | None = None,
    ) -> Scrubber: ...
    @overload
    def scrub(self, event: bytes, *, account: str | None = None, subject: str | None = None) -> bytes: ...
    @overload
    def scrub(self, event: str, *, account: str | None = None, subject: str | None = None) -> str: ...
    @overload
    def scrub(self, event: dict[str, Any], *, account: str | None = None, subject: str | None = None) -> dict[str, Any]: ...
    @overload
    def decrypt_event(self, event: bytes, *, account: str | None = None, subject: str | None = None) -> bytes: ...
    @overload
    def decrypt_event(self, event: str, *, account: str | None = None, subject: str | None = None) -> str: ...
    @overload
    def decrypt_event(self, event: dict[str, Any], *, account: str | None = None, subject: str | None = None) -> dict[str, Any]: ...
    @overload
    def detokenize_event(self, event: bytes, *, account: str | None = None, subject: str | None = None) -> bytes: ...
    @overload
    def detokenize_event(self, event: str, *, account: str | None = None, subject: str | None = None) -> str: ...
    @overload
    def detokenize_event(self, event: dict[str, Any], *, account: str | None = None, subject: str | None = None) -> dict[str, Any]: ...
    @overload
    def scrub_ndjson(
        self,
        lines: bytes,
        *,
        on_error: Literal["fail"] = "fail",
        account: str | None = None,
        subject: str | None = None,
    ) -> bytes: ...
    @overload
    def scrub_ndjson(
        self, lines: bytes, *, on_error: Literal["reject"], account: str | None = None, subject: str | None = None
    ) -> tuple[bytes, bytes]: ...
    @overload
    def decrypt_ndjson(
        self,
        lines: bytes,
        *,
        on_error: Literal["fail"] = "fail",
        account: str | None = None,
        subject: str | None = None,
    ) -> bytes: ...
    @overload
    def decrypt_ndjson(
        self, lines: bytes, *, on_error: Literal["reject"], account: str | None = None, subject: str | None = None
    ) -> tuple[bytes, bytes]: ...
    @overload
    def detokenize_ndjson(
        self,
        lines: bytes,
        *,
        on_error: Literal["fail"] = "fail",
        account: str | None = None,
        subject: str | None = None,
    ) -> bytes: ...
    @overload
    def detokenize_ndjson(
        self, lines: bytes, *, on_error: Literal["reject"], account: str | None = None, subject: str | None = None
    ) -> tuple[bytes, bytes]: ...
    def scrub_batch(
        self, columns: Columns, *, strict: bool = False, account: str | None = None, subject: str | None = None
    ) -> Any: ...
    @overload
    def scrub_array(
        self, events: Columns, *, on_error: Literal["fail"] = "fail", account: str | None = None, subject: str | None = None
    ) -> Any: ...
    @overload
    def scrub_array(
        self, events: Columns, *, on_error: Literal["reject"], account: str | None = None, subject: str | None = None
    ) -> tuple[Any, Any]: ...
    def decrypt_batch(self, columns: Columns, *, account: str | None = None, subject: str | None = None) -> Any: ...
    def detokenize_batch(self, columns: Columns, *, account: str | None = None, subject: str | None = None) -> Any: ...
    def decrypt(self, value: str, account: str, field: str) -> Any: ...
    def decrypt_bulk(self, values: list[str], account: str, field: str) -> list[Any]: ...
    @overload
    def decrypt_array(
        self, values: Columns, accounts: Columns, field: str, *, on_error: Literal["fail"] = "fail", as_binary: bool = False
    ) -> Any: ...
    @overload
    def decrypt_array(
        self, values: Columns, accounts: Columns, field: str, *, on_error: Literal["reject"], as_binary: bool = False
    ) -> tuple[Any, Any]: ...
    def detokenize(self, token: str) -> Any: ...
    def detokenize_bulk(self, tokens: list[str]) -> list[Any]: ...
    @overload
    def detokenize_array(self, tokens: Columns, *, on_error: Literal["fail"] = "fail") -> Any: ...
    @overload
    def detokenize_array(self, tokens: Columns, *, on_error: Literal["reject"]) -> tuple[Any, Any]: ...
    def forget(self, account: str, subject: str) -> int: ...
    def forget_account(self, account: str) -> bytes: ...
    def keyring(self) -> bytes: ...
    def named(self, policy: str) -> Scrubber: ...
    def reload(self, policy: dict[str, Any] | str | bytes) -> None: ...
    def report(self) -> Report: ...
    def explain(self) -> list[Explanation]: ...
