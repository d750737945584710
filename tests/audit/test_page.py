from __future__ import annotations

import re

import pytest

from storybench.audit.audit import audit
from storybench.audit.page import write_page
from tests.audit.builds import CAST, frame, painted, saved_again, story, write
from tests.audit.test_audit import clean_stories
from tests.page.outline import Outline

XSS = "<script>alert('x')</script>\"><img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def leaky(tmp_path_factory):
    """A shared clip, a copy of test in train, and a caption that wants to be a script."""
    shared = frame(900, captions=[XSS])
    stories = [
        *clean_stories(),
        story("a", [shared, frame(901)]),
        story("b", [shared, frame(902)], split="val"),
        story("c", [frame(saved_again(painted(2000)), clip="copy"), frame(903)]),
    ]
    return write(tmp_path_factory.mktemp("leaky"), stories, characters=CAST)


@pytest.fixture(scope="module")
def page(leaky, tmp_path_factory):
    """Its page."""
    out = tmp_path_factory.mktemp("page") / "audit.html"
    return write_page(audit(leaky), leaky, out).read_text("utf-8")


def test_the_page_stands_alone(page):
    """Pictures, style and script are inside; no address is loaded; tags nest."""
    outline = Outline(page)
    assert outline.open == []
    assert not outline.all("link")
    images = outline.all("img")
    assert len(images) >= 4
    assert all(image["src"].startswith("data:image/webp;base64,") for image in images)
    assert all(image["alt"] for image in images)
    assert not any("style" in attributes for _, attributes in outline.tags)
    assert not re.search(r"url\(|@import|https?://", page)


def test_captions_stay_text(page):
    """What a dataset says is never markup."""
    assert "alert(" in page
    assert XSS not in page
    assert "&lt;script&gt;alert" in page


def test_pairs_stand_beside_each_other(page):
    """The copy and its original, with splits, captions and how far they are apart."""
    pairs = re.findall(r'<div class="pair">.*?</div>', page, re.DOTALL)
    copy = next(one for one in pairs if "copy" in one)
    assert copy.count("<figure>") == 2
    assert re.search(r'<span class="split">train</span>', copy)
    assert re.search(r'<span class="split">test</span>', copy)
    assert re.search(r"other episode, \d of 64 bits apart", copy)
    assert "other episode, the same pixels" in "".join(pairs)


def test_findings_come_worst_first(page):
    """Problems, then notes, then what is good."""
    levels = re.findall(r'<span class="level">(\w+)</span>', page)
    assert levels == sorted(levels, key=("problem", "note", "good").index)
    assert {"problem", "note", "good"} == set(levels)


def test_links_inside_the_page_lead_somewhere(page):
    """Every anchor exists, once."""
    outline = Outline(page)
    ids = [attributes["id"] for _, attributes in outline.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {link["href"][1:] for link in outline.all("a")} <= {*ids}


def test_shares_are_drawn(page):
    """A share is a number and a bar of that width."""
    assert re.search(r'7\.1 %</span><svg .*?width="7\.14%"', page)


def test_the_same_shards_give_the_same_page(leaky, page, tmp_path):
    """Byte for byte."""
    again = write_page(audit(leaky), leaky, tmp_path / "again.html").read_text("utf-8")
    assert again == page


def test_no_examples_no_pictures(leaky, tmp_path):
    """`--examples 0` leaves the numbers."""
    page = write_page(audit(leaky, n_examples=0), leaky, tmp_path / "p.html").read_text("utf-8")
    assert not Outline(page).all("img")
    assert "In two splits" in page
