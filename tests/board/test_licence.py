import pytest

from storybench.board.submissions.licence import allows_derivatives, label


@pytest.mark.parametrize("kind", ["by", "by-sa", "by-nc", "by-nc-sa"])
def test_licences_with_derivatives_are_allowed(kind):
    """A Creative Commons licence without ND lets a frame be shown, as address and as name."""
    assert allows_derivatives(f"http://creativecommons.org/licenses/{kind}/2.0/")
    assert allows_derivatives(f"https://www.creativecommons.org/licenses/{kind}/4.0/legalcode")
    assert allows_derivatives(f"CC {kind.upper()} 4.0")


@pytest.mark.parametrize(
    "licence",
    [
        None,
        "",
        "http://creativecommons.org/licenses/by-nd/2.0/",
        "http://creativecommons.org/licenses/by-nc-nd/2.0/",
        "CC BY-ND 4.0",
        "all rights reserved",
        "http://creativecommons.org.example.org/licenses/by/2.0/",
        "https://example.org/?http://creativecommons.org/licenses/by/2.0/",
        "see licence file by me",
    ],
)
def test_no_derivatives_and_unknown_licences_are_refused(licence):
    """No-derivatives, unknown, look-alike and missing licences count as none."""
    assert not allows_derivatives(licence)


def test_public_domain_dedication_is_allowed():
    """CC0 counts as an address and as a name."""
    assert allows_derivatives("https://creativecommons.org/publicdomain/zero/1.0/")
    assert allows_derivatives("CC0")


def test_labels_are_what_people_say():
    """A label is the short name, and reads as the same licence again."""
    assert label("http://creativecommons.org/licenses/by-nc-nd/2.0/") == "CC BY-NC-ND 2.0"
    assert label("https://creativecommons.org/publicdomain/zero/1.0/") == "CC0"
    assert label("  mine ") == "mine"
    assert allows_derivatives(label("http://creativecommons.org/licenses/by-nc-sa/2.0/"))
