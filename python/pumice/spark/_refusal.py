"""What this package refuses before core would, in core's words; knows no value of a row."""

from pumice import PumiceError, codes


def refusal(code: str, at: str | None = None, *, why: str = "") -> PumiceError:
    """The error of this code, with what is to be said of it here."""
    place = "" if at is None else f" at {at}"
    return PumiceError(f"{code}{place}: {codes()[code]} {why}".rstrip(), code, at)
