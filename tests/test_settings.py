"""Settings: what is misspelt or out of bounds is refused by name, and the README lists them all."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from rag.errors import ConfigurationError
from rag.settings import PREFIX, Settings, load_settings, refuse_unknown, wants_hub

README = Path(__file__).resolve().parents[1] / "README.md"
MARK = "<!-- settings -->"


def test_without_any_variable_the_defaults_hold() -> None:
    found = load_settings()
    assert (found.host, found.port, found.embed_model) == ("127.0.0.1", 7860, "packaged")
    assert found.corpus == (Path("corpus"),)
    assert found.staff_password is None


@pytest.mark.parametrize(
    "name, meant",
    [
        ("FONTE_PORTS", "FONTE_PORT"),
        ("FONTE_CHROMA", "FONTE_CHROMA_URL"),
        ("FONTE_STAF_PASSWORD", "FONTE_STAFF_PASSWORD"),
        ("fonte_hots", "FONTE_HOST"),
    ],
)
def test_a_misspelt_name_is_refused_with_the_one_that_was_meant(
    monkeypatch: pytest.MonkeyPatch, name: str, meant: str
) -> None:
    monkeypatch.setenv(name, "1")
    with pytest.raises(ConfigurationError, match=name) as caught:
        load_settings()
    assert meant in caught.value.hint


def test_a_name_that_is_like_none_is_refused_with_the_list() -> None:
    with pytest.raises(ConfigurationError) as caught:
        refuse_unknown({"FONTE_XYZZY": "1"})
    assert "FONTE_CORPUS" in caught.value.hint


def test_other_programs_variables_are_no_concern(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FONT", "MY_FONTE_PORT"):
        monkeypatch.setenv(name, "1")
    assert load_settings().port == Settings.model_fields["port"].default


def test_lists_are_read_from_one_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FONTE_CORPUS", os.pathsep.join(["a", "b c"]))
    monkeypatch.setenv("FONTE_ALLOWED_HOSTS", " fonte.example.org, localhost ,,")
    monkeypatch.setenv("FONTE_API_KEYS", "one,two")
    found = load_settings()
    assert found.corpus == (Path("a"), Path("b c"))
    assert found.allowed_hosts == ("fonte.example.org", "localhost")
    assert [key.get_secret_value() for key in found.api_keys] == ["one", "two"]


def test_an_empty_variable_is_an_unset_one(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("STAFF_PASSWORD", "CHROMA_URL", "PORT", "API_KEYS", "CORPUS"):
        monkeypatch.setenv(PREFIX + name, "")
    assert load_settings() == Settings()


@pytest.mark.parametrize(
    "name, value",
    [
        ("PORT", "70000"),
        ("PORT", "http"),
        ("CAUTION", "1.5"),
        ("WORKERS", "0"),
        ("QUEUE", "-1"),
        ("MAX_QUESTION", "3"),
        ("MAX_FILE_MB", "0"),
    ],
)
def test_a_value_out_of_bounds_is_refused_by_the_name_of_its_setting(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(PREFIX + name, value)
    with pytest.raises(ConfigurationError, match=PREFIX + name):
        load_settings()


def test_what_the_command_line_says_comes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FONTE_PORT", "8000")
    assert load_settings(port=9000).port == 9000
    assert load_settings(port=None).port == 8000


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError):
        setattr(load_settings(), "port", 1)  # noqa: B010 -- mypy knows that it cannot be done


def test_secrets_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FONTE_STAFF_PASSWORD", "open sesame")
    monkeypatch.setenv("FONTE_API_KEYS", "key-one")
    monkeypatch.setenv("FONTE_ADMIN_TOKEN", "token-one")
    assert not re.search("sesame|key-one|token-one", repr(load_settings()))


def test_an_answer_must_leave_room_for_what_it_is_written_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FONTE_LLM_MAX_TOKENS", "112")
    monkeypatch.setenv("FONTE_LLM_CONTEXT", "512")
    with pytest.raises(ConfigurationError, match=r"FONTE_LLM_MAX_TOKENS: .*FONTE_LLM_CONTEXT, which is 512"):
        load_settings()
    monkeypatch.setenv("FONTE_LLM_MAX_TOKENS", "111")
    assert load_settings().llm_max_tokens == 111


def test_every_setting_says_what_it_is_for() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def documented() -> dict[str, str]:
    """The README's table of settings: name to meaning."""
    text = README.read_text(encoding="utf-8") if README.is_file() else ""
    table = text.partition(MARK)[2].partition("<!-- /settings -->")[0]
    return dict(re.findall(r"^\| `(FONTE_\w+)` \| (.*?) \| [^|]*\|$", table, re.MULTILINE))


@pytest.mark.skipif(not documented(), reason="the README has no table of settings yet")
def test_the_readme_lists_every_setting_and_no_other() -> None:
    expected = {PREFIX + name.upper(): field.description for name, field in Settings.model_fields.items()}
    assert documented() == expected


@pytest.mark.parametrize("name", ["embed_model", "reader"])
def test_only_a_model_that_is_neither_packaged_nor_a_folder_wants_the_hub(name: str, tmp_path: Path) -> None:
    assert not wants_hub(Settings())
    assert not wants_hub(Settings().model_copy(update={name: str(tmp_path)}))
    assert wants_hub(Settings().model_copy(update={name: "owner/model"}))
