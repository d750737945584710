from __future__ import annotations

import re

import pytest

from storybench.errors import InputError
from storybench.gallery import page as room
from storybench.gallery.choosing import Wanted
from storybench.gallery.page import gallery
from storybench.images import decode
from tests.factories import make_shards
from tests.page.outline import Outline

CAST = ("Ada", "Bo", "Cleo")
XSS = "<script>alert('x')</script>\"><img src=x onerror=alert(1)>"


def captions(split, number, k):
    """Two captions here and there, one of them hostile."""
    if (split, number, k) == ("test", 0, 1):
        return (XSS, "Another way to say it.")
    return (f"Story {number} of {split}, frame {k}.",)


@pytest.fixture(scope="module")
def build(tmp_path_factory):
    """Five train and four test stories with characters."""
    return make_shards(
        tmp_path_factory.mktemp("build"),
        stories={"train": 5, "test": 4},
        characters=CAST,
        captions=captions,
    )


@pytest.fixture(scope="module")
def written(build, tmp_path_factory):
    """The page of all of them, and what was said of it."""
    return gallery(build, tmp_path_factory.mktemp("page") / "gallery.html")


@pytest.fixture(scope="module")
def page(written):
    """Its text."""
    return written.page.read_text("utf-8")


def test_the_page_stands_alone(page):
    """Pictures inside it, lazily decoded; nothing is loaded; tags nest."""
    outline = Outline(page)
    assert outline.open == []
    images = outline.all("img")
    assert len(images) == 27
    assert all(image["src"].startswith("data:image/webp;base64,") for image in images)
    assert all(image["loading"] == "lazy" for image in images)
    assert all(int(image["width"]) > 0 for image in images)
    assert not any("style" in attributes for _, attributes in outline.tags)
    assert not re.search(r"url\(|@import|https?://", page)


def test_a_row_holds_what_is_known_of_a_story(page):
    """Split, position, id, episode; the source marked; captions and characters under the frames."""
    row = re.search(r'<article class="story" id="test-002".*?</article>', page, re.DOTALL)
    assert row is not None
    assert 'data-split="test" data-who="|Ada|Bo|Cleo|"' in row[0]
    assert '<span class="split">test 2</span>' in row[0]
    assert '<span class="cluster">test-cluster-1</span>' in row[0]
    assert row[0].count("<figure") == 3
    assert row[0].count('<figure class="source">') == 1
    assert re.findall(r'<li class="chip">(\w+)</li>', row[0]) == ["Cleo", "Ada", "Bo"]
    assert "Story 2 of test, frame 1." in row[0]


def test_other_captions_are_folded(page):
    """The default one is read, the others can be."""
    assert re.search(r"<summary>1 more</summary><p>Another way to say it\.</p>", page)


def test_captions_stay_text(page):
    """What a dataset says is never markup."""
    assert XSS not in page
    assert "&lt;script&gt;alert" in page


def test_filters_count_stories(page):
    """A button a split and a character, with how many stories of the page it leaves."""
    buttons = re.findall(
        r'data-(split|who)="([^"|]+)" aria-pressed="false">\S+ <span class="n">(\d+)', page
    )
    assert buttons == [
        ("split", "train", "5"),
        ("split", "test", "4"),
        ("who", "Ada", "9"),
        ("who", "Bo", "9"),
        ("who", "Cleo", "9"),
    ]


def test_sizes_are_stated(written):
    """Of the page and of its pictures, which are inside."""
    assert written.page_bytes == written.page.stat().st_size
    assert (written.n_stories, written.n_matching, written.n_pictures) == (9, 9, 27)
    assert 0 < written.picture_bytes < written.page_bytes
    assert written.folder is None


def test_a_part_says_that_it_is_one(build, tmp_path):
    """Three of four matching stories of nine, evenly spread."""
    done = gallery(build, tmp_path / "g.html", wanted=Wanted(split="test"), n_stories=3)
    text = " ".join(done.page.read_text("utf-8").split())
    assert "3 of 4 matching stories (9 in all), evenly spread." in text
    assert len(Outline(text).all("article")) == 3


def test_pictures_beside_the_page_are_files(build, tmp_path):
    """In a folder called after it, under addresses that a browser resolves, each once."""
    done = gallery(build, tmp_path / "my page #1.html", pictures="beside")
    folder = tmp_path / "my page #1-pictures"
    assert done.folder == folder
    sources = [image["src"] for image in Outline(done.page.read_text("utf-8")).all("img")]
    assert all(of.startswith("my%20page%20%231-pictures/") for of in sources)
    names = {of.rpartition("/")[2] for of in sources}
    assert names == {path.name for path in folder.iterdir()}
    assert done.n_pictures == len(names) == 27
    assert done.picture_bytes == sum(path.stat().st_size for path in folder.iterdir())
    first = folder / sorted(names)[0]
    assert decode(first.read_bytes(), first.name).shape == (72, 96, 3)


def test_many_stories_wait_in_a_template(build, tmp_path, monkeypatch):
    """What is beyond the first screenfuls is parsed by the browser and not drawn."""
    monkeypatch.setattr(room, "AT_ONCE", 4)
    page = gallery(build, tmp_path / "g.html").page.read_text("utf-8")
    (rest,) = re.findall(r'<template id="rest">(.*?)</template>', page, re.DOTALL)
    assert rest.count("<article") == 5
    assert page.count("<article") == 9
    assert "The first 4 stories" in page


def test_script_and_page_draw_as_many_at_once():
    """The number stands in both."""
    from storybench.page.document import part

    assert f"const AT_ONCE = {room.AT_ONCE};" in part(room.ROOM, "gallery.js")


def test_too_many_for_one_page_are_refused(build, tmp_path, monkeypatch):
    """With both ways out."""
    monkeypatch.setattr(room, "MAX_INSIDE", 8)
    with pytest.raises(InputError, match=r"found 9\. Ask for fewer with --stories, or .* --files"):
        gallery(build, tmp_path / "g.html")
    assert not (tmp_path / "g.html").exists()


def test_the_same_shards_give_the_same_page(build, page, tmp_path):
    """Byte for byte."""
    assert gallery(build, tmp_path / "g.html").page.read_text("utf-8") == page


def test_an_empty_build_has_an_empty_page(tmp_path):
    """No story is no error."""
    build = make_shards(tmp_path / "build", stories={"test": 0})
    assert gallery(build, tmp_path / "g.html").n_stories == 0
