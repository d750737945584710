"""Every layout, in the order in which a folder is held against them: most specific first."""

from __future__ import annotations

from storybench.errors import UnknownNameError
from storybench.predictions.layouts import (
    arldm,
    canonical,
    cmota,
    consistory,
    contextualstory,
    cpcsv,
    gan,
    google,
    make_a_story,
    omni,
    one_prompt,
    others,
    rcdms,
    seed_story,
    story_adapter,
    storydalle,
    storydiffusion,
    storygen,
    storygptv,
    vistorybench,
)
from storybench.predictions.layouts.recognition import Layout
from storybench.spelling import did_you_mean

_PICTURES, _FOLDERS = cmota.LAYOUTS

LAYOUTS: tuple[Layout, ...] = (
    canonical.CANONICAL,
    storydalle.BATCHES,
    *rcdms.LAYOUTS,
    *storygptv.LAYOUTS,
    _PICTURES,
    storydalle.PICTURES,
    gan.PICTURES,
    *make_a_story.LAYOUTS,
    *seed_story.LAYOUTS,
    *vistorybench.LAYOUTS,
    *omni.LAYOUTS,
    *story_adapter.LAYOUTS,
    *storydiffusion.LAYOUTS,
    *consistory.LAYOUTS,
    *one_prompt.LAYOUTS,
    gan.ARRAYS,
    storydalle.MERGED,
    arldm.DATA,
    *contextualstory.LAYOUTS,
    *storygen.LAYOUTS,
    *google.LAYOUTS,
    *others.LAYOUTS,
    canonical.BY_ID,
    _FOLDERS,
    storydalle.MOSAICS,
    gan.MOSAICS,
    *cpcsv.LAYOUTS,
    arldm.FLAT,
)


def get(name: str) -> Layout:
    """The layout of an id ("L8") or name ("gan-pictures").

    Raises:
        UnknownNameError: there is none; lists close matches.
    """
    for layout in LAYOUTS:
        if name.lower() in (layout.id.lower(), layout.name):
            return layout
    known = [word for layout in LAYOUTS for word in (layout.id, layout.name)]
    hint = did_you_mean(name, known) or f" Known are {', '.join(known)}."
    raise UnknownNameError(f"Expected the id or name of a layout, found {name!r}.{hint}")
