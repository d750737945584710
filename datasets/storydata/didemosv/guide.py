"""Every kind of file that a raw DiDeMo folder or the released DiDeMoSV may hold, and what it is.

Sources: LisaAnne/LocalizingMoments@b6a555c (data/, README.md, download/) and
adymaharana/storydalle@132dd19:story-dalle/didemo_dataloader.py, get_use_embeddings.py.
"""

from __future__ import annotations

from storybench.types import FileGuide

LM = "LisaAnne/LocalizingMoments@b6a555c"
SD = "adymaharana/storydalle@132dd19:story-dalle"
VIDEOS = ("mov", "avi", "mp4", "mpg", "m4v", "3gp", "wmv", "3g2", "mts", "m2ts", "mkv")
"""Extensions that annotations or downloads use; a name may also end in a dot."""

GUIDE = (
    FileGuide(
        "*_data.json", "needed",
        "the descriptions of one split (train, val or test) with the moment each annotator gave",
        "JSON list of objects: annotation_id, description, dl_link, num_segments, times, video",
        f"{LM}:data/",
    ),
    FileGuide(
        "video_licenses.txt", "used",
        "the Creative Commons licence of each video; travels with every frame",
        "a header line, then rows of Flickr id, link, licence URL, separated by tabs",
        f"{LM}:data/",
    ),
    FileGuide(
        "yfcc100m_hash.txt", "used",
        "under which hash the public mirror stores each video; finds <hash>.mp4",
        "rows of Flickr id and YFCC100M hash, separated by a tab, without a header",
        f"{LM}:data/",
    ),
    FileGuide(
        "frame_rate_clean.p", "not used",
        "frames a second of each video; the videos themselves say it",
        "protocol-0 pickle, dict of file name to number",
        f"{LM}:data/",
    ),
    FileGuide(
        "twin.json", "not used",
        "marks a release that the toy world drew, and says what is true of every video",
        "JSON object",
        "storybench twin didemo",
    ),
    FileGuide(
        "train.json", "needed", "the released stories of the training split",
        "JSON list of objects with desc_to_frame: [caption, frame path] pairs",
        f"{SD}/didemo_dataloader.py:83-110",
    ),
    FileGuide(
        "val.json", "needed", "the released stories of the validation split", "as train.json",
        f"{SD}/didemo_dataloader.py:83-110",
    ),
    FileGuide(
        "test.json", "needed", "the released stories of the test split", "as train.json",
        f"{SD}/didemo_dataloader.py:83-110",
    ),
    FileGuide(
        "didemo_use_embeds.pkl", "not used",
        "a sentence embedding of the caption of each frame (Universal Sentence Encoder)",
        "pickle, dict of frame path to float array (512,)",
        f"{SD}/didemo_dataloader.py:133",
    ),
    FileGuide(
        "img_cache*.npy", "not used",
        "the source frames that the official loader found; made anew by every loader",
        "unicode array (n,), one file a split",
        f"{SD}/didemo_dataloader.py:83",
    ),
    FileGuide(
        "following_cache*.npy", "not used",
        "the target frames of each source frame, as the official loader found them",
        "unicode array (n, 2); ragged in the versions for five frames",
        f"{SD}/didemo_dataloader.py:83,179,235",
    ),
    FileGuide(
        "*.jpg", "needed", "a released frame, with red and blue exchanged as it seems",
        "JPEG of any size, at the path that the lists give", f"{SD}/didemo_dataloader.py:147",
    ),
    FileGuide(
        "*.png", "needed", "a released frame", "PNG of any size", f"{SD}/didemo_dataloader.py:147",
    ),
    *(
        FileGuide(
            f"*.{extension}", "needed", "a video; stories are cut from its first 30 seconds",
            "any container that FFmpeg reads", f"{LM}:README.md:58-75",
        )
        for extension in (*VIDEOS, "")
    ),
)  # fmt: skip
"""First entry that fits a name."""
