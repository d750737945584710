"""`frame_rate_clean.p`: frames a second of each video, as DiDeMo's authors pickled them.

The real file is a pickle of protocol 0, written by Python 2, of a dictionary from the names of the
annotations to numbers (LisaAnne/LocalizingMoments@b6a555c:data/frame_rate_clean.p). Today's
`pickle` writes text of that protocol in another way, so this writes the opcodes: `S` for text, `F`
for numbers, and a memo that nothing refers to.
"""

from __future__ import annotations

from collections.abc import Sequence

from storydata.twin.didemo.film import clock_of
from storydata.twin.didemo.plan import VideoPlan

DIGITS = 2
"""To which rates are rounded: the real ones are 30.0, 29.97, 25.0 …"""


def rate_table(plans: Sequence[VideoPlan]) -> str:
    """The text of the file: every name of every video; a variable rate is its mean."""
    rows = [(name, mean_rate(plan)) for plan in plans for name in plan.names]
    items = [f"S'{name}'\np{memo}\nF{rate!r}\ns" for memo, (name, rate) in enumerate(rows, start=1)]
    return "".join(("(dp0\n", *items, "."))


def mean_rate(plan: VideoPlan) -> float:
    """Frames over seconds."""
    if plan.traits.rate is not None:
        return round(float(plan.traits.rate), DIGITS)
    return round(len(clock_of(plan).ticks) / plan.seconds, DIGITS)
