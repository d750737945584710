"""Every kind of file that a FlintstonesSV release or its source may hold, and what it is.

Sources: the loaders and scripts of adymaharana/storydalle@132dd19, adymaharana/VLCStoryGan@7411240
and xiaoqian-shen/StoryGPT-V@3969f68, and the structure page of the dataset of AI2, which was only
partly readable.
"""

from __future__ import annotations

from storybench.types import FileGuide

SD = "adymaharana/storydalle@132dd19:story-dalle"
VLC = "adymaharana/VLCStoryGan@7411240"
SGV = "xiaoqian-shen/StoryGPT-V@3969f68"
AI2 = "the structure page of AI2's dataset (prior.allenai.org/projects/craft)"

GUIDE = (
    FileGuide(
        "flintstones_annotations_v1-0.json", "needed",
        "what happens in each clip and who is in it, as annotators of AI2 wrote it",
        "JSON list of objects: globalID, description, characters (entityLabel, labelNPC), setting "
        "and more; globalID, description and entityLabel are read",
        f"{SD}/flintstones_dataloader.py:33; {VLC}:vlcgan/flintstones_data.py:174",
    ),
    FileGuide(
        "train-val-test_split.json", "needed",
        "which clips are train, val and test; its order is the official order of the stories",
        "JSON object with the lists train, val and test of clip ids",
        f"{SD}/flintstones_dataloader.py:64-69,92",
    ),
    FileGuide(
        "video_frames_sampled/*.npy", "needed",
        "five frames of one clip; which five of its 75 is not published",
        "uint8 array (5, 128, 128, 3), RGB, named by the clip id",
        f"{SD}/flintstones_dataloader.py:149-155",
    ),
    FileGuide(
        "video_frames_sampled.zip", "needed",
        "the same arrays in one archive, read in place where the folder lacks a clip",
        "zip of <clip id>.npy, in a folder or not",
        "sixiaozheng/ContextualStory@b1daa49:README.md:47",
    ),
    FileGuide(
        "video_frames/*.npy", "used",
        "all 75 frames of one clip: VLCStoryGAN evaluates on them; `--frames full` builds from "
        "them",
        "uint8 array (75, 128, 128, 3), RGB, named by the clip id",
        f"{VLC}:vlcgan/flintstones_data.py:562, classifier/flintstones_dataloader.py:42",
    ),
    FileGuide(
        "video_frames.zip", "used", "the same arrays in one archive", "as video_frames_sampled.zip",
        f"{VLC}:classifier/flintstones_dataloader.py:42",
    ),
    FileGuide(
        "following_cache4.pkl", "used",
        "the four clips that follow each clip; cut anew by the same rule, and compared. Its four "
        "last entries are too short for a story",
        "pickle, dict of clip id to list of clip ids",
        f"{SD}/flintstones_dataloader.py:68-86",
    ),
    FileGuide(
        "labels.pkl", "used",
        "which of the seven characters each clip shows; worked out anew from the annotations, and "
        "compared",
        "pickle, dict of clip id to list of 7 whole numbers, in the order Wilma, Fred, Betty, "
        "Barney, Dino, Pebbles, Mr Slate",
        f"{SD}/flintstones_dataloader.py:11,42; {VLC}:vlcgan/flintstones_data.py:170-176",
    ),
    FileGuide(
        "flintstones_use_embeddings.npy", "not used",
        "a sentence embedding of each caption (Universal Sentence Encoder)",
        "float array (records, 512), rows in the order of the annotations",
        f"{SD}/flintstones_dataloader.py:106,112; {SD}/train_story.sh:14",
    ),
    FileGuide(
        "flintstones_use_embed_idxs.pkl", "not used",
        "the row of each clip in flintstones_use_embeddings.npy",
        "pickle, dict of clip id to row",
        f"{SD}/get_use_embeddings.py:54-55",
    ),
    FileGuide(
        "twin.json", "used",
        "marks a release that the toy world drew, names its cast, and says what is true of it",
        "JSON object", "storybench twin flintstones",
    ),
    FileGuide(
        "flintstones_dataset.tgz", "not used",
        "the original archive of AI2: tracks, segmentations and backgrounds of every clip",
        "gzipped tar", AI2,
    ),
    FileGuide(
        "background_frames/*.npz", "not used", "the background of a clip with its figures removed",
        "<clip id>_bg.npy.npz, array (75, 128, 128, 3)", AI2,
    ),
    FileGuide(
        "entity_segmentation/*.npz", "not used", "where one figure is in every frame of a clip",
        "<entity>_segm.npy.npz, binary array (75, 128, 128)", AI2,
    ),
    FileGuide(
        "entity_tracking/*.npy", "not used", "the box around one figure in every frame of a clip",
        "<entity>.npy, array (75, 4) of x1, y1, x2, y2", AI2,
    ),
    FileGuide(
        "video_frames_sampled_4x/*.npy", "not used",
        "StoryGPT-V's larger frames of the same clips", "array named by the clip id",
        f"{SGV}:models/data.py",
    ),
    FileGuide(
        "cleaned_annotations.json", "not used",
        "StoryGPT-V's captions, with names in place of pronouns", "JSON list of records",
        f"{SGV}:models/data.py",
    ),
    FileGuide(
        "split.json", "not used", "StoryGPT-V's copy of the splits",
        "JSON object with the lists train, val and test of clip ids", f"{SGV}:models/data.py",
    ),
    FileGuide(
        "following_cache3.pkl", "not used",
        "the three clips that follow each clip, for the stories of four frames of Make-A-Story and "
        "StoryGPT-V", "pickle, dict of clip id to list of clip ids", f"{SGV}:models/data.py:68-82",
    ),
    FileGuide(
        "labels_bg.pkl", "not used", "StoryGPT-V's number of each clip's setting among 323",
        "pickle, dict with the key label", f"{SGV}:eval/eval_cls.py:25",
    ),
)  # fmt: skip
"""First entry that fits a name."""
