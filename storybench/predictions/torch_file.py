"""The tensor in a `.pt` file, found without torch and without running a line of the file.

`torch.save` since torch 1.6 writes a zip of stored members: `<name>/data.pkl`, a short pickle that
says which numbers make which tensor, and `<name>/data/<key>`, the numbers as they lie in memory
(pytorch/pytorch: torch/serialization.py, torch/_utils.py:_rebuild_tensor_v2). Here the pickle is
walked by a machine of its own that knows only the steps which one tensor needs: nothing is
imported, called or built but tuples, texts, whole numbers and the tensor's description; and what it
says is compared with the bytes that are there.
"""

from __future__ import annotations

import math
import pickletools
import re
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from storybench.errors import PredictionError
from storybench.predictions.arrays import BFLOAT, Block

MAX_PICKLE_BYTES = 64 * 1024
"""The description of one tensor takes some 300 bytes."""

MAX_MEMBERS = 64
MAX_DIMENSIONS = 8
LOCAL_HEADER = 30
DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    NotImplementedError,
    RuntimeError,
    EOFError,
    LookupError,
    ValueError,
    OverflowError,
    OSError,
)
"""What the standard library's reader of zips raises for one that is damaged."""

LITTLE = b"little"

_STORAGES = {
    "FloatStorage": "<f4",
    "DoubleStorage": "<f8",
    "HalfStorage": "<f2",
    "ByteStorage": "|u1",
    "BFloat16Storage": BFLOAT,
}
_REBUILD = "torch._utils _rebuild_tensor_v2"
_ORDERED = "collections OrderedDict"
_NAMES = {_REBUILD, _ORDERED, *(f"torch {name}" for name in _STORAGES)}
_DATA = re.compile(r"[^/]+/data/(\w{1,20})")


class _BrokenError(Exception):
    """The pickle is something else than one tensor; the message is half a sentence."""


@dataclass(frozen=True)
class _Name:
    """A name of torch's, never looked up."""

    text: str


@dataclass(frozen=True)
class _Storage:
    """Numbers of a type under a key of the zip."""

    dtype: str
    key: str
    n: int


@dataclass(frozen=True)
class _Tensor:
    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def torch_block(path: Path, name: str) -> Block:
    """The one tensor of a `.pt` file, none of its numbers read.

    Raises:
        PredictionError: no zip of `torch.save`, damaged, or anything but one plain tensor of
            numbers.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            pickled = _only_pickle(archive, members, name)
    except FileNotFoundError as error:
        raise PredictionError(f"Expected the tensor {name}, found no such file.") from error
    except DAMAGED as error:
        raise PredictionError(
            f"Expected a tensor that torch.save of torch 1.6 or later wrote in {name}, found "
            f"{error}. Save it again with a newer torch, or as .npy."
        ) from error
    try:
        tensor = _tensor(pickled)
        return _block(path, name, members, tensor)
    except _BrokenError as error:
        raise PredictionError(
            f"Expected one tensor of numbers in {name}, found {error}. Save it with "
            "torch.save(images.cpu().contiguous(), path), or as .npy."
        ) from error


def _only_pickle(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], name: str) -> bytes:
    found = [one for one in members[:MAX_MEMBERS] if one.filename.endswith("/data.pkl")]
    order = [one for one in members[:MAX_MEMBERS] if one.filename.endswith("/byteorder")]
    if len(found) != 1 or len(members) > MAX_MEMBERS or found[0].file_size > MAX_PICKLE_BYTES:
        raise PredictionError(
            f"Expected one tensor in {name}, found {len(members):,} members"
            f"{'' if found else ' and no data.pkl'}. Is it a checkpoint? Save the pictures alone, "
            "with torch.save(images, path)."
        )
    if order and (order[0].file_size != len(LITTLE) or archive.read(order[0]) != LITTLE):
        raise PredictionError(f"Expected little-endian numbers in {name}, found others.")
    return archive.read(found[0])


def _block(path: Path, name: str, members: list[zipfile.ZipInfo], tensor: _Tensor) -> Block:
    keys = {match[1]: one for one in members if (match := _DATA.fullmatch(one.filename))}
    member = keys.get(tensor.storage.key)
    if member is None:
        raise _BrokenError("no numbers for it")
    block = Block(path, name, 0, tensor.storage.dtype, tensor.shape, tensor.strides)
    if member.compress_type != zipfile.ZIP_STORED or member.flag_bits & 0x1:
        raise _BrokenError("packed numbers")
    if member.file_size != tensor.storage.n * block.itemsize:
        raise _BrokenError(f"{tensor.storage.n:,} numbers in {member.file_size:,} bytes")
    if max(tensor.offset + block.reach, math.prod(tensor.shape)) > tensor.storage.n:
        raise _BrokenError("a tensor larger than its numbers")
    return replace(block, offset=_start(path, member) + tensor.offset * block.itemsize)


def _start(path: Path, member: zipfile.ZipInfo) -> int:
    """Where the bytes of a stored member begin: after its local header."""
    with path.open("rb") as file:
        file.seek(member.header_offset)
        header = file.read(LOCAL_HEADER)
        if len(header) < LOCAL_HEADER or not header.startswith(b"PK\x03\x04"):
            raise _BrokenError("a damaged zip")
        n_name, n_extra = struct.unpack("<HH", header[26:30])
        start = member.header_offset + LOCAL_HEADER + n_name + n_extra
        file.seek(0, 2)
        if start + member.file_size > file.tell():
            raise _BrokenError("a zip cut short")
    return start


def _tensor(pickled: bytes) -> _Tensor:
    machine = _Machine()
    try:
        for opcode, argument, _ in pickletools.genops(pickled):
            if opcode.name == "STOP":
                break
            machine.step(opcode.name, argument)
    except (ValueError, IndexError, KeyError, UnicodeDecodeError) as error:
        raise _BrokenError("a damaged pickle") from error
    if len(machine.stack) != 1 or not isinstance(machine.stack[0], _Tensor):
        raise _BrokenError("something else")
    return machine.stack[0]


_MARK = object()


@dataclass
class _Machine:
    """A pickle machine for the description of one tensor."""

    stack: list[Any] = field(default_factory=list)
    memo: dict[int, Any] = field(default_factory=dict)

    def step(self, name: str, argument: Any) -> None:
        """Do one step; raises _BrokenError for any that one tensor has no need of."""
        if name in ("BINUNICODE", "SHORT_BINUNICODE", "BININT", "BININT1", "BININT2", "LONG1"):
            self.stack.append(argument)
        elif name in ("BINGET", "LONG_BINGET"):
            self.stack.append(self.memo[argument])
        elif name in ("BINPUT", "LONG_BINPUT"):
            self.memo[argument] = self.stack[-1]
        elif name in _PLAIN:
            self.stack.append(_PLAIN[name])
        elif name in _STEPS:
            _STEPS[name](self, argument)
        elif name not in ("PROTO", "FRAME"):
            raise _BrokenError(f"a pickle with the step {name}")

    def take(self) -> list[Any]:
        """What lies on the stack above the last mark."""
        at = len(self.stack) - 1 - self.stack[::-1].index(_MARK)
        items = self.stack[at + 1 :]
        del self.stack[at:]
        return items


def _global(machine: _Machine, argument: Any) -> None:
    if argument not in _NAMES:
        raise _BrokenError(f"a pickle that asks for {argument!r:.80}, which was not run")
    machine.stack.append(_Name(argument))


def _persistent(machine: _Machine, _: Any) -> None:
    match machine.stack.pop():
        case ("storage", _Name(text=kind), str(key), str(), int(n)) if kind.startswith("torch "):
            machine.stack.append(_Storage(_STORAGES[kind.removeprefix("torch ")], key, n))
        case _:
            raise _BrokenError("numbers of an unknown form")


def _reduce(machine: _Machine, _: Any) -> None:
    arguments, name = machine.stack.pop(), machine.stack.pop()
    match (name, arguments):
        case (_Name(text="collections OrderedDict"), ()):
            machine.stack.append(None)
        case (
            _Name(text="torch._utils _rebuild_tensor_v2"),
            (_Storage() as storage, int(offset), tuple(shape), tuple(strides), *_),
        ):
            sides = (offset, *shape, *strides)
            if not len(shape) == len(strides) <= MAX_DIMENSIONS or not all(
                type(side) is int and 0 <= side < 2**48 for side in sides
            ):
                raise _BrokenError("a tensor of an impossible shape")
            machine.stack.append(_Tensor(storage, offset, shape, strides))
        case _:
            raise _BrokenError("a call of something that makes no tensor")


def _last(n: int) -> Callable[[_Machine, Any], None]:
    """A step that makes a tuple of the last n."""

    def tuple_of(machine: _Machine, _: Any) -> None:
        items = tuple(machine.stack[-n:])
        del machine.stack[-n:]
        machine.stack.append(items)

    return tuple_of


_PLAIN = {"MARK": _MARK, "NONE": None, "NEWFALSE": False, "NEWTRUE": True, "EMPTY_TUPLE": ()}
_STEPS: dict[str, Callable[[_Machine, Any], None]] = {
    "GLOBAL": _global,
    "BINPERSID": _persistent,
    "REDUCE": _reduce,
    "TUPLE": lambda machine, _: machine.stack.append(tuple(machine.take())),
    "TUPLE1": _last(1),
    "TUPLE2": _last(2),
    "TUPLE3": _last(3),
}
