"""bootstrap.sh chooses a Python by running it, and installs the pins once."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
SHIM = "#!/bin/sh\necho 'command not found in any selected version' >&2\nexit 127\n"
OLD = "#!/bin/sh\nexit 1\n"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with nothing to install."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    shutil.copy(ROOT / "bootstrap.sh", folder)
    for lock in ("requirements.txt", "requirements-dev.txt", "requirements-uv.txt"):
        (folder / lock).touch()
    return folder


def program(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    path.chmod(0o755)


def working(path: Path) -> Path:
    program(path, f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    return path


def bootstrap(checkout: Path, purpose: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """With a PATH of the usual tools and of `bin` in the checkout's parent, which may hold programs called python."""
    folder = checkout.parent / "bin"
    tools = checkout.parent / "tools"
    tools.mkdir(exist_ok=True)
    for name in ("sh", "sort", "cat", "cksum", "rm", "dirname", "sed"):
        target = shutil.which(name)
        assert target
        if not (tools / name).exists():
            (tools / name).symlink_to(target)
    return subprocess.run(
        [str(checkout / "bootstrap.sh"), purpose],
        env={"PATH": f"{folder}{os.pathsep}{tools}", "HOME": str(checkout.parent), "PIP_NO_INDEX": "1", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_shim_that_fails_is_passed_over(checkout: Path) -> None:
    program(checkout.parent / "bin" / "python3.14", SHIM)
    program(checkout.parent / "bin" / "python3.13", SHIM)
    expected = working(checkout.parent / ".pyenv" / "versions" / "3.12.1" / "bin" / "python3.12")
    working(checkout.parent / "bin" / "python3.11")
    assert bootstrap(checkout, "which").stdout.strip() == str(expected)


def test_the_newest_patch_of_the_newest_version_wins(checkout: Path) -> None:
    for version in ("3.13.2", "3.13.10", "3.12.9"):
        minor = version.rpartition(".")[0]
        working(checkout.parent / ".pyenv" / "versions" / version / "bin" / f"python{minor}")
    assert "/3.13.10/" in bootstrap(checkout, "which").stdout


def test_a_python_that_is_too_old_does_not_count(checkout: Path) -> None:
    program(checkout.parent / "bin" / "python3", OLD)
    result = bootstrap(checkout, "run")
    assert result.returncode != 0
    assert result.stderr.startswith("No Python 3.11 or newer with venv, ssl and ctypes was found")
    assert len(result.stderr.splitlines()) == 1
    assert not (checkout / ".venv").exists()


def test_python_can_be_named(checkout: Path) -> None:
    named = working(checkout.parent / "elsewhere" / "python")
    working(checkout.parent / "bin" / "python3.13")
    assert bootstrap(checkout, "which", PYTHON=str(named)).stdout.strip() == str(named)


def test_a_named_python_that_does_not_run_is_refused(checkout: Path) -> None:
    result = bootstrap(checkout, "run", PYTHON="/no/such/python")
    assert result.returncode != 0
    assert result.stderr.startswith("PYTHON=/no/such/python does not run")


def test_it_installs_once_and_without_the_accelerator_too(checkout: Path) -> None:
    working(checkout.parent / "bin" / "python3.11")
    (checkout / "requirements-uv.txt").write_text("a-package-that-does-not-exist==1 --hash=sha256:" + "0" * 64 + "\n")
    first = bootstrap(checkout, "run")
    assert first.returncode == 0, first.stderr
    assert first.stdout.splitlines()[-1] == "Installing the packages of requirements.txt ..."
    again = bootstrap(checkout, "run")
    assert (again.returncode, again.stdout) == (0, "")
    (checkout / "requirements.txt").write_text("# changed\n")
    assert bootstrap(checkout, "run").stdout == "Installing the packages of requirements.txt ...\n"
