import json
from dataclasses import asdict, replace

import numpy as np
import pytest
import torch

from storybench.errors import InputError, MissingError, UnknownNameError
from storybench.metrics.classifier import checkpoint, document, fitting, networks, training
from storybench.metrics.classifier.fitting import fit
from storybench.metrics.classifier.loading import load
from storybench.metrics.classifier.settings import PRESETS, SMALL
from storybench.metrics.runner import VARIABLE
from storybench.shards.reader import Stories
from tests.factories import make_shards
from tests.metrics.classifier.casts import CAST, write_cast
from tests.metrics.classifier.conftest import QUICK

SHORT = replace(SMALL, epochs=3)


class StoppedError(Exception):
    """A kill in the middle of the work."""


def stop_after(step):
    """A progress callback that ends the fit there."""

    def tell(done, total, what):
        if done == step:
            raise StoppedError

    return tell


@pytest.fixture(scope="module")
def whole(cast, tmp_path_factory):
    """The bytes of a short fit that nothing stopped."""
    path = tmp_path_factory.mktemp("whole") / "c.safetensors"
    fit(cast, path, settings=SHORT)
    return path.read_bytes()


def test_it_learns_who_is_there(cast, fitted):
    """Episodes that it never saw: the right set in nearly all frames."""
    classifier, test = load(fitted), Stories(cast, "test")
    frames = [frame for story in test for frame in story.targets]
    logits = classifier.extractor([frame.image for frame in frames])
    labels = np.array([frame.characters for frame in frames], bool)
    assert classifier.characters == CAST
    assert ((logits > 0) == labels).mean() > 0.95


@pytest.mark.usefixtures("pretended_gpu")
def test_a_gpu_learns_it_too(cast, tmp_path, monkeypatch):
    """Its file says where it was made, and gives the same logits on a processor."""
    path = tmp_path / "c.safetensors"
    fit(cast, path, settings=SHORT)
    assert document.read(path)[1].device == "cuda"
    frames = [frame.image for frame in Stories(cast, "test")[0].targets]
    there = load(path).extractor(frames)
    monkeypatch.setenv(VARIABLE, "cpu")
    np.testing.assert_allclose(there, load(path).extractor(frames), atol=1e-5)


def test_the_file_says_all_about_it(cast, fitted):
    """Episodes, seed, settings, history, scores, and the digest of the data."""
    _, found = document.read(fitted)
    stories = Stories(cast)
    assert found.data.digest == stories.digest
    assert found.data.train_episodes == tuple(f"train-{n}" for n in range(6))
    assert found.data.val_episodes == ("val-0", "val-1")
    assert (found.data.n_train_frames, found.data.n_val_frames) == (90, 30)
    assert found.settings == asdict(QUICK)
    assert len(found.history) <= QUICK.epochs
    assert found.scores["charf1"] > 0.9
    assert found.history[-1]["loss"] < found.history[0]["loss"] / 2


def test_the_same_fit_gives_the_same_bytes(cast, whole, tmp_path):
    """Another seed gives others; a finished fit is not repeated."""
    again, other = tmp_path / "again.safetensors", tmp_path / "other.safetensors"
    fit(cast, again, settings=SHORT)
    fit(cast, other, settings=replace(SHORT, seed=1))
    assert again.read_bytes() == whole != other.read_bytes()
    steps = []
    fit(cast, again, settings=SHORT, on_progress=lambda *now: steps.append(now))
    assert not steps


@pytest.mark.parametrize("step", [2, 3, 5, 7])
def test_a_fit_that_was_killed_ends_the_same(cast, whole, tmp_path, step, monkeypatch):
    """Stopped in the middle of an epoch or between two, saved at every step or not."""
    resumed = tmp_path / "resumed.safetensors"
    if step % 2:
        monkeypatch.setattr(fitting, "SECONDS_BETWEEN_SAVES", -1.0)
    with pytest.raises(StoppedError):
        fit(cast, resumed, settings=SHORT, on_progress=stop_after(step))
    taken = []
    fit(cast, resumed, settings=SHORT, on_progress=lambda done, *_: taken.append(done))
    assert resumed.read_bytes() == whole
    assert taken[0] == (step if step % 2 else 1)
    assert not checkpoint.path_of(resumed).exists()


def test_progress_of_another_fit_is_refused(cast, tmp_path):
    """Never silently continued with other settings."""
    out = tmp_path / "c.safetensors"
    with pytest.raises(StoppedError):
        fit(cast, out, settings=SHORT, on_progress=stop_after(4))
    with pytest.raises(InputError, match="other data, settings or versions"):
        fit(cast, out, settings=replace(SHORT, seed=9))


def test_a_finished_file_of_another_fit_is_not_overwritten(cast, fitted):
    """The error says what to do."""
    before = fitted.read_bytes()
    with pytest.raises(InputError, match=r"a classifier of other data or settings\. Remove it"):
        fit(cast, fitted, settings=replace(QUICK, seed=3))
    assert fitted.read_bytes() == before


def test_it_stops_when_nothing_gets_better(cast, tmp_path):
    """Patience counts epochs after the best one, whose parameters are kept."""
    settings = replace(SMALL, epochs=40, patience=2)
    found = fit(cast, tmp_path / "c.safetensors", settings=settings)
    assert len(found.history) < 40
    assert len(found.history) - 1 - found.best_epoch == 2
    best = max(row["charf1"] for row in found.history)
    assert found.history[found.best_epoch]["charf1"] == best


def test_progress_is_told(cast, tmp_path):
    """Every step, of how many, and how good it is by now."""
    told = []
    fit(cast, tmp_path / "c.safetensors", settings=SHORT, on_progress=lambda *now: told.append(now))
    assert [done for done, _, _ in told] == list(range(1, 10))
    assert {total for _, total, _ in told} == {9}
    assert told[0][2] == "steps"
    assert "best F1 on held-out episodes" in told[-1][2]


def test_test_episodes_are_never_read(cast, tmp_path, monkeypatch):
    """Neither learnt from nor watched."""
    seen = []
    batches = fitting.Reader.batches

    def spy(self, frames, size):
        seen.extend(frames.episodes.tolist())
        return batches(self, frames, size)

    monkeypatch.setattr(fitting.Reader, "batches", spy)
    fit(cast, tmp_path / "c.safetensors", settings=replace(SMALL, epochs=1))
    assert {name.split("-")[0] for name in seen} == {"train", "val"}


def test_it_starts_from_the_trunk_of_another(cast, fitted, tmp_path):
    """With `init` the first epoch is better than from nothing; heads are left out."""
    one = replace(SMALL, epochs=1, learning_rate=1e-3)
    fresh = fit(cast, tmp_path / "fresh.safetensors", settings=one)
    warm = fit(cast, tmp_path / "warm.safetensors", settings=one, init=fitted)
    assert warm.history[0]["log_loss"] < fresh.history[0]["log_loss"]
    assert warm.init_sha256 is not None
    assert fresh.init_sha256 is None


def test_a_start_of_another_network_is_refused(cast, tmp_path):
    """By name and shape."""
    torch.save({"trunk.0.0.weight": torch.zeros(3, 3)}, tmp_path / "other.pt")
    with pytest.raises(InputError, match="parameters of small64"):
        fit(cast, tmp_path / "c.safetensors", init=tmp_path / "other.pt")
    with pytest.raises(MissingError, match="to start from"):
        fit(cast, tmp_path / "c.safetensors", init=tmp_path / "none.pt")


def test_mistakes_are_named(cast, tmp_path):
    """Wrong names, a folder, no labels, too few episodes."""
    with pytest.raises(UnknownNameError, match="small64 or inception299, found 'resnet'"):
        fit(cast, tmp_path / "c.safetensors", settings=replace(SMALL, arch="resnet"))
    with pytest.raises(InputError, match=r"ending in \.safetensors"):
        fit(cast, tmp_path / "c.pt")
    (tmp_path / "folder.safetensors").mkdir()
    with pytest.raises(InputError, match=r"a file for the classifier at .*, found a folder\."):
        fit(tmp_path / "none", tmp_path / "folder.safetensors")
    with pytest.raises(InputError, match="labelled with characters"):
        fit(make_shards(tmp_path / "bare"), tmp_path / "c.safetensors")
    alone = write_cast(tmp_path / "alone", episodes={"train": 1, "test": 1})
    with pytest.raises(InputError, match="at least two labelled episodes"):
        fit(alone, tmp_path / "c.safetensors")


def test_rare_characters_weigh_more():
    """The published plain loss is balance 0; weights are bounded."""
    labels = np.zeros((1000, 3), bool)
    labels[:500, 0], labels[:10, 1] = True, True
    assert training.positive_weights(labels, 0.0).tolist() == [1.0, 1.0, 1.0]
    half = training.positive_weights(labels, 0.5)
    assert half[0] == 1.0
    assert half[1] == pytest.approx(99**0.5)
    assert half[2] == training.STRONGEST


def test_the_auxiliary_loss_has_its_weight():
    """Main plus 0.4 of the auxiliary head, as the published training."""
    y, weights = torch.tensor([[1.0, 0.0]]), torch.ones(2)
    main, aux = torch.tensor([[0.5, -1.0]]), torch.tensor([[-2.0, 3.0]])
    bce = torch.nn.BCEWithLogitsLoss()
    found = training.loss_of((main, aux), y, weights=weights, aux_weight=0.4)
    assert float(found) == pytest.approx(float(bce(main, y) + 0.4 * bce(aux, y)))


def test_checkpoints_hold_no_pickle(cast, tmp_path):
    """Progress is safetensors with JSON."""
    out = tmp_path / "c.safetensors"
    with pytest.raises(StoppedError):
        fit(cast, out, settings=SHORT, on_progress=stop_after(4))
    data = checkpoint.path_of(out).read_bytes()
    size = int.from_bytes(data[:8], "little")
    assert "storybench.fit" in json.loads(data[8 : 8 + size])["__metadata__"]


@pytest.mark.parametrize("change", ["arch", "characters", "description", "cut"])
def test_a_file_that_is_no_classifier_is_refused(fitted, tmp_path, change):
    """Each fault is one sentence."""
    state, found = document.read(fitted)
    path = tmp_path / "c.safetensors"
    if change == "arch":
        document.write(path, {"x": torch.zeros(1)}, found)
        message = "parameters of small64 for 3 characters"
    elif change == "characters":
        document.write(path, state, found.model_copy(update={"characters": ("A", "B")}))
        message = "parameters of small64 for 2 characters"
    elif change == "description":
        from safetensors.torch import save_file

        save_file(dict(state), path)
        message = "safetensors without its description"
    else:
        path.write_bytes(fitted.read_bytes()[:-10])
        message = "Expected a classifier in"
    with pytest.raises(InputError, match=message):
        load(path)


def test_calibrated_logits_are_what_scores(cast, fitted):
    """The loader applies what was fitted on the held-out episodes."""
    state, found = document.read(fitted)
    network = networks.empty("small64", 3)
    network.load_state_dict(state, assign=True)
    image = Stories(cast, "test").image(0, 1)
    classifier = load(fitted)
    with torch.inference_mode():
        pixels = torch.from_numpy(classifier.extractor.pixels(image))[None]
        raw = network.eval()(pixels).numpy()
    expected = (raw - np.array(found.calibration.bias)) / found.calibration.temperature
    np.testing.assert_allclose(classifier.extractor([image]), expected, atol=1e-5)


@pytest.mark.slow
def test_inception_is_fitted_like_the_papers(cast, tmp_path):
    """A step with both heads moves all of it; the file is also torchvision's state dict."""
    from torchvision.models import inception_v3

    small = write_cast(tmp_path / "few", episodes={"train": 1, "val": 1, "test": 1}, stories=2)
    settings = replace(PRESETS["inception299"], epochs=1, batch=2)
    out = tmp_path / "c.safetensors"
    found = fit(small, out, settings=settings)
    assert (found.arch, len(found.history)) == ("inception299", 1)
    state, _ = document.read(out)
    network = inception_v3(weights=None, num_classes=3, aux_logits=True, init_weights=False)
    network.load_state_dict(state)
    before = networks.make("inception299", 3, seed=0).state_dict()
    moved = [not torch.equal(before[name], value) for name, value in state.items()]
    assert np.mean(moved) > 0.99
    assert load(out).extractor([Stories(small).image(0, 1)]).shape == (1, 3)
