"""Cascade's command line as real processes: each with an environment of its own, in a folder of its own."""

import atexit
import json
import os
import pty
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any

from support.record import KEY

REPOSITORY = Path(__file__).parents[2]
TOKEN = "123456:secret-of-the-process-tests-AAAAAAA"
BOT = 123456
NOWHERE = "http://127.0.0.1:9"
"""An address at which nothing listens."""

SECRETS = ("secret-of-the-process-tests", "demo-token-of-the-sandbox", "another-well-formed-secret", KEY.decode())
PATIENCE_SECONDS = 30.0
LOOK_SECONDS = 0.02
AT_ONCE = 4


@dataclass(frozen=True)
class Done:
    """A process that has ended, and what it printed."""

    words: str
    code: int
    stdout: str
    stderr: str


class Running:
    """A process that stays; its output goes to files, so that nothing has to be drained or closed after a kill."""

    def __init__(self, process: subprocess.Popen[bytes], output: Path) -> None:
        self.process = process
        self._output = output

    @property
    def printed(self) -> str:
        """Everything printed until now, on both streams."""
        return without_secrets(self._output.read_text(encoding="utf-8"))

    def prints(self, pattern: str) -> re.Match[str]:
        """Wait until the output matches, and give the match."""
        end = time.monotonic() + PATIENCE_SECONDS
        while not (found := re.search(pattern, self.printed)):
            assert self.process.poll() is None, f"ended with {self.process.returncode}:\n{self.printed}"
            assert time.monotonic() < end, f"waited for '{pattern}' in:\n{self.printed}"
            time.sleep(LOOK_SECONDS)
        return found

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal, wait for the end and give the exit code."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE_SECONDS)


class Home:
    """A folder in which Cascade is administered.

    Args:
        folder: the working directory of every process.
        settings: settings without the prefix, in small letters; one that is None is not set at all.
    """

    def __init__(self, folder: Path, **settings: str | None) -> None:
        self.folder = folder
        self.database = folder / "cascade.db"
        self._settings: dict[str, str | None] = {
            "bot_token": TOKEN,
            "api_url": NOWHERE,
            "level_feed_url": "",
            "http_listen": "",
            "secret": KEY.decode(),
            **settings,
        }
        self._started = 0

    def ready(self) -> "Home":
        """Make the database, as the first start does."""
        done = self.cascade("migrate")
        assert done.code == 0, done
        return self

    def cascade(self, *words: str, **settings: str | None) -> Done:
        """Run one command to its end, with no terminal."""
        return self._run(words, settings, os.devnull)

    def on_terminal(self, answer: str, *words: str) -> Done:
        """Run one command with a terminal as its standard input, and answer its question."""
        ours, theirs = pty.openpty()
        try:
            os.write(ours, answer.encode() + b"\n")
            return self._run(words, {}, os.ttyname(theirs))
        finally:
            os.close(ours)
            os.close(theirs)

    def each(self, commands: list[tuple[str, ...]]) -> list[Done]:
        """Run commands that do not disturb each other, some at a time."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(lambda words: self.cascade(*words), commands))

    def each_setting(self, settings: list[tuple[str, str | None]], *words: str) -> list[Done]:
        """Run one command several times, each time with one setting changed."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(lambda setting: self.cascade(*words, **dict([setting])), settings))

    @contextmanager
    def running(self, *words: str, **settings: str | None) -> Iterator[Running]:
        """Keep a process running while the caller is inside; a check of all its output closes it."""
        self._started += 1
        output = self.folder / f"{words[0]}-{self._started}.out"
        with output.open("wb") as file:
            process = subprocess.Popen(  # noqa: S603 - the program under test
                [sys.executable, "-m", "bot", *words],
                cwd=self.folder,
                env=self._environment(settings),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
            )
        running = Running(process, output)
        try:
            yield running
        finally:
            if process.poll() is None:
                process.kill()
                process.wait(PATIENCE_SECONDS)
            assert "Traceback" not in running.printed, running.printed

    def _run(self, words: tuple[str, ...], settings: dict[str, str | None], stdin: str) -> Done:
        with TemporaryDirectory() as streams:
            stdout, stderr = Path(streams) / "stdout", Path(streams) / "stderr"
            stdout.touch()
            stderr.touch()
            code = forged(
                words=words,
                environment=self._environment(settings),
                folder=str(self.folder),
                stdin=stdin,
                stdout=str(stdout),
                stderr=str(stderr),
            )
            told = [without_secrets(stream.read_text(encoding="utf-8")) for stream in (stdout, stderr)]
        return Done(" ".join(words), code, *told)

    def _environment(self, settings: dict[str, str | None]) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("CASCADE_")}
        merged = self._settings | settings
        ours = {f"CASCADE_{name.upper()}": value for name, value in merged.items() if value is not None}
        return clean | ours | {"PYTHONPATH": str(REPOSITORY)}


@contextmanager
def sandbox_running(folder: Path) -> Iterator[str]:
    """Run the sandbox as a process that accepts the tests' token alone, and give its address."""
    folder.mkdir(exist_ok=True)
    with Home(folder).running("sandbox", "--port", "0", "--token", TOKEN) as sandbox:
        yield sandbox.prints(r"Bot API sandbox: (http://\S+)")[1]


def forged(**request: Any) -> int:
    """Run one command by the forge (support/forge.py) and give its exit code."""
    with socket.socket(socket.AF_UNIX) as asker:
        asker.settimeout(PATIENCE_SECONDS)
        asker.connect(_forge())
        asker.sendall(json.dumps(request).encode())
        return int(asker.recv(64) or b"-1000")


@cache
def _forge() -> str:
    """Start the forge, once in a test run, and give its socket."""
    folder = mkdtemp(prefix="forge-")
    path = f"{folder}/socket"
    script = Path(__file__).with_name("forge.py")
    forge = subprocess.Popen(  # noqa: S603 - our own script
        [sys.executable, script, path],
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(forge.wait)
    atexit.register(forge.kill)
    end = time.monotonic() + PATIENCE_SECONDS
    while not Path(path).exists():
        assert forge.poll() is None, "the forge did not start"
        assert time.monotonic() < end, "the forge is not up"
        time.sleep(LOOK_SECONDS)
    return path


def without_secrets(text: str) -> str:
    """Give a process's output on, after making sure that no token is in it."""
    for secret in SECRETS:
        assert secret not in text, f"a token was printed:\n{text}"
    return text
