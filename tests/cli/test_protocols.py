"""`storybench protocols` as a user meets it."""

from __future__ import annotations

import json

import pytest
import typer
from typer.testing import CliRunner

from storybench.cli import guard, protocols
from storybench.protocols import catalogue


@pytest.fixture
def run(monkeypatch):
    """Runs one of the two commands."""
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command("list")(guard.guarded(protocols.list_protocols))
    app.command("show")(guard.guarded(protocols.show))
    return lambda *args: CliRunner().invoke(app, list(args), env={"COLUMNS": "200"})


def test_every_protocol_is_listed(run):
    """By name, as a table and as JSON with all of its rules."""
    done = run("list")
    assert done.exit_code == 0
    document = json.loads(run("list", "--json").stdout)
    assert [one["name"] for one in document["protocols"]] == list(catalogue.names())
    assert document["protocols"][1]["cuts"][0]["first"] == 1900


@pytest.mark.parametrize("name", catalogue.names())
def test_a_protocol_is_shown_with_its_sources(run, name):
    """Every rule, and every fact in the JSON."""
    done = run("show", name)
    assert done.exit_code == 0
    assert catalogue.get(name).pixels in done.stdout
    document = json.loads(run("show", name, "--json").stdout)
    assert len(document["facts"]) == len(catalogue.get(name).facts)


def test_a_wrong_name_ends_with_2_and_close_ones(run):
    """As everywhere."""
    done = run("show", "storydale-2022")
    assert done.exit_code == 2
    assert "Did you mean storydalle-2022" in done.stderr
