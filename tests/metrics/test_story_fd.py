import dataclasses

import numpy as np
import pytest
import torch
from torchvision.models.video import r2plus1d_18

from storybench.errors import InputError, MissingError, VerificationError
from storybench.home import weights_dir
from storybench.metrics import frechet, video
from storybench.metrics.evidence import Evidence, Slots
from storybench.metrics.features import FeatureTable
from storybench.metrics.metric import Absent, Estimate
from storybench.metrics.story_fd import StoryFD
from storybench.weights.known import VIDEO
from tests.metrics.fakes import extractor, pictures, table
from tests.metrics.frechet_libraries import by_pytorch_fid, by_sqrtm, by_torch_fidelity

N_STORIES, T, D = 60, 4, 8


def slots(n_stories=N_STORIES, t=T, n_groups=6):
    """Stories of t frames in clusters of equal size."""
    cluster = np.arange(n_stories) * n_groups // n_stories
    return Slots(
        stories=tuple(f"s{index:02d}" for index in range(n_stories)),
        clusters=tuple(f"c{index}" for index in cluster),
        story=np.repeat(np.arange(n_stories), t),
        k=np.tile(np.arange(1, t + 1), n_stories),
        groups=np.repeat(cluster, t),
    )


def stories(seed, n_stories=N_STORIES, t=T, d=D):
    """Features (s, t, d) of frames that drift over a story."""
    rng = np.random.default_rng(seed)
    start = rng.normal(size=(n_stories, 1, d))
    drift = np.arange(t)[None, :, None] * rng.normal(0.5, 0.2, (n_stories, 1, d))
    return (start + drift + rng.normal(size=(n_stories, t, d)) * 0.2).astype(np.float32)


def given(generated, reference, **layout):
    """Evidence of stories (s, t, d)."""
    layout = slots(*generated.shape[:2], **layout)
    flat = (table(side.reshape(-1, side.shape[2])) for side in (generated, reference))
    generated, reference = flat
    return Evidence.of(generated, reference, layout.groups, extractor=extractor(), slots=layout)


def estimates(evidence):
    """The estimates by the first part of their id."""
    found = StoryFD().estimate(evidence)
    return {one.metric.split(".")[0]: one for one in found if isinstance(one, Estimate)}


def plain(generated, reference):
    """The textbook distance of two sets of vectors."""
    return frechet.distance(frechet.moments(generated), frechet.moments(reference)).value


def test_each_distance_is_that_of_its_vectors():
    """Frames in order, their mean, and the steps between them, against plain statistics."""
    a, b = stories(0), stories(1) * 1.1
    found = estimates(given(a, b))
    assert list(found) == ["story_fd", "story_fd_mean", "story_fd_motion"]
    assert found["story_fd"].value == pytest.approx(
        plain(a.reshape(N_STORIES, -1), b.reshape(N_STORIES, -1)), rel=1e-6
    )
    assert found["story_fd_mean"].value == pytest.approx(plain(a.mean(1), b.mean(1)), rel=1e-6)
    steps = [np.diff(side, axis=1).reshape(N_STORIES, -1) for side in (a, b)]
    assert found["story_fd_motion"].value == pytest.approx(plain(*steps), rel=1e-6)


@pytest.mark.parametrize("library", [by_pytorch_fid, by_torch_fidelity, by_sqrtm])
def test_it_equals_every_library_on_concatenated_features(library):
    """Vectors laid out by hand, frame by frame: value and each replicate to 1e-6.

    Sixty stories of 32 dimensions, fifty in a replicate: full rank, where all agree.
    """
    a, b = (side.astype(np.float64) for side in (stories(18), stories(19) * 1.1))
    in_order = [np.concatenate([side[:, k] for k in range(T)], axis=1) for side in (a, b)]
    means = [np.add.reduce([side[:, k] for k in range(T)]) / T for side in (a, b)]
    steps = [
        np.concatenate([side[:, k] - side[:, k - 1] for k in range(1, T)], axis=1)
        for side in (a, b)
    ]
    found = estimates(given(a, b))
    cluster = np.arange(N_STORIES) // 10
    for name, sides in zip(found, (in_order, means, steps), strict=True):
        assert found[name].value == pytest.approx(library(*sides), rel=1e-6)
        expected = [library(*(side[cluster != group] for side in sides)) for group in range(6)]
        assert found[name].replicates == pytest.approx(expected, rel=1e-6)


def test_replicates_leave_the_stories_of_a_group_out_of_both_sides():
    """The mean vectors of five of six clusters, recomputed."""
    a, b = stories(2), stories(3)
    found = estimates(given(a, b))["story_fd_mean"]
    cluster = np.arange(N_STORIES) // 10
    expected = [
        plain(a.mean(1)[cluster != group], b.mean(1)[cluster != group]) for group in range(6)
    ]
    assert found.replicates == pytest.approx(expected, rel=1e-5)


def test_shuffled_frames_move_the_order_and_not_the_mean():
    """FID and the mean are blind to the order of frames; frames in order and motion see it."""
    real, fresh = stories(4), stories(5)
    shuffled = np.stack(
        [story[np.random.default_rng(k).permutation(T)] for k, story in enumerate(fresh)]
    )
    before, after = (estimates(given(side, real)) for side in (fresh, shuffled))
    assert after["story_fd"].value > 2 * before["story_fd"].value
    assert after["story_fd_motion"].value > 2 * before["story_fd_motion"].value
    assert after["story_fd_mean"].value == pytest.approx(before["story_fd_mean"].value, rel=1e-4)


def test_frozen_stories_have_no_motion():
    """One picture repeated is far from real steps: their whole variance and mean."""
    real = stories(6)
    frozen = np.repeat(real[:, :1], T, axis=1)
    steps = np.diff(real, axis=1).reshape(N_STORIES, -1).astype(float)
    expected = np.square(steps.mean(0)).sum() + steps.var(axis=0, ddof=1).sum()
    assert estimates(given(frozen, real))["story_fd_motion"].value == pytest.approx(expected)


def test_mixed_up_stories_are_seen():
    """Frames dealt to other stories leave FID as it is and move the distance of stories."""
    real, fresh = stories(7), stories(8)
    dealt = np.stack([np.roll(fresh[:, k], 10 * k, axis=0) for k in range(T)], axis=1)
    before, after = (estimates(given(side, real)) for side in (fresh, dealt))
    assert after["story_fd"].value > 2 * before["story_fd"].value


def test_names_flags_and_records():
    """Ids carry the extractor; fewer stories than dimensions are flagged."""
    found = estimates(given(stories(9), stories(10)))
    assert found["story_fd"].metric == "story_fd.fake.00000000.targets.v1"
    assert found["story_fd"].settings["dim"] == 32
    assert found["story_fd"].settings["n_stories"] == N_STORIES
    assert "rank_deficient" not in found["story_fd"].settings["flags"]
    few = estimates(given(stories(9, n_stories=30), stories(10, n_stories=30), n_groups=3))
    assert "rank_deficient" in few["story_fd"].settings["flags"]
    assert "rank_deficient" not in few["story_fd_mean"].settings["flags"]
    assert few["story_fd"].n == 30 * T


def test_stories_of_one_frame_have_no_motion_to_compare():
    """With t = 1 there is one distance only."""
    found = estimates(given(stories(11, t=1), stories(12, t=1)))
    assert list(found) == ["story_fd"]


def test_stories_of_different_lengths_are_refused():
    """A vector of fewer frames cannot stand beside the others."""
    layout = dataclasses.replace(
        slots(3, 2, 3), story=np.array([0, 0, 0, 1, 2, 2]), groups=np.array([0, 0, 0, 1, 2, 2])
    )
    rows = stories(13, n_stories=3, t=2).reshape(6, D)
    evidence = Evidence.of(
        table(rows), table(rows), layout.groups, extractor=extractor(), slots=layout
    )
    with pytest.raises(InputError, match="one length, found 1 to 3 scored frames"):
        StoryFD().estimate(evidence)


def test_one_story_has_no_spread():
    """A single story is told of, not scored."""
    found = StoryFD().estimate(
        given(stories(14, n_stories=1), stories(15, n_stories=1), n_groups=1)
    )
    assert isinstance(found[0], Absent)
    assert "at least 2 stories, found 1" in found[0].reason


def test_without_its_weights_fsd_is_absent_with_what_to_do():
    """The reason names the file and its place."""
    *_, absent = StoryFD().estimate(given(stories(16), stories(17)))
    assert isinstance(absent, Absent)
    assert absent.metric == "fsd"
    assert "r2plus1d_18-91a641e6.pth" in absent.reason


@pytest.fixture(scope="module")
def random_video(tmp_path_factory):
    """Random weights in the format of torchvision's file."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        state = r2plus1d_18(weights=None).state_dict()
    path = tmp_path_factory.mktemp("video") / "random.pth"
    torch.save(state, path)
    return path


class Shown:
    """Pictures of both sides, in order of the slots."""

    def __init__(self, generated, reference):
        self.sides = {"generated": generated, "reference": reference}

    def of(self, side):
        return self.sides[side]

    def train(self):
        return None


def shown(n_stories=6):
    """Evidence with pictures of stories of four frames."""
    sides = [pictures(n_stories * T, seed=seed) for seed in (0, 1)]
    layout = slots(n_stories, T, 3)
    tables = [
        FeatureTable(
            np.random.default_rng(seed).normal(size=(n_stories * T, D)).astype(np.float32),
            np.arange(n_stories * T),
            ("",) * n_stories * T,
        )
        for seed in (0, 1)
    ]
    evidence = Evidence.of(tables[0], tables[1], layout.groups, extractor=extractor(), slots=layout)
    return dataclasses.replace(evidence, pictures=Shown(*sides)), sides


@pytest.mark.slow
def test_fsd_is_the_distance_of_what_the_network_for_video_sees(random_video):
    """Equal to torchvision's own network, fed with normalised frames instead of raw ones."""
    evidence, sides = shown()
    *_, found = StoryFD(video=random_video).estimate(evidence)
    assert isinstance(found, Estimate)
    network = r2plus1d_18(weights=None)
    network.load_state_dict(torch.load(random_video, weights_only=True))
    network.fc = torch.nn.Identity()  # pyright: ignore[reportAttributeAccessIssue]
    vectors = []
    for side in sides:
        clips = np.stack([video.pixels(image) for image in side]).reshape(6, T, 3, 112, 112)
        with torch.inference_mode():
            batch = torch.from_numpy(clips.transpose(0, 2, 1, 3, 4).copy())
            vectors.append(network.eval()(batch).numpy())
    assert found.value == pytest.approx(frechet.distance_of_few(*vectors).value, rel=1e-4)
    assert found.metric.startswith("fsd.r2plus1d112.")
    assert {"rank_deficient", "not_comparable", "below_floor"} <= set(found.settings["flags"])


def test_its_input_is_normalised_as_kinetics_was():
    """Mid grey is (0.5 - mean) / deviation, whatever the size of the picture."""
    grey = video.pixels(np.full((64, 64, 3), 127.5, np.uint8))
    expected = (127 / 255 - video.MEAN) / video.DEVIATION
    np.testing.assert_allclose(grey, np.broadcast_to(expected[:, None, None], (3, 112, 112)))


@pytest.mark.slow
def test_features_of_stories_are_cached_and_do_not_depend_on_company(random_video):
    """A story computed once is never run again, and alone gives the same bits."""
    network = video.load(random_video)
    frames = pictures(3 * T, seed=2)
    alone = network.features(frames[T : 2 * T], t=T)
    together = network.features(frames, t=T)
    np.testing.assert_array_equal(together[1], alone[0])
    idle = dataclasses.replace(network, network=None)
    np.testing.assert_array_equal(idle.features(frames, t=T), together)


def test_weights_that_are_not_there_or_something_else_are_told_of(tmp_path, random_video):
    """A named file that is not there, another in the published place, one of something else."""
    evidence, _ = shown()
    with pytest.raises(MissingError, match=r"mine\.pth"):
        StoryFD(video=tmp_path / "mine.pth").estimate(evidence)
    weights_dir().mkdir(parents=True)
    VIDEO.place.write_bytes(random_video.read_bytes())
    with pytest.raises(VerificationError, match="91a641e6"):
        StoryFD().estimate(evidence)
    torch.save({"fc.weight": torch.zeros(2)}, tmp_path / "other.pth")
    with pytest.raises(InputError, match="r2plus1d_18"):
        StoryFD(video=tmp_path / "other.pth").estimate(evidence)
