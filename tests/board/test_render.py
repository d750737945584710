import base64
import hashlib
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from storybench.board.page import render
from storybench.board.page.render import build_board
from storybench.board.page.view import ONLY_TOY_WORLD
from storybench.board.submissions.folder import GALLERY
from storybench.errors import InputError, MissingError, VerificationError
from storybench.images import decode
from storybench.types import Frame
from tests.page.outline import Outline

XSS = "<script>alert('x')</script>\"><img src=x onerror=alert(1)>"


@pytest.fixture
def page(board):
    """Build the page of the board and read it."""
    return lambda: build_board(board, board / "site" / "index.html").read_text("utf-8")


def noisy(story):
    """The worst case for size: frames of noise."""
    rng = np.random.default_rng(story.position)
    frames = tuple(
        Frame(
            rng.integers(0, 256, (112, 112, 3), np.uint8), f.captions, f.origin, 0, None, f.licence
        )
        for f in story.frames
    )
    return type(story)(story.id, story.split, story.cluster, story.position, frames[0], frames[1:])


def test_the_page_stands_alone(board, add, report, score, story, page):
    """No address is loaded, no file is needed: pictures, style and script are inside."""
    add(board, "Mine", report("mine", [score()]), stories=[story("s-1", 1)])
    outline = Outline(page())
    assert outline.open == []
    assert not outline.all("link")
    assert all(image["src"].startswith("data:image/webp;base64,") for image in outline.all("img"))
    assert all("src" not in script for script in outline.all("script"))
    assert not any("style" in attributes for _, attributes in outline.tags)
    assert not re.search(r"url\(|@import", page())


def test_the_policy_allows_only_the_pages_own_code(board, page):
    """The policy names style and script by hash, and forbids everything else."""
    text = page()
    policy = next(m["content"] for m in Outline(text).all("meta") if "http-equiv" in m)
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for tag in ("style", "script"):
        inside = re.search(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        assert inside is not None
        digest = base64.b64encode(hashlib.sha256(inside[1].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy


def test_nothing_a_submitter_writes_becomes_markup(board, add, report, score, story, page):
    """Names, authors, models, captions, licences and credits are text, whatever they hold."""
    made = story("s-1", 1)
    frames = [
        Frame(f.image, (XSS,), type(f.origin)(XSS, XSS), licence=f.licence) for f in made.frames
    ]
    evil = type(made)(made.id, made.split, made.cluster, 1, frames[0], tuple(frames[1:]))
    hidden = story("s-2", 2, licences=[XSS] * 3)
    document = report("mine", [score()], model={"name": XSS, XSS: XSS}, versions={XSS: XSS})
    add(
        board,
        "x" + XSS[:70],
        document,
        stories=[evil, hidden],
        identity={"authors": XSS, "description": XSS, "url": "https://example.org/?q=<script>"},
    )
    outline = Outline(page())
    assert outline.open == []
    assert len(outline.all("script")) == 1
    assert not any(name.startswith("on") for _, attributes in outline.tags for name in attributes)
    assert all(image["src"].startswith("data:") for image in outline.all("img"))
    addresses = [link["href"] for link in outline.all("a")]
    assert all(re.match(r"#|https?://", address) for address in addresses)


def test_values_intervals_and_counts_are_shown(board, add, report, score, page):
    """A row shows value, error, interval, frames, clusters, tier and its rank."""
    add(board, "Mine", report("mine", [score(value=23.41, standard_error=0.62)]))
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page()))
    for words in ("23.41 ± 0.62", "8,832", " 31 ", "self-reported", "2,208", "lower is better"):
        assert words in text
    assert 'aria-label="95 % interval 21.41 to 25.41"' in page()


def test_kid_is_shown_times_a_thousand(board, add, report, score, page):
    """KID 0.0041 ± 0.0003 reads 4.10 ± 0.30."""
    kid = score("kid.clean299.targets.v1", 0.0041, standard_error=0.0003, interval=(0.003, 0.005))
    add(board, "Mine", report("mine", [kid]))
    assert "KID × 1000" in page()
    assert re.search(r"4\.10.*± 0\.30", page(), re.DOTALL)


def test_flags_and_cautions_are_explained(board, add, report, score, page):
    """A flagged number has a mark and a footnote; other features carry a caution."""
    flagged = score("fd.twin.0123abcd.targets.v1", settings={"flags": ["below_floor"]})
    add(board, "Mine", report("mine", [flagged], dataset="didemosv-twin"))
    text = page()
    assert '<sup class="mark">*</sup>' in text
    assert "Fewer than 5,000 scored frames" in text
    assert "Not comparable with published FIDs" in text
    assert "toy world" in text
    assert "KID" not in text


def test_a_number_without_interval_says_why(board, add, report, score, page):
    """Said beside the number and under the table."""
    few = score(interval=None, standard_error=None, n_clusters=2)
    add(board, "Mine", report("mine", [few]))
    text = page()
    assert '<span class="by">no interval</span>' in text
    assert 'aria-label="no interval"' in text
    assert "Fewer than three clusters, or nothing that tells of a spread." in text


def test_a_board_of_the_toy_world_alone_says_what_that_is(board, add, report, score, page):
    """One sentence says where the pictures come from; it goes when a real dataset is there."""
    add(board, "Toy", report("toy", [score()], dataset="didemosv-twin"))
    assert ONLY_TOY_WORLD in page()
    add(board, "Real", report("real", [score()]))
    assert ONLY_TOY_WORLD not in page()
    assert ">toy world</p>" in page()


def test_each_dataset_has_a_tab(board, add, report, score, page):
    """Two datasets or more: a tab each, hidden until the script shows them; one needs none."""
    add(board, "Mine", report("mine", [score()]))
    assert 'role="tab"' not in page()
    add(board, "Other", report("other", [score()], dataset="other"))
    outline = Outline(page())
    tabs = [one for one in outline.all("button") if one.get("role") == "tab"]
    sections = [one["data-dataset"] for one in outline.all("section") if "data-dataset" in one]
    assert [tab["data-dataset"] for tab in tabs] == sections
    assert len(sections) == 2
    (bar,) = [one for one in outline.all("div") if one.get("role") == "tablist"]
    assert "hidden" in bar


def test_ranks_are_said_to_be_ranges(board, add, report, score, page):
    """The page says in words how ranks come about."""
    for name in ("A", "B"):
        add(board, name, report(name, [score()]))
    assert page().count(">1–2</td>") == 2
    assert "intervals do not overlap" in page()


def test_controls_are_marked(board, add, report, score, page):
    """Controls stand in a group of their own."""
    add(board, "Copy", report("copy-source", [score()]))
    assert 'class="controls"' in page()
    assert "not ranked" in page()


def test_systems_stand_side_by_side(board, add, report, score, story, page):
    """Each story shows source, truth and every system's frames, with the captions."""
    for name in ("A", "B"):
        add(board, name, report(name, [score()]), stories=[story("s-1", 1)])
    images = Outline(page()).all("img")
    assert [image["alt"] for image in images] == [
        "Source frame", "True frame 1", "True frame 2",
        "A, frame 1", "A, frame 2", "B, frame 1", "B, frame 2",
    ]  # fmt: skip
    captions = re.findall(r"True frame \d</span> ([^<]*)</figcaption>", page())
    assert captions == [
        "The ball rolls over hill 1, step 1.",
        "The ball rolls over hill 1, step 2.",
    ]
    source = base64.b64decode(images[0]["src"].partition(",")[2])
    assert abs(decode(source, "x").mean() - story("s-1", 1).source.image.mean()) < 4


def test_what_may_not_be_shown_is_said(board, add, report, score, story, page):
    """Withheld truth and left-out stories are told with their reasons."""
    by = "CC BY 2.0"
    stories = [story("s-1", 1, licences=[by, by, None]), story("s-2", 2, licences=[None] * 3)]
    add(board, "A", report("A", [score()]), stories=stories)
    assert "The true frames are not shown" in page()
    assert "1 story is not shown" in page()
    assert "no known licence" in page()


@pytest.mark.parametrize("n_targets", [2, pytest.param(4, marks=pytest.mark.slow)])
def test_twelve_systems_stay_below_a_megabyte(board, add, report, score, story, page, n_targets):
    """Six stories of pure noise from twelve systems, and all published numbers, still fit."""
    shipped = Path(__file__).parents[2] / "leaderboard" / "reported"
    shutil.copytree(shipped, board / "reported")
    stories = [noisy(story(f"s-{k}", k, n_targets=n_targets)) for k in range(6)]
    for k in range(12):
        scores = [score(value=20.0 + k), score("kid.clean299.targets.v1", 0.004)]
        add(board, f"System {k}", report(f"s{k}", scores), stories=stories)
    text = page()
    assert len(text.encode()) < 1_000_000
    assert "System 11, frame 1" in text


def test_a_page_that_cannot_fit_is_refused(board, add, report, score, monkeypatch):
    """If even a page without pictures is too large, nothing is written and the error says why."""
    add(board, "A", report("A", [score()]))
    monkeypatch.setattr(render, "MAX_PAGE_BYTES", 10_000)
    with pytest.raises(InputError, match="too many for one"):
        build_board(board, board / "index.html")
    assert not (board / "index.html").exists()


def test_pictures_shrink_before_stories_go(board, add, report, score, story, monkeypatch, page):
    """A tighter limit makes pictures smaller; when stories are left away the page says so."""
    stories = [noisy(story(f"s-{k}", k)) for k in range(6)]
    add(board, "A", report("A", [score()]), stories=stories)
    assert Outline(page()).all("img")[0]["width"] == "224"
    monkeypatch.setattr(render, "MAX_PAGE_BYTES", 60_000)
    assert int(Outline(page()).all("img")[0]["width"]) < 224
    monkeypatch.setattr(render, "MAX_PAGE_BYTES", 36_000)
    assert "of 6 stories are shown" in page()


def test_published_numbers_stand_apart(board, add, report, score, page):
    """They are collapsed, by dataset, in a section of their own, never in a ranked table."""
    shutil.copytree(Path(__file__).parents[2] / "leaderboard" / "reported", board / "reported")
    add(board, "A", report("A", [score()]))
    text = page()
    ranked, published = text.split('<section class="published"')
    assert "158.06" in published
    assert "158.06" not in ranked
    assert "<details open" not in published
    assert "None was measured under a protocol of this page" in published
    assert len(text.encode()) < 150_000


def test_an_unsound_board_is_not_rendered(board, add, report, score):
    """One bad submission stops the page, with the problem in the message."""
    folder = add(board, "A", report("A", [score()]))
    (folder / GALLERY).write_text("{}")
    with pytest.raises(VerificationError, match="the file was changed"):
        build_board(board, board / "index.html")
    assert not (board / "index.html").exists()


def test_an_empty_board_says_so(board, page):
    """A board without submissions is a page that says how to make the first."""
    assert "No submission yet" in page()


def test_no_board_is_missing(tmp_path):
    """A folder that is no leaderboard is not rendered."""
    with pytest.raises(MissingError):
        build_board(tmp_path, tmp_path / "index.html")


def test_the_same_folder_gives_the_same_page(board, add, report, score, story, page):
    """No clock and no chance in the page."""
    add(board, "A", report("A", [score()]), stories=[story("s-1", 1)])
    assert page() == page()
