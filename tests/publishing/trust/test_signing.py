"""A signature tells who published a run, and a key that others could read does not sign."""

import base64
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from rawan.errors import RawanError, UsageError
from rawan.publishing.trust.signing import PublicKeys, check, make_key, sign


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    file = tmp_path / "manifest.json"
    file.write_text('{"run_id": "20200101-0123456789ab"}\n', encoding="utf-8")
    return file


@pytest.fixture
def keys(tmp_path: Path) -> tuple[Path, Path]:
    private, public = tmp_path / "keys" / "sign.pem", tmp_path / "keys" / "sign.pub.pem"
    make_key(private, public)
    return private, public


def test_a_signature_fits_its_manifest_and_no_other(
    manifest: Path, keys: tuple[Path, Path], tmp_path: Path
) -> None:
    private, public = keys
    assert "is not signed" in (check(manifest, public) or "")
    written = sign(manifest, private)
    assert written.name == "manifest.json.sig"
    assert written.read_bytes().count(b"\n") == 1
    assert check(manifest, public) is None
    assert sign(manifest, private).read_bytes() == written.read_bytes()
    manifest.write_text('{"run_id": "20200101-0123456789ac"}\n', encoding="utf-8")
    assert "does not fit" in (check(manifest, public) or "")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["keys", "manifest.json", written.name]


def test_any_byte_changed_in_a_signature_is_found(manifest: Path, keys: tuple[Path, Path]) -> None:
    private, public = keys
    file = sign(manifest, private)
    whole = file.read_bytes()
    held = PublicKeys(public)
    for at in range(len(whole)):
        for bit in range(8):
            file.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << bit]) + whole[at + 1 :])
            assert held.state(manifest) != "right", (at, bit)


@pytest.mark.parametrize("content", [b"", b"\n", b"!!!!\n", b"A" * 100_000, b"\xff\x00\n"])
def test_what_is_no_signature_gives_a_sentence(
    manifest: Path, keys: tuple[Path, Path], content: bytes
) -> None:
    manifest.with_name("manifest.json.sig").write_bytes(content)
    assert "base64" in (check(manifest, keys[1]) or "")


def test_keys_of_several_years_lie_in_one_file(
    manifest: Path, keys: tuple[Path, Path], tmp_path: Path
) -> None:
    make_key(tmp_path / "new.pem", tmp_path / "new.pub.pem")
    sign(manifest, keys[0])
    assert "another key" in (check(manifest, tmp_path / "new.pub.pem") or "")
    both = tmp_path / "both.pub.pem"
    both.write_bytes((tmp_path / "new.pub.pem").read_bytes() + keys[1].read_bytes())
    assert check(manifest, both) is None


def test_a_key_is_never_written_over(keys: tuple[Path, Path]) -> None:
    private, public = keys
    before = private.read_bytes()
    with pytest.raises(UsageError, match="there already"):
        make_key(private, public)
    # The machine stopped between the two files: the public one comes again.
    kept = public.read_bytes()
    public.unlink()
    make_key(private, public)
    assert (private.read_bytes(), public.read_bytes()) == (before, kept)


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such rights")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_key_that_others_can_read_does_not_sign(
    manifest: Path, keys: tuple[Path, Path], mode: int
) -> None:
    assert keys[0].stat().st_mode & 0o077 == 0
    keys[0].chmod(mode)
    with pytest.raises(RawanError, match="chmod 600"):
        sign(manifest, keys[0])
    assert not manifest.with_name("manifest.json.sig").exists()


def test_what_is_no_key_gives_a_sentence(
    manifest: Path, keys: tuple[Path, Path], tmp_path: Path
) -> None:
    bad = tmp_path / "bad.pem"
    broken = b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"
    for content in (b"", b"\x00" * 40, broken, base64.b64encode(b"x" * 32)):
        bad.write_bytes(content)
        bad.chmod(0o600)
        with pytest.raises(RawanError, match="no private"):
            sign(manifest, bad)
        with pytest.raises(RawanError, match="no public"):
            check(manifest, bad)
    with pytest.raises(RawanError, match="cannot be read"):
        sign(manifest, tmp_path / "none.pem")
    with pytest.raises(UsageError, match="is a private key"):
        check(manifest, keys[0])


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_openssl_alone_can_check_a_signature(
    manifest: Path, keys: tuple[Path, Path], tmp_path: Path
) -> None:
    raw = tmp_path / "raw.sig"
    raw.write_bytes(base64.b64decode(sign(manifest, keys[0]).read_bytes()))
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", str(keys[1]), "-rawin"]
    done = subprocess.run(
        [*command, "-in", str(manifest), "-sigfile", str(raw)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
