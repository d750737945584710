from pathlib import Path

import platformdirs
import pytest

from storybench import home


def test_the_variable_names_the_folder(monkeypatch, tmp_path):
    """`STORYBENCH_HOME` decides where weights and features are."""
    monkeypatch.setenv("STORYBENCH_HOME", str(tmp_path / "mine"))
    assert home.home() == tmp_path / "mine"
    assert home.weights_dir() == tmp_path / "mine" / "weights"
    assert home.features_dir() == tmp_path / "mine" / "features"
    assert not (tmp_path / "mine").exists()


def test_a_tilde_is_the_users_folder(monkeypatch):
    """As in a shell."""
    monkeypatch.setenv("STORYBENCH_HOME", "~/stories")
    assert home.home() == Path.home() / "stories"


@pytest.mark.parametrize("value", ["", None])
def test_without_it_the_platforms_cache_folder_is_used(monkeypatch, value):
    """Unset or empty, it is the folder that the platform has for caches."""
    monkeypatch.delenv("STORYBENCH_HOME")
    if value is not None:
        monkeypatch.setenv("STORYBENCH_HOME", value)
    assert home.home() == platformdirs.user_cache_path("storybench")
