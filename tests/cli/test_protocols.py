"""`storybench protocols` as a user meets it."""

from __future__ import annotations

import json

import pytest
import typer
from typer.testing import CliRunner

from storybench.cli import console, guard, protocols
from storybench.protocols import catalogue


@pytest.fixture
def run(monkeypatch):
    """Runs one of the two commands."""
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command("list")(guard.guarded(protocols.list_protocols))
    app.command("show")(guard.guarded(protocols.show))

    def call(*args, columns=200):
        monkeypatch.setattr(console.out, "_width", columns)
        return CliRunner().invoke(app, list(args))

    return call


def test_every_protocol_is_listed(run):
    """By name, as a table and as JSON with all of its rules."""
    done = run("list")
    assert done.exit_code == 0
    document = json.loads(run("list", "--json").stdout)
    assert [one["name"] for one in document["protocols"]] == list(catalogue.names())
    assert document["protocols"][1]["cuts"][0]["first"] == 1900


@pytest.mark.parametrize("columns", [80, 120])
def test_the_list_breaks_no_name_and_leaves_nothing_to_fill_in(run, columns):
    """Names of protocols, paths and datasets stay whole, in lines that fit; no raw {t}."""
    lines = run("list", columns=columns).stdout.splitlines()
    assert max(map(len, lines)) <= columns
    words = " ".join(lines).replace(",", "").split()
    for rules in catalogue.PROTOCOLS:
        row = next(line for line in lines if line.split()[:1] == [rules.name])
        assert {rules.reference, rules.pixels} <= set(row.split())
        assert set(rules.datasets) <= set(words)
        assert set(rules.summary.replace(",", "").split()) <= set(words)
    assert "{" not in " ".join(lines)


@pytest.mark.parametrize("name", catalogue.names())
def test_a_protocol_is_shown_with_its_sources(run, name):
    """Every rule, and every fact in the JSON."""
    done = run("show", name)
    assert done.exit_code == 0
    rules = catalogue.get(name)
    assert rules.pixels in done.stdout
    assert all(fact.source in done.stdout for fact in rules.facts)
    assert rules.ids(4)[0] in done.stdout
    for one in rules.classifier_pixels:
        assert f"{one.dataset}: {one.path}" in done.stdout
    assert ("as it was trained" in done.stdout) == (not rules.classifier_pixels)
    assert "{" not in done.stdout
    document = json.loads(run("show", name, "--json").stdout)
    assert len(document["facts"]) == len(rules.facts)
    assert document["classifier_pixels"] == [
        {"dataset": one.dataset, "path": one.path} for one in rules.classifier_pixels
    ]


def test_a_wrong_name_ends_with_2_and_close_ones(run):
    """As everywhere."""
    done = run("show", "storydale-2022")
    assert done.exit_code == 2
    assert "Did you mean storydalle-2022" in done.stderr
