"""The set-up script with stand-ins for Python on a PATH of its own, and what the pins promise."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
import tomllib
from itertools import combinations
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PINS = [
    "pyproject.toml",
    "requirements.lock",
    "requirements-torch.txt",
    "requirements-dev.lock",
    "requirements-bench.lock",
]
LOCKS = [name for name in PINS if name.endswith(".lock")]
TOOLS = ["cat", "cksum", "cp", "date", "dirname", "head", "make", "mkdir", "mv", "rm", "sed", "sh", "tail"]
# Answers as a Python of one version would, writes down what it is asked, and makes .venv with itself inside.
STAND_IN = """#!/bin/sh
echo "$*" >>"{log}"
case "$*" in
    --version) echo "Python {version}.0" ;;
    *version_info*) case {version} in 3.11 | 3.12 | 3.13) echo {version} ;; *) exit 1 ;; esac ;;
    *ensurepip*) exit {ensurepip} ;;
    "-m venv "*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
    *requirements-torch*) [ ! -e "{log}.offline" ] ;;
esac
"""


class Machine:
    """A copy of the set-up files in a folder with a space in its name, and a PATH of what is put there."""

    def __init__(self, home: Path) -> None:
        self.tree = home / "a checkout"
        self.path = home / "bin"
        self.log = home / "asked"
        (self.tree / "tools").mkdir(parents=True)
        self.path.mkdir()
        for name in [*PINS, "Makefile", "tools/setup.sh"]:
            shutil.copyfile(ROOT / name, self.tree / name)
        for name in TOOLS:
            self.path.joinpath(name).symlink_to(shutil.which(name) or name)

    def python(self, name: str, version: str, ensurepip: bool = True) -> None:
        self.command(name, STAND_IN.format(log=self.log, version=version, ensurepip=0 if ensurepip else 1))

    def command(self, name: str, script: str = "#!/bin/sh\n") -> None:
        (self.path / name).write_text(script, encoding="utf-8")
        (self.path / name).chmod(0o755)

    def run(self, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        self.log.write_text("", encoding="utf-8")
        known = {"PATH": str(self.path), **environment}
        command = command or ("sh", "tools/setup.sh", "packages")
        return subprocess.run(
            command, cwd=self.tree, env=known, capture_output=True, text=True, timeout=30, check=False
        )

    @property
    def installed(self) -> list[str]:
        """What pip was asked to install, in this order, by the last run."""
        lines = self.log.read_text(encoding="utf-8").splitlines()
        return [line.split()[-1] for line in lines if "pip install" in line]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


ALL = ["requirements.lock", "requirements-torch.txt", "."]


def test_without_any_python_the_line_to_type_is_shown(machine: Machine) -> None:
    machine.command("apt-get")
    finished = machine.run()
    assert finished.returncode == 1
    assert "needs Python 3.11, 3.12 or 3.13; found no Python 3" in finished.stderr
    assert "type:  sudo apt-get install python3 python3-venv" in finished.stderr


def test_an_unsupported_python_is_named_within_a_second(machine: Machine) -> None:
    machine.command("apt-get")
    machine.python("python3", "3.9")
    started = time.monotonic()
    finished = machine.run("make", "run")
    assert time.monotonic() - started < 1
    assert "found Python 3.9.0" in finished.stderr
    assert "type:  sudo apt-get install python3.11 python3.11-venv" in finished.stderr


def test_a_missing_venv_module_stops_before_anything_is_made(machine: Machine) -> None:
    machine.command("apt-get")
    machine.python("python3", "3.11", ensurepip=False)
    started = time.monotonic()
    finished = machine.run()
    assert time.monotonic() - started < 1
    assert "lacks the venv module" in finished.stderr
    assert "type:  sudo apt-get install python3.11-venv" in finished.stderr
    assert not (machine.tree / ".venv").exists()


def test_the_line_to_type_is_the_one_of_this_system(machine: Machine) -> None:
    machine.command("brew")
    machine.python("python3", "3.14")
    assert "type:  brew install python@3.12" in machine.run().stderr


def test_a_supported_python_beside_an_unsupported_one_is_found(machine: Machine) -> None:
    machine.python("python3", "3.9")
    machine.python("python3.12", "3.12")
    finished = machine.run()
    assert finished.returncode == 0
    assert "with python3.12 (Python 3.12)" in finished.stdout


def test_a_name_on_the_path_that_runs_nothing_is_passed_over(machine: Machine) -> None:
    machine.python("python3", "3.9")
    machine.command("python3.13", "#!/bin/sh\necho 'command not found' >&2\nexit 127\n")
    machine.python("python3.11", "3.11")
    assert "with python3.11 (Python 3.11)" in machine.run().stdout


def test_the_chosen_python_is_used(machine: Machine) -> None:
    machine.python("python3", "3.11")
    machine.python("mine", "3.13")
    assert "with mine (Python 3.13)" in machine.run(PYTHON="mine").stdout


def test_a_chosen_python_that_is_not_supported_is_refused(machine: Machine) -> None:
    machine.python("python3", "3.11")
    machine.python("mine", "3.10")
    finished = machine.run(PYTHON="mine")
    assert finished.returncode == 1
    assert "PYTHON=mine is not a Python 3.11, 3.12 or 3.13" in finished.stderr


def test_pins_come_first_then_torch_then_fonte_itself(machine: Machine) -> None:
    machine.python("python3", "3.11")
    machine.run()
    assert machine.installed == ALL


def test_the_second_run_installs_nothing(machine: Machine) -> None:
    machine.python("python3", "3.11")
    machine.run()
    assert machine.run().stdout == ""
    assert machine.installed == []


def test_changed_pins_are_installed_into_the_same_environment(machine: Machine) -> None:
    machine.python("python3", "3.11")
    machine.run()
    (machine.tree / ".venv" / "kept").touch()
    (machine.tree / "requirements.lock").write_text("typer==1.0\n", encoding="utf-8")
    machine.run()
    assert machine.installed == ALL
    assert (machine.tree / ".venv" / "kept").exists()


def test_settings_of_tools_install_nothing(machine: Machine) -> None:
    machine.python("python3", "3.11")
    machine.run()
    with (machine.tree / "pyproject.toml").open("a", encoding="utf-8") as project:
        project.write("[tool.ruff.lint.pydocstyle]\n")
    machine.run()
    assert machine.installed == []


def test_an_interrupted_installation_starts_over(machine: Machine) -> None:
    machine.python("python3", "3.11")
    offline = machine.log.with_name("asked.offline")
    offline.touch()
    assert machine.run().returncode != 0
    (machine.tree / ".venv" / "half").touch()
    offline.unlink()
    assert machine.run().returncode == 0
    assert machine.installed == ALL
    assert not (machine.tree / ".venv" / "half").exists()


def test_a_folder_that_moved_gets_a_new_environment(machine: Machine) -> None:
    machine.python("python3", "3.11")
    machine.run()
    machine.tree = machine.tree.rename(machine.tree.with_name("moved"))
    machine.run()
    assert machine.installed == ALL


def test_another_python_than_before_gets_a_new_environment(machine: Machine) -> None:
    machine.python("python3", "3.11")
    machine.python("python3.12", "3.12")
    machine.run()
    assert "with python3.12" in machine.run(PYTHON="python3.12").stdout
    assert machine.run().stdout == ""


@pytest.mark.parametrize("step", ["dev", "bench"])
def test_the_packages_for_tests_or_for_the_bench_are_added_once(machine: Machine, step: str) -> None:
    machine.python("python3", "3.11")
    machine.run("sh", "tools/setup.sh", "packages", step)
    assert machine.installed == [*ALL, f"requirements-{step}.lock"]
    machine.run("sh", "tools/setup.sh", "packages", step)
    assert machine.installed == []


def test_where_packages_come_from_is_left_to_pip(machine: Machine) -> None:
    machine.python("python3", "3.11")
    machine.run("sh", "tools/setup.sh", "packages", "dev")
    assert not re.search(r"index|find-links|https?:", machine.log.read_text(encoding="utf-8"))


def pinned(name: str) -> dict[str, str]:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    pairs = [line.split()[0].split("==") for line in lines if re.match(r"\w", line)]
    return {package.lower().replace("_", "-"): version for package, version in pairs}


@pytest.fixture
def project() -> dict[str, list[str]]:
    content = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = content["dependency-groups"]
    return {"run": content["project"]["dependencies"], "dev": groups["dev"], "bench": groups["bench"]}


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_index_and_no_link(lock: str) -> None:
    assert not re.search(r"://|@|^-|--(?!hash)|#", (ROOT / lock).read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_carries_a_hash(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8").replace("\\\n", " ")
    assert [line for line in text.splitlines() if "--hash=sha256:" not in line] == []


def test_the_locks_hold_what_the_project_asks_for(project: dict[str, list[str]]) -> None:
    locked = {
        package: version for name in (*LOCKS, "requirements-torch.txt") for package, version in pinned(name).items()
    }
    asked = dict(line.lower().split("==") for lines in project.values() for line in lines)
    assert asked == {package: locked.get(package) for package in asked}


def test_the_locks_agree() -> None:
    """One environment takes all of them."""
    for one, other in combinations(map(pinned, LOCKS), 2):
        assert {package: one[package] for package in one.keys() & other} == {p: other[p] for p in one.keys() & other}


def test_the_load_of_the_bench_stays_out_of_what_is_served_and_tested() -> None:
    assert "locust" in pinned("requirements-bench.lock")
    assert {"locust", "gevent"} & (pinned("requirements.lock") | pinned("requirements-dev.lock")).keys() == set()


def test_torch_stays_out_of_the_lock_and_so_do_gigabytes_of_libraries() -> None:
    assert [package for package in pinned("requirements.lock") if re.match(r"torch|nvidia|cuda|triton", package)] == []


def test_every_command_is_explained() -> None:
    made = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    finished = subprocess.run(["make", "help"], cwd=ROOT, env=os.environ, capture_output=True, text=True, check=True)
    assert set(made) - set(re.findall(r"^(\w+)\t", finished.stdout, re.MULTILINE)) == {"lint", "types"}
