"""What is known about PororoSV: names, files, counts, characters, terms, each with its source.

Four datasets come out of this package and are never confused: `pororosv`, the release that Maharana
and others passed on; `pororosv-substitute`, the same clips split by hashes, for who has no
`train_seen_unseen_ids.npy`; and the same two from the GIFs of PororoQA, `pororosv-original` and
`pororosv-original-substitute`. A release drawn by the toy world (it leaves `twin.json`) adds
"-twin", and has the characters that it names there.

Sources: adymaharana/storydalle@132dd19:story-dalle/pororo_dataloader.py for the release,
adymaharana/StoryViz@6e1126d:eval_scripts/create_splits.py for the split,
Kyung-Min/PororoQA@5599bd7:descriptions.csv for the counts.
"""

from __future__ import annotations

from types import MappingProxyType

from storybench.types import StorySpec
from storydata.kit import twins

FAMILY = "pororosv"
"""The name under which frames are chosen: the same frame of a clip in every one of the four."""

VERSION = "release-2021"
"""The split in use: that of DuCo-StoryGAN and all that followed."""

STORY_LEN = 5
N_TARGETS = STORY_LEN - 1
SIDE = 128

CAPTIONS = "descriptions.npy"
CAPTION_ROWS = "descriptions.csv"
LABELS = "labels.npy"
COUNTER = "frames_counter.npy"
STARTS = "img_cache4.npy"
FOLLOWING = "following_cache4.npy"
SPLIT_IDS = "train_seen_unseen_ids.npy"
TABLES = (CAPTIONS, CAPTION_ROWS, LABELS, COUNTER, STARTS, FOLLOWING, SPLIT_IDS)
"""Every file of the release that a build reads beside the clips."""

FOLDERS = ("pororo_png", "pororo")
"""What the release unpacks as, and what its authors say to call it."""

ORIGINALS = "Scenes_Dialogues"
"""The folder that PororoQA's own clips unpack as."""

CHARACTERS = (
    "Pororo",
    "Loopy",
    "Crong",
    "Eddy",
    "Poby",
    "Petty",
    "Tongtong",
    "Rody",
    "Harry",
)
"""In the order of the labels, which no file states: it is that of the tick labels in
adymaharana/StoryViz@6e1126d:eval_scripts/create_splits.py:38, and `check` tries it on captions."""

SPLITS = ("train", "val", "test")
"""The three lists of the ids in order: the second is "seen", the third "unseen"."""

LOST = "lost"

N_CLIPS = 16_066
N_EPISODES = 183
N_STARTS = 15_334
N_STORIES = MappingProxyType({"train": 10_191, "val": 2_334, "test": 2_208})
"""As published: yonseivnl/cmota@781528d:cmota/loader.py:296-298. 601 starts are in no split."""

EPISODES = MappingProxyType(
    {
        **{f"Pororo_ENGLISH1_{part}": 13 for part in (1, 2, 3)},
        **{f"Pororo_ENGLISH{season}_{part}": 13 for season in (2, 3) for part in (1, 2, 3, 4)},
        **{"Pororo_ENGLISH4_1": 6, "Pororo_ENGLISH4_2": 6},
        **{"Pororo_ENGLISH4_3": 7, "Pororo_ENGLISH4_4": 7},
        **{"Pororo_Rescue": 7, "Pororo_The_Racing_Adventure": 7},
    }
)
"""How many episodes each series has."""

TRUNCATED = MappingProxyType({"vlcstorygan-2320": ("val", 2320), "vlcstorygan-2304": ("val", 2304)})
"""Parts of a split that published numbers are on: so many of the first in the order of the file.

adymaharana/VLCStoryGan@7411240:vlcgan/pororo_data.py:167,527,620.
"""

LICENCE = (
    "None stated, by anyone: the pictures are frames of a cartoon and belong to its makers, "
    "PororoQA and PororoSV have no licence file. Passed on for academic use (the model card of "
    "StoryDALL-E says so). Do not redistribute these shards."
)

CITATION = (
    "Kim, Heo, Choi and Zhang: DeepStory: Video Story QA by Deep Embedded Memory Networks. IJCAI "
    "2017. Li, Gan, Shen, Liu, Cheng, Wu, Carin, Carlson and Gao: StoryGAN: A Sequential "
    "Conditional GAN for Story Visualization. CVPR 2019. Maharana, Hannan and Bansal: Improving "
    "Generation and Evaluation of Visual Stories via Semantic Consistency. NAACL 2021. Maharana, "
    "Hannan and Bansal: StoryDALL-E: Adapting Pretrained Text-to-Image Transformers for Story "
    "Continuation. ECCV 2022."
)


def make_spec(*, is_original: bool, is_substitute: bool, cast: tuple[str, ...] | None) -> StorySpec:
    """The spec of one of the datasets; `cast` are the characters of a twin, None for the real one.

    Published counts stand in that of the real release with its own split only.
    """
    parts = [FAMILY, *["original"] * is_original, *["substitute"] * is_substitute]
    is_real = cast is None
    return StorySpec(
        name="-".join(parts if is_real else [*parts, "twin"]),
        version=VERSION,
        n_targets=N_TARGETS,
        size=SIDE if is_real and not is_original else None,
        characters=CHARACTERS if cast is None else cast,
        n_stories=dict(N_STORIES) if is_real and not is_substitute else {},
        licence=LICENCE if is_real else twins.LICENCE,
        citation=CITATION,
    )
