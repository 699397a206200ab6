"""A sealed folder opens for its readers only, whole or not at all, and holds no trap."""

import io
import os
import shutil
import stat
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyrage
import pytest
from pyrage.x25519 import Identity

from rawan.errors import RawanError, UsageError
from rawan.publishing.manifest import file_hashes
from rawan.publishing.trust import sealing
from rawan.publishing.trust.sealing import seal, unseal
from rawan.publishing.trust.sealing_keys import make_identity

RUN = "20200101-0123456789ab"


@pytest.fixture
def run(tmp_path: Path) -> Path:
    folder = tmp_path / "out" / RUN
    (folder / "polsek").mkdir(parents=True)
    (folder / "ranking.csv").write_text("rank,village_code\n" * 5000, encoding="utf-8")
    (folder / "index.html").write_bytes(os.urandom(3_000_000))
    (folder / "kosong.txt").write_bytes(b"")
    (folder / "polsek" / "polsek-contoh.csv").write_text("rank\n", encoding="utf-8")
    return folder


@pytest.fixture
def reader(tmp_path: Path) -> tuple[Path, str]:
    file = tmp_path / "kunci" / "key.txt"
    return file, make_identity(file)


def packed(*entries: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return memory.getvalue()


def sealed(tmp_path: Path, public: str, content: bytes) -> Path:
    file = tmp_path / "terima.zip.age"
    recipient = pyrage.x25519.Recipient.from_str(public)
    file.write_bytes(pyrage.encrypt(content, [recipient]))
    return file


def test_what_was_sealed_opens_as_it_was(
    run: Path, reader: tuple[Path, str], tmp_path: Path
) -> None:
    file = seal(run, [reader[1]], tmp_path / f"{RUN}.zip.age")
    assert file.read_bytes().startswith(b"age-encryption.org/v1")
    opened = unseal(file, reader[0], tmp_path / "terima")
    assert file_hashes(opened / RUN) == file_hashes(run)
    assert [path.name for path in opened.iterdir()] == [RUN]
    left = [path.name for path in tmp_path.iterdir()]
    assert sorted(left) == [f"{RUN}.zip.age", "kunci", "out", "terima"]


def test_the_zip_inside_is_the_same_every_time(
    run: Path, reader: tuple[Path, str], tmp_path: Path
) -> None:
    identity = pyrage.x25519.Identity.from_str(reader[0].read_text().splitlines()[-1])
    first = seal(run, [reader[1]], tmp_path / "a.age").read_bytes()
    os.utime(run / "ranking.csv", (0, 0))
    (run / "ranking.csv").chmod(0o600)
    second = seal(run, [reader[1]], tmp_path / "b.age").read_bytes()
    assert first != second  # age draws a key anew each time
    plain = pyrage.decrypt(first, [identity])
    assert plain == pyrage.decrypt(second, [identity])
    with zipfile.ZipFile(io.BytesIO(plain)) as archive:
        assert archive.testzip() is None
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_every_recipient_can_open_it_and_nobody_else(
    run: Path, reader: tuple[Path, str], tmp_path: Path
) -> None:
    second = tmp_path / "kunci" / "second.txt"
    listed = tmp_path / "penerima.txt"
    listed.write_text(f"# Bagops\n{make_identity(second)}\n\n", encoding="utf-8")
    file = seal(run, [reader[1], str(listed)], tmp_path / "x.age")
    for number, key in enumerate((reader[0], second)):
        unseal(file, key, tmp_path / f"terima{number}")
    stranger = tmp_path / "kunci" / "stranger.txt"
    make_identity(stranger)
    with pytest.raises(RawanError, match="not sealed to this key"):
        unseal(file, stranger, tmp_path / "lain")
    assert not (tmp_path / "lain").exists()


@pytest.mark.skipif(shutil.which("age") is None, reason="age is not installed")
def test_age_itself_opens_it(run: Path, reader: tuple[Path, str], tmp_path: Path) -> None:
    file = seal(run, [reader[1]], tmp_path / "x.zip.age")
    plain = tmp_path / "x.zip"
    subprocess.run(["age", "-d", "-i", reader[0], "-o", plain, file], check=True)
    assert zipfile.is_zipfile(plain)


def test_no_plain_byte_lies_on_the_disk_while_it_is_sealed(
    run: Path, reader: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bytes] = []
    really = pyrage.encrypt_io

    def watched(plain: object, stream: object, keys: object) -> None:
        really(plain, stream, keys)
        stream.flush()  # type: ignore[attr-defined]
        seen.extend(p.read_bytes() for p in tmp_path.glob(".*.new"))

    monkeypatch.setattr(pyrage, "encrypt_io", watched)
    seal(run, [reader[1]], tmp_path / "x.age")
    assert len(seen) == 1
    assert b"PK\x03\x04" not in seen[0][:10_000]
    assert b"village_code" not in seen[0]


def test_a_bad_key_is_named_by_file_and_line(
    run: Path, reader: tuple[Path, str], tmp_path: Path
) -> None:
    listed = tmp_path / "penerima.txt"
    listed.write_text(f"# kunci\n{reader[1]}\n{reader[1][:-2]}\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"penerima\.txt, line 3: .* is no public key"):
        seal(run, [str(listed)], tmp_path / "x.age")
    with pytest.raises(UsageError, match=r"--to, key 2: .* is no public key"):
        seal(run, [reader[1], "age1xyz"], tmp_path / "x.age")
    with pytest.raises(UsageError, match=r"is no public key .* and no file"):
        seal(run, [str(tmp_path / "none.txt")], tmp_path / "x.age")
    with pytest.raises(UsageError, match="No key to seal to"):
        seal(run, [], tmp_path / "x.age")
    listed.write_text("# nothing\n", encoding="utf-8")
    with pytest.raises(UsageError, match="No key to seal to"):
        seal(run, [str(listed)], tmp_path / "x.age")
    assert not (tmp_path / "x.age").exists()


def test_a_private_key_given_as_a_public_one_is_not_shown(
    run: Path, reader: tuple[Path, str], tmp_path: Path
) -> None:
    secret = reader[0].read_text(encoding="ascii").splitlines()[-1]
    for given in (secret, str(reader[0])):
        with pytest.raises(UsageError, match="is a private key") as told:
            seal(run, [given], tmp_path / "x.age")
        assert secret not in str(told.value)


def test_what_is_no_private_key_is_named_by_line_and_not_shown(
    run: Path, reader: tuple[Path, str], tmp_path: Path
) -> None:
    file = seal(run, [reader[1]], tmp_path / "x.age")
    secret = reader[0].read_text(encoding="ascii").splitlines()[-1]
    key = tmp_path / "kunci" / "bad.txt"
    for content, told in [
        (f"# kunci\n{secret[:-1]}\n", "line 2: is no private key"),
        (reader[1], "line 1: is a public key"),
        ("# kosong\n", "holds no private key"),
        ("age-encryption.org/v1\n", "has a passphrase"),
        ("\x00\x00", "line 1: is no private key"),
    ]:
        key.write_text(content, encoding="utf-8")
        with pytest.raises(UsageError, match=told) as error:
            unseal(file, key, tmp_path / "terima")
        assert secret[:-1] not in str(error.value)


def test_a_key_is_for_its_owner_only_and_never_written_over(reader: tuple[Path, str]) -> None:
    if os.name == "posix":
        assert reader[0].stat().st_mode & 0o077 == 0
    with pytest.raises(UsageError, match="there already"):
        make_identity(reader[0])
    assert str(Identity.from_str(reader[0].read_text().splitlines()[-1]).to_public()) == reader[1]


def test_nothing_is_written_over(run: Path, reader: tuple[Path, str], tmp_path: Path) -> None:
    file = seal(run, [reader[1]], tmp_path / "x.age")
    before = file.read_bytes()
    with pytest.raises(UsageError, match="there already"):
        seal(run, [reader[1]], file)
    assert file.read_bytes() == before
    (tmp_path / "terima").mkdir()
    with pytest.raises(UsageError, match="there already"):
        unseal(file, reader[0], tmp_path / "terima")
    with pytest.raises(UsageError, match="lies in the folder"):
        seal(run, [reader[1]], run / "x.age")


def test_a_full_disk_leaves_no_half(
    run: Path, reader: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(plain: object, stream: object, keys: object) -> None:
        stream.write(b"half")  # type: ignore[attr-defined]
        raise pyrage.EncryptError("OSError: [Errno 28] No space left on device")

    monkeypatch.setattr(pyrage, "encrypt_io", full)
    with pytest.raises(RawanError, match=r"No space left.*Nothing was sealed"):
        seal(run, [reader[1]], tmp_path / "x.age")
    assert not [path for path in tmp_path.iterdir() if "x.age" in path.name]


def test_a_file_that_goes_away_while_it_is_sealed_is_told(
    run: Path, reader: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = sealing.list_folder

    def gone(folder: Path, where: str) -> object:
        found = really(folder, where)
        (folder / "ranking.csv").unlink()
        return found

    monkeypatch.setattr(sealing, "list_folder", gone)
    with pytest.raises(FileNotFoundError, match=r"ranking\.csv"):
        seal(run, [reader[1]], tmp_path / "x.age")
    assert not (tmp_path / "x.age").exists()


@pytest.mark.skipif(os.name != "posix", reason="links need rights on Windows")
def test_a_folder_with_a_link_is_not_sealed(
    run: Path, reader: tuple[Path, str], tmp_path: Path
) -> None:
    (run / "rahasia").symlink_to(reader[0])
    with pytest.raises(RawanError, match="is a link"):
        seal(run, [reader[1]], tmp_path / "x.age")


def test_any_damage_is_found_and_nothing_is_left(reader: tuple[Path, str], tmp_path: Path) -> None:
    whole = sealed(tmp_path, reader[1], packed((f"{RUN}/a.txt", b"x" * 2000))).read_bytes()
    file = tmp_path / "terima.zip.age"
    damaged = [whole[:cut] for cut in range(0, len(whole), 7)]
    damaged += [
        whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :] for at in range(0, len(whole), 5)
    ]
    for content in (*damaged, b"", b"PK\x03\x04", packed(("a", b"x"))):
        file.write_bytes(content)
        with pytest.raises(RawanError):
            unseal(file, reader[0], tmp_path / "terima")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["kunci", "terima.zip.age"]
    with pytest.raises(RawanError, match="cannot be read"):
        unseal(tmp_path / "none.age", reader[0], tmp_path / "terima")


def link(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.create_system = 3
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    return entry


@pytest.mark.parametrize(
    "entries",
    [
        [("../keluar.txt", b"x")],
        [("a/../../keluar.txt", b"x")],
        [("/var/keluar.txt", b"x")],
        [("C:/keluar.txt", b"x")],
        [("a\\..\\..\\keluar.txt", b"x")],
        [("a\x01b", b"x")],
        [("a/", b"")],
        [("a//b", b"x")],
        [(link("a"), b"/etc/passwd")],
        [("a", b"x"), ("A", b"y")],
        [("a", b"x"), ("a/b", b"y")],
        [("a/b", b"x"), ("A", b"y")],
        [("CON", b"x")],
        [("a/nul.txt", b"x")],
        [("a. /b", b"x")],
        [("a.", b"x")],
    ],
)
def test_an_archive_with_a_trap_is_not_unpacked(
    reader: tuple[Path, str],
    tmp_path: Path,
    entries: list[tuple[str | zipfile.ZipInfo, bytes]],
) -> None:
    file = sealed(tmp_path, reader[1], packed(*entries))
    with pytest.raises(RawanError, match="Nothing was unpacked"):
        unseal(file, reader[0], tmp_path / "dalam" / "terima")
    assert sorted(p.name for p in tmp_path.rglob("*")) == [
        *("dalam", "key.txt", "kunci", "terima.zip.age"),
    ]


def test_a_bomb_is_not_unpacked(
    reader: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = sealed(tmp_path, reader[1], packed(("a", b"\x00" * (70 << 20))))
    assert file.stat().st_size < 1 << 20
    with pytest.raises(RawanError, match="unpacks to more than"):
        unseal(file, reader[0], tmp_path / "terima")
    many = packed(*((str(number), b"") for number in range(30)))
    monkeypatch.setattr(sealing, "_MOST_FILES", 20)
    with pytest.raises(RawanError, match="or 20 files"):
        unseal(sealed(tmp_path, reader[1], many), reader[0], tmp_path / "terima")


def lying(content: bytes) -> bytes:
    """Say in the directory that the entry is shorter than it is."""
    at = content.index(b"PK\x01\x02")
    return content[: at + 24] + (10).to_bytes(4, "little") + content[at + 28 :]


def wrong_sum(content: bytes) -> bytes:
    at = content.index(b"PK\x01\x02")
    return content[: at + 16] + b"\x00\x00\x00\x00" + content[at + 20 :]


@pytest.mark.parametrize("change", [lying, wrong_sum, lambda content: content[:-10]])
def test_an_archive_that_lies_is_not_unpacked(
    reader: tuple[Path, str], tmp_path: Path, change: Callable[[bytes], bytes]
) -> None:
    file = sealed(tmp_path, reader[1], change(packed(("a", b"x" * 100_000))))
    with pytest.raises(RawanError, match="Nothing was unpacked"):
        unseal(file, reader[0], tmp_path / "terima")
    assert not (tmp_path / "terima").exists()
