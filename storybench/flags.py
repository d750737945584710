"""The flags a score can carry, and what each one says: for tables, footnotes and records alike."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

FLOOR_SLOTS = 5_000
"""Scored frames below which a Fréchet distance is not published or ranked."""

FLOOR_CLUSTERS = 15
"""Clusters below which it is not."""

Flag = Literal[
    "rank_deficient",
    "below_floor",
    "not_comparable",
    "lossy_pictures",
    "contains_truth",
    "near_shuffled",
    "classifier_saw",
    "classifier_own_pixels",
    "random_reference",
    "source_given",
    "asymmetric_sides",
    "off_domain",
    "refused_by_doctor",
]

SENTENCES: Mapping[Flag, str] = MappingProxyType(
    {
        "rank_deficient": "Fewer pictures than feature dimensions on one side, so the covariance "
        "is not of full rank; not for ranking.",
        "below_floor": f"Fewer than {FLOOR_SLOTS:,} scored frames or {FLOOR_CLUSTERS} clusters; "
        "not for publishing or ranking.",
        "not_comparable": "Not the published Inception weights; comparable only under the same "
        "metric name.",
        "lossy_pictures": "Some generated pictures are or were JPEG or lossy WebP, which changes "
        "what the model drew.",
        "contains_truth": "A few generated pictures equal the real frame of their own slot.",
        "near_shuffled": "No better than when stories get each other's labels: do the pictures "
        "belong to these stories?",
        "classifier_saw": "The character classifier was trained on some of the scored episodes, "
        "so its ceiling is too high.",
        "classifier_own_pixels": "The paper's code fed its classifier other pixels than it was "
        "trained on; this one is storybench's and sees those that it was fitted on.",
        "random_reference": "The real frame of each slot is drawn at random by a recorded seed; "
        "the record has the spread over five seeds.",
        "source_given": "The source frame is scored and was given: a real picture stands in its "
        "place, so the distance is smaller than for systems that draw it.",
        "asymmetric_sides": "Real and generated frames reach the network in different ways, which "
        "alone makes a distance.",
        "off_domain": "Pixels leave the range that the network was trained on; not on the scale of "
        "an FID.",
        "refused_by_doctor": "The doctor refused these predictions and they were scored by force; "
        "not for publishing.",
    }
)
"""One sentence for each flag."""

BARRED: tuple[Flag, ...] = ("refused_by_doctor",)
"""Flags that speak against the pictures: no number on them has a place on a board."""

UNRANKED: tuple[Flag, ...] = ("rank_deficient", "below_floor", *BARRED)
"""Flags that speak against a number, of whatever metric: where it is shown, it has no rank."""
