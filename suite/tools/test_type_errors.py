"""The ratchet of the type checker: no package may have more errors than it once had."""

import json
import subprocess
import sys

import pytest

from tools import type_errors

FOUND = "checks/core/run.py:3: error: a\ncourse/given/sweep.py:8: error: b  [x]\ncourse/a.py:1: note: c\nutils.py:2: error: d\n"


@pytest.fixture
def ratchet(monkeypatch, tmp_path, capsys):
    """Runs the command with mypy's answer and a record given: its exit code, what it prints, the record afterwards."""
    monkeypatch.setattr(type_errors, "RECORD", tmp_path / "record.json")

    def run(record: dict[str, int], *arguments: str, said: str = FOUND, code: int = 1):
        type_errors.RECORD.write_text(json.dumps(record))
        answer = subprocess.CompletedProcess([], code, said, "its last words")
        monkeypatch.setattr(subprocess, "run", lambda *_, **__: answer)
        monkeypatch.setattr(sys, "argv", ["type_errors", *arguments])
        with pytest.raises(SystemExit) as ended:
            type_errors.main()
        return ended.value.code, capsys.readouterr().out, json.loads(type_errors.RECORD.read_text())

    return run


ALL = {"checks/core": 1, "course": 1, "utils.py": 1}


def test_as_many_errors_as_recorded_pass(ratchet):
    assert ratchet(ALL) == (0, "", ALL)


@pytest.mark.parametrize("arguments", [(), ("--update",)])
def test_one_error_more_fails_and_is_shown_and_never_recorded(ratchet, arguments):
    code, said, record = ratchet({"checks/core": 1, "utils.py": 1}, *arguments)
    assert code == 1 and record == {"checks/core": 1, "utils.py": 1}
    assert "course/given/sweep.py:8: error: b" in said and "checks/core/run.py" not in said


def test_fewer_errors_pass_and_the_record_is_lowered_when_asked(ratchet):
    more = ALL | {"course": 5, "tools": 2}
    code, said, record = ratchet(more)
    assert code == 0 and "--update" in said and record == more
    assert ratchet(more, "--update")[::2] == (0, ALL)


@pytest.mark.parametrize(("said", "code"), [("", 2), ("", 1), (FOUND, 2)])
def test_a_checker_that_did_not_check_is_no_success(ratchet, said, code):
    code, _, record = ratchet(ALL, said=said, code=code)
    assert "its last words" in code and record == ALL


def test_course_and_core_may_have_none():
    recorded = json.loads(type_errors.RECORD.read_text(encoding="utf-8"))
    assert not {"course", "checks/core"} & set(recorded)
