"""Text files as people have them: a byte-order mark or none, any line ends, a named encoding.

Nothing is guessed: what is neither marked nor UTF-8 is refused with the line and the cure.
"""

from __future__ import annotations

import codecs

from storybench.errors import RawDataError
from storydata.kit.raw import RawFile

MAX_BYTES = 256 * 2**20
"""More than the captions of any comic or series."""

MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""First bytes that say the encoding themselves."""

PYTHON_ONLY = {"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "mbcs"}
"""Names that Python calls text encodings and no editor saves a file in."""


def check_encoding(name: str) -> str:
    """The name itself, if it is an encoding of text.

    >>> check_encoding("cp1252")
    'cp1252'

    Raises:
        ValueError: Python knows no such encoding.
    """
    try:
        known = codecs.lookup(name).name
        "".encode(name)
    except (LookupError, ValueError) as error:
        raise ValueError(
            "should be the name of a text encoding, such as utf-8 or cp1252"
        ) from error
    if known.replace("_", "-") in PYTHON_ONLY:
        raise ValueError("should be the name of a text encoding, such as utf-8 or cp1252")
    return name


def read_text(file: RawFile, *, encoding: str) -> str:
    r"""The whole text, without a byte-order mark, every line end as "\n".

    Raises:
        RawDataError: it is too large, cannot be read, holds a NUL, or is in another encoding.
    """
    try:
        size = file.path.stat().st_size
    except OSError as error:
        raise RawDataError(f"Expected to read {file.name}, found {error.strerror}.") from error
    if size > MAX_BYTES:
        raise RawDataError(
            f"Expected a text of at most {MAX_BYTES:,} bytes in {file.name}, found {size:,}."
        )
    return decode_text(file.read_bytes(), name=file.name, encoding=encoding)


def decode_text(data: bytes, *, name: str, encoding: str) -> str:
    r"""As `read_text`, from bytes.

    >>> decode_text(b"\xef\xbb\xbfone\r\ntwo\rthree", name="a.txt", encoding="utf-8")
    'one\ntwo\nthree'
    """
    chosen = next((marked for mark, marked in MARKS if data.startswith(mark)), encoding)
    try:
        text = data.decode(chosen)
    except UnicodeError as error:
        raise RawDataError(_other_encoding(data, name, chosen, error)) from error
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise RawDataError(f"Expected text in {name}, found a NUL in line {line}.")
    return _encodable(text, name)


def _encodable(text: str, name: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError as error:  # half of a surrogate pair, which UTF-7 can hold
        line = text.count("\n", 0, error.start) + 1
        raise RawDataError(
            f"Expected Unicode text in {name}, found half a character in line {line}."
        ) from error
    return text


def _other_encoding(data: bytes, name: str, encoding: str, error: UnicodeError) -> str:
    where = ""
    if isinstance(error, UnicodeDecodeError):
        where = f" 0x{data[error.start]:02x} in line {data.count(10, 0, error.start) + 1}"
    return (
        f"Expected text in the encoding {encoding} in {name}, found other bytes{where}. Save it as "
        'UTF-8, or say which it is in its [[source]]: encoding = "cp1252", for example.'
    )
