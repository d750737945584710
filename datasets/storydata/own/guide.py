"""Every kind of file that a recipe may speak of, and what it is for.

`GUIDE` has the names that mean something by themselves; a picture or table called anything else is
what the recipe says it is. Sources: the columns of tables are ours (`README.md` beside this file),
SubRip is what its program of that name writes, WebVTT is a standard of the W3C.
"""

from __future__ import annotations

from storybench.types import FileGuide

README = "storydata/own/README.md"
TABLES = (
    ("csv", "a header, then rows; between cells a comma, semicolon or tab"),
    ("tsv", "a header, then rows; tabs between cells"),
    ("jsonl", "a JSON object a line"),
)

GUIDE = (
    FileGuide(
        "recipe.toml", "needed",
        "what becomes a dataset, how it is split into stories, and on which terms",
        "TOML: [dataset], [stories], [split] and one [[source]] or more",
        README,
    ),
    *(
        FileGuide(
            f"captions.{suffix}", "used",
            "captions of pictures: file, caption, and maybe episode, characters, licence, order",
            layout, README,
        )
        for suffix, layout in TABLES
    ),
    *(
        FileGuide(
            f"segments.{suffix}", "used",
            "moments of videos: video, start, end, caption, and maybe characters, licence",
            layout, README,
        )
        for suffix, layout in TABLES
    ),
    FileGuide(
        "*.srt", "used", "subtitles of the video that has its name",
        "number, times, text, and a blank line between cues", "SubRip",
    ),
    FileGuide(
        "*.vtt", "used", "subtitles of the video that has its name",
        "WEBVTT, then times, text, and a blank line between cues", "W3C WebVTT",
    ),
)  # fmt: skip
"""First entry that fits a name."""
