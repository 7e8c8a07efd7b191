"""One frozen tree of settings, read from the environment (prefix FONTE_); unknown names are refused."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from rag.errors import ConfigurationError

PREFIX = "FONTE_"
PACKAGED_MODEL = "packaged"
PROMPT_TOKENS = 400  # that instructions, a question and a passage take at least


def _default_cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "fonte"


class Settings(BaseSettings):
    """Every setting of Fonte. Values hold no behaviour: `build_assistant` turns them into parts."""

    # An empty variable is an unset one: a password that was left blank must not count as a password.
    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid", env_ignore_empty=True)

    corpus: Annotated[tuple[Path, ...], NoDecode] = Field(
        (Path("corpus"),), description="folders of documents, separated by the system's path separator"
    )
    data: Path = Field(Path(".data"), description="folder of the manifest and the vectors")
    host: str = Field("127.0.0.1", description="address to listen on")
    port: int = Field(7860, ge=0, le=65535, description="port to listen on")
    cache: Path = Field(default_factory=_default_cache, description="shared cache of the packaged model")
    embed_model: str = Field(PACKAGED_MODEL, description="`packaged`, a hub id, or a local folder")
    reader: str = Field(PACKAGED_MODEL, description="`packaged`, or the hub id or folder of another reading model")
    reader_calibration: Path | None = Field(None, description="that model's file from `training/calibrate.py`")
    model_archive: Path | None = Field(None, description="file written by `fonte model export FILE`")
    chroma_url: str | None = Field(None, description="a Chroma server's URL instead of a folder")
    public_url: str | None = Field(None, description="the address that readers use, behind a proxy")
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="further Host names that are answered, separated by commas"
    )
    staff_password: SecretStr | None = Field(None, description="password of the staff sign-in page")
    staff_header: str | None = Field(None, description="header in which a trusted proxy names the person")
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="addresses whose forwarded headers count, separated by commas"
    )
    api_keys: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        (), description="keys of API clients (Bearer), separated by commas"
    )
    admin_token: SecretStr | None = Field(None, description="token that may add and remove documents")
    widgets: Path | None = Field(None, description="file of the widgets; else `widgets.toml` in the data folder")
    workers: int = Field(2, ge=1, le=64, description="questions answered at the same time")
    queue: int = Field(64, ge=0, le=10_000, description="questions that may wait; one more is refused")
    max_file_mb: int = Field(50, ge=1, le=2000, description="larger files are skipped, in MiB")
    proof_days: int = Field(
        90, ge=0, le=36_500, description="days that answers and checks are kept at their permalinks; 0 keeps nothing"
    )
    database_url: SecretStr | None = Field(
        None, description="a PostgreSQL database that several servers share, instead of files in the data folder"
    )
    max_question: int = Field(1000, ge=10, le=20_000, description="longest question, in characters")
    llm: str | None = Field(None, description="`openai-like:model`, `ollama:model`, `anthropic:model`, `openai:model`")
    llm_base_url: str | None = Field(None, description="address of the model's server, for `openai-like:` and others")
    llm_key: SecretStr | None = Field(None, description="key of the model's server")
    llm_context: int = Field(4096, ge=512, le=1_000_000, description="tokens of one request, its answer included")
    llm_max_tokens: int = Field(300, ge=32, le=8192, description="tokens of one answer")
    llm_daily_tokens: int = Field(0, ge=0, description="tokens a day, after which answers are quotes; 0 for no limit")
    llm_timeout: float = Field(60.0, gt=0, le=600, description="seconds in which an answer must be written")
    llm_judge: bool = Field(
        False, description="`true`: the model also says yes or no to the best passages, which costs seconds a question"
    )
    caution: float = Field(0.5, ge=0.0, le=1.0, description="how sure an answer must be, 0 bold to 1 cautious")

    @field_validator("llm_max_tokens")
    @classmethod
    def _leaves_room(cls, value: int, info: ValidationInfo) -> int:
        """The instructions and a passage must fit beside the answer."""
        context = info.data.get("llm_context")
        if context is not None and value + PROMPT_TOKENS >= context:
            raise ValueError(f"must be {PROMPT_TOKENS} tokens below FONTE_LLM_CONTEXT, which is {context}")
        return value

    @field_validator("corpus", mode="before")
    @classmethod
    def _paths(cls, value: object) -> object:
        return tuple(Path(p) for p in value.split(os.pathsep) if p) if isinstance(value, str) else value

    @field_validator("allowed_hosts", "trusted_proxies", "api_keys", mode="before")
    @classmethod
    def _listed(cls, value: object) -> object:
        return tuple(p.strip() for p in value.split(",") if p.strip()) if isinstance(value, str) else value


def wants_hub(settings: Settings) -> bool:
    """Whether a model is named that only a hub can give: neither the packaged one nor a folder."""
    return any(name != PACKAGED_MODEL and not Path(name).is_dir() for name in (settings.embed_model, settings.reader))


def database_of(settings: Settings) -> str | None:
    """The URL of the database that several servers share."""
    return settings.database_url.get_secret_value() if settings.database_url else None


def refuse_unknown(environment: Mapping[str, str]) -> None:
    """pydantic-settings ignores unknown environment variables; a misspelt one must not pass silently."""
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    for name in sorted(environment):
        if name.upper().startswith(PREFIX) and name.upper() not in known:
            bare = [other.removeprefix(PREFIX) for other in known]  # what all begin with makes none alike
            close = difflib.get_close_matches(name.upper().removeprefix(PREFIX), bare, n=1, cutoff=0.6)
            hint = f"Did you mean {PREFIX}{close[0]}?" if close else f"Known settings: {', '.join(sorted(known))}."
            raise ConfigurationError(f"Unknown setting {name}.", hint)


def load_settings(**overrides: Any) -> Settings:
    """The environment's settings with `overrides` (those that are not None) on top."""
    refuse_unknown(os.environ)
    try:
        return Settings(**{name: value for name, value in overrides.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        name = PREFIX + "_".join(str(part) for part in first["loc"][:1]).upper()
        raise ConfigurationError(f"{name}: {first['msg']}.", "The README lists every setting.") from error
