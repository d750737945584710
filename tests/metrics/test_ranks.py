"""Two processes as torchrun starts them, on this processor, through gloo."""

import json
import os
import shutil
import socket
import subprocess
import sys

import numpy as np
import pytest

from storybench.errors import InputError
from storybench.metrics import ranks
from storybench.metrics.features import FeatureCache, extract
from storybench.shards.reader import Stories
from tests.factories import make_predictions, make_shards
from tests.metrics.fakes import extractor, pictures

SHARE = """
import json, sys
from pathlib import Path
from storybench.metrics.features import FeatureCache, extract
from tests.metrics.fakes import extractor, pictures
fake, images = extractor(batch=2), pictures(12)
cache = FeatureCache(Path(sys.argv[1]), dim=8)
table = extract(images + images[::-1], fake, cache)
print(json.dumps([fake.network.batches, table.rows.tolist(), table.slots.tolist(), table.hashes]))
"""


def run(n, commands):
    """What each of n processes printed, and its exit code; each has a command of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    shared = {"WORLD_SIZE": str(n), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    workers = [
        subprocess.Popen(
            [sys.executable, *map(str, commands[rank])],
            env={**os.environ, **shared, "RANK": str(rank)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(n)
    ]
    return [(*worker.communicate(timeout=300), worker.returncode) for worker in workers]


def sharing(*folders):
    """Commands that compute features, each with a cache folder."""
    return [("-c", SHARE, folder) for folder in folders]


def test_two_processes_give_the_numbers_of_one(tmp_path):
    """Each runs its share only, both return the whole table, and it is that of one process."""
    images = pictures(12)
    alone = extractor(batch=2)
    expected = extract(images + images[::-1], alone, FeatureCache(tmp_path / "one", dim=8))
    answers = run(2, sharing(tmp_path / "two", tmp_path / "two"))
    assert [code for *_, code in answers] == [0, 0], answers[0][1] + answers[1][1]
    found = [json.loads(out) for out, *_ in answers]
    shares = [sum(ranks_of(key, 2) == rank for key in expected.hashes) for rank in (0, 1)]
    assert min(shares) > 0
    assert [batches for batches, *_ in found] == [-(-share // 2) for share in shares]
    for _, rows, slots, hashes in found:
        np.testing.assert_array_equal(np.float32(rows), expected.rows)
        assert slots == expected.slots.tolist()
        assert tuple(hashes) == expected.hashes


def ranks_of(key, world):
    """Whose picture it is."""
    return int(key[:8], 16) % world


@pytest.mark.slow
def test_a_cache_that_is_not_shared_is_an_error_not_a_wait(tmp_path):
    """Two machines without a common folder are told so."""
    answers = run(2, sharing(tmp_path / "here", tmp_path / "there"))
    assert all(code != 0 for *_, code in answers)
    assert all(
        "Set STORYBENCH_HOME to one folder that all machines share" in e for _, e, _ in answers
    )


@pytest.mark.slow
def test_two_processes_evaluate_as_one_and_the_first_alone_speaks(tmp_path, monkeypatch):
    """The same report, byte for byte; the second process prints nothing and writes no report."""
    data = make_shards(tmp_path / "shards", stories={"test": 6})
    stories = Stories(data, "test")
    preds = make_predictions(tmp_path / "preds", stories.ids, data_digest=stories.digest).directory

    def scored(n, name):
        monkeypatch.setenv("STORYBENCH_HOME", str(tmp_path / "home"))
        shutil.rmtree(tmp_path / "home", ignore_errors=True)
        what = ("-m", "storybench", "eval", "--preds", preds, "--data", data, "--extractor", "twin")
        outs = [tmp_path / f"{name}-{rank}" for rank in range(n)]
        answers = run(n, [(*what, "--force", "--out", out) for out in outs])
        assert [code for *_, code in answers] == [0] * n, answers
        return outs, answers

    (alone, *_), _ = scored(1, "alone")
    (first, second), (said, unsaid) = scored(2, "together")
    for name in ("report.json", "replicates.parquet", "stories.parquet", "table.md"):
        assert (first / name).read_bytes() == (alone / name).read_bytes(), name
    assert "under sb-v1" in said[0]
    assert unsaid[:2] == ("", "")
    assert not second.exists()


def test_outside_torchrun_everything_is_mine(monkeypatch):
    """And nobody is waited for."""
    monkeypatch.delenv("RANK", raising=False)
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    assert ranks.place() == (0, 1)
    assert ranks.is_first()
    assert ranks.is_mine("f" * 64)
    ranks.wait_for_all()


def test_every_picture_is_in_one_share(monkeypatch):
    """No picture twice, none left out."""
    monkeypatch.setenv("WORLD_SIZE", "3")
    keys = [f"{n * 2654435761 % 2**32:08x}" for n in range(50)]
    owners = []
    for rank in range(3):
        monkeypatch.setenv("RANK", str(rank))
        owners.append({key for key in keys if ranks.is_mine(key)})
    assert sum(map(len, owners)) == len(keys)
    assert set().union(*owners) == set(keys)


@pytest.mark.parametrize(("rank", "world"), [("2", "2"), ("a", "2"), ("0", "")])
def test_nonsense_in_the_environment_is_named(monkeypatch, rank, world):
    """A leftover of another job is not guessed about."""
    monkeypatch.setenv("RANK", rank)
    monkeypatch.setenv("WORLD_SIZE", world)
    with pytest.raises(InputError, match=rf"found RANK={rank} and WORLD_SIZE={world}"):
        ranks.place()
