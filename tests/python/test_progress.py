"""The line that shows how fast a run goes: for people only."""
import io
import sys
import types

import pytest

from armature import progress, until
from conftest import BRANCH_TO_SELF


@pytest.fixture
def every_slice(monkeypatch):
    monkeypatch.setattr(progress.Progress, "INTERVAL", 0)


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_terminal_shows_the_pace_and_is_left_clean(raw, monkeypatch, every_slice):
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    raw(BRANCH_TO_SELF).run(until.cycles(300_000_000))
    assert "s simulated" in screen.getvalue() and "MIPS" in screen.getvalue()
    assert screen.getvalue().endswith("\r\033[K")


def test_a_file_and_a_wish_for_quiet_show_nothing(raw, monkeypatch, every_slice, capfd):
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    raw(BRANCH_TO_SELF).run(until.cycles(300_000_000), progress=False)
    assert screen.getvalue() == ""
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    raw(BRANCH_TO_SELF).run(until.cycles(300_000_000))
    assert sys.stderr.getvalue() == ""


def test_a_notebook_gets_one_display_that_changes(raw, monkeypatch, every_slice):
    import IPython
    import IPython.display
    shown = []

    def display(data, raw, display_id):
        shown.append(data["text/plain"])
        return types.SimpleNamespace(update=lambda data, raw: shown.append(data["text/plain"]))
    monkeypatch.setattr(IPython, "get_ipython", lambda: types.SimpleNamespace(kernel=True))
    monkeypatch.setattr(IPython.display, "display", display)
    raw(BRANCH_TO_SELF).run(until.cycles(300_000_000))
    assert "MIPS" in shown[0] and shown[-1] == ""


def test_being_watched_changes_nothing(raw, monkeypatch, every_slice):
    def run(shown):
        m = raw(BRANCH_TO_SELF, digest=True)
        m.run(until.cycles(100_000_000), progress=shown)
        return m.digest, m.stats, m.cycle
    monkeypatch.setattr(sys, "stderr", Terminal())
    assert run(True) == run(False)
