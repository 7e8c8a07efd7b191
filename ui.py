"""`python ui.py`: the HTTP API, the reading room and the Gradio chat on one port.

The port answers before the chat is imported and the models are there; the page says how far they are, and takes
questions already.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rag import offline
from rag.errors import RagError
from rag.settings import Settings, load_settings, wants_hub

if TYPE_CHECKING:
    from fastapi import FastAPI


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="ui.py", description="Serve Fonte's chat, API and documents on one port.")
    parser.add_argument("--corpus", action="append", type=Path, metavar="DIR", help="folder of documents; repeatable")
    parser.add_argument("--data", type=Path, metavar="DIR", help="folder of the index (.data)")
    parser.add_argument("--host", help="address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=int, help="port to listen on (7860; 0 takes a free one)")
    parser.add_argument("--prune", action="store_true", help="let a sync remove more than half of the documents")
    return parser.parse_args(given)


def settings_from(options: argparse.Namespace) -> Settings:
    corpus = os.pathsep.join(str(path) for path in options.corpus) if options.corpus else None
    return load_settings(corpus=corpus, data=options.data, host=options.host, port=options.port)


def build_app(settings: Settings, prune: bool = False) -> FastAPI:
    """Everything wired and the models on their way in the background. Raises RagError if it cannot be served."""
    from rag.api import create_app
    from rag.composition import build_assistant
    from rag.web.chat.blocks import mount_chat

    assistant, loading = build_assistant(settings, prune)
    app = create_app(assistant, settings)
    mounted = mount_chat(app, assistant, app.state.pool, settings)
    loading.start()
    return mounted


def main(given: Sequence[str] | None = None) -> int:
    options = arguments(given)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        settings = settings_from(options)
        offline.switch_off(os.environ, hub=wants_hub(settings))
        from rag.web.serve import serve
        from rag.web.widget.snippet import announcement

        serve(
            lambda: build_app(settings, options.prune),
            settings,
            lambda address: print(announcement(settings, address), flush=True),
        )
    except RagError as error:
        print(f"fonte: {error.message}\n       {error.hint}".rstrip(), file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("Fonte: stopped", file=sys.stderr)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
