"""What every step stands on: where things are kept, how a step is announced, repeated safely and reported when it fails."""

import fcntl
import hashlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STATE = Path(os.environ.get("WORKBENCH_STATE") or ROOT / ".workbench").absolute()
ADDONS = tuple(sorted(path.parent.name for path in ROOT.glob("*/__manifest__.py")))


class Failure(Exception):
    """A step that could not be done, in a sentence that says what to do about it."""

    def __init__(self, what: str, remedy: str, details: str = ""):
        super().__init__(what)
        self.what, self.remedy, self.details = what, remedy, details

    def __str__(self) -> str:
        body = f"\n{self.details.rstrip()}\n" if self.details else ""
        return f"workbench: {self.what}{body}\n  what to do: {self.remedy}"


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


@contextmanager
def step(title: str) -> Iterator[None]:
    """Announce a step, and how long it took."""
    start = time.monotonic()
    say(f"· {title} …")
    yield
    say(f"  {title}: done in {time.monotonic() - start:.1f} s")


@contextmanager
def locked(name: str) -> Iterator[None]:
    """Hold the lock ``name``: two commands at once do not make the same thing twice. The kernel frees it when the holder dies."""
    folder = STATE / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / name, "w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"· waiting for another workbench command ({name}) …")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def folder_once(target: Path, title: str, build: Callable[[Path], None]) -> Path:
    """Make the folder ``target`` once: built beside its place and renamed, so that a killed build leaves nothing that looks finished."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with locked(target.name):
        if not target.is_dir():
            partial = target.with_name(target.name + ".partial")
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir()
            with step(title):
                build(partial)
            partial.rename(target)
    return target


def run(command: Sequence[object], what: str, remedy: str, **options) -> str:
    """Run a command quietly and return what it printed; a :class:`Failure` with its last lines if it does not succeed."""
    words = [str(word) for word in command]
    try:
        done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False, **options)
    except OSError as error:
        raise Failure(f"{what} failed: {error}", remedy) from None
    if done.returncode:
        tail = "\n".join(f"  | {line}" for line in done.stdout.splitlines()[-25:])
        raise Failure(f"{what} failed (exit {done.returncode})", remedy, tail)
    return done.stdout


def fingerprint(parts: Iterable[str | bytes | Path]) -> str:
    """Ten hexadecimal digits that change when any part (a text, or a file's content) changes."""
    digest = hashlib.sha256()
    for part in parts:
        if isinstance(part, Path):
            part = str(part.relative_to(ROOT) if part.is_relative_to(ROOT) else part).encode() + b"\0" + part.read_bytes()
        elif isinstance(part, str):
            part = part.encode()
        digest.update(part + b"\0")
    return digest.hexdigest()[:10]


def free_ports(count: int, preferred: int = 0) -> list[int]:
    """``count`` different free TCP ports on the loopback address, the first being ``preferred`` if nobody has it."""
    sockets = []
    try:
        for index in range(count):
            handle = socket.socket()
            handle.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                handle.bind(("127.0.0.1", preferred if index == 0 else 0))
            except OSError:
                handle.bind(("127.0.0.1", 0))
            sockets.append(handle)
        return [handle.getsockname()[1] for handle in sockets]
    finally:
        for handle in sockets:
            handle.close()
