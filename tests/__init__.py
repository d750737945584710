"""Tests, mirroring the tree; a package so that `tests.factories` is ours and no one else's."""
