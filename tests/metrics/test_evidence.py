import dataclasses

import numpy as np
import pytest

from storybench.metrics.evidence import Evidence, Slots, lone_slots
from storybench.metrics.paper_pixels import STORY64
from tests.metrics.fakes import extractor, pictures, table


class Album:
    """Pictures in memory that count how often they were asked for."""

    def __init__(self, sides, train=None):
        self.sides, self.frames, self.asked = sides, train, []

    def of(self, side):
        self.asked.append(side)
        return self.sides[side]

    def train(self):
        self.asked.append("train")
        return self.frames


def gathered(album, n):
    """Evidence of n slots that reads from an album."""
    return Evidence(slots=lone_slots(np.arange(n)), extractor=extractor(), pictures=album)


def test_features_are_computed_when_asked_for_and_once():
    """A metric that wants one side pays for one side; the second time it is a table."""
    album = Album({"generated": pictures(5), "reference": pictures(5, seed=1)})
    evidence = gathered(album, 5)
    assert album.asked == []
    first = evidence.features("generated")
    assert evidence.features("generated") is first
    assert album.asked == ["generated"]
    assert first.rows == pytest.approx(extractor()(pictures(5)))


def test_another_extractor_has_tables_of_its_own():
    """Features of two networks are never confused."""
    evidence = gathered(Album({"generated": pictures(3)}), 3)
    other = extractor(sha256="1" * 64)
    assert evidence.features("generated", other) is not evidence.features("generated")
    assert evidence.features("generated", other) is evidence.features("generated", other)


def test_training_frames_are_the_distinct_ones():
    """Repeated frames give one row; a build without the split gives None."""
    frames = pictures(3)
    assert (found := gathered(Album({}, frames + frames), 0).train()) is not None
    assert found.n_unique == 3
    assert gathered(Album({}), 0).train() is None


def test_evidence_of_tables_needs_no_pictures():
    """Both sides, sources, training frames, and tables of other networks."""
    rows = np.arange(24, dtype=np.float32).reshape(3, 8)
    clip = extractor(sha256="c" * 64)
    evidence = Evidence.of(
        table(rows),
        table(rows + 1),
        [0, 0, 1],
        extractor=extractor(),
        source=table(rows + 2),
        train=table(rows + 3),
        more={("generated", clip): table(rows + 4)},
    )
    assert evidence.features("generated").rows[0, 0] == 0
    assert evidence.features("source").rows[0, 0] == 2
    assert (found := evidence.train()) is not None
    assert found.rows[0, 0] == 3
    assert evidence.features("generated", clip).rows[0, 0] == 4
    assert (evidence.slots.n, evidence.slots.n_groups) == (3, 2)
    with pytest.raises(LookupError, match="no table of the reference side"):
        evidence.features("reference", clip)


def test_slots_count_themselves_and_their_groups():
    """Three frames of two stories in one episode."""
    slots = Slots(
        stories=("a", "b"),
        clusters=("e", "e"),
        story=np.array([0, 0, 1]),
        k=np.array([1, 2, 1]),
        groups=np.array([0, 0, 0]),
    )
    assert (slots.n, slots.n_groups) == (3, 1)


def test_a_side_can_take_a_pixel_path_of_its_own():
    """Make-A-Story's real frames: the run's extractor goes another way, a metric's own does not."""
    album = Album({"generated": pictures(3), "reference": pictures(3)})
    evidence = dataclasses.replace(gathered(album, 3), paths={"reference": STORY64})
    through = extractor().through(STORY64)
    assert evidence.features("reference").rows == pytest.approx(through(pictures(3)))
    assert evidence.features("generated").rows == pytest.approx(extractor()(pictures(3)))
    other = extractor(sha256="1" * 64)
    assert evidence.features("reference", other).rows == pytest.approx(other(pictures(3)))


def test_all_sides_can_take_the_path_of_the_generated_pictures():
    """For what compares across sides; a side that goes that way anyhow is computed once."""
    album = Album({side: pictures(3) for side in ("generated", "reference", "source")}, pictures(3))
    evidence = dataclasses.replace(gathered(album, 3), paths={"reference": STORY64})
    alike, made = evidence.on_one_path(), evidence.features("generated")
    assert alike.features("generated") is made
    assert alike.features("reference").rows == pytest.approx(made.rows)
    assert (learnt := alike.train()) is not None
    assert learnt.rows == pytest.approx(made.rows)
    assert album.asked.count("generated") == 1
    assert evidence.features("reference").rows != pytest.approx(made.rows)
    plain = gathered(album, 3)
    assert plain.on_one_path() is plain


def test_some_slots_have_what_was_computed_and_compute_the_rest():
    """Tables keep the rows that the slots show; pictures are those of the slots; sources stay."""
    shown = pictures(4)
    album = Album({"generated": [*shown, shown[0]], "reference": pictures(5, seed=1)}, pictures(2))
    evidence = gathered(album, 5)
    whole = evidence.features("generated")
    part = evidence.only(np.array([True, False, False, True, True]))
    assert (part.slots.n, part.slots.story.tolist()) == (3, [0, 3, 4])
    found = part.features("generated")
    assert album.asked == ["generated"]
    assert (found.n_unique, found.slots.tolist()) == (2, [0, 1, 0])
    assert found.rows[found.slots] == pytest.approx(whole.rows[whole.slots[[0, 3, 4]]])
    assert found.hash_of(1) == whole.hash_of(3)
    later = part.features("reference")
    assert later.rows == pytest.approx(
        extractor()([album.sides["reference"][at] for at in (0, 3, 4)])
    )
    assert (train := part.train()) is not None
    assert train.n_unique == 2
