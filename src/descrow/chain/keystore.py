"""Keys at rest: the JSON keystore that polkadot.js and the wallets made after it export, version 3, for sr25519.

The file holds the key in PKCS#8's wrapping, closed by XSalsa20-Poly1305 under a key that scrypt makes of the password.
Nobody but its owner may be able to read the file: one that others may read is refused.
"""

import json
import os
import stat
from base64 import b64decode, b64encode
from hashlib import scrypt
from pathlib import Path
from typing import Any

import sr25519
from nacl.exceptions import CryptoError
from nacl.secret import SecretBox
from nacl.utils import random

from descrow.chain.errors import KeyNotUsable
from descrow.chain.keys import Keypair

CONTENT = ["pkcs8", "sr25519"]
CIPHER = ["scrypt", "xsalsa20-poly1305"]
VERSION = "3"

_SALT_BYTES = 32
_COST = (1 << 17, 1, 8)
"""scrypt's N, p and r, as polkadot.js writes them today: an eighth of a gigabyte and half a second."""
_MOST_MEMORY = 1 << 28

_HEADER = bytes.fromhex("3053020101300506032b657004220420")
_DIVIDER = bytes.fromhex("a123032100")
_SECRET_BYTES = 64


class KeystoreRefused(KeyNotUsable):
    """The file is not one that we can, or may, read."""

    code = "keystore_refused"


class WrongPassword(KeyNotUsable):
    """The password does not open the file, or the file was changed."""

    code = "keystore_password_wrong"


def read_keystore(path: Path, password: str) -> Keypair:
    """The key in the file. Raises KeystoreRefused or WrongPassword."""
    return decrypt_key(read_private_file(path), password, name=str(path))


def write_keystore(path: Path, key: Keypair, password: str) -> None:
    """Make the file, for its owner's eyes only. Raises FileExistsError: a key is never overwritten."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(encrypt_key(key, password))
        file.flush()
        os.fsync(file.fileno())


def read_private_file(path: Path) -> str:
    """The text of a file that holds a secret. Raises KeystoreRefused when others may read it, too."""
    try:
        with path.open(encoding="utf-8") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            if mode & 0o077:
                raise KeystoreRefused(f"{path} may be read by others (mode {mode:04o}): chmod 600 {path}")
            return file.read()
    except OSError as error:
        raise KeystoreRefused(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise KeystoreRefused(f"{path} cannot be read: it is not text in UTF-8") from error


def encrypt_key(key: Keypair, password: str) -> str:
    """The keystore's text, which a wallet can import."""
    salt, nonce = random(_SALT_BYTES), random(SecretBox.NONCE_SIZE)
    plain = _HEADER + key.ed25519_secret() + _DIVIDER + key.public_key
    closed = SecretBox(_box_key(password, salt, _COST)).encrypt(plain, nonce).ciphertext
    parameters = b"".join(number.to_bytes(4, "little") for number in _COST)
    described = {
        "address": key.address,
        "encoded": b64encode(salt + parameters + nonce + closed).decode(),
        "encoding": {"content": CONTENT, "type": CIPHER, "version": VERSION},
        "meta": {"name": "descrow"},
    }
    return json.dumps(described, indent=2) + "\n"


def decrypt_key(text: str, password: str, *, name: str) -> Keypair:
    """The key in a keystore's text; `name` is what errors call it. Raises KeystoreRefused or WrongPassword."""
    try:
        described: dict[str, Any] = json.loads(text)
        encoding = described["encoding"]
        kind = _kind(encoding["content"], encoding["type"], encoding["version"])
        encoded = b64decode(described["encoded"], validate=True)
    except (ValueError, KeyError, TypeError) as error:
        raise KeystoreRefused(f"{name} is no JSON keystore") from error
    if kind != (ours := _kind(CONTENT, CIPHER, VERSION)):
        raise KeystoreRefused(f"{name} holds {kind}; needed is {ours}")

    plain = _open_box(encoded, password, name=name)
    secret, public = plain[len(_HEADER) : -len(_DIVIDER) - 32], plain[-32:]
    if plain != _HEADER + secret + _DIVIDER + public or len(secret) != _SECRET_BYTES:
        raise KeystoreRefused(f"{name} does not hold an sr25519 key")
    key = Keypair(*sr25519.pair_from_ed25519_secret_key(secret))
    if key.public_key != public:
        raise KeystoreRefused(f"{name} holds a secret that is not its account's")
    return key


def _kind(content: object, cipher: object, version: object) -> str:
    """Say in words what a keystore states of itself."""
    return f"a key in {_listed(content)} encrypted by {_listed(cipher)} (version {_listed(version)})"


def _listed(stated: object) -> str:
    words = stated if isinstance(stated, list) else [stated]
    return " and ".join(word if isinstance(word, str) else json.dumps(word) for word in words) or "nothing"


def _open_box(encoded: bytes, password: str, *, name: str) -> bytes:
    salt, parameters, box = encoded[:_SALT_BYTES], encoded[_SALT_BYTES : _SALT_BYTES + 12], encoded[_SALT_BYTES + 12 :]
    n, p, r = (int.from_bytes(parameters[place : place + 4], "little") for place in (0, 4, 8))
    try:
        key = _box_key(password, salt, (n, p, r))
    except ValueError as error:  # numbers that scrypt does not take, or that ask for too much memory
        raise KeystoreRefused(f"{name} asks for scrypt with N={n}, p={p}, r={r}") from error
    try:
        return SecretBox(key).decrypt(box)
    except (CryptoError, ValueError) as error:
        raise WrongPassword(f"the password does not open {name}") from error


def _box_key(password: str, salt: bytes, cost: tuple[int, int, int]) -> bytes:
    n, p, r = cost
    derived = scrypt(password.encode(), salt=salt, n=n, p=p, r=r, dklen=64, maxmem=_MOST_MEMORY)
    return derived[: SecretBox.KEY_SIZE]
