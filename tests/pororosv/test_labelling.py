"""Labels against the names in captions."""

from __future__ import annotations

from storydata.pororosv.labelling import compare

NAMES = ("Pororo", "Loopy", "Crong")


def test_the_right_order_fits() -> None:
    """Every label agrees most with its own name, even where captions leave characters out."""
    pairs = [((1, 0, 0), (1, 0, 0)), ((1, 1, 0), (0, 1, 0)), ((0, 1, 1), (0, 0, 1))]
    found = compare(pairs, NAMES)
    assert found.misfits == ()
    assert found.fits == NAMES
    assert found.label_rank == ("Pororo", "Loopy", "Crong")
    assert found.agreement.n_equal == 1


def test_a_label_that_never_occurs_fits_nobody() -> None:
    """Nothing is said about a column of zeros, or about a character whom no caption names."""
    found = compare([((1, 0, 0), (1, 1, 0)), ((1, 0, 1), (1, 0, 0))], NAMES)
    assert found.fits == ("Pororo", None, None)
    assert found.misfits == ()


def test_columns_that_changed_places_are_told() -> None:
    """Three columns turned by one."""
    pairs = [((1, 0, 0), (0, 1, 0)), ((0, 1, 0), (0, 0, 1)), ((0, 0, 1), (1, 0, 0))]
    assert compare(pairs, NAMES).misfits == (
        "Pororo's label fits Loopy",
        "Loopy's label fits Crong",
        "Crong's label fits Pororo",
    )


def test_a_tie_is_ones_own() -> None:
    """Two characters that always come together cannot be told apart: no misfit."""
    assert compare([((1, 1, 0), (1, 1, 0))], NAMES).misfits == ()


def test_rank_is_by_frequency() -> None:
    """Of labels and of names, each for itself."""
    pairs = [((0, 0, 1), (1, 0, 0)), ((0, 0, 1), (1, 0, 0)), ((0, 1, 1), (1, 0, 1))]
    found = compare(pairs, NAMES)
    assert found.label_rank == ("Crong", "Loopy", "Pororo")
    assert found.caption_rank == ("Pororo", "Crong", "Loopy")
