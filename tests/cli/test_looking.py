"""`data audit`, `gallery` and `show` as a user meets them."""

from __future__ import annotations

import dataclasses
import json
import re
from inspect import signature

import pytest
import typer
from typer.testing import CliRunner

from storybench.cli import console, guard, looking
from storybench.gallery.blocks import HALF
from storybench.shards.reader import Stories
from tests.audit.builds import CAST, frame, story, write
from tests.audit.test_audit import clean_stories
from tests.factories import make_predictions


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    """A build with nothing to find."""
    return write(tmp_path_factory.mktemp("clean"), clean_stories(), characters=CAST)


@pytest.fixture(scope="module")
def leaky(tmp_path_factory):
    """A build with a story of test in train too."""
    leak = dataclasses.replace(clean_stories()[-1], key="leak", split="train")
    stories = [*clean_stories(), leak]
    return write(tmp_path_factory.mktemp("leaky"), stories, characters=CAST)


@pytest.fixture
def run():
    """Runs one of the three commands."""
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(guard.guarded(looking.audit))
    app.command()(guard.guarded(looking.gallery))
    app.command()(guard.guarded(looking.show))

    def call(*args):
        return CliRunner().invoke(app, [str(arg) for arg in args])

    return call


def test_an_audit_ends_with_0_unless_it_is_strict(run, clean, leaky):
    """A problem is told; only `--strict` makes it an exit code."""
    assert run("audit", clean, "--strict").exit_code == 0
    done = run("audit", leaky)
    assert done.exit_code == 0
    assert re.search(r"✗ frames in train and test: 2 clips", done.stdout)
    strict = run("audit", leaky, "--strict")
    assert strict.exit_code == 5
    assert strict.stdout == done.stdout
    assert "without problems, found 2" in " ".join(strict.stderr.split())


def test_an_audit_prints_its_tables(run, leaky):
    """Shares in per cent, counts to the right, findings last."""
    lines = [line.rstrip() for line in run("audit", leaky).stdout.splitlines()]
    assert any(re.match(r" test +train +2 +2 +2 +8\.3 % +1 +8\.3 %$", line) for line in lines)
    assert lines[0].startswith("toy in ")
    assert lines[-1][0] in "✓•✗"


def test_an_audit_as_json_is_one_document(run, leaky):
    """Everything, with a schema version."""
    found = json.loads(run("audit", leaky, "--json").stdout)
    assert found["schema_version"] == 1
    assert found["page"] is None
    shared = {(one["split"], one["other"]): one for one in found["shared"]}
    assert shared["test", "train"]["n_clips"] == 2
    assert shared["test", "train"]["examples"][0]["first"]["story"] == "test-11"
    assert "problem" in {one["level"] for one in found["findings"]}


def test_an_audit_writes_its_page(run, leaky, tmp_path):
    """And says where, after the findings."""
    done = run("audit", leaky, "--page", tmp_path / "audit.html", "--examples", "2")
    assert done.stdout.splitlines()[-1] == str(tmp_path / "audit.html")
    assert "<h1>Audit of toy</h1>" in (tmp_path / "audit.html").read_text("utf-8")


def test_the_threshold_of_the_help_is_that_of_the_room():
    """Typer must not import the room to know its default."""
    from storybench.audit.audit import EXAMPLES
    from storybench.audit.near import BITS

    defaults = {name: of.default for name, of in signature(looking.audit).parameters.items()}
    assert (defaults["threshold"], defaults["examples"]) == (BITS, EXAMPLES)


def test_a_gallery_says_what_it_wrote(run, clean, tmp_path):
    """Paths, counts and sizes, a line each."""
    page, sheet = tmp_path / "g.html", tmp_path / "s.png"
    done = run("gallery", clean, "--out", page, "--sheet", sheet, "--split", "val", "--stories", 3)
    assert done.exit_code == 0
    first, second = done.stdout.splitlines()
    assert re.fullmatch(
        rf"{page}: 3 of 12 stories, \d+\.\d kB, 6 pictures of \d+\.\d kB inside it", first
    )
    assert re.fullmatch(rf"{sheet}: 3 stories, \d+\.\d kB", second)
    assert page.is_file()
    assert sheet.read_bytes().startswith(b"\x89PNG")


def test_a_gallery_may_be_a_sheet_alone(run, clean, tmp_path, monkeypatch):
    """Without `--out` and `--sheet` the page has a name of its own."""
    monkeypatch.chdir(tmp_path)
    assert run("gallery", clean, "--sheet", "s.png").exit_code == 0
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["s.png"]
    assert run("gallery", clean, "--files").exit_code == 0
    assert (tmp_path / "gallery.html").is_file()
    assert len(list((tmp_path / "gallery-pictures").iterdir())) == 72


def test_a_gallery_as_json_is_one_document(run, clean, tmp_path):
    """What was written, sizes included."""
    found = json.loads(run("gallery", clean, "--out", tmp_path / "g.html", "--json").stdout)
    assert found["page"]["page"] == str(tmp_path / "g.html")
    assert found["page"]["n_stories"] == 36
    assert found["sheet"] is None


def test_a_gallery_of_nothing_is_refused(run, clean, tmp_path):
    """Exit code 2 and a sentence."""
    done = run("gallery", clean, "--out", tmp_path / "g.html", "--character", "Adda")
    assert done.exit_code == 2
    assert "Did you mean Ada?" in " ".join(done.stderr.split())


def test_a_story_is_shown_as_text_where_there_is_no_colour(run, clean):
    """Captions, characters, origin, sizes; no drawing in a pipe."""
    done = run("show", clean, "test-0")
    assert done.exit_code == 0
    assert HALF not in done.stdout
    for text in (
        "test-0 of toy",
        "test, position 0",
        "Ada runs. This is scene 2 0 0.",
        "characters  Ada",
        "film.mp4, clip clip-2000, index 0",
        "test-0.0.png, 64 × 64 pixels",
    ):
        assert text in done.stdout


def test_a_story_is_drawn_where_there_is_colour(run, clean, monkeypatch):
    """Frames beside each other in the pictures' own colours; NO_COLOR leaves them out."""
    for no_color, is_drawn in ((False, True), (True, False)):
        terminal = console.Terminal(
            force_terminal=True, color_system="truecolor", no_color=no_color, width=100
        )
        monkeypatch.setattr(console, "out", terminal)
        done = run("show", clean, "test-0")
        assert (HALF in done.stdout) == is_drawn
        assert ("\x1b[38;2;" in done.stdout) == is_drawn


def test_a_story_is_written_out(run, clean, tmp_path):
    """`--out` writes the pictures and says so; JSON too."""
    found = json.loads(run("show", clean, "val-3", "--out", tmp_path, "--json").stdout)
    assert found["written"] == [str(tmp_path / f"val-3.{k}.png") for k in range(2)]
    assert all((tmp_path / f"val-3.{k}.png").is_file() for k in range(2))
    assert found["frames"][1]["characters"] == ["Ada"]


def test_a_story_with_more_to_tell(run, tmp_path):
    """Other captions, other orders, parts and licences have lines of their own."""
    rich = dataclasses.replace(
        story("a", [frame(1, captions=["One.", "Two."]), frame(2)]),
        orders={"file": 12},
        subsets=("first-1900",),
    )
    done = run("show", write(tmp_path, [rich]), "a")
    assert re.search(r"caption +One\.\n +caption 1 +Two\.", done.stdout)
    assert re.search(r"other orders +file 12\n +part of +first-1900", done.stdout)
    assert "characters" not in done.stdout


def test_an_unknown_story_is_answered(run, clean):
    """With close ones, and exit code 2."""
    done = run("show", clean, "test-00")
    assert done.exit_code == 2
    assert "Did you mean test-0" in " ".join(done.stderr.split())


def test_pictures_of_models_go_onto_a_sheet_alone(run, clean, tmp_path):
    """Of test unless said otherwise; a page of them is another command's."""
    stories = Stories(clean, "test")
    drawn = make_predictions(
        tmp_path / "mine",
        stories.ids,
        dataset=stories.spec.name,
        data_digest=stories.digest,
        n_targets=stories.spec.n_targets,
    )
    sheet = tmp_path / "sheet.png"
    done = run("gallery", clean, "--sheet", sheet, "--beside", drawn.directory)
    assert done.exit_code == 0
    assert f"{len(stories)} stories" in done.stdout
    refused = run("gallery", clean, "--out", tmp_path / "page.html", "--beside", drawn.directory)
    assert refused.exit_code == 2
    assert "Expected --sheet alone with --beside" in " ".join(refused.stderr.split())
