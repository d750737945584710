from storybench.board.page.aggregate import NO_INTERVAL
from storybench.board.page.metric import (
    OTHER_FEATURES,
    TOY_WORLD,
    caution,
    unranking,
)
from storybench.board.page.view import FOOTNOTES, MARKS
from storybench.flags import BARRED, SENTENCES, UNRANKED


def test_other_features_are_marked_not_comparable():
    """Fréchet and kernel distances on other features, and all of the toy world, carry a caution."""
    assert caution("fd.twin.0123abcd.targets.v1", "didemosv") == OTHER_FEATURES
    assert caution("kd.twin.0123abcd.targets.v1", "didemosv") == OTHER_FEATURES
    assert caution("fid.clean299.targets.v1", "didemosv-rebuilt-twin") == TOY_WORLD
    assert caution("fid.clean299.targets.v1", "didemosv-rebuilt") == ""


def test_flags_that_speak_against_a_number_unrank_it():
    """Those and no others, in the order in which the number has them."""
    flags = ("rank_deficient", "lossy_pictures", "below_floor", "refused_by_doctor")
    assert unranking(flags) == ("rank_deficient", "below_floor", "refused_by_doctor")
    assert unranking(("not_comparable", "source_given")) == ()


def test_what_unranks_is_what_the_sentences_say():
    """A flag that calls a number not for publishing or ranking is held to it on the board."""
    said = {flag for flag, sentence in SENTENCES.items() if "; not for " in sentence}
    assert said == set(UNRANKED)
    assert set(BARRED) < set(UNRANKED)


def test_every_reason_has_a_footnote_and_a_mark():
    """A row may have all of them at once."""
    assert set(FOOTNOTES) == {*UNRANKED, NO_INTERVAL}
    assert len(set(MARKS)) == len(FOOTNOTES)
