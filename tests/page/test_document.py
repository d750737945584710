from __future__ import annotations

import base64
import hashlib
import re

import pytest
from jinja2 import UndefinedError

from storybench.page.document import PICTURES_BESIDE, PICTURES_INSIDE, part, policy, render
from tests.page.outline import Outline


def hash_of(text: str) -> str:
    """How a content security policy names a text."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@pytest.fixture(scope="module")
def page():
    """A page without a body: the shared frame alone."""
    return render("storybench.page", "document.html", style="base.css", pictures=PICTURES_INSIDE)


def test_the_policy_allows_only_the_pages_own_code(page):
    """Style and script are named by the hash of what stands in the page; the rest is forbidden."""
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    (meta,) = [of for of in Outline(page).all("meta") if "http-equiv" in of]
    assert meta["content"] == policy(style, script, pictures=PICTURES_INSIDE)
    assert f"style-src {hash_of(style)};" in meta["content"]
    assert meta["content"].endswith(f"script-src {hash_of(script)}")
    assert "default-src 'none'" in meta["content"]
    assert "img-src data:;" in meta["content"]


def test_pictures_beside_the_page_are_allowed_where_asked():
    """From the same folder, on a disk or a server; never from elsewhere."""
    assert "img-src data: 'self' file:;" in policy("", "", pictures=PICTURES_BESIDE)


def test_the_frame_nests_and_is_plain(page):
    """One document, light and dark, with a way past its head."""
    outline = Outline(page)
    assert outline.open == []
    assert [of["href"] for of in outline.all("a")] == ["#main"]
    assert "prefers-color-scheme: dark" in page
    assert "light-dark(" in part("storybench.page", "base.css")


def test_what_a_template_names_must_be_there():
    """A forgotten value is an error, not an empty place."""
    with pytest.raises(UndefinedError):
        render("storybench.gallery", "gallery.html", style="gallery.css", pictures=PICTURES_INSIDE)
