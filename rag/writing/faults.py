"""What can go wrong with a writing model, in a dozen kinds, whichever client tells it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from enum import StrEnum

HIDDEN = "•••"
_OVERFLOW = re.compile(r"context|too (?:long|large)|maximum.{0,20}(?:length|tokens)|exceed", re.IGNORECASE)


class Fault(StrEnum):
    """Why a model's answer cannot be used; `rag.wording` says each to people."""

    SLOW = "slow"
    LIMITED = "limited"
    DENIED = "denied"
    BROKEN = "broken"
    CUT = "cut"
    GARBLED = "garbled"
    EMPTY = "empty"
    ENDLESS = "endless"
    OVERFLOW = "overflow"
    ABSENT = "absent"
    UNSUPPORTED = "unsupported"
    SPENT = "spent"
    RESTING = "resting"


class WritingFault(Exception):
    """The model did not deliver; `detail` is for the log and for `fonte doctor`, never for a page."""

    def __init__(self, fault: Fault, detail: str = "") -> None:
        super().__init__(f"{fault.value}: {detail}" if detail else fault.value)
        self.fault = fault
        self.detail = detail


def fault_of(error: Exception, begun: bool, secrets: Sequence[str] = ()) -> WritingFault:
    """What went wrong, whichever client tells it: by status, else by the kind of exception.

    Some servers send back the key that they refuse: no detail holds any of `secrets`.
    """
    status = getattr(error, "status_code", None)
    detail = " ".join(f"{type(error).__name__}: {error}".split())
    for secret in secrets:
        detail = detail.replace(secret, HIDDEN)
    detail = detail[:200]
    kinds = " ".join(kind.__name__ for kind in type(error).__mro__)
    if "Timeout" in kinds:
        return WritingFault(Fault.SLOW, detail)
    if status == 429:
        return WritingFault(Fault.LIMITED, detail)
    if status in (401, 403):
        return WritingFault(Fault.DENIED, detail)
    if status in (400, 413, 422) and _OVERFLOW.search(str(error)):
        return WritingFault(Fault.OVERFLOW, detail)
    if isinstance(error, json.JSONDecodeError) or "ValidationError" in kinds:
        return WritingFault(Fault.GARBLED, detail)
    return WritingFault(Fault.CUT if begun and status is None else Fault.BROKEN, detail)
