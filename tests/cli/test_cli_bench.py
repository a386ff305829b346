"""`cascade bench`: the door to the benchmark; tests/benchmarks has the benchmark itself."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app, bench
from bot.cli.console import FAILED

PRETENDED = "import json, sys; print(json.dumps(sys.argv[1:])); print('measuring', file=sys.stderr)\n"


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that the command takes for the checkout."""
    monkeypatch.setattr(bench, "HOME", tmp_path)
    return tmp_path


def put(checkout: Path, program: str) -> None:
    """Put a benchmark into the checkout that does nothing but this."""
    (checkout / "benchmarks").mkdir()
    (checkout / "benchmarks" / "__init__.py").touch()  # or one on PYTHONPATH would be taken for it
    (checkout / "benchmarks" / "__main__.py").write_text(program, encoding="utf-8")


def test_without_the_repository_it_says_so(checkout: Path) -> None:
    """Where the benchmark's folder is not there, it says where it is to be had and ends with 1."""
    told = CliRunner().invoke(app, ["bench", "--json"])
    assert (told.exit_code, told.stdout) == (FAILED, "")
    assert "run it in a checkout" in told.stderr


def test_its_options_and_its_output_are_those_of_the_benchmark(
    checkout: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The options are handed on; standard output holds what the benchmark prints there and nothing else."""
    put(checkout, PRETENDED)
    assert CliRunner().invoke(app, ["bench", "--json", "--quick"]).exit_code == 0
    assert capfd.readouterr() == ('["--json", "--quick"]\n', "measuring\n")


def test_a_scenario_that_broke_is_a_failure(checkout: Path) -> None:
    """When the benchmark could not measure everything, the command ends with 1."""
    put(checkout, "raise SystemExit(1)\n")
    assert CliRunner().invoke(app, ["bench"]).exit_code == FAILED


def test_the_benchmark_itself_starts_from_anywhere(tmp_path: Path) -> None:
    """`python -m benchmarks` in the checkout knows its scenarios, and refuses one that there is not with 2."""
    told = subprocess.run(
        [sys.executable, "-m", "benchmarks", "nonsense"],
        cwd=bench.HOME,
        env={**os.environ, "HOME": str(tmp_path)},
        capture_output=True,
        check=False,
    )
    assert (told.returncode, told.stdout) == (2, b"")
    assert b"there is no scenario nonsense" in told.stderr
