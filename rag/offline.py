"""Nothing phones home: the libraries' own switches, set before any of them is imported."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from types import MappingProxyType

TELEMETRY: Mapping[str, str] = MappingProxyType(
    {
        "GRADIO_ANALYTICS_ENABLED": "False",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "ANONYMIZED_TELEMETRY": "False",
        "DO_NOT_TRACK": "1",
    }
)
# Without these a missing model costs a minute and a half of attempts to reach the hub.
HUB: Mapping[str, str] = MappingProxyType({"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"})


def switch_off(environment: MutableMapping[str, str], hub: bool = False) -> None:
    """Turn telemetry off, whatever the environment says; with `hub` a model may be fetched from the hub."""
    environment.update(TELEMETRY)
    if hub:
        for name in HUB:
            environment.pop(name, None)
    else:
        environment.update(HUB)
