"""A GPU that is not there: its memory is this machine's, and its rules are a GPU's.

Inside `gpu` torch says that there is one. What is moved to it or made on it is a `There`, which
holds the numbers here and computes with them here, but says that it is on `cuda:0`. It refuses what
a GPU refuses: to meet a tensor of the processor, or to become an array or a file. So a suite that
runs on a processor finds code that forgets to move a tensor.

What a GPU computes with other rounding, how fast it is and how much fits it are not seen here;
neither are mixed precision, CUDA graphs and the GPU's own random numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

GPU = torch.device("cuda", 0)
GIB = 2**30

_CPU = torch.device("cpu")
_PLACE = torch.device("meta", 7)
"""What torch's own code is told instead of `cuda:0`, since it would look for a driver."""

_MOVES = ("aten::_to_copy", "aten::copy_", "aten::to")
_INDEXES = ("aten::index", "aten::index_put", "aten::index_put_", "aten::_index_put_impl_")

_ANSWERS: Mapping[str, Any] = {
    "current_device": 0,
    "device_count": 1,
    "empty_cache": None,
    "get_device_capability": (9, 0),
    "get_device_name": "a GPU that is not there",
    "get_rng_state": torch.zeros(16, dtype=torch.uint8),
    "get_rng_state_all": [],
    "is_available": True,
    "is_bf16_supported": True,
    "manual_seed_all": None,
    "max_memory_allocated": GIB,
    "mem_get_info": (60 * GIB, 80 * GIB),
    "memory_allocated": GIB,
    "memory_reserved": 2 * GIB,
    "reset_peak_memory_stats": None,
    "set_device": None,
    "set_rng_state": None,
    "set_rng_state_all": None,
    "synchronize": None,
}
"""What `torch.cuda` is asked, and says of it."""


class There(Tensor):
    """A tensor of the GPU; `held` has its numbers."""

    held: Tensor

    @staticmethod
    def __new__(cls: type[There], held: Tensor) -> There:
        with torch.inference_mode(False):
            made = torch.Tensor._make_wrapper_subclass(
                cls,
                held.size(),
                strides=held.stride(),
                storage_offset=held.storage_offset(),
                dtype=held.dtype,
                device=_PLACE,
            )
        made.held = held
        return made

    @classmethod
    def __torch_dispatch__(
        cls, op: Any, _: object, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        return _computed(op, args, kwargs or {})

    def __repr__(self, **_: Any) -> str:
        return f"There({self.held!r})"

    def tolist(self) -> list[Any]:
        return self.held.tolist()

    def numpy(self, **_: Any) -> Any:
        raise TypeError("Expected a tensor of the processor to make an array of, found cuda:0.")

    def __array__(self, *_: Any, **__: Any) -> Any:
        return self.numpy()

    def __reduce_ex__(self, _: Any) -> Any:
        raise TypeError("Expected a tensor of the processor to write, found cuda:0.")


for _name, _said in {
    "device": property(lambda _: GPU),
    "is_cuda": property(lambda _: True),
    "is_cpu": property(lambda _: False),
    "is_meta": property(lambda _: False),
    "__torch_function__": torch._C._disabled_torch_function_impl,
}.items():
    setattr(There, _name, _said)


@contextmanager
def gpu() -> Iterator[None]:
    """Torch has one GPU inside the block, for the thread that enters it."""
    with pytest.MonkeyPatch.context() as patch, _Operations(), _Calls():
        for name, answer in _ANSWERS.items():
            patch.setattr(torch.cuda, name, _always(answer))
        patch.setattr(torch.accelerator, "synchronize", _always(None))
        patch.setattr(
            torch.optim.Optimizer, "_accelerator_graph_capture_health_check", _always(None)
        )
        yield


class _Calls(TorchFunctionMode):
    """Names another place for `cuda`, before torch looks for a driver."""

    def __torch_function__(
        self, func: Any, _: object, args: Sequence[Any] = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        if func is torch.device or not any(map(_is_gpu, tree_leaves((args, kwargs)))):
            return func(*args, **kwargs)
        if func in (torch.tensor, torch.as_tensor):  # of data that lies here
            rest = {name: value for name, value in kwargs.items() if name != "device"}
            return func(*args, **rest).to(_PLACE)
        args, kwargs = tree_map(lambda x: _PLACE if _is_gpu(x) else x, (args, kwargs))
        return func(*args, **kwargs)


class _Operations(TorchDispatchMode):
    """Sees the operations that no tensor of the GPU takes part in: what is made, what is moved."""

    def __torch_dispatch__(
        self, op: Any, _: object, args: Sequence[Any] = (), kwargs: Any = None
    ) -> Any:
        return _computed(op, args, kwargs or {})


def _computed(op: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """Do one operation with the numbers that are held here; the result is where it should be."""
    name, leaves = op._schema.name, tree_leaves((args, kwargs))
    there = [x for x in leaves if isinstance(x, There)]
    here = [x for x in leaves if isinstance(x, Tensor) and not isinstance(x, There)]
    if there and name not in _MOVES:
        _expect_one_place(name, args, here)
    result = op(*tree_map(_held, args), **tree_map(_held, kwargs))
    is_there = _is_there(name, args, leaves)
    known = {id(x.held): x for x in there} if is_there else {id(x): x for x in here}

    def placed(x: Any) -> Any:
        if not isinstance(x, Tensor):
            return x
        if id(x) in known:
            return known[id(x)]
        return There(x) if is_there else x

    return tree_map(placed, result)


def _expect_one_place(name: str, args: Sequence[Any], here: Sequence[Tensor]) -> None:
    """Torch takes single numbers of the processor everywhere, and its indices in a tensor."""
    is_index = name in _INDEXES and isinstance(args[0], There)
    if not is_index and any(x.dim() for x in here):
        shapes = ", ".join(str(tuple(x.shape)) for x in here)
        raise RuntimeError(f"Expected all tensors of {name} on cuda:0, found {shapes} on cpu.")


def _is_there(name: str, args: Sequence[Any], leaves: Sequence[Any]) -> bool:
    """Where the result of an operation is: as asked, or where its tensors are."""
    if name == "aten::_local_scalar_dense":
        return False
    if name == "aten::copy_":
        return isinstance(args[0], There)
    asked = [x for x in leaves if isinstance(x, torch.device)]
    return asked[0] == _PLACE if asked else any(isinstance(x, There) for x in leaves)


def _held(x: Any) -> Any:
    if isinstance(x, There):
        return x.held
    return _CPU if isinstance(x, torch.device) and x == _PLACE else x


def _is_gpu(x: Any) -> bool:
    if isinstance(x, torch.device):
        return x.type == GPU.type
    return isinstance(x, str) and x.partition(":")[0] == GPU.type


def _always(answer: Any) -> Callable[..., Any]:
    return lambda *_, **__: answer
