"""recipe.toml: every mistake is one sentence that names the key and what to do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storybench.errors import InputError, MissingError
from storydata.own.document import find_recipe, parse_document, read_document
from storydata.own.settings import FramesSource, VideoSource
from tests.own.comics import refusal

WHOLE = """
[dataset]
name = "my-comic"
[stories]
length = 4
[split]
test = 0.2
[[source]]
kind = "frames"
"""
VIDEO = WHOLE.replace("frames", "video")


def parsed(text: str) -> object:
    return parse_document(text, name="recipe.toml")


def test_defaults_are_those_of_the_readme() -> None:
    """The shortest recipe has everything."""
    document = parse_document(WHOLE, name="recipe.toml")
    assert (document.dataset.version, document.dataset.characters) == ("1", ())
    assert (document.stories.length, document.stories.rule) == (4, "windows")
    assert document.split.shares == {"test": 0.2}
    (source,) = document.sources
    assert isinstance(source, FramesSource)
    assert (source.folder, source.captions, source.episode) == (".", ("beside",), None)
    (film,) = parse_document(VIDEO, name="recipe.toml").sources
    assert isinstance(film, VideoSource)
    assert (film.at, film.min_seconds, film.clean) == (0.5, 0.0, ("tags",))


def test_a_lone_text_is_a_list_of_one() -> None:
    """`captions = "a.csv"` and `captions = ["a.csv"]` are one thing, as are names of episodes."""
    one = parsed(WHOLE + 'captions = "a.csv"').sources[0]  # type: ignore[attr-defined]
    two = parsed(WHOLE + 'captions = ["a.csv"]').sources[0]  # type: ignore[attr-defined]
    assert one == two
    document = parse_document(WHOLE.replace("0.2", '"ep1"'), name="recipe.toml")
    assert document.split.names == {"test": ("ep1",)}


@pytest.mark.parametrize(
    ("found", "put", "sentence"),
    [
        ("length", "lenght", r"\[stories\] of recipe.toml knows, found 'lenght'. Did you mean len"),
        ("[split]", "[split]\nlength = 3", r"found 'length'. It belongs in \[stories\]."),
        ("length = 4", 'pictures = "*"', "'pictures'. It belongs in a .*source.* of kind .frames"),
        ("[stories]", "[sories]", r"recipe.toml knows, found 'sories'. Did you mean stories"),
        ("length", "xyz", "found 'xyz'. Known: length, rule, image, short_side, stories_per_shard"),
        ("[[source]]", "[[sources]]", "found 'sources'. Did you mean source"),
        ("[[source]]", "[source]", r"Expected \[\[source\]\] in double brackets"),
        ('[[source]]\nkind = "frames"', "", r"Expected \[\[source\]\] in recipe.toml, found none"),
        ('[dataset]\nname = "my-comic"', "", r"\[dataset\] in recipe.toml, found none. Beg"),
        ("[split]\ntest = 0.2", "", r"\[split\] in recipe.toml, found none. For example"),
        ("test = 0.2", "", r"test, val or train in \[split\] of recipe.toml, found none of them"),
        ('name = "my-comic"', "", r"the key name in \[dataset\] of recipe.toml, found none"),
        ('"frames"', '"frame"', r"kind in \[\[source\]\] 1 .* 'frames' or 'video', found 'frame'"),
        ('kind = "frames"', "", r"Expected kind in \[\[source\]\] 1 of recipe.toml .* found none"),
        ('"my-comic"', '"My Comic"', "Expected name in .* to be lower-case letters, digits and h"),
        ('"my-comic"', '"pororosv-x"', r"name in .* to be a name of its own \(pororosv is a pub"),
        ('"my-comic"', '"my-twin"', "name in .* to do without the word twin"),
        ('"my-comic"', "3", r"name in \[dataset\] of recipe.toml to be a text, found 3. Write"),
        ('"my-comic"', '"a"\nversion = 1', r"version in .* text, found 1. Write it in quotes"),
        ('"my-comic"', '"a"\ncharacters = ["Bo", "bo"]', r"name every character once \(Bo is"),
        ('"my-comic"', '"a"\ncharacters = ["!"]', r"to be names in letters or digits \(not"),
        ("length = 4", "length = 1", r"length in .* to be 2 or more, found 1"),
        ("length = 4", 'rule = "all"', r"rule in .* to be 'windows', 'disjoint' or 'first', f"),
        ("test = 0.2", "test = 2", "test in .* to be a share above 0 and up to 1, or a list"),
        ("test = 0.2", "test = true", "test in .* to be a share above 0 and up to 1"),
        ("test = 0.2", "test = []", "test in .* to be a share above 0 and up to 1"),
        ("test = 0.2", 'test = ["ep1", 2]', "test in .* to be a share above 0 and up to 1"),
        ("test = 0.2", "test = nan", "test in .* to be a share above 0 and up to 1"),
        ("test = 0.2", 'test = 1\nshared_frames = "keep"', "'refuse', 'drop' or 'allow', found"),
        ("[dataset]", "stories = 3\n[dataset]", "more than once|overwrite|Cannot"),
        ('"my-comic"', "my-comic", r"Expected TOML in recipe.toml, found an error: .*line 3"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_sentence(found: str, put: str, sentence: str) -> None:
    """Wherever it is, the sentence names the table and the key."""
    assert found in WHOLE
    with pytest.raises(InputError, match=sentence) as caught:
        parsed(WHOLE.replace(found, put, 1))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ('captions = "/etc/x.csv"', "captions in .* to lie below the recipe and not be an absol"),
        ('captions = "../x.csv"', r'to lie below the recipe and not climb out with "\.\."'),
        ('captions = "C:/x.csv"', "to lie below the recipe and not be an absolute path"),
        ('captions = ""', "captions in .* to be a text or a list of texts, none of them empty"),
        ("captions = [1]", "captions in .* to be a text or a list of texts"),
        ('pictures = "[z-a].png"', "pictures in .* to be the name of a file, or a pattern"),
        ("columns = { caption = 3 }", "columns.caption in .* to be a text or a list of texts"),
        ('encoding = "hex"', "encoding in .* to be the name of a text encoding"),
        ('encoding = "klingon"', "encoding in .* to be the name of a text encoding"),
        ('labels = "names"', "labels in .* to be 'column' or 'captions', found 'names'"),
        ('episode = "file"', "episode in .* to be 'folder' or 'column', found 'file'"),
        ("at = 0.5", r"found 'at'. It belongs in a \[\[source\]\] of kind \"video\""),
    ],
)
def test_a_mistake_in_a_source_is_one_sentence(line: str, sentence: str) -> None:
    """The source is named by its number."""
    with pytest.raises(InputError, match=sentence) as caught:
        parsed(WHOLE + line)
    assert "[[source]] 1 of recipe.toml" in str(caught.value)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("at = 1.5", "at in .* to be 1.0 or less, found 1.5"),
        ("min_seconds = -1", "min_seconds in .* to be 0.0 or more, found -1"),
        ('clean = ["tag"]', "clean.0 in .* to be 'tags', 'dashes', 'speakers' or 'sounds'"),
        (
            'pictures = "*.png"',
            r"found 'pictures'. It belongs in a \[\[source\]\] of kind \"frames",
        ),
    ],
)
def test_a_mistake_in_a_video_source_is_one_sentence(line: str, sentence: str) -> None:
    """Each kind of source has keys of its own."""
    with pytest.raises(InputError, match=sentence):
        parsed(VIDEO + line)


def test_a_recipe_is_a_file_or_in_a_folder(tmp_path: Path) -> None:
    """Either way it is read, with a byte-order mark and Windows line ends too."""
    path = tmp_path / "recipe.toml"
    path.write_bytes(b"\xef\xbb\xbf" + WHOLE.replace("\n", "\r\n").encode())
    assert find_recipe(tmp_path) == find_recipe(path)
    assert read_document(find_recipe(path)).stories.length == 4
    with pytest.raises(MissingError, match=r"Expected a recipe at .*nothing.toml, found none"):
        find_recipe(tmp_path / "nothing.toml")


KEYS = st.sampled_from([*re.findall(r"\w+", WHOLE), "captions", "columns", "at", "val", "seed"])
VALUES = st.sampled_from(
    ["1", "0.5", '"a"', "[]", '["a", "b"]', "{}", "{ a = 1 }", "true", "nan", "1979-05-27", '""']
)
LINES = st.one_of(
    st.sampled_from(["[dataset]", "[stories]", "[split]", "[[source]]", 'kind = "video"', "["]),
    st.builds(lambda key, value: f"{key} = {value}", KEYS, VALUES),
    st.sampled_from(WHOLE.splitlines()),
)


@settings(deadline=None)
@given(st.one_of(st.text(), st.lists(LINES, max_size=12).map("\n".join)))
def test_any_text_is_a_recipe_or_one_sentence(text: str) -> None:
    """Nothing else than our own errors leaves the reader."""
    said = refusal(lambda: parsed(text))
    assert not said or said.startswith("Expected")


@settings(deadline=None)
@given(st.lists(LINES, max_size=6))
def test_any_line_in_a_whole_recipe_is_read_or_one_sentence(lines: list[str]) -> None:
    """Closer to what people write: a whole recipe with odd lines after it."""
    said = refusal(lambda: parsed(WHOLE + "\n".join(lines)))
    assert not said or said.startswith("Expected")
