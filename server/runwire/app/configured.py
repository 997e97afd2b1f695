"""What a run is configured with: what its caller says, and besides what its assistant does."""

from collections.abc import Mapping
from dataclasses import replace

from runwire.domain.assistant import Assistant
from runwire.domain.run_options import RunOptions


def configured(options: RunOptions, assistant: Assistant) -> RunOptions:
    """Return a run's options with what its assistant is configured with, where they say nothing."""
    config = {**assistant.config, **options.config}
    for name in ("configurable", "metadata"):
        both = [found.get(name) or {} for found in (assistant.config, options.config)]
        if any(both):
            config[name] = {**both[0], **both[1]}
    tags = [*assistant.config.get("tags", ()), *options.config.get("tags", ())]
    if tags:
        config["tags"] = list(dict.fromkeys(tags))
    context = options.context
    if assistant.context and (context is None or isinstance(context, Mapping)):
        context = {**assistant.context, **(context or {})}
    return replace(options, assistant_id=assistant.assistant_id, config=config, context=context)
