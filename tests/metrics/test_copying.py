import dataclasses
from typing import Any

import numpy as np
import pytest

from storybench.evaluate import score
from storybench.metrics import perceptual_hash
from storybench.metrics.copying import N_EXAMPLES, ORDINARY, Copying, source_reach, train_reach
from storybench.metrics.evidence import Evidence, Slots
from storybench.metrics.extractor import Extractor
from storybench.metrics.features import FeatureTable
from storybench.metrics.kid import KID
from storybench.metrics.metric import Absent, Estimate
from storybench.metrics.paper_pixels import STORY64
from storybench.stats import bootstrap
from tests.metrics.fakes import extractor, pictures

STORIES, TARGETS, GROUPS = 50, 4, 5
N = STORIES * TARGETS


def rows(n, *, d=8, seed=0):
    """Features of n pictures."""
    return np.random.default_rng(seed).normal(size=(n, d)).astype(np.float32)


def named(features, *, owner):
    """A table of pictures whose hashes begin with the name of who owns them."""
    hashes = tuple(f"{owner}-{row}" for row in range(len(features)))
    return FeatureTable(features, np.arange(len(features)), hashes)


def bits(n, *, seed):
    """Perceptual hashes of n pictures."""
    signs = np.random.default_rng(seed).integers(0, 2, (n, 64)) * 2 - 1
    return signs.astype(np.float32)


SOURCES, TRAIN, REAL = rows(STORIES, seed=1), rows(300, seed=2), rows(N, seed=3)
SOURCE_BITS, TRAIN_BITS, REAL_BITS = (
    bits(STORIES, seed=1),
    bits(300, seed=2),
    bits(N, seed=3),
)


def slots():
    """Fifty stories of four targets, ten stories an episode."""
    story = np.repeat(np.arange(STORIES), TARGETS)
    return Slots(
        stories=tuple(f"s{index}" for index in range(STORIES)),
        clusters=tuple(f"c{index // 10}" for index in range(STORIES)),
        story=story,
        k=np.tile(np.arange(1, TARGETS + 1), STORIES),
        groups=story // 10,
        captions=("",) * N,
    )


def evidence(made=None, *, made_bits=None, train=True):
    """Generated features (or tables) of all slots, against fixed sources and training frames."""
    made = rows(N, seed=4) if made is None else made
    table = made if isinstance(made, FeatureTable) else named(made, owner="made")
    hashing = perceptual_hash.load()
    more: dict[tuple[Any, Extractor], FeatureTable] = {
        ("generated", hashing): named(
            bits(N, seed=4) if made_bits is None else made_bits, owner="made"
        ),
        ("reference", hashing): named(REAL_BITS, owner="real"),
        ("source", hashing): named(SOURCE_BITS, owner="source"),
    }
    if train:
        more["train", hashing] = named(TRAIN_BITS, owner="train")
    return Evidence.of(
        table,
        named(REAL, owner="real"),
        np.zeros(0),
        extractor=extractor(),
        slots=slots(),
        source=named(SOURCES, owner="source"),
        train=named(TRAIN, owner="train") if train else None,
        more=more,
    )


def absent(of):
    """The reasons of what cannot be told, by the first part of the ids."""
    found = Copying().estimate(of)
    return {one.metric.split(".")[0]: one.reason for one in found if isinstance(one, Absent)}


def estimates(of):
    """What the radar says, by the first part of the ids."""
    found = Copying().estimate(of)
    return {one.metric.split(".")[0]: one for one in found if isinstance(one, Estimate)}


def copied(share, given):
    """Generated features of which a share of the slots shows given ones (n, 8), and which."""
    is_copy = np.random.default_rng(7).permutation(N) < share * N
    return np.where(is_copy[:, None], given, rows(N, seed=4)), is_copy


def distance(first, second):
    """The plain formula: unit vectors, Euclid."""
    first, second = (np.asarray(one, np.float64) for one in (first, second))
    return np.linalg.norm(first / np.linalg.norm(first) - second / np.linalg.norm(second))


def test_the_rate_is_the_share_nearer_than_real_frames_ever_are():
    """Written out slot by slot: the 1 % quantile of the real distances, and who is within it."""
    made, _ = copied(0.3, np.repeat(SOURCES, TARGETS, axis=0) + 0.05 * rows(N, seed=9))
    own = np.repeat(np.arange(STORIES), TARGETS)
    to_made = [distance(made[slot], SOURCES[own[slot]]) for slot in range(N)]
    to_real = [distance(REAL[slot], SOURCES[own[slot]]) for slot in range(N)]
    threshold = np.quantile(to_real, ORDINARY)
    found = estimates(evidence(made))["copy_source_rate"]
    assert found.settings["threshold"] == pytest.approx(threshold, abs=1e-6)
    assert found.value == np.mean(np.array(to_made) <= threshold)
    assert found.settings["real_frames"] == np.mean(np.array(to_real) <= threshold)


def test_the_nearest_training_frame_is_found_by_brute_force_too():
    """The distance to the training split is the least over all its frames, slot by slot."""
    made, _ = copied(0.2, TRAIN[:N])
    reach = train_reach(evidence(made))
    assert reach is not None
    for slot in range(0, N, 17):
        far = [distance(made[slot], frame) for frame in TRAIN]
        assert reach.made[slot] == pytest.approx(min(far), abs=1e-6)
        assert reach.hashes[slot] == f"train-{int(np.argmin(far))}"


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_it_equals_scikit_learns_neighbours(share):
    """Distances, rates and their ratio by `NearestNeighbors` on normalised features, in float64."""
    neighbors = pytest.importorskip("sklearn.neighbors")
    normalize = pytest.importorskip("sklearn.preprocessing").normalize
    made, _ = copied(share, TRAIN[:N] + 0.02 * rows(N, seed=9))
    made[::9] = np.repeat(SOURCES, TARGETS, axis=0)[::9]
    unit, real, train, source = (
        normalize(one.astype(np.float64)) for one in (made, REAL, TRAIN, SOURCES)
    )
    model = neighbors.NearestNeighbors(n_neighbors=1, algorithm="brute").fit(train)
    (to_made, rows_of_made), (to_real, _) = (model.kneighbors(side) for side in (unit, real))
    reach, found = train_reach(evidence(made)), estimates(evidence(made))
    assert reach is not None
    assert reach.made == pytest.approx(to_made[:, 0], abs=1e-6)
    assert reach.real == pytest.approx(to_real[:, 0], abs=1e-6)
    assert [int(name.split("-")[1]) for name in reach.hashes] == rows_of_made[:, 0].tolist()
    near = to_made[:, 0] <= np.quantile(to_real[:, 0], 0.01) + 1e-7
    assert found["copy_train_rate"].value == near.mean()
    expected = to_made.sum() / to_real.sum()
    assert found["copy_train_ratio"].value == pytest.approx(expected, rel=1e-6)
    of_story = [
        neighbors.NearestNeighbors(n_neighbors=1, algorithm="kd_tree").fit(source[story][None])
        for story in range(STORIES)
    ]
    to_source = [
        np.array(
            [of_story[slot // TARGETS].kneighbors(side[slot][None])[0][0, 0] for slot in range(N)]
        )
        for side in (unit, real)
    ]
    near = to_source[0] <= np.quantile(to_source[1], 0.01) + 1e-7
    assert found["copy_source_rate"].value == near.mean()


@pytest.mark.parametrize("share", [0.0, 0.25, 0.5, 1.0])
def test_planted_copies_are_counted(share):
    """The rate is the share that was planted, of the source and of training frames alike."""
    for name, given in (
        ("copy_source_rate", np.repeat(SOURCES, TARGETS, axis=0)),
        ("copy_train_rate", TRAIN[:N]),
    ):
        made, is_copy = copied(share, given)
        found = estimates(evidence(made))[name]
        assert found.value == pytest.approx(is_copy.mean(), abs=0.02)
        assert found.direction == "lower"


def test_real_frames_are_at_the_rate_that_is_called_ordinary():
    """Handed in as generated, the real frames have a rate of about 1 % and a ratio of 1."""
    found = estimates(evidence(REAL))
    for name in ("copy_source_rate", "copy_train_rate"):
        assert found[name].value == found[name].settings["real_frames"]
        assert 0 < found[name].value <= 0.02
    assert found["copy_train_ratio"].value == 1


def test_the_ratio_falls_to_zero_for_training_frames():
    """Half training frames halve the mean distance to the training split."""
    real = train_reach(evidence(REAL))
    assert real is not None
    made = np.where((np.arange(N) % 2 == 0)[:, None], TRAIN[:N], REAL)
    expected = real.real[1::2].sum() / real.real.sum()
    ratio = estimates(evidence(made))["copy_train_ratio"]
    assert ratio.value == pytest.approx(expected)
    assert ratio.direction == "higher"
    assert estimates(evidence(TRAIN[:N]))["copy_train_ratio"].value == pytest.approx(0, abs=1e-6)


def test_draws_take_whole_episodes_and_say_anew_what_is_near():
    """Each bootstrap value is the rate of the drawn episodes, within their own 1 % of real ones."""
    made, _ = copied(0.4, np.repeat(SOURCES, TARGETS, axis=0) + 0.1 * rows(N, seed=9))
    found = estimates(evidence(made))["copy_source_rate"]
    reach = source_reach(evidence(made))
    near, real = (side.reshape(GROUPS, -1) for side in (reach.made, reach.real))
    drawn = [np.repeat(np.arange(GROUPS), row) for row in bootstrap.weights(GROUPS)]
    expected = [np.mean(near[row] <= np.quantile(real[row], ORDINARY)) for row in drawn]
    assert found.replicates == pytest.approx(expected, abs=1e-12)
    assert len(set(found.replicates)) > 10
    assert found.per_story == pytest.approx(reach.is_near.reshape(STORIES, -1).mean(axis=1))


def test_a_rate_of_zero_is_not_known_to_be_zero():
    """No copy in any episode: 0 to a few per cent, by how alike an episode's real frames are."""
    found = estimates(evidence())["copy_exact_rate"]
    assert found.value == 0
    assert found.design_effect is not None
    assert found.design_effect >= 1
    shown = score(found, record={"flags": []}, slots=slots())
    assert shown.standard_error == 0
    assert shown.interval is not None
    low, high = shown.interval
    assert low == 0
    assert 3.8 / N < high < 0.2
    assert shown.settings["interval_method"] == "wilson"


def test_pixels_are_compared_by_hash():
    """The pixels of the own source or of a training frame are exact copies; another's are not."""
    hashes = [f"made-{slot}" for slot in range(N)]
    hashes[0], hashes[1], hashes[5], hashes[9] = "source-0", "source-1", "train-17", "train-18"
    table = FeatureTable(rows(N, seed=4), np.arange(N), tuple(hashes))
    found = estimates(evidence(table))["copy_exact_rate"]
    assert found.value == 3 / N
    assert found.metric == "copy_exact_rate.pixels.targets.v1"
    assert found.settings["n_equal_to_their_source"] == 1
    assert found.settings["n_equal_to_a_training_frame"] == 2
    assert found.settings["n_shown_again"] == 0


def test_a_picture_that_is_shown_again_is_counted():
    """One picture in every slot is shown again in all but one."""
    table = FeatureTable(rows(1), np.zeros(N, np.intp), ("made-0",))
    assert estimates(evidence(table))["copy_exact_rate"].settings["n_shown_again"] == N - 1


def test_perceptual_hashes_find_copies_in_other_pixels():
    """Copies with a few bits changed are found, of source and training frames; real ones not."""
    near_source = np.repeat(SOURCE_BITS, TARGETS, axis=0)
    near_source[:, :3] *= -1
    half = np.where((np.arange(N) % 2 == 0)[:, None], near_source, TRAIN_BITS[:N])
    settings = estimates(evidence(made_bits=half))["copy_exact_rate"].settings
    assert settings["perceptual_source_rate"] == 0.5
    assert settings["perceptual_train_rate"] == 0.5
    assert settings["perceptual_source_rate_of_real_frames"] == 0
    assert settings["perceptual_train_rate_of_real_frames"] == 0


def test_the_nearest_pairs_stand_as_examples():
    """The closest pairs are named by story, frame and the pixels of the other picture."""
    made = rows(N, seed=4)
    made[37] = SOURCES[9]
    examples = estimates(evidence(made))["copy_source_rate"].settings["nearest"]
    assert len(examples) == N_EXAMPLES
    assert examples[0] == {
        "story": "s9",
        "k": 2,
        "distance": pytest.approx(0, abs=1e-6),
        "pixels_sha256": "source-9",
    }


def test_without_a_training_split_the_source_is_still_watched():
    """Two numbers are absent with what to do, the others stand."""
    found, reasons = estimates(evidence(train=False)), absent(evidence(train=False))
    assert set(reasons) == {"copy_train_rate", "copy_train_ratio"}
    assert all("train split" in reason for reason in reasons.values())
    assert found["copy_source_rate"].metric == "copy_source_rate.fake.00000000.targets.v1"
    assert "perceptual_train_rate" not in found["copy_exact_rate"].settings


def test_the_score_without_copies_is_that_of_the_others():
    """The kernel distance of the slots that are no copies, as KID of those slots alone gives it."""
    made, _ = copied(0.4, REAL)
    made[::3] = np.repeat(SOURCES, TARGETS, axis=0)[::3]
    found = estimates(evidence(made))["kd_without_copies"]
    train = train_reach(evidence(made))
    assert train is not None
    kept = ~(source_reach(evidence(made)).is_near | train.is_near)
    whole, rest = (
        KID().estimate(
            Evidence.of(
                named(made[mask], owner="made"),
                named(REAL[mask], owner="real"),
                slots().groups[mask],
                extractor=extractor(),
            )
        )[0]
        for mask in (np.ones(N, bool), kept)
    )
    assert found.n == kept.sum() < 0.7 * N
    assert found.value == pytest.approx(rest.value, rel=1e-9)
    assert found.settings["all_frames"] == pytest.approx(whole.value, rel=1e-9)
    assert found.replicates == pytest.approx(rest.replicates, rel=1e-9)


def test_the_score_without_copies_is_torch_fidelitys_of_the_others():
    """`kid_features_to_metric` with one subset of all slots that are no copies, in float64."""
    metric_kid = pytest.importorskip("torch_fidelity.metric_kid")
    torch = pytest.importorskip("torch")
    made, is_copy = copied(0.4, TRAIN[:N])
    found = estimates(evidence(made))["kd_without_copies"]
    train = train_reach(evidence(made))
    assert train is not None
    kept = ~(train.is_near | source_reach(evidence(made)).is_near)
    assert not (kept & is_copy).any()
    expected = metric_kid.kid_features_to_metric(
        *(torch.from_numpy(side[kept].astype(np.float64)) for side in (made, REAL)),
        kid_subsets=1,
        kid_subset_size=int(kept.sum()),
        verbose=False,
    )["kernel_inception_distance_mean"]
    assert found.value == pytest.approx(expected, rel=1e-9)


def test_the_given_source_is_no_target():
    """A protocol that scores frame 0 shows the source on both sides; only the others count."""
    k = np.tile(np.arange(TARGETS), STORIES)
    made = rows(N, seed=4)
    made[k == 0] = SOURCES
    whole = dataclasses.replace(evidence(made), slots=dataclasses.replace(slots(), k=k))
    reach = source_reach(whole)
    near = reach.made[k > 0] <= np.quantile(reach.real[k > 0], ORDINARY)
    found = estimates(whole)
    assert {one.n for one in found.values()} == {N - STORIES}
    assert found["copy_source_rate"].value == pytest.approx(near.mean())
    assert found["copy_source_rate"].value < 0.1
    assert "kd_without_copies" not in found


def test_no_score_without_copies_where_there_are_none():
    """As few near frames as among the real ones are no reason to score again."""
    assert "kd_without_copies" not in estimates(evidence())
    everything = np.repeat(SOURCES, TARGETS, axis=0)
    assert "kd_without_copies" not in estimates(evidence(everything))


class Album:
    """Pictures of all slots: the generated ones are training frames, or the source again."""

    def __init__(self, made, *, train=None):
        self.frames = pictures(300, seed=2) if train is None else train
        self.sides = {
            "source": pictures(STORIES, seed=1),
            "reference": pictures(N, seed=3),
            "generated": made,
        }

    def of(self, side):
        """Pictures of a side."""
        return self.sides[side]

    def train(self):
        """Frames of the training split."""
        return self.frames


def seen(album, **changes):
    """Evidence that reads from an album."""
    whole = Evidence(slots=slots(), extractor=extractor(), pictures=album)
    return dataclasses.replace(whole, **changes)


def test_a_copy_is_one_whatever_path_the_protocol_sends_real_frames():
    """Training frames at distance 0, all of them copies, under Make-A-Story's two paths too."""
    album = Album(pictures(300, seed=2)[:N])
    for paths in ({}, {"reference": STORY64}):
        found = estimates(seen(album, paths=paths))
        rate = found["copy_train_rate"]
        assert rate.value == found["copy_exact_rate"].value == 1
        assert rate.settings["median_distance"] == pytest.approx(0, abs=1e-6)
        assert rate.settings["median_distance_of_real_frames"] > 0.01
        assert found["copy_train_ratio"].value == pytest.approx(0, abs=1e-6)
    copied = estimates(seen(Album([*np.repeat(album.of("source"), TARGETS, axis=0)]), paths=paths))
    assert copied["copy_source_rate"].value == 1
    assert copied["copy_source_rate"].settings["median_distance"] == pytest.approx(0, abs=1e-6)


def test_the_real_frames_are_measured_as_the_generated_ones_are():
    """What is ordinary does not hang on the path of the protocol's real frames."""
    made = pictures(N, seed=4)
    plain, other = (
        estimates(seen(Album(made), paths=paths)) for paths in ({}, {"reference": STORY64})
    )
    for name in ("copy_source_rate", "copy_train_rate"):
        assert other[name].value == plain[name].value
        for key in ("real_frames", "threshold", "median_distance_of_real_frames"):
            assert other[name].settings[key] == plain[name].settings[key]


def test_the_score_without_copies_keeps_to_the_paths_of_the_protocol():
    """It stands beside the kernel distance of the run, whose real frames go their own way."""
    made = pictures(N, seed=4)
    made[::2] = np.repeat(pictures(STORIES, seed=1), TARGETS, axis=0)[::2]
    of = seen(Album(made), paths={"reference": STORY64})
    (whole,) = KID().estimate(of)
    found = estimates(of)["kd_without_copies"].settings
    assert found["all_frames"] == pytest.approx(whole.value, rel=1e-9)


def test_ids_name_a_path_that_is_not_the_networks_own():
    """Two protocols with other paths never write under one id; the network's own is not named."""
    album = Album(pictures(N, seed=4))
    through = extractor().through(STORY64)
    for network, path in ((extractor(), ""), (through, ".story64")):
        found = estimates(seen(album, extractor=network))
        for name in ("copy_source_rate", "copy_train_rate", "copy_train_ratio"):
            assert found[name].metric == f"{name}.fake.00000000{path}.targets.v1"
        assert found["copy_exact_rate"].metric == "copy_exact_rate.pixels.targets.v1"


def test_stories_of_the_training_split_have_no_numbers_of_it():
    """Their real targets are training frames, so what is near to one says nothing; no NaN."""
    album = Album(pictures(N, seed=4))
    album.frames = [*album.sides["source"], *album.sides["reference"]]
    found, reasons = estimates(seen(album)), absent(seen(album))
    assert set(reasons) == {"copy_train_rate", "copy_train_ratio"}
    assert all("are of the train split" in reason for reason in reasons.values())
    assert "perceptual_train_rate" not in found["copy_exact_rate"].settings
    assert found["copy_exact_rate"].settings["real_frames"] == 0
    assert np.isfinite([one.value for one in found.values()]).all()


def test_without_an_ordinary_distance_there_is_no_ratio():
    """Splits that share every target: a rate of exact copies, and no 0 / 0."""
    album = Album(pictures(N, seed=4))
    album.frames = album.sides["reference"]
    found, reasons = estimates(seen(album)), absent(seen(album))
    assert set(reasons) == {"copy_train_ratio"}
    assert "no ordinary distance" in reasons["copy_train_ratio"]
    assert found["copy_train_rate"].value == 0
    assert found["copy_train_rate"].settings["real_frames"] == 1
