"""A tar is walked to its end, or refused with the reason."""

from __future__ import annotations

import gzip
import io
import random
import tarfile
import tracemalloc
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storybench.errors import RawDataError
from storydata.kit.untrusted import tarballs
from storydata.kit.untrusted.archives import check_archive
from storydata.kit.untrusted.tarballs import check_tar, is_tar

LONG = "folder/" * 30 + "é.npy"


def member(name: str, data: bytes = b"data", **fields: object) -> tuple[tarfile.TarInfo, bytes]:
    """One member, with fields of its header changed."""
    info = tarfile.TarInfo(name)
    info.size = len(data)
    for field, value in fields.items():
        setattr(info, field, value)
    return info, data


def made(
    path: Path,
    *members: tuple[tarfile.TarInfo, bytes],
    mode: Literal["w", "w:gz"] = "w",
    style: int = tarfile.PAX_FORMAT,
) -> Path:
    """A tar of these members."""
    with tarfile.open(path, mode, format=style) as archive:
        for info, data in members:
            archive.addfile(info, io.BytesIO(data))
    return path


def refusal(path: Path) -> str:
    """What is said of an archive that is refused."""
    with pytest.raises(
        RawDataError, match=rf"^Expected a whole tar of plain files in {path}"
    ) as error:
        check_tar(path)
    return str(error.value)


@pytest.mark.parametrize("style", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT])
@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_a_sound_tar_is_walked(tmp_path: Path, mode: Literal["w", "w:gz"], style: int) -> None:
    """Every format of header, packed or not, with long names, folders and empty files."""
    path = made(
        tmp_path / "clips.tgz",
        member("./", b"", type=tarfile.DIRTYPE),
        member("./a", b"", type=tarfile.DIRTYPE),
        member("./a/1.npy", bytes(5_000)),
        member("a/2.npy", b""),
        member("b" * 150 + ".npy" if style != tarfile.USTAR_FORMAT else "b.npy"),
        mode=mode,
        style=style,
    )
    calls: list[int] = []
    check_tar(path, lambda done, of, what: calls.append(done))
    assert calls[-1] == 5
    assert is_tar(path)
    assert check_archive(path) == ()


@pytest.mark.parametrize("style", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
def test_long_names_are_judged(tmp_path: Path, style: int) -> None:
    """A name that stands in a header of its own is the name that counts."""
    made(tmp_path / "good.tar", member(LONG), style=style)
    check_tar(tmp_path / "good.tar")
    path = made(tmp_path / "evil.tar", member(f"{LONG}/../" + "../" * 60 + "etc"), style=style)
    assert "a name that leads out of the archive" in refusal(path)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../a", "leads out of the archive"),
        ("/etc/passwd", "starts at the root of a disk"),
        ("C:a", "starts at the root of a disk"),
        ("a\\b", "a backslash"),
        ("a\nb", "a control character"),
    ],
)
def test_names_that_lead_elsewhere_are_refused(tmp_path: Path, name: str, reason: str) -> None:
    """As in a zip."""
    assert reason in refusal(made(tmp_path / "evil.tar", member("ok"), member(name)))


@pytest.mark.parametrize(
    "kind",
    [
        *(tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE),
        *(tarfile.GNUTYPE_SPARSE, b"Z"),
    ],
)
def test_links_devices_and_sparse_files_are_refused(tmp_path: Path, kind: bytes) -> None:
    """Whatever would be more than a file."""
    path = made(tmp_path / "evil.tar", member("a", b"", type=kind, linkname="b"))
    assert "a link, a device or a sparse file ('a')" in refusal(path)


def test_sparse_files_of_every_format_are_refused(tmp_path: Path) -> None:
    """The newer format says it in an extended header: a map of numbers of any length."""
    records = {"GNU.sparse.major": "1", "GNU.sparse.realsize": "999999999999"}
    path = made(tmp_path / "evil.tar", member("a", pax_headers=records))
    assert "a sparse file ('a')" in refusal(path)


def test_two_members_of_one_path_are_refused(tmp_path: Path) -> None:
    """The second would be written over the first."""
    path = made(tmp_path / "evil.tar", member("a/b"), member("./a//b"))
    assert "two members called './a//b'" in refusal(path)


def with_size(path: Path, field: bytes) -> Path:
    """A tar whose first member states another size, with its checksum made right."""
    data = bytearray(path.read_bytes())
    data[124 : 124 + len(field)] = field
    data[148:156] = b" " * 8
    data[148:156] = b"%06o\0 " % sum(data[:512])
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("field", "kind", "reason"),
    [
        (b"\xff" * 11 + b"\x00", tarfile.REGTYPE, "a member of negative length"),
        (b"77777777777\0", tarfile.REGTYPE, "it cut short"),
        (b"77777777777\0", tarfile.XHDTYPE, "a header of 8,589,934,591 bytes"),
        (b"77777777777\0", tarfile.GNUTYPE_LONGNAME, "a header of 8,589,934,591 bytes"),
        (b"\xff" * 11 + b"\x00", tarfile.XHDTYPE, "a header of -256 bytes"),
        (b"00000000xyz\0", tarfile.REGTYPE, "a damaged header (invalid header)"),
    ],
)
def test_a_stated_length_is_not_believed(
    tmp_path: Path, field: bytes, kind: bytes, reason: str
) -> None:
    """Lengths that lead back, or into memory, are refused: `tarfile` follows both."""
    path = with_size(made(tmp_path / "evil.tar", member("a", type=kind), member("b")), field)
    tracemalloc.start()
    assert reason in refusal(path)
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


@pytest.mark.parametrize(
    ("records", "reason"),
    [
        (b"99 path=a\n", "a broken extended header"),
        (b"0 path=a\n", "a broken extended header"),
        (b"hello", "a broken extended header"),
        (b"11 size=-5\n", "a member of '-5' bytes"),
        (b"19 path=../../../a\n", "leads out of the archive"),
    ],
)
def test_extended_headers_are_judged(tmp_path: Path, records: bytes, reason: str) -> None:
    """Records that are none, and values that no member has."""
    path = made(tmp_path / "evil.tar", member("x", records, type=tarfile.XHDTYPE), member("a"))
    assert reason in refusal(path)


def test_a_header_for_all_members_counts_for_all(tmp_path: Path) -> None:
    """A global path would give every member one name."""
    path = made(
        tmp_path / "evil.tar",
        member("x", b"11 path=zz\n", type=tarfile.XGLTYPE),
        member("a"),
        member("b"),
    )
    assert "two members called 'zz'" in refusal(path)


@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_a_tar_cut_anywhere_is_refused(tmp_path: Path, mode: Literal["w", "w:gz"]) -> None:
    """The end of the archive, and of the gzip, must be there."""
    noise = random.Random(0).randbytes(3_000)
    path = made(
        tmp_path / "a.tgz", member("a", noise[:1_500]), member("b", noise[1_500:]), mode=mode
    )
    data = path.read_bytes()
    ends = range(600, 4_600 if mode == "w" else len(data), 100)
    assert len(ends) > 20
    for end in ends:
        (tmp_path / "a.tgz").write_bytes(data[:end])
        refusal(tmp_path / "a.tgz")


def test_a_damaged_header_is_told(tmp_path: Path) -> None:
    """A header has a checksum of its own."""
    path = made(tmp_path / "a.tar", member("a"), member("b"))
    data = bytearray(path.read_bytes())
    data[1_024] ^= 1
    path.write_bytes(data)
    assert "a damaged header (bad checksum). Fetch it again" in refusal(path)


def test_a_gzip_with_another_checksum_is_refused(tmp_path: Path) -> None:
    """It stands behind the last member, and is compared."""
    path = made(tmp_path / "a.tgz", member("a", bytes(50_000)), mode="w:gz")
    data = bytearray(path.read_bytes())
    data[-8] ^= 1
    path.write_bytes(data)
    assert "CRC check failed" in refusal(path)


def test_a_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many times its own size is no release."""
    path = made(tmp_path / "bomb.tgz", member("a", bytes(3_000_000)), mode="w:gz")
    check_tar(path)
    monkeypatch.setattr(tarballs, "FREE_BYTES", 1_000_000)
    assert "many times its own size in it. That is a bomb" in refusal(path)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small tar to be damaged."""
    path = tmp_path_factory.mktemp("fuzz") / "small.tar"
    made(path, member("a"), member(LONG), style=tarfile.PAX_FORMAT)
    path.write_bytes(path.read_bytes()[:4_608])
    return path


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_damaged_tars_end_in_a_walk_or_a_sentence(small: Path, data: st.DataObject) -> None:
    """Bytes changed, cut out or added anywhere: never another error."""
    whole = small.read_bytes()
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, min(len(whole), start + 8)))
    damaged = whole[:start] + data.draw(st.binary(max_size=6)) + whole[end:]
    for packed in (damaged, gzip.compress(damaged, 1)):
        path = small.with_name("damaged.tgz")
        path.write_bytes(packed)
        try:
            check_tar(path)
        except RawDataError as error:
            if "damaged.tgz, found" not in str(error):
                raise AssertionError(f"no sentence: {error}") from error
