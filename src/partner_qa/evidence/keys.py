"""Ed25519 keys (RFC 8032): made, kept where only their owner can read them, and named by a fingerprint.

The private half is in a file of mode 0600 or in the environment (`PARTNER_QA_SIGNING_KEY`), and nowhere
else: never in a run, a report or a bundle. The public half travels; whom it belongs to is a matter between
people, so they compare fingerprints.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from partner_qa.errors import Problem, UsageError

VARIABLE = "PARTNER_QA_SIGNING_KEY"
_PREFIX = "SHA256:"
_LONGEST = 20_000  # bytes of a key file


@dataclass(frozen=True, slots=True)
class PublicKey:
    """The half of a key that everybody may have: 32 bytes."""

    raw: bytes

    @property
    def fingerprint(self) -> str:
        """Return `SHA256:` and the base64 of the hash of the 32 bytes, without padding."""
        digest = hashlib.sha256(self.raw).digest()
        return _PREFIX + base64.b64encode(digest).decode().rstrip("=")

    @property
    def pem(self) -> str:
        """Return the key as PEM (SubjectPublicKeyInfo, RFC 8410), which other tools read."""
        key = Ed25519PublicKey.from_public_bytes(self.raw)
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return key.public_bytes(serialization.Encoding.PEM, form).decode()

    def has_signed(self, message: bytes, signature: bytes) -> bool:
        """Return whether a signature of this message is this key's."""
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, message)
        except InvalidSignature:
            return False
        return True


class SigningKey:
    """The half of a key that signs. It shows nothing of itself."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key

    @property
    def public(self) -> PublicKey:
        """Return the other half."""
        encoding, form = serialization.Encoding.Raw, serialization.PublicFormat.Raw
        return PublicKey(self._key.public_key().public_bytes(encoding, form))

    def sign(self, message: bytes) -> bytes:
        """Return the signature of a message: 64 bytes, the same each time (RFC 8032 section 5.1.6)."""
        return self._key.sign(message)

    def to_pem(self) -> bytes:
        """Return the secret, as PEM (PKCS #8)."""
        return self._key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )


def make_key() -> SigningKey:
    """Return a new key."""
    return SigningKey(Ed25519PrivateKey.generate())


def write_key(key: SigningKey, path: Path) -> Path:
    """Write both halves, the secret one for its owner alone; return where the public one is.

    Raises `UsageError` where either is there already (a key is never overwritten) or cannot be written.
    """
    public = path.with_name(f"{path.name}.pub")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write_new(path, key.to_pem(), 0o600)
        try:
            _write_new(public, key.public.pem.encode(), 0o644)
        except OSError:
            path.unlink()  # ours, a moment old; half a key is none
            raise
    except FileExistsError as error:
        raise UsageError(
            [Problem(file=str(path), message="a key is there already, and is never overwritten")],
            hint="Choose another file; what was signed with the old key is verified with the old key.",
        ) from error
    except OSError as error:
        raise UsageError([Problem(file=str(path), message=f"cannot be written: {error.strerror}")]) from error
    return public


def _write_new(path: Path, content: bytes, mode: int) -> None:
    """Write a file that is not there yet, whole or not at all."""
    opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(opened, "wb") as file:
            file.write(content)
    except OSError:
        path.unlink()
        raise


def load_signing_key(path: Path) -> SigningKey:
    """Return the key of a file.

    Raises `UsageError` where it is missing, no Ed25519 key, or readable by others than its owner.
    """
    content = _read(path)
    if os.name == "posix" and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise UsageError(
            [Problem(file=str(path), message="can be read by others than its owner")],
            hint=f"Type `chmod 600 {path}`; if others may have read it, make a new key.",
        )
    return _to_signing_key(content, str(path))


def find_signing_key(path: Path | None, environ: Mapping[str, str]) -> SigningKey | None:
    """Return the key of a file that was named, else the environment's, else `None`."""
    if path is not None:
        return load_signing_key(path)
    given = environ.get(VARIABLE, "").strip()
    if not given:
        return None
    # Some CI systems keep a value on one line; PEM with written-out line ends is understood too.
    return _to_signing_key(given.replace("\\n", "\n").encode(), VARIABLE)


def _to_signing_key(content: bytes, name: str) -> SigningKey:
    try:
        key = serialization.load_pem_private_key(content, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise UsageError(
            [Problem(file=name, message="is no Ed25519 private key in PEM without a password")],
            hint="`partner-qa keys new` makes one.",
        )
    return SigningKey(key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trusted:
    """Whom a reviewer trusts: a key, or the fingerprint that was read out to them."""

    fingerprint: str


def find_trusted(given: str | None) -> Trusted | None:
    """Return the key that `--key` names: a file of either half, or a fingerprint `SHA256:…`.

    Raises `UsageError` for what is neither.
    """
    if given is None:
        return None
    if given.startswith(_PREFIX):
        return Trusted(fingerprint=_require_fingerprint(given.rstrip("=")))
    hint = "Name the partner's .pub file, or the fingerprint SHA256:… that the partner told you."
    content = _read(Path(given), hint)
    if b"PRIVATE KEY" in content:
        return Trusted(fingerprint=_to_signing_key(content, given).public.fingerprint)
    return Trusted(fingerprint=_to_public_key(content, given, hint).fingerprint)


def _require_fingerprint(given: str) -> str:
    try:
        raw = base64.b64decode(given.removeprefix(_PREFIX) + "=", validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != hashlib.sha256().digest_size:
        raise UsageError(
            [Problem(key="--key", message="is no whole fingerprint")],
            hint="It is SHA256: and 43 characters, as `partner-qa keys show` prints it.",
        )
    return given


def _to_public_key(content: bytes, name: str, hint: str) -> PublicKey:
    try:
        key = serialization.load_pem_public_key(content)
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise UsageError([Problem(file=name, message="is no Ed25519 key in PEM")], hint=hint)
    return PublicKey(key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw))


def load_public_key(path: Path) -> PublicKey:
    """Return the public half of a key file of either half. Raises `UsageError` as the others do."""
    content = _read(path)
    if b"PRIVATE KEY" in content:
        return load_signing_key(path).public
    return _to_public_key(content, str(path), "Name a file that `partner-qa keys new` wrote.")


def _read(path: Path, hint: str = "`partner-qa keys new` makes a key.") -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_LONGEST)
    except OSError as error:
        raise UsageError(
            [Problem(file=str(path), message=f"cannot be read: {error.strerror}")],
            hint=hint,
        ) from error
