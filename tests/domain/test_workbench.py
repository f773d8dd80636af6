"""The workbench's own ground: steps that survive being killed and being run twice at once, and sentences that help."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tools import database, debian, ground, odoo_log, python

TOP = Path(__file__).parents[2]


@pytest.fixture
def state(tmp_path, monkeypatch):
    monkeypatch.setattr(ground, "STATE", tmp_path)
    return tmp_path


def build_slowly(state: Path, seconds: float, started=None):
    ground.STATE = state

    def build(folder: Path) -> None:
        (folder / "half").write_text("half")
        with (state / "builds").open("a") as handle:
            handle.write("x")
        if started:
            started.set()
        time.sleep(seconds)
        (folder / "whole").write_text("whole")

    ground.folder_once(state / "thing", "thing", build)


def test_killed_step_leaves_nothing_that_looks_finished(state):
    context = multiprocessing.get_context("fork")
    started = context.Event()
    process = context.Process(target=build_slowly, args=(state, 60, started))
    process.start()
    assert started.wait(10)
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    assert not (state / "thing").exists()
    build_slowly(state, 0)
    assert (state / "thing" / "whole").exists()


def test_two_at_once_build_once(state):
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=build_slowly, args=(state, 0.5)) for _number in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert (state / "builds").read_text() == "x"
    assert [process.exitcode for process in processes] == [0, 0, 0]


def test_failed_command_says_what_and_what_to_do():
    with pytest.raises(ground.Failure) as caught:
        ground.run([sys.executable, "-c", "print('the last word'); raise SystemExit(3)"], "trying", "try harder")
    assert str(caught.value).splitlines() == [
        "workbench: trying failed (exit 3)",
        "  | the last word",
        "",
        "  what to do: try harder",
    ]
    with pytest.raises(ground.Failure, match="trying failed"):
        ground.run(["/no/such/command"], "trying", "install it")


def test_wrong_python_and_wrong_odoo_are_named(monkeypatch, tmp_path):
    monkeypatch.setenv("WORKBENCH_PYTHON", "2.7")
    with pytest.raises(ground.Failure, match="asked for 2.7"):
        python.interpreter()
    monkeypatch.setenv("ODOO_HOME", str(tmp_path))
    with pytest.raises(ground.Failure, match="holds no Odoo"):
        debian.odoo()
    (tmp_path / "odoo").mkdir()
    (tmp_path / "odoo" / "release.py").write_text("version_info = (18, 0, 0, 'final', 0, '')\n")
    with pytest.raises(ground.Failure, match="another series"):
        debian.odoo()


def test_ports_are_different_and_free():
    ports = ground.free_ports(3)
    assert len(set(ports)) == 3


def test_log_is_read_with_what_belongs_to_an_entry(tmp_path):
    log = tmp_path / "odoo.log"
    log.write_text(
        "2026-01-01 10:00:00,123 42 INFO db odoo.x: fine\n"
        "2026-01-01 10:00:00,123 42 WARNING ? odoo: Running as user 'root' is a security risk. \n"
        "2026-01-01 10:00:00,123 42 ERROR db odoo.y: broken\n"
        "Traceback (most recent call last):\n"
        "ValueError\n"
        "2026-01-01 10:00:00,123 42 INFO db odoo.x: fine again\n"
        "2026-01-01 10:00:00,123 42 WARNING db odoo.z: careful\n"
    )
    found = odoo_log.problems(log)
    assert len(found) == 2
    assert "broken" in found[0] and "ValueError" in found[0]
    assert "careful" in found[1]
    assert odoo_log.problems(tmp_path / "none") == []


def test_tests_and_pictures_do_not_ask_for_a_new_database():
    names = {path.relative_to(TOP).as_posix() for path in database.installed_files()}
    assert "crm_lifecycle/__manifest__.py" in names
    assert not [name for name in names if "/tests/" in name or "/static/description/" in name or "__pycache__" in name]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["test", "no_such_addon"], "there is no addon, folder or file 'no_such_addon'"),
        (["load", "/no/such/file.csv"], "there is no file /no/such/file.csv"),
        (["shot", "/odoo", "x.png"], "no demo is running"),
    ],
)
def test_wrong_words_get_a_sentence(words, sentence, tmp_path):
    done = subprocess.run(
        [sys.executable, str(TOP / "workbench"), *words],
        env={**os.environ, "WORKBENCH_STATE": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert sentence in done.stderr
    assert "what to do:" in done.stderr
    assert "Traceback" not in done.stderr
