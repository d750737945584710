"""Attention: rows that look at earlier rows, and rows that look at a source.

Rows are (n, t, width). Heads are consecutive slices of the width, and scores are divided by the
root of a head's width (kakaobrain/minDALL-E@e548007:dalle/models/stage2/layers.py).
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from storymodels.storydalle.cache import Cache, FixedCache


class SelfAttention(nn.Module):
    """Every row looks at itself and the rows before it, or at all if not `is_causal`."""

    def __init__(self, width: int, n_heads: int, *, is_causal: bool = True) -> None:
        super().__init__()
        self.n_heads, self.is_causal = n_heads, is_causal
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)

    def forward(
        self, rows: Tensor, cache: Cache | FixedCache | None = None, layer: int = 0
    ) -> Tensor:
        """With a cache that holds rows already, the new ones must come one at a time."""
        n, t, _ = rows.shape
        made = self.qkv(rows).view(n, t, 3, self.n_heads, -1)
        queries, keys, values = (part.transpose(1, 2) for part in made.unbind(2))
        mask = None
        if cache is not None:
            keys, values = cache.add(layer, made[:, :, 1:].permute(2, 0, 3, 1, 4)).unbind()
            mask = cache.mask
        is_first = keys.shape[2] == t
        assert is_first or t == 1, "rows after the first call come one at a time"
        seen = functional.scaled_dot_product_attention(
            queries, keys, values, attn_mask=mask, is_causal=self.is_causal and is_first
        )
        return self.out(join(seen))


class CrossAttention(nn.Module):
    """Rows look at a source, both normalised, without a mask: what to add to the rows."""

    def __init__(self, width: int, n_heads: int) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.norm_rows = nn.LayerNorm(width)
        self.norm_source = nn.LayerNorm(width)
        self.query = nn.Linear(width, width)
        self.keys_values = nn.Linear(width, 2 * width)
        self.out = nn.Linear(width, width)

    def project(self, source: Tensor) -> tuple[Tensor, Tensor]:
        """Keys and values (b, heads, s, head width) of the source (b, s, width)."""
        keys, values = self.keys_values(self.norm_source(source)).chunk(2, -1)
        return split(keys, self.n_heads), split(values, self.n_heads)

    def forward(self, rows: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        """What the rows (n, t, width) see; the n samples are b groups that share a source each."""
        shared = self.queries(rows, n_sources=len(keys))
        seen = join(functional.scaled_dot_product_attention(shared, keys, values))
        return self.out(seen.reshape(rows.shape))

    def weights(self, rows: Tensor, keys: Tensor) -> Tensor:
        """How much each row looks at each place of the source, (n, heads, t, s); sums to 1."""
        shared = self.queries(rows, n_sources=len(keys))
        scores = shared @ keys.transpose(2, 3) / keys.shape[-1] ** 0.5
        found = scores.softmax(-1).unflatten(2, (-1, rows.shape[1]))
        return found.transpose(1, 2).flatten(0, 1)

    def queries(self, rows: Tensor, *, n_sources: int) -> Tensor:
        """Queries (b, heads, n / b * t, head width)."""
        queries = self.query(self.norm_rows(rows))
        return split(queries.reshape(n_sources, -1, rows.shape[2]), self.n_heads)


def split(rows: Tensor, n_heads: int) -> Tensor:
    """Rows (n, t, width) by head, (n, heads, t, head width).

    >>> import torch
    >>> split(torch.arange(6.0).view(1, 1, 6), 2).tolist()
    [[[[0.0, 1.0, 2.0]], [[3.0, 4.0, 5.0]]]]
    """
    return rows.unflatten(2, (n_heads, -1)).transpose(1, 2)


def join(heads: Tensor) -> Tensor:
    """The inverse of `split`.

    >>> import torch
    >>> torch.equal(join(split(torch.ones(2, 3, 4), 2)), torch.ones(2, 3, 4))
    True
    """
    return heads.transpose(1, 2).flatten(2)
