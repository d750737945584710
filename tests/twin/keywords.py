"""What a caption says when an action is told: the tests' own reading of the captions."""

KEYWORDS: dict[str, tuple[str, ...]] = {
    "stand": ("stand", "wait"),
    "walk": ("walk",),
    "run": ("run",),
    "jump": ("jump",),
    "wave": ("wav",),
    "sleep": ("sleep",),
    "dance": ("danc",),
    "toss": ("throw", "toss"),
    "catch": ("throw", "plays ball"),
    "hide": ("hide", "peek"),
    "sit": ("sit",),
    "eat": ("eat",),
    "read": ("read",),
    "sing": ("sing",),
    "look": ("look",),
    "balloon": ("balloon",),
    "smell": ("smell",),
}
"""Stems of which one stands in every caption of the action."""
