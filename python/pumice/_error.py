"""What is raised; knows no value of an event."""


class PumiceError(Exception):
    """What went wrong, and where: never a value and never a key of an event.

    `code` is the same in every language; `codes()` has them all. `at` is a byte offset into an event (`int`), or the
    selector of a rule or a JSON Pointer into the policy (`str`), or `None`. `line` counts from 1 where there are lines.

    >>> import pumice
    >>> try:
    ...     pumice.redact("phone", "anonymous")
    ... except pumice.PumiceError as error:
    ...     print(error.code, error.at, error.line)
    invalid_value None None
    """

    # As it is imported.
    __module__ = "pumice"

    code: str
    at: int | str | None
    line: int | None

    def __init__(self, message: str, code: str, at: int | str | None = None, line: int | None = None) -> None:
        # All of them, so that it can be pickled: it may be raised in another process.
        super().__init__(message, code, at, line)
        self.code, self.at, self.line = code, at, line

    def __str__(self) -> str:
        return str(self.args[0])
