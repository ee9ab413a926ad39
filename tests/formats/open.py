"""Opens a ciphertext (`pum1…`) with nothing but its raw keys, `cryptography`, and what docs/FORMATS.md says."""

import base64
import hmac
import json

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def derive(key, info, size=32, salt=None):
    return HKDF(SHA256(), size, salt, info).derive(key)


def open_text(text, account, field, account_keys, token_root=None, subject_keys=None):
    """What was sealed: (1, a string), (2, JSON text) or (3, bytes). `subject_keys` are by record id. A ValueError if it is no
    ciphertext, a KeyError if its key is not there, an InvalidTag if it was changed or is another account's or field's."""
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if base64.urlsafe_b64encode(data).decode().rstrip("=") != text or data[:4] != b"\xa6\xe9\xb5\x01" or len(data) < 61:
        raise ValueError("not written as one, of another version, or cut short")
    kind, by_subject, at = data[4] >> 4, data[4] & 1, 30 if data[4] & 1 else 21
    if kind not in (1, 2, 3) or data[4] & 0b1110 or len(data) < at + 40:
        raise ValueError("of a kind that there is not, or cut short")
    kid, salt, iv, sealed = data[5:21], data[at : at + 12], data[at + 12 : at + 24], data[at + 24 :]
    account_key = {derive(key, b"pumice/1/kid", 16): key for key in account_keys}[kid]
    key = derive(account_key, b"pumice/1/enc")
    if by_subject:
        mask = hmac.digest(derive(token_root, b"pumice/1/mask"), b"pumice/1/locator" + salt + iv, "sha256")
        record_id = bytes(a ^ b for a, b in zip(data[21:30], mask))
        key = derive(subject_keys[record_id], b"pumice/1/subject/enc", salt=key)
    names = [name.encode() for name in (account, field)]
    if not all(1 <= len(name) <= 65_535 for name in names):
        raise ValueError("no such account or field")
    bound = data[: at + 12] + b"".join(len(name).to_bytes(2, "big") + name for name in names)
    plain = AESGCM(derive(key, b"pumice/1/msg" + salt)).decrypt(iv, sealed, bound)
    if kind == 2:
        json.loads(plain.decode())
    return kind, plain if kind == 3 else plain.decode()
