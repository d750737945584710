"""Every kind of file that a PororoSV release or PororoQA may hold, and what it is.

Sources: adymaharana/storydalle@132dd19, adymaharana/VLCStoryGan@7411240,
adymaharana/StoryViz@6e1126d, xichenpan/ARLDM@9d8feeb,
basiclab/CPCStoryVisualization-Pytorch@e34ecf1, Kyung-Min/PororoQA@5599bd7. A clip id in them is
`<series>/<episode>/<n>`, without a slash before or a suffix behind. The arrays are pickles of
Python 2 (`latin1`), and are read here by a machine that can only build plain data.
"""

from __future__ import annotations

from storybench.types import FileGuide

SD = "adymaharana/storydalle@132dd19:story-dalle"
VLC = "adymaharana/VLCStoryGan@7411240:vlcgan"
SV = "adymaharana/StoryViz@6e1126d"
AR = "xichenpan/ARLDM@9d8feeb"
CPC = "basiclab/CPCStoryVisualization-Pytorch@e34ecf1"
PQ = "Kyung-Min/PororoQA@5599bd7"

GUIDE = (
    FileGuide(
        "masks/*", "not used",
        "masks of characters, made by a program, noisy; no loader reads them",
        "PNG; the folder sorts after every series, so it shifts no story id",
        "adymaharana/storydalle, issue 4",
    ),
    FileGuide("masks/*/*", "not used", "as masks/*", "PNG", "adymaharana/storydalle, issue 4"),
    FileGuide("masks/*/*/*", "not used", "as masks/*", "PNG", "adymaharana/storydalle, issue 4"),
    FileGuide(
        "img_segment/*", "not used",
        "masks of characters, of CPC-StoryVisualization",
        "PNG, <episode>_<n>.png", f"{CPC}:datasets/pororo.py:184",
    ),
    FileGuide(
        "*/*_ep*/[1-9]*.png", "needed",
        "one clip of about a second: k frames, of which a story shows one",
        "PNG, <series>/<episode>/<n>.png, n from 1; k squares of 128 x 128 one below the other, "
        "k from 1 on, another for each clip",
        f"{SD}/pororo_dataloader.py:423-427, {AR}:datasets/pororo.py:60-61",
    ),
    FileGuide(
        "*/*_ep*/[1-9]*.gif", "needed",
        "one clip of PororoQA, from which the strips were made",
        "GIF, Scenes_Dialogues/<series>/<episode>/<n>.gif, n from 1",
        f"{CPC}:preprocess_pororo.py:73-80",
    ),
    FileGuide(
        "Scenes_Dialogues/*/*_ep*/*", "not used",
        "the subtitles of an episode of PororoQA: the one file of its folder that is no GIF",
        "text", f"{CPC}:preprocess_pororo.py:73-80",
    ),
    FileGuide(
        "descriptions.npy", "needed",
        "the captions of every clip, the first of which everybody uses",
        "0-d object array: dict of clip id to a list of one text or more, in the order of "
        "descriptions.csv (which will do in its place)",
        f"{SD}/pororo_dataloader.py:450, {VLC}/pororo_data.py:302-305",
    ),
    FileGuide(
        "descriptions.csv", "used",
        "the captions of every clip, where descriptions.npy is not there",
        "CSV in UTF-8 without a header: episode, n, caption; several rows for 762 clips",
        f"{PQ}:descriptions.csv, {VLC}/pororo_data.py:82-83",
    ),
    FileGuide(
        "labels.npy", "used",
        "which of the nine characters a clip shows; without it captions are asked",
        "0-d object array: dict of clip id to 9 numbers of 0 or 1, in the order Pororo, Loopy, "
        "Crong, Eddy, Poby, Petty, Tongtong, Rody, Harry (no file says so; `storybench data check` "
        "tries it)",
        f"{SD}/pororo_dataloader.py:460, {SV}:eval_scripts/create_splits.py:38",
    ),
    FileGuide(
        "frames_counter.npy", "used",
        "how many clips each episode has: decides which clips start a story",
        "0-d object array: dict of '<series>/<episode>/' to the highest clip number",
        f"{SV}:mart/data_loader.py:403-407",
    ),
    FileGuide(
        "img_cache4.npy", "used",
        "the first clip of every story; the ids of the split are places in this list",
        "bytes array (15334,): '<series>/<episode>/<n>.png', names sorted as text; computed anew "
        "and compared",
        f"{SV}:mart/data_loader.py:507",
    ),
    FileGuide(
        "following_cache4.npy", "used",
        "the four clips after each of those; computed anew and compared",
        "bytes array (15334, 4)", f"{SV}:mart/data_loader.py:508",
    ),
    FileGuide(
        "train_seen_unseen_ids.npy", "needed",
        "the split: train, seen (val) and unseen (test). Nobody can compute it again: it was drawn "
        "without a seed",
        "object array (3,) of lists of story ids: 10,191, 2,334 and 2,208",
        f"{SV}:eval_scripts/create_splits.py:114-154, {SD}/pororo_dataloader.py:408-414",
    ),
    FileGuide(
        "train_test_ids.npy", "not used",
        "StoryGAN's split of stories at random; its test part became val",
        "object array (2,) of lists of story ids: 13,000 and 2,334",
        f"{CPC}:datasets/pororo.py:46, {SV}:eval_scripts/create_splits.py:117",
    ),
    FileGuide(
        "train_val_test_ids.npy", "not used",
        "a split by episode that was given up",
        "object array (3,) of lists of story ids",
        f"{SV}:eval_scripts/create_splits.py:77-107",
    ),
    FileGuide(
        "descriptions_vec_512.pkl", "not used",
        "an embedding of each caption (Universal Sentence Encoder)",
        "pickle: dict of clip id to floats (captions, 512)",
        f"{SD}/pororo_dataloader.py:384,457",
    ),
    FileGuide(
        "descriptions_vec.npy", "not used",
        "an older embedding of each caption",
        "0-d object array: dict of clip id to floats (captions, 128)",
        f"{CPC}:datasets/pororo.py:77,142",
    ),
    FileGuide(
        "descriptions_attr.npy", "not used",
        "StoryGAN's attributes of each caption; what they mean was never published",
        "0-d object array: dict of clip id to floats (captions, 228)",
        f"{CPC}:datasets/pororo.py:79,142",
    ),
    FileGuide(
        "subtitles_vec.npy", "not used",
        "an embedding of what is said in each clip",
        "0-d object array: dict of clip id to floats (1 or more, d)",
        f"{CPC}:datasets/pororo.py:130",
    ),
    FileGuide(
        "*_vocab.pkl", "not used",
        "the words of the captions, for models that are older than StoryDALL-E",
        "pickle, of an object or of a dict: the loaders do not agree",
        f"{VLC}/pororo_data.py:46-54",
    ),
    FileGuide(
        "parses.json", "not used", "a parse tree of each caption", "JSON", VLC.removesuffix("/"),
    ),
    FileGuide("const_tag2idx.json", "not used", "the tags of those trees", "JSON", VLC),
    FileGuide(
        "densecap_annotations.json", "not used", "what a captioner saw in each frame", "JSON", VLC,
    ),
    FileGuide("img_features_*.npy", "not used", "features of frames", "numpy array", SV),
    FileGuide("path2idx.pkl", "not used", "the rows of those features", "pickle: dict", SV),
    FileGuide(
        "qa.json", "not used", "PororoQA's 8,835 questions", "JSON object", f"{PQ}:qa.json",
    ),
    FileGuide(
        "twin.json", "used",
        "marks a release that the toy world drew, names its characters, and says what is true of "
        "every clip",
        "JSON object", "storybench twin pororo",
    ),
    FileGuide(
        "*.zip", "used",
        "the release as it is passed on; read in place where nothing is unpacked",
        "zip with pororo_png/ in it", "adymaharana/storydalle@132dd19:README.md:14",
    ),
)  # fmt: skip
