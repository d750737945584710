"""The rules of the house that a formatter or linter does not know."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("storybench", "datasets/storydata", "baselines/storymodels")
FILE_LINES = 400
FUNCTION_LINES = 50
HEAVY = ("torch", "torchvision", "webdataset", "pandas", "pyarrow", "av", "scipy", "numpy", "PIL")


def sources() -> list[Path]:
    """Every Python file of the product."""
    return [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]


def nodes(path: Path) -> Iterator[ast.AST]:
    """Every node of a file's syntax tree."""
    yield from ast.walk(ast.parse(path.read_text("utf-8")))


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function without its docstring."""
    docstring = ast.get_docstring(function) or ""
    return (
        (function.end_lineno or function.lineno) - function.lineno + 1 - len(docstring.split("\n"))
    )


def modules_after(statement: str) -> set[str]:
    """Top-level modules that a fresh interpreter has loaded after a statement."""
    code = f"import sys; {statement}; print(*sorted({{m.split('.')[0] for m in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split())


def test_there_is_something_to_check() -> None:
    """The product has files, so the rules below are not vacuous."""
    assert len(sources()) > 40


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_can_be_read_in_one_sitting(path: Path) -> None:
    """Files stay under 400 lines and functions under 50."""
    assert len(path.read_text("utf-8").splitlines()) <= FILE_LINES
    long = [
        f"{node.name}: {body_lines(node)}"
        for node in nodes(path)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and body_lines(node) > FUNCTION_LINES
    ]
    assert not long


def test_only_the_command_line_prints() -> None:
    """`print`, stdout and stderr are used in `storybench/cli` alone."""
    guilty = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sources()
        if "cli" not in path.parts
        for node in nodes(path)
        if (isinstance(node, ast.Name) and node.id == "print")
        or (isinstance(node, ast.Attribute) and node.attr in ("stdout", "stderr"))
    ]
    assert not guilty


def test_nothing_is_swallowed() -> None:
    """No bare `except`, and none that names `Exception` or `BaseException`."""
    guilty = [
        f"{path.relative_to(ROOT)}:{handler.lineno}"
        for path in sources()
        for handler in nodes(path)
        if isinstance(handler, ast.ExceptHandler)
        and (
            handler.type is None
            or any(
                isinstance(name, ast.Name) and name.id in ("Exception", "BaseException")
                for name in ast.walk(handler.type)
            )
        )
    ]
    assert not guilty


def test_names_say_what_they_are() -> None:
    """No file for odds and ends, and no numbered classes or functions."""
    drawers = {"utils", "util", "helpers", "helper", "common", "misc", "base"}
    assert not [path for path in sources() if path.stem in drawers]
    numbered = [
        f"{path.relative_to(ROOT)}: {node.name}"
        for path in sources()
        for node in nodes(path)
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and re.sub("(sha256|float32|hdf5)$", "", node.name)[-1:].isdigit()
    ]
    assert not numbered


def test_the_wheel_holds_three_packages_and_their_files(tmp_path: Path) -> None:
    """What is installed is what is here: templates and weights too, and no `datasets` package."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert {"storybench", "storydata", "storymodels"} < tops
    assert not tops & {"datasets", "baselines", "tests", "leaderboard"}
    assert "storybench/metrics/weights/twin.safetensors" in names
    model = {name for name in names if name.startswith("storymodels/storydalle/twin/weights/")}
    assert {Path(name).name for name in model} == {
        "made.json",
        "merges.txt",
        "model.json",
        "model.safetensors",
        "vocab.json",
    }
    assert any(name.endswith(".html") and name.startswith("storybench/board") for name in names)


def test_source_roots_are_not_packages() -> None:
    """`datasets/` and `baselines/` hold packages and are none, or they would shadow others."""
    assert not (ROOT / "datasets" / "__init__.py").exists()
    assert not (ROOT / "baselines" / "__init__.py").exists()


def test_hugging_face_datasets_still_imports_from_the_repository_root() -> None:
    """Our `datasets/` folder does not hide Hugging Face's package."""
    code = "import datasets; print(datasets.Dataset.__module__, datasets.__file__)"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    assert done.stdout.startswith("datasets.arrow_dataset")
    assert str(ROOT / "datasets") not in done.stdout


def test_importing_storybench_loads_nothing_heavy() -> None:
    """`import storybench` stays instant."""
    assert modules_after("import storybench").isdisjoint((*HEAVY, "typer", "rich", "pydantic"))


def test_the_command_line_loads_nothing_heavy_before_it_runs() -> None:
    """Every command's `--help` answers without numpy, torch or pandas."""
    assert modules_after("import storybench.cli.app").isdisjoint((*HEAVY, "pydantic"))


@pytest.mark.parametrize(
    "module",
    [
        "storydata.didemosv",
        "storydata.flintstonessv",
        "storydata.own",
        "storydata.pororosv",
        "storydata.twin.didemo",
        "storydata.twin.flintstones",
        "storydata.twin.pororo",
        "storydata.kit.building.build",
        "storybench.shards.reader",
        "storybench.shards.clips",
        "storybench.shards.verify",
        "storybench.audit.audit",
        "storybench.export.export",
        "storybench.gallery.page",
        "storybench.loader",
        "storybench.predictions.doctor",
        "storybench.board.page.render",
        "storymodels.controls",
        "storybench.generate",
    ],
)
def test_data_predictions_and_the_board_never_load_torch(module: str) -> None:
    """The base install has no torch, so these cannot need it."""
    assert "torch" not in modules_after(f"import {module}")


def test_every_public_name_is_importable() -> None:
    """`storybench.__all__` is complete and true."""
    import storybench

    for name in storybench.__all__:
        assert getattr(storybench, name) is not None
    assert set(dir(storybench)) == set(storybench.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        storybench.nonsense  # noqa: B018


def test_tests_mirror_the_tree() -> None:
    """Every test folder is named after a room of the product, or is one of the shared ones."""
    rooms = {path.parent.name for path in sources()} | {"storybench"}
    shared = {"house", "bench", "end_to_end", "golden", "parity", "evaluate", "generate"}
    folders = {path.parent.name for path in (ROOT / "tests").rglob("test_*.py")}
    assert folders <= rooms | shared
