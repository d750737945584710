from storybench.board.page.metric import (
    OTHER_FEATURES,
    TOY_WORLD,
    caution,
    unranking,
)


def test_other_features_are_marked_not_comparable():
    """Fréchet and kernel distances on other features, and all of the toy world, carry a caution."""
    assert caution("fd.twin.0123abcd.targets.v1", "didemosv") == OTHER_FEATURES
    assert caution("kd.twin.0123abcd.targets.v1", "didemosv") == OTHER_FEATURES
    assert caution("fid.clean299.targets.v1", "didemosv-rebuilt-twin") == TOY_WORLD
    assert caution("fid.clean299.targets.v1", "didemosv-rebuilt") == ""


def test_flags_unrank_frechet_distances_only():
    """A rank-deficient or small Fréchet distance is not ranked; other metrics keep their ranks."""
    flags = ("rank_deficient", "below_floor", "lossy")
    assert unranking("fid.clean299.targets.v1", flags) == ("rank_deficient", "below_floor")
    assert unranking("fd.twin.0123abcd.targets.v1", flags) == ("rank_deficient", "below_floor")
    assert unranking("kid.clean299.targets.v1", flags) == ()
