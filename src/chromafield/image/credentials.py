"""Content credentials (C2PA): a signed record in the file of what was made of which picture.

The record is signed with a certificate of the user's, after all else is written, since it holds a
hash of the file. It names the picture that was coloured as its parent, with that one's own record
where it has one, and says by IPTC's source type that a trained model took part. No clock of others
is asked, so the signature counts as long as its certificate does.

References:
    C2PA technical specification 2.1, sections 9 (bindings), 14 (signatures) and 18.15 (actions).
"""

from __future__ import annotations

import functools
import hashlib
import importlib
import io
import json
import mmap
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from .. import __version__
from ..errors import BadValue, MissingExtra, OutputError
from ._kinds import known_format, lead_of
from .provenance import AI_SYSTEM, SOURCE_TYPE

MIMES = {format: f"image/{format.lower()}" for format in ("JPEG", "PNG", "TIFF", "WEBP", "AVIF")}
PARENTS = MIMES | {"HEIF": "image/heif", "GIF": "image/gif"}  # whose own records are read
BOX = b"c2pa\x00\x11\x00\x10\x80\x00\x00\xaa\x008\x9bq"  # begins every record, in any format
PRIVATE_KEY = re.compile(rb"-----BEGIN ([A-Z ]*PRIVATE KEY)-----.*?-----END \1-----", re.DOTALL)
CURVES = {"secp256r1": b"es256", "secp384r1": b"es384", "secp521r1": b"es512"}
NO_THUMBNAILS = {"builder": {"thumbnail": {"enabled": False}}}


@dataclass(frozen=True)
class Identity:
    """Who signs: a certificate with its issuers (PEM), and the private key that belongs to it."""

    certificate: Path
    key: Path


def identity_of(certificate: str | None, key: str | None) -> Identity | None:
    """Who signs, of two files or one that holds both; None where nobody does.

    Raises:
        BadValue: a key without a certificate.
    """
    if certificate is None:
        if key is not None:
            raise BadValue(f"{key} is a key without a certificate. Name one with --c2pa.")
        return None
    return Identity(Path(certificate), Path(key or certificate))


@functools.cache
def check_identity(identity: Identity) -> None:
    """Sign a picture of one pixel, so that nothing is coloured that cannot be signed.

    Once for each identity: a list of addresses asks again at every picture.

    Raises:
        MissingExtra: the extra `c2pa` is not installed.
        BadValue: certificate or key cannot be read, do not fit, or have expired.
    """
    pixel = io.BytesIO()
    Image.new("RGB", (1, 1)).save(pixel, "PNG")
    try:
        signed(pixel.getvalue(), "PNG", identity, None, "a test")
    except OutputError as error:
        raise BadValue(
            f"{identity.certificate} cannot sign ({error.__cause__}). It must be a certificate for "
            "signing documents, not expired, followed by its issuers', and the key must be its own."
        ) from error


def signed(data: bytes, format: str, identity: Identity, parent: Path | None, step: str) -> bytes:
    """The file with its record.

    Args:
        data: of a whole file.
        format: Pillow's name of its format, of `MIMES`.
        parent: the picture that it was made of.
        step: what was done, in a few words.

    Raises:
        MissingExtra: the extra `c2pa` is not installed.
        BadValue: certificate or key cannot be read.
        OutputError: the certificate does not allow it.
    """
    c2pa = _library()
    out = io.BytesIO()
    signer = _signer(identity)
    try:
        with _begun(parent, step) as builder:
            builder.sign(signer, MIMES[format], io.BytesIO(data), out)
    except c2pa.C2paError as error:
        raise OutputError(
            f"The result cannot be signed with {identity.certificate} ({error}). "
            "Leave --c2pa out, or give another certificate."
        ) from error
    return out.getvalue()


def has_credentials(path: Path) -> bool:
    """Whether a file that can be read holds a record."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return data.find(BOX) >= 0


def _begun(parent: Path | None, step: str) -> Any:
    """A record that is not signed yet, with the parent's own where it can be read."""
    c2pa = _library()
    context = c2pa.Context(settings=c2pa.Settings.from_dict(NO_THUMBNAILS))
    record = _record(parent, step)
    if parent is None:
        return c2pa.Builder(json.dumps(record), context)
    named = {"title": parent.name, "relationship": "parentOf", "label": "parent"}
    mime = PARENTS.get(known_format(lead_of(parent)) or "")
    if mime is not None:
        builder = c2pa.Builder(json.dumps(record), context)
        try:
            with parent.open("rb") as file:
                builder.add_ingredient_from_stream(json.dumps(named), mime, file)
            return builder
        except c2pa.C2paError:  # damaged as that reader sees it
            builder.close()
    with parent.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    by_name = named | {"instance_id": f"xmp.iid:{digest[:32]}"}
    return c2pa.Builder(json.dumps(record | {"ingredients": [by_name]}), context)


def _record(parent: Path | None, step: str) -> dict[str, Any]:
    program = {"name": AI_SYSTEM, "version": __version__}
    first: dict[str, Any] = {"action": "c2pa.created", "digitalSourceType": SOURCE_TYPE}
    if parent is not None:
        first = {"action": "c2pa.opened", "parameters": {"ingredientIds": ["parent"]}}
    edited = {
        "action": "c2pa.edited",
        "softwareAgent": program,
        "digitalSourceType": SOURCE_TYPE,
        "description": step,
    }
    return {
        "claim_generator_info": [program],
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": [first, edited]}}],
    }


def _signer(identity: Identity) -> Any:
    """Raises: BadValue: the files hold no certificate, or no key that can be used."""
    c2pa = _library()
    algorithm, key = _key(identity.key)
    certificate = _pem(identity.certificate)
    if b"-----BEGIN CERTIFICATE-----" not in certificate:
        raise BadValue(f"{identity.certificate} holds no certificate in PEM form.")
    try:
        return c2pa.Signer.from_info(c2pa.C2paSignerInfo(algorithm, certificate, key, None))
    except c2pa.C2paError as error:
        raise BadValue(f"{identity.certificate} cannot sign ({error}).") from error


def _key(path: Path) -> tuple[bytes, bytes]:
    """The algorithm that the key is for, and the key as PKCS 8."""
    serialization = importlib.import_module("cryptography.hazmat.primitives.serialization")
    found = PRIVATE_KEY.search(_pem(path))
    if found is None:
        raise BadValue(f"{path} holds no private key in PEM form. Name its file with --c2pa-key.")
    try:
        key = serialization.load_pem_private_key(found.group(), None)
    except (TypeError, ValueError) as error:
        raise BadValue(
            f"The private key in {path} cannot be read: it has a password, or is damaged. "
            "Take its password off first: openssl pkey -in KEY -out PLAIN"
        ) from error
    plain: bytes = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    kind = type(key).__name__.lower()
    curve = CURVES.get(getattr(getattr(key, "curve", None), "name", ""))
    algorithm = b"ed25519" if "ed25519" in kind else b"ps256" if "rsa" in kind else curve
    if algorithm is None:
        raise BadValue(f"The key in {path} is of a kind that C2PA does not know. Use P-256 or RSA.")
    return algorithm, plain


def _pem(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadValue(f"{path} cannot be read ({error.strerror}).") from error


@functools.cache
def _library() -> Any:
    try:
        return importlib.import_module("c2pa")
    except ImportError as error:
        raise MissingExtra("Signing results (C2PA)", "c2pa") from error
