"""Content credentials, judged by C2PA's own reader, with certificates that are made here."""

from __future__ import annotations

import datetime
import importlib.util
import io
import json
import sys

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from chromafield.cli.main import main
from chromafield.errors import BadValue, MissingExtra
from chromafield.image import credentials, read_picture
from chromafield.image.credentials import BOX, Identity, check_identity, has_credentials, signed
from chromafield.image.provenance import SOURCE_TYPE

with_extra = pytest.mark.skipif(
    importlib.util.find_spec("c2pa") is None, reason="the extra `c2pa` is not installed"
)
DAY = datetime.timedelta(days=1)


def certificate(key, issuer_key, ends=30 * DAY):
    """A certificate for signing documents, and its issuer's, as PEM."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    def made(subject, own, is_issuer):
        def named(name):
            parts = ((NameOID.COMMON_NAME, name), (NameOID.ORGANIZATION_NAME, "Archive"))
            return x509.Name([x509.NameAttribute(oid, text) for oid, text in parts])

        began = datetime.datetime.now(datetime.UTC) - 60 * DAY
        builder = x509.CertificateBuilder().subject_name(named(subject)).public_key(own)
        builder = builder.issuer_name(named("issuer")).serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(began).not_valid_after(began + 60 * DAY + ends)
        none = "content_commitment key_encipherment data_encipherment key_agreement"
        use = dict.fromkeys(f"{none} encipher_only decipher_only".split(), False)
        use |= {"digital_signature": not is_issuer, "key_cert_sign": is_issuer}
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
        for extension, critical in (
            (x509.BasicConstraints(is_issuer, None), True),
            (x509.KeyUsage(**use, crl_sign=is_issuer), True),
            (x509.SubjectKeyIdentifier.from_public_key(own), False),
            (issuer, False),
            *([] if is_issuer else [(x509.ExtendedKeyUsage([emails]), False)]),
        ):
            builder = builder.add_extension(extension, critical)
        return builder.sign(issuer_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    emails = ExtendedKeyUsageOID.EMAIL_PROTECTION
    own = made("Archivist", key.public_key(), False)
    return own + made("issuer", issuer_key.public_key(), True)


def pem(key, password=None):
    from cryptography.hazmat.primitives import serialization

    kind = serialization.NoEncryption()
    if password is not None:
        kind = serialization.BestAvailableEncryption(password)
    form = serialization.PrivateFormat.TraditionalOpenSSL  # as `openssl ecparam -genkey` has it
    if type(key).__name__.startswith("Ed") or password is not None:
        form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, kind)


@pytest.fixture(scope="module")
def keys():
    from cryptography.hazmat.primitives.asymmetric import ec

    return [ec.generate_private_key(ec.SECP256R1()) for _ in range(3)]


@pytest.fixture
def identity(tmp_path, keys):
    path = tmp_path / "me.pem"
    path.write_bytes(certificate(keys[0], keys[1]) + pem(keys[0]))
    return Identity(path, path)


def record_of(data, mime):
    import c2pa

    with c2pa.Reader(mime, io.BytesIO(data)) as reader:
        assert reader.get_validation_state() == "Valid"
        told = json.loads(reader.json())
    return told["manifests"][told["active_manifest"]], told["manifests"]


def actions_of(record):
    (one,) = [a for a in record["assertions"] if a["label"].startswith("c2pa.actions")]
    return one["data"]["actions"]


def plain(format, size=(24, 16)):
    out = io.BytesIO()
    levels = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    Image.fromarray(levels).save(out, format, xmp=b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>")
    return out.getvalue()


@with_extra
@pytest.mark.parametrize("format", credentials.MIMES)
def test_a_signed_file_is_valid_and_the_same_picture(tmp_path, identity, format):
    data = plain(format)
    parent = tmp_path / "scan.jp2"  # whose kind the library does not read
    Image.new("L", (8, 8)).save(parent)
    if format == "PNG":
        parent.write_bytes(b"\xff\xd8\xff\xe0")  # or cannot

    out = signed(data, format, identity, parent, "coloured by x")

    record, _ = record_of(out, credentials.MIMES[format])
    opened, edited = actions_of(record)
    assert (opened["action"], edited["action"]) == ("c2pa.opened", "c2pa.edited")
    assert edited["digitalSourceType"] == SOURCE_TYPE
    assert edited["softwareAgent"]["name"] == "Chromafield"
    assert [(one["title"], one["relationship"]) for one in record["ingredients"]] == [
        ("scan.jp2", "parentOf")
    ]
    before, after = tmp_path / "before", tmp_path / "after"
    before.write_bytes(data)
    after.write_bytes(out)
    assert has_credentials(after) and not has_credentials(before)
    one, two = read_picture(before), read_picture(after)
    np.testing.assert_array_equal(one.pixels, two.pixels)
    assert (one.tags.xmp is None) == (two.tags.xmp is None)


@with_extra
@pytest.mark.parametrize("kind", ["p384", "rsa", "ed25519"])
def test_keys_of_other_kinds_sign(tmp_path, keys, kind):
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    make = {
        "p384": lambda: ec.generate_private_key(ec.SECP384R1()),
        "rsa": lambda: rsa.generate_private_key(65537, 2048),
        "ed25519": ed25519.Ed25519PrivateKey.generate,
    }
    key = make[kind]()
    (tmp_path / "chain.pem").write_bytes(certificate(key, keys[1]))
    (tmp_path / "key.pem").write_bytes(pem(key))

    check_identity(Identity(tmp_path / "chain.pem", tmp_path / "key.pem"))


@with_extra
def test_the_command_signs_what_it_writes_and_keeps_the_parents_own_record(tmp_path, identity):
    grey = io.BytesIO()
    Image.linear_gradient("L").resize((48, 40)).save(grey, "JPEG")
    source = tmp_path / "scan.jpg"
    source.write_bytes(signed(grey.getvalue(), "JPEG", identity, None, "scanned"))
    told = [str(source), "-o", str(tmp_path / "out.png"), "--size", "32"]

    done = CliRunner().invoke(main, ["colorize", *told, "--c2pa", str(identity.certificate)])

    assert done.exit_code == 0 and "Note" not in done.output, done.output
    record, all_ = record_of((tmp_path / "out.png").read_bytes(), "image/png")
    assert record["ingredients"][0]["title"] == "scan.jpg"
    assert record["ingredients"][0]["active_manifest"] in all_ and len(all_) == 2
    assert actions_of(record)[1]["description"] == "coloured by lite-unet"
    assert b"compositeWithTrained" in (read_picture(tmp_path / "out.png").tags.xmp or b"")


@with_extra
@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ("another's key", "cannot sign"),
        ("expired", "cannot sign"),
        ("password", "has a password, or is damaged"),
        ("no key", "holds no private key in PEM form. Name its file with --c2pa-key."),
        ("no certificate", "holds no certificate in PEM form."),
        ("not there", r"cannot be read \(No such file or directory\)"),
    ],
)
def test_a_certificate_that_cannot_sign_is_told_before_the_work(tmp_path, keys, wrong, sentence):
    own, other, issuer = keys
    chain = certificate(own, issuer, -DAY if wrong == "expired" else 30 * DAY)
    content = {
        "another's key": chain + pem(other),
        "expired": chain + pem(own),
        "password": chain + pem(own, b"secret"),
        "no key": chain,
        "no certificate": pem(own),
    }
    path = tmp_path / "me.pem"
    if wrong in content:
        path.write_bytes(content[wrong])

    with pytest.raises(BadValue, match=sentence):
        check_identity(Identity(path, path))


def test_a_key_without_a_certificate_is_refused(tmp_path):
    Image.new("L", (8, 8)).save(tmp_path / "a.png")

    done = CliRunner().invoke(main, ["colorize", str(tmp_path / "a.png"), "--c2pa-key", "k.pem"])

    assert done.exit_code == 1
    assert "k.pem is a key without a certificate. Name one with --c2pa." in done.output


def test_without_the_extra_the_way_to_it_is_told(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "c2pa", None)
    credentials._library.cache_clear()
    try:
        with pytest.raises(MissingExtra, match=r"pip install '.\[c2pa\]'"):
            check_identity(Identity(tmp_path / "me.pem", tmp_path / "me.pem"))
    finally:
        credentials._library.cache_clear()


def test_a_record_that_does_not_travel_is_said(tmp_path):
    out = io.BytesIO()
    Image.linear_gradient("L").resize((48, 40)).save(out, "JPEG")
    data = out.getvalue()
    box = b"JP\0\1\0\0\0\1\0\0\0\x40jumb\0\0\0\x26jumd" + BOX + b"\3c2pa\0"
    segment = b"\xff\xeb" + (2 + len(box)).to_bytes(2, "big") + box
    (tmp_path / "scan.jpg").write_bytes(data[:2] + segment + data[2:])

    told = ["colorize", str(tmp_path / "scan.jpg"), "--size", "32"]
    done = CliRunner().invoke(main, told)

    assert done.exit_code == 0
    assert "scan.jpg has content credentials (C2PA)" in done.output
    assert not has_credentials(tmp_path / "scan-color.jpg")
    assert CliRunner().invoke(main, [*told, "--strict", "--overwrite"]).exit_code == 1
