"""Looks behind a score: which characters a set of predictions gets right, beside how rare they are.

Predictions, a build and a character classifier in; tables with intervals out, as JSON values and as
a page. Works on the predictions of any model.
"""
