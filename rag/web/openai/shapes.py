"""OpenAI's chat completions as Fonte takes and gives them: a conversation, a completion, the list of models.

Clients send much that Fonte has no use for, and each server's clients something else. What changes nothing of the reply
is taken and not read; what promises something that the reply would not hold is refused.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema

from rag.errors import InvalidInput, NotFound
from rag.models import Question, Turn
from rag.web.openai.text import without_sources
from rag.web.replies import AnswerReply, Reply
from rag.web.shapes import MAX_TURNS, Body, Text
from rag.writing.answers import QUOTES_MODE

MODELS = {"fonte": None, "fonte-quotes": QUOTES_MODE}  # each with the mode in which it answers
MAX_MESSAGES = 2000  # of a whole conversation, of which the last MAX_TURNS before the question are read
_TEXT = {"type": "string"}
_PART = {"type": "object", "properties": {"type": {"const": "text"}, "text": _TEXT}, "required": ["type", "text"]}


def _joined(value: object) -> object:
    """A text that came in parts, as one."""
    if not isinstance(value, list):
        return value
    parts = [part for part in value if isinstance(part, dict) and part.get("type") == "text"]
    texts = [part["text"] for part in parts if isinstance(part.get("text"), str)]
    if len(texts) < len(value):
        raise ValueError("only parts of type text are read: no images, sound or files")
    return "\n".join(texts)


Content = Annotated[
    Text, BeforeValidator(_joined), WithJsonSchema({"anyOf": [_TEXT, {"type": "array", "items": _PART}]})
]
Refused = Annotated[None, Field(description="refused: the reply would not have this form")]


class Lenient(Body):
    """A body whose unknown fields are taken and not read: every client sends some of its own."""

    model_config = ConfigDict(extra="ignore")


class MessageBody(Lenient):
    """One message. `user` and `assistant` are the conversation; `system`, `developer` and `tool` are not read."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: Content | None = None


class StreamOptions(Lenient):
    """`include_usage` asks for a last chunk that counts the tokens."""

    include_usage: bool | None = None


class TextFormat(Body):
    type: Literal["text"]


class ChatBody(Lenient):
    """A conversation that ends with a user's question. One reply, in text; no function is called for it.

    Any other field, such as `temperature`, `seed` or `tools`, is taken and not read.
    """

    model: Annotated[Text, Field(max_length=200, examples=["fonte"])]
    messages: Annotated[list[MessageBody], Field(min_length=1, max_length=MAX_MESSAGES)]
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    n: Literal[1] | None = None
    response_format: TextFormat | None = None
    modalities: list[Literal["text"]] | None = None
    logprobs: Literal[False] | None = None
    tool_choice: Literal["none", "auto"] | None = None
    function_call: Literal["none", "auto"] | None = None
    guided_json: Refused = None
    guided_regex: Refused = None
    guided_choice: Refused = None
    guided_grammar: Refused = None
    structured_outputs: Refused = None
    json_schema: Refused = None
    grammar: Refused = None

    @property
    def counts_tokens(self) -> bool:
        return bool(self.stream_options and self.stream_options.include_usage)

    def question_value(self) -> Question:
        """The last message as the question, those before it as its history.

        Raises NotFound for a model that is not among `MODELS`, InvalidInput where the last message is no user's.
        """
        if self.model not in MODELS:
            raise UnknownModel(self.model)
        said = [m for m in self.messages if m.role in ("user", "assistant") and m.content]
        if not said or said[-1].role != "user":
            raise InvalidInput("messages: The last one must be a user's question.", "Send it with role user.")
        turns = tuple(Turn(m.role, without_sources(m.content or "")) for m in said[:-1])
        return Question(said[-1].content or "", history=turns[-MAX_TURNS:], mode=MODELS[self.model])


class UnknownModel(NotFound):
    """No model of that name is served."""

    code = "model_not_found"

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no model {name[:100]!r} here.", f"Use {' or '.join(MODELS)}.")


class UsageReply(Reply):
    """Tokens of a language model; none where the answer is made of quotes only."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class MessageReply(Reply):
    role: Literal["assistant"]
    content: str
    refusal: None


class ChoiceReply(Reply):
    index: Literal[0]
    message: MessageReply
    finish_reason: Literal["stop"]
    logprobs: None


class CompletionReply(Reply):
    """`fonte` is the whole reply of POST /api/v1/ask: status, statements, and every citation."""

    id: str
    object: Literal["chat.completion"]
    created: int
    model: str
    choices: list[ChoiceReply]
    usage: UsageReply
    fonte: AnswerReply


class DeltaReply(Reply):
    role: Literal["assistant"] | None = None
    content: str | None = None


class ChunkChoiceReply(Reply):
    index: Literal[0]
    delta: DeltaReply
    finish_reason: Literal["stop"] | None
    logprobs: None


class ChunkReply(Reply):
    """A piece of a streamed completion; the one with a `finish_reason` holds `fonte`."""

    id: str
    object: Literal["chat.completion.chunk"]
    created: int
    model: str
    choices: list[ChunkChoiceReply]
    usage: UsageReply | None = None
    fonte: AnswerReply | None = None


class ModelReply(Reply):
    id: str
    object: Literal["model"]
    created: int
    owned_by: str


class ModelsReply(Reply):
    object: Literal["list"]
    data: list[ModelReply]


class OpenAIErrorDetail(Reply):
    message: str
    type: str
    param: str | None
    code: str


class OpenAIErrorReply(Reply):
    error: OpenAIErrorDetail
