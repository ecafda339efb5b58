"""What is stated once (versions, requirements, Pythons), and what must agree with it."""

import re
import tomllib
from collections.abc import Iterator

import pytest
import yaml
from packaging.markers import Marker
from packaging.requirements import Requirement
from setuptools.config.pyprojecttoml import apply_configuration
from setuptools.dist import Distribution

from course import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
OLDEST = PROJECT["requires-python"].removeprefix(">=")
TESTED = [kind.rsplit(" ", 1)[1] for kind in PROJECT["classifiers"] if "Python :: 3." in kind]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")


def requirements() -> list[Requirement]:
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return [Requirement(text) for line in lines if (text := line.split("#")[0].strip())]


def locked(python: str, system: str) -> Iterator[tuple[str, str]]:
    """Name and version of what the lock installs there."""
    there = {"python_version": python, "python_full_version": f"{python}.5", "sys_platform": system}
    for name, version, marker in re.findall(r"^([\w.-]+)==(\S+)(?: ; (.+?))? \\$", LOCK, flags=re.MULTILINE):
        if not marker or Marker(marker).evaluate(there):
            yield name, version


@pytest.mark.parametrize("system", ["linux", "darwin"])
@pytest.mark.parametrize("python", TESTED)
def test_the_lock_names_one_version_that_the_requirements_allow(python, system):
    pairs = list(locked(python, system))
    versions = dict(pairs)
    assert len(versions) == len(pairs), "a package has two versions"
    wrong = [str(each) for each in requirements() if not each.specifier.contains(versions.get(each.name, "0"))]
    assert not wrong, "run `make lock`"


def test_the_lock_has_hashes_for_everything_and_names_no_index():
    packages = re.split(r"^(?=\S+==)", LOCK, flags=re.MULTILINE)[1:]
    assert len(packages) > 100 and all("--hash=sha256:" in package for package in packages)
    assert "://" not in LOCK and not re.search(r"^\s*-(?!-(hash|only-binary))", LOCK, flags=re.MULTILINE)


def test_the_pythons_are_those_of_the_metadata():
    assert TESTED[0] == OLDEST
    stated = {
        "README.md": rf"You need Python {OLDEST} or newer",
        "Makefile": rf"install Python {OLDEST} or newer",
        ".ci/run": rf"Python {OLDEST}\+",
        "tools/environment.py": rf"The course needs Python {OLDEST} or newer",
    }
    assert [name for name, words in stated.items() if not re.search(words, (ROOT / name).read_text("utf-8"))] == []
    assert f"sys.version_info < ({OLDEST.replace('.', ', ')})" in (ROOT / "tools/environment.py").read_text()
    run = {
        version
        for path in (ROOT / ".github" / "workflows").iterdir()
        for version in re.findall(r"\b3\.\d+\b", yaml.safe_dump(yaml.safe_load(path.read_text())))
    }
    assert run == set(TESTED), "CI runs the tested versions, and no other"


def test_the_metadata_have_the_requirements_and_install_nothing_of_ours():
    package = apply_configuration(Distribution(), ROOT / "pyproject.toml")
    assert [Requirement(each) for each in package.install_requires] == requirements()
    assert package.packages == package.py_modules == []
    assert "Private :: Do Not Upload" in PROJECT["classifiers"]


def test_the_version_is_the_changelogs_newest():
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    versions = re.findall(r"^## \[(.+)\]", changes, flags=re.MULTILINE)
    assert versions[:2] == ["Unreleased", PROJECT["version"]]
