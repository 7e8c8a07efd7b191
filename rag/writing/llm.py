"""FONTE_LLM → a LlamaIndex LLM. Keys come from the environment alone, and stand in no log and on no page."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlsplit

from rag.errors import ConfigurationError
from rag.evidence import Judge
from rag.settings import Settings
from rag.writing.faults import Fault, WritingFault
from rag.writing.generation import Generator
from rag.writing.near_misses import NearMissJudge
from rag.writing.spending import DailyBudget
from rag.writing.streaming import Limits, close_later

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

RETRIES = 2  # of the client itself, after a refusal or a broken connection
ODDS = 10  # words of whose odds a judge's server is asked
JUDGING = 20.0  # seconds for all that one question asks of a judge
_PROVIDERS = ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "OLLAMA_API_KEY")  # from which clients take a key of themselves
NO_KEY = "none"  # servers of one's own ask for none; the client's own default would be somebody else's key
_UNQUOTED = "!$&'()*+,:"  # what the clients leave as it is in the user and the password of an address
_HINTS = {
    Fault.DENIED: "Check FONTE_LLM_KEY.",
    Fault.SLOW: "Check that the model is loaded, or raise FONTE_LLM_TIMEOUT.",
    Fault.LIMITED: "Wait, or ask its provider for more.",
    Fault.BROKEN: "Check FONTE_LLM_BASE_URL and the model's name, and that its server runs.",
    Fault.OVERFLOW: "Lower FONTE_LLM_CONTEXT to what the model takes.",
}
_APART = (
    "It asks for older versions of packages that Fonte pins. Type, in an environment of its own: python -m pip install "
    "llama-index-llms-anthropic; or reach the model through a gateway, as openai-like:model."
)
_EXAMPLES = "openai-like:model with FONTE_LLM_BASE_URL, ollama:model, anthropic:model or openai:model"


def build_llm(settings: Settings, judging: bool = False) -> LLM | None:
    """The model that FONTE_LLM names, not yet called; None where it names none.

    judging: it is to say one word, with the odds of others in its place where its server tells them.

    Raises ConfigurationError for a name that is not understood, a part that is not installed, or a missing setting.
    """
    if not settings.llm:
        return None
    kind, _, model = settings.llm.partition(":")
    if kind not in _BUILDERS or not model.strip():
        raise ConfigurationError(f"FONTE_LLM={settings.llm} names no model.", f"Write {_EXAMPLES}.")
    try:
        return _BUILDERS[kind](settings, model.strip(), judging)
    except ImportError as error:
        raise ConfigurationError(
            f"{kind}: models need a package that is not installed ({error.name}).",
            _APART if kind == "anthropic" else f"Type: .venv/bin/python -m pip install llama-index-llms-{kind}",
        ) from error


def build_generator(settings: Settings, daily: DailyBudget | None = None) -> Generator | None:
    """The writer over that model; None where no model is named. `daily` is a budget that others spend as well."""
    llm = build_llm(settings)
    if llm is None:
        return None
    limits = Limits(settings.llm_context, settings.llm_max_tokens, settings.llm_timeout)
    return Generator(llm, str(settings.llm), limits, daily or daily_budget(settings), secrets(settings, llm))


def build_judge(settings: Settings, reader: Judge, daily: DailyBudget) -> Judge:
    """`reader`, whose near misses the model judges as well where FONTE_LLM_JUDGE says so.

    Raises ConfigurationError where it says so and no model is named.
    """
    if not settings.llm_judge:
        return reader
    llm = build_llm(settings, judging=True)
    if llm is None:
        raise ConfigurationError("FONTE_LLM_JUDGE needs a model.", f"Set FONTE_LLM to {_EXAMPLES}.")
    limits = Limits(settings.llm_context, 1, min(settings.llm_timeout, JUDGING))
    return NearMissJudge(reader, llm, limits, daily, secrets(settings, llm))


def daily_budget(settings: Settings) -> DailyBudget:
    return DailyBudget(settings.llm_daily_tokens)


def secrets(settings: Settings, llm: LLM) -> tuple[str, ...]:
    """What nothing may tell that a server sends back: the key, whichever variable it is of, and one in an address.

    Each as it is sent, and as a JSON body or Python's picture of one writes it; the longest first, so that no part of
    one is left over from another.
    """
    keys = [_key(settings), getattr(llm, "api_key", None), *(os.environ.get(name) for name in _PROVIDERS)]
    found = {key for key in (*keys, *_of_address(settings.llm_base_url or "")) if key and key != NO_KEY}
    forms = {form for key in found for form in (key, json.dumps(key)[1:-1], repr(key)[1:-1])}
    return tuple(sorted(forms, key=lambda form: (-len(form), form)))


def try_out(settings: Settings) -> str:
    """What one real call to the model shows, in words. Raises ConfigurationError where it fails."""
    generator = build_generator(settings)
    if generator is None:
        return "no model is set: answers are exact quotes"
    try:
        seconds, counted = generator.try_out()
    except WritingFault as error:
        message = f"{settings.llm} does not answer ({error.detail or error.fault.value})."
        raise ConfigurationError(message, _HINTS.get(error.fault, "Check that its server runs.")) from error
    return (
        f"{settings.llm} answers in {seconds:.1f} s{'' if counted else '; it counts no tokens, budgets estimate them'}"
    )


def _key(settings: Settings) -> str | None:
    return settings.llm_key.get_secret_value() if settings.llm_key else None


def _of_address(url: str) -> Iterator[str]:
    """The password of an address, or the name of one without: as it stands there, as it is meant, and as it is sent."""
    there = urlsplit(url)
    if basic := _basic(url):
        written = there.password or there.username or ""
        yield from (written, unquote(written), quote(unquote(written), _UNQUOTED), basic)


def _basic(url: str) -> str:
    """What a header says of an address that holds a user or a password; nothing of any other."""
    there = urlsplit(url)
    pair = f"{unquote(there.username or '')}:{unquote(there.password or '')}"
    return base64.b64encode(pair.encode()).decode() if pair != ":" else ""


def _authorization(settings: Settings) -> str:
    """As the clients of OpenAI's protocol have it: what the address holds, else the key."""
    basic, key = _basic(settings.llm_base_url or ""), _key(settings)
    return f"Basic {basic}" if basic else f"Bearer {key}" if key else ""


def _answering(settings: Settings, judging: bool) -> dict[str, Any]:
    """How servers of OpenAI's protocol are to answer. They count tokens of a stream only if they are asked to."""
    import httpx

    hooks: dict[str, list[Callable[[httpx.Response], None]]] = {"response": [close_later]}
    return {
        "http_client": httpx.Client(event_hooks=hooks, timeout=settings.llm_timeout, follow_redirects=True),
        "max_tokens": 1 if judging else settings.llm_max_tokens,
        "temperature": 0.0,
        "timeout": settings.llm_timeout,
        "max_retries": RETRIES,
        "additional_kwargs": {"stream_options": {"include_usage": True}},
        **({"logprobs": True, "top_logprobs": ODDS} if judging else {}),
    }


def _openai_like(settings: Settings, model: str, judging: bool) -> LLM:
    if not settings.llm_base_url:
        raise ConfigurationError(
            "openai-like: models need the address of their server.",
            "Set FONTE_LLM_BASE_URL, for example http://127.0.0.1:8080/v1.",
        )
    from llama_index.llms.openai_like import OpenAILike

    llm: LLM = OpenAILike(
        model=model,
        api_base=settings.llm_base_url,
        api_key=_key(settings) or NO_KEY,
        is_chat_model=True,
        context_window=settings.llm_context,
        **_answering(settings, judging),
    )
    return llm


def _openai(settings: Settings, model: str, judging: bool) -> LLM:
    from llama_index.llms.openai import OpenAI

    llm: LLM = OpenAI(
        model=model,
        api_base=settings.llm_base_url,
        api_key=_key(settings),
        **_answering(settings, judging),
    )
    try:
        _ = llm.metadata  # it knows its own models alone
    except ValueError as error:
        raise ConfigurationError(
            f"openai: knows no model {model}.", "Check its name; for another service write openai-like:model."
        ) from error
    return llm


def _ollama(settings: Settings, model: str, judging: bool) -> LLM:
    from llama_index.llms.ollama import Ollama

    more = {"base_url": settings.llm_base_url} if settings.llm_base_url else {}
    said = _authorization(settings)  # its client drops what an address holds
    llm: LLM = Ollama(
        model=model,
        request_timeout=settings.llm_timeout,
        context_window=settings.llm_context,
        temperature=0.0,
        additional_kwargs={"num_predict": 1 if judging else settings.llm_max_tokens},
        headers={"Authorization": said} if said else None,
        **more,
    )
    return llm


def _anthropic(settings: Settings, model: str, judging: bool) -> LLM:
    from llama_index.llms.anthropic import Anthropic

    more = {"base_url": settings.llm_base_url} if settings.llm_base_url else {}
    llm: LLM = Anthropic(
        model=model,
        api_key=_key(settings),
        max_tokens=1 if judging else settings.llm_max_tokens,
        temperature=0.0,
        timeout=settings.llm_timeout,
        max_retries=RETRIES,
        **more,
    )
    return llm


_BUILDERS: Mapping[str, Callable[[Settings, str, bool], LLM]] = {
    "openai-like": _openai_like,
    "openai": _openai,
    "ollama": _ollama,
    "anthropic": _anthropic,
}
