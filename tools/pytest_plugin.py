"""What the workbench adds to pytest: Hypothesis profiles, Odoo's tags as marks, and a session that fails on what Odoo logs."""

import os
from pathlib import Path

import hypothesis
import pytest

from . import odoo_log

hypothesis.settings.register_profile(
    "ci", deadline=None, max_examples=60, stateful_step_count=20, suppress_health_check=list(hypothesis.HealthCheck), derandomize=True
)
hypothesis.settings.register_profile(
    "full", deadline=None, max_examples=1000, stateful_step_count=50, suppress_health_check=list(hypothesis.HealthCheck)
)
hypothesis.settings.load_profile(os.environ.get("WORKBENCH_HYPOTHESIS", "ci"))


def pytest_collection_modifyitems(items):
    for item in items:
        for tag in getattr(getattr(item, "cls", None), "test_tags", None) or ():
            if tag.isidentifier():
                item.add_marker(getattr(pytest.mark, tag))


def pytest_configure(config):
    config.addinivalue_line("markers", "standard: Odoo's default tag")
    for tag in ("at_install", "post_install", "post_install_l10n", "slow"):
        config.addinivalue_line("markers", f"{tag}: Odoo's tag")


def pytest_sessionfinish(session):
    """Only the process that starts the others judges the log: all of them write to the same one."""
    log = os.environ.get("WORKBENCH_LOG")
    if not log or hasattr(session.config, "workerinput"):
        return
    found = odoo_log.problems(Path(log))
    if found:
        session.config.stash[PROBLEMS] = found
        if session.exitstatus == 0:
            session.exitstatus = 1


def pytest_terminal_summary(terminalreporter, config):
    found = config.stash.get(PROBLEMS, [])
    if found:
        terminalreporter.section("warnings and errors in Odoo's log", red=True)
        for entry in found[:30]:
            terminalreporter.write_line(entry)


PROBLEMS = pytest.StashKey[list[str]]()
