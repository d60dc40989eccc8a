"""Hash and verify passwords: argon2id, 19 MiB, two passes, at most two at once."""

import threading

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

_HASHER = PasswordHash((Argon2Hasher(time_cost=2, memory_cost=19 * 1024, parallelism=1),))
_AT_ONCE = threading.BoundedSemaphore(2)  # hashing is slow on purpose; it must not take the cores
_NOBODY = _HASHER.hash("nobody has this password")


def hash_password(password: str) -> str:
    """Return the argon2id hash of a password, with its parameters and salt."""
    with _AT_ONCE:
        return _HASHER.hash(password)


def verify_password(password: str, hashed: str | None) -> bool:
    """Whether a password fits; takes as long for somebody who has none."""
    with _AT_ONCE:
        is_right = _HASHER.verify(password, hashed or _NOBODY)
    return is_right and hashed is not None
