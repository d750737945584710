"""Pickles from outside, read by a machine that can only build plain data.

A pickle is a program, and those of the releases come from file hosts and mail. This one knows
lists, tuples, dictionaries, sets, text, bytes and numbers, and numpy arrays and scalars of those;
any other name is refused before anything is imported or called.

It stands on the standard library's unpickler in Python (`pickle._Unpickler`), not on the one in C,
which cannot be held: its memo is a list, so that ten bytes that store to slot 4,000,000,000 ask for
64 GB; it allocates a stated length before it looks whether the bytes are there; and its BUILD sets
attributes of whatever lies on the stack. In Python each step can be replaced. Here every step is
charged for the memory that it takes, keys are of kinds that hash in bounded time, and numpy is
handed only types, shapes and bytes that agree (`storybench.pickles.arrays`). The price is speed, a
second or two for a million steps; what a build reads has a few hundred thousand.
"""

from __future__ import annotations

import codecs
import pickle
import re
import struct
from collections.abc import Callable, Iterator
from typing import Any, TypeVar, cast

import numpy as np

from storybench.pickles.arrays import Arrays, Dtype
from storybench.pickles.names import ATOMS, BUILDERS, Builder, checked_key

MAX_MEMORY = 4 * 2**30
"""What one pickle may take while it is read, in bytes, by a count that errs on the high side."""

MAX_DEPTH = 100
"""How deep data may be nested: whoever walks deeper data meets Python's own bound."""

BROKEN = (
    pickle.UnpicklingError,
    EOFError,
    LookupError,
    ValueError,
    TypeError,
    ArithmeticError,
    MemoryError,
    struct.error,
)
"""What a damaged pickle raises while it is read; `ValueError` covers text that is not Unicode."""

_ESCAPES = re.compile(rb"\\(?:[\\'\"nrt]|x[0-9a-fA-F]{2})")
"""What Python 2's repr puts after a backslash."""

_STEP_COST = 48
_OBJECT_COST = 256
_CREDIT = 2**16
_OPEN = -1

_OBJECTS = (
    *(pickle.MARK, pickle.TUPLE, pickle.TUPLE1, pickle.TUPLE2, pickle.TUPLE3, pickle.LIST),
    *(pickle.EMPTY_LIST, pickle.EMPTY_DICT, pickle.EMPTY_SET, pickle.DICT, pickle.FROZENSET),
    *(pickle.PUT, pickle.BINPUT, pickle.LONG_BINPUT, pickle.MEMOIZE, pickle.REDUCE),
)
"""Steps that make an object, or a place to find one, with hardly a byte of the file."""

_REFUSED = {
    pickle.PERSID: "a reference to something outside it",
    pickle.BINPERSID: "a reference to something outside it",
    pickle.NEXT_BUFFER: "a reference to something outside it",
    pickle.READONLY_BUFFER: "a reference to something outside it",
    pickle.EXT1: "a class by number",
    pickle.EXT2: "a class by number",
    pickle.EXT4: "a class by number",
    pickle.INST: "an object of a class",
    pickle.OBJ: "an object of a class",
    pickle.NEWOBJ: "an object of a class",
    pickle.NEWOBJ_EX: "an object of a class",
    pickle.LONG4: "a whole number of hundreds of digits",
}
"""Steps that plain data has no need of, and what each one would be."""

Step = Callable[["Unpickler"], None]
_T = TypeVar("_T")


class ForbiddenGlobalError(pickle.UnpicklingError):
    """The pickle asks for a name that is not plain data; the message is that name."""


class Unpickler(pickle._Unpickler):
    """The standard unpickler with every step that could do harm replaced or taken out.

    Text that Python 2 wrote is read as Latin-1. One object reads one pickle.
    """

    stack: list[Any]
    append: Callable[[Any], None]
    pop_mark: Callable[[], list[Any]]

    def __init__(self, data: bytes):
        memory = _Memory(MAX_MEMORY)
        self._tape = _Tape(data, memory.spend)
        self.arrays = Arrays(memory.spend)
        super().__init__(self._tape, encoding="latin-1")

    def load(self) -> Any:
        """The plain data of the pickle.

        Raises:
            ForbiddenGlobalError: the pickle names a function or class that is not plain data.
            pickle.UnpicklingError: it does something else than build plain data, is not whole, or
                takes more than `MAX_MEMORY` or `MAX_DEPTH`; says what was found.
            BROKEN: any of these where it is damaged.
        """
        value = self._run()
        if not self._tape.is_at_end:
            raise pickle.UnpicklingError("more bytes after its end")
        self._tape.settle()
        self.arrays.check_filled()
        _check_plain(value)
        return value

    def _run(self) -> Any:
        """Step after step, as the standard loop does, without its look for frames at each read."""
        self.read, self.readline = self._tape.read, self._tape.readline
        self.metastack, self.stack, self.proto = [], [], 0
        self.append = self.stack.append
        read: Callable[[int], bytes] = self.read
        steps = cast("dict[int, Step]", self.dispatch)
        while (step := read(1)) != pickle.STOP:
            steps[step[0]](self)
        return self.stack.pop()

    def find_class(self, module: str, name: str) -> Builder:
        """One of our own builders for that name: nothing is ever imported."""
        builder = BUILDERS.get((module, name))
        if builder is None:
            raise ForbiddenGlobalError(ascii(f"{module}.{name}"[:200]))
        return builder

    def _reduce(self) -> None:
        """REDUCE: call one of our own builders, and nothing else."""
        arguments = self.stack.pop()
        builder = self.stack[-1]
        if type(builder) is not Builder or type(arguments) is not tuple:
            raise pickle.UnpicklingError("a call of something that is no builder")
        self.stack[-1] = builder.build(self.arrays, arguments)

    def _build(self) -> None:
        """BUILD: finish an array or its type, and nothing else."""
        state = self.stack.pop()
        target = self.stack[-1]
        if type(target) is Dtype:
            target.set_state(state)
        elif type(target) is np.ndarray:
            self.arrays.fill(target, state)
        else:
            raise pickle.UnpicklingError("attributes for something that has none")

    def _append(self) -> None:
        value = self.stack.pop()
        _only(self.stack[-1], list).append(value)

    def _appends(self) -> None:
        values = self.pop_mark()
        _only(self.stack[-1], list).extend(values)

    def _set_item(self) -> None:
        value = self.stack.pop()
        key = self.stack.pop()
        _only(self.stack[-1], dict)[checked_key(key)] = value

    def _set_items(self) -> None:
        items = self.pop_mark()
        _only(self.stack[-1], dict).update(_pairs(items))

    def _dict(self) -> None:
        items = self.pop_mark()
        self.append(dict(_pairs(items)))

    def _add_items(self) -> None:
        items = self.pop_mark()
        _only(self.stack[-1], set).update(map(checked_key, items))

    def _frozenset(self) -> None:
        items = self.pop_mark()
        self.append(frozenset(map(checked_key, items)))

    def _frame(self) -> None:
        """FRAME: a hint for readers of streams; the length is skipped, since all is in memory."""
        self._tape.read(8)

    def _string(self) -> None:
        """STRING: Python 2's repr of bytes, with no escape but those it writes."""
        text = self._tape.readline()[:-1]
        if len(text) < 2 or text[0] != text[-1] or text[0] not in b"'\"":
            raise pickle.UnpicklingError("text without quotes")
        if b"\\" in _ESCAPES.sub(b"", text):
            raise pickle.UnpicklingError("an unknown escape in text")
        self.append(codecs.escape_decode(text[1:-1])[0].decode("latin-1"))

    def _unicode_line(self) -> None:
        text = str(self._tape.readline()[:-1], "raw-unicode-escape")
        text.encode()  # half of a pair is no character
        self.append(text)

    def _unicode(self, length_format: str) -> None:
        self.append(str(self._counted(length_format), "utf-8"))

    def _byte_array(self) -> None:
        self.append(bytearray(self._counted("<Q")))

    def _counted(self, length_format: str) -> bytes:
        (length,) = struct.unpack(length_format, self._tape.read(struct.calcsize(length_format)))
        return self._tape.read(length)


class _Memory:
    """What the pickle may still take."""

    def __init__(self, n_bytes: int):
        self._bound = n_bytes
        self._left = n_bytes

    def spend(self, n_bytes: int) -> None:
        """Charge for bytes, before they are taken."""
        self._left -= n_bytes
        if self._left < 0:
            raise pickle.UnpicklingError(f"data that takes more than {self._bound:,} bytes")


class _Tape:
    """The bytes of a pickle: every read is charged, and gives all that was asked for.

    Small reads are charged many at a time, since there are hundreds of thousands of them.
    """

    def __init__(self, data: bytes, spend: Callable[[int], None]):
        self._data = data
        self._spend = spend
        self._owed = 0
        self._at = 0

    def read(self, length: int, /) -> bytes:
        """The next `length` bytes."""
        end = self._at + length
        if end > len(self._data):
            raise EOFError("it cut short")
        self._owed += length + _STEP_COST
        if self._owed > _CREDIT:
            self.settle()
        chunk = self._data[self._at : end]
        self._at = end
        return chunk

    def settle(self) -> None:
        """Charge for what was read since the last time."""
        self._spend(self._owed)
        self._owed = 0

    def readline(self) -> bytes:
        """The next bytes up to a line end and with it."""
        end = self._data.find(b"\n", self._at)
        if end < 0:
            raise EOFError("it cut short")
        return self.read(end + 1 - self._at)

    @property
    def is_at_end(self) -> bool:
        """Whether all was read."""
        return self._at == len(self._data)


def _only(target: object, kind: type[_T]) -> _T:
    if type(target) is not kind:
        raise pickle.UnpicklingError(f"items for something that is no {kind.__name__}")
    return target


def _pairs(items: list[Any]) -> Iterator[tuple[Any, Any]]:
    if len(items) % 2:
        raise pickle.UnpicklingError("a key without a value")
    return ((checked_key(items[at]), items[at + 1]) for at in range(0, len(items), 2))


def _charged(step: Step) -> Step:
    """The same step, charged for an object of its own."""

    def charged(machine: Unpickler) -> None:
        machine.arrays.spend(_OBJECT_COST)
        step(machine)

    return charged


def _small(step: Step) -> Step:
    """The same step, refused where it makes a whole number beyond 64 bits."""

    def small(machine: Unpickler) -> None:
        step(machine)
        if machine.stack[-1].bit_length() > 64:
            raise pickle.UnpicklingError("a whole number of more than 64 bits")

    return small


def _no(what: str) -> Step:
    """A step that is refused."""

    def refused(_: Unpickler) -> None:
        raise pickle.UnpicklingError(what)

    return refused


def _check_plain(value: object) -> None:
    """Everything in the value is plain data, no deeper than `MAX_DEPTH`, and nothing holds itself.

    Walked without recursion: `None` on the way stands for "all parts of the last one are done".
    """
    heights: dict[int, int] = {}
    todo: list[tuple[object, list[object] | None]] = [(value, None)]
    while todo:
        item, parts = todo.pop()
        if parts is not None:
            height = 1 + max((heights.get(id(part), 0) for part in parts), default=0)
            if height > MAX_DEPTH:
                raise pickle.UnpicklingError(f"data nested more than {MAX_DEPTH} deep")
            heights[id(item)] = height
            continue
        if id(item) in heights:
            if heights[id(item)] == _OPEN:
                raise pickle.UnpicklingError("data that holds itself")
            continue
        parts = _parts(item)
        heights[id(item)] = _OPEN
        todo.append((item, parts))
        todo.extend((part, None) for part in parts)


def _parts(item: object) -> list[object]:
    """What a container holds, except atoms."""
    match item:
        case list() | tuple() | set() | frozenset():
            parts = item
        case dict():
            parts = item.values()  # keys were looked at when they were set
        case np.ndarray():
            parts = item.flat if item.dtype.hasobject else ()
        case _ if type(item) in ATOMS or isinstance(item, np.generic | bytearray):
            parts = ()
        case _:
            raise pickle.UnpicklingError("a class or function as a value")
    return [part for part in parts if type(part) not in ATOMS]


def _steps() -> dict[int, Step]:
    """What each opcode does: the standard steps, less what is dangerous, and ours instead."""
    standard = cast("dict[int, Step]", pickle._Unpickler.dispatch)
    steps: dict[bytes, Step] = {bytes([code]): step for code, step in standard.items()}
    ours: dict[bytes, Step] = {
        pickle.REDUCE: Unpickler._reduce,
        pickle.BUILD: Unpickler._build,
        pickle.APPEND: Unpickler._append,
        pickle.APPENDS: Unpickler._appends,
        pickle.SETITEM: Unpickler._set_item,
        pickle.SETITEMS: Unpickler._set_items,
        pickle.DICT: Unpickler._dict,
        pickle.ADDITEMS: Unpickler._add_items,
        pickle.FROZENSET: Unpickler._frozenset,
        pickle.FRAME: Unpickler._frame,
        pickle.STRING: Unpickler._string,
        pickle.UNICODE: Unpickler._unicode_line,
        pickle.SHORT_BINUNICODE: lambda machine: machine._unicode("<B"),
        pickle.BINUNICODE: lambda machine: machine._unicode("<I"),
        pickle.BINUNICODE8: lambda machine: machine._unicode("<Q"),
        pickle.BYTEARRAY8: Unpickler._byte_array,
    }
    steps |= ours
    for opcode in _OBJECTS:
        steps[opcode] = _charged(steps[opcode])
    for opcode in (pickle.INT, pickle.LONG, pickle.LONG1):
        steps[opcode] = _small(steps[opcode])
    for opcode, what in _REFUSED.items():
        steps[opcode] = _no(what)
    return {opcode[0]: step for opcode, step in steps.items()}


Unpickler.dispatch = cast("Any", _steps())
