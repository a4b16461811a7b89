"""The names of providers: whose model it is, and one name for what applications call differently.

A row's provider decides its prices (``seeds/provider_names.csv``), and finds usage that two formats
report.
"""

_MAKERS = {
    "anthropic": "claude",
    "openai": "gpt|chatgpt|codex|davinci|text-embedding|o[1-9]",
    "google": "gemini|gemma",
    "x-ai": "grok",
    "deepseek": "deepseek",
    "mistral": "mistral|mixtral|magistral|ministral|codestral|devstral|pixtral",
}

_NAMES = {
    "aws.bedrock": "bedrock",
    "az.ai.inference": "azure",
    "az.ai.openai": "azure",
    "azure.ai.inference": "azure",
    "azure.ai.openai": "azure",
    "azure_ai": "azure",
    "bedrock_converse": "bedrock",
    "gcp.gemini": "gemini",
    "gcp.gen_ai": "gemini",
    "gcp.vertex_ai": "vertex_ai",
    "mistral_ai": "mistral",
    "text-completion-openai": "openai",
    "vertex_ai_beta": "vertex_ai",
    "x_ai": "xai",
}


def maker(model: str, otherwise: str) -> str:
    """SQL for the provider whose model it is, by its name, or ``otherwise``."""
    cases = " ".join(
        f"when regexp_matches(lower({model}), '^({pattern})([^a-z].*)?$') then '{name}'"
        for name, pattern in _MAKERS.items()
    )
    return f"case {cases} else {otherwise} end"


def without_maker(model: str) -> str:
    """SQL for a model without the name of its maker before it, as routers write it."""
    return f"regexp_replace({model}, '^(openai|anthropic|google|x-ai|deepseek|mistralai)/', '')"


def family_first(model: str) -> str:
    """SQL for a model of Claude as Anthropic names it: others put the version before the family."""
    return rf"regexp_replace({model}, '^claude-([4-9][0-9.]*)-(opus|sonnet|haiku)', 'claude-\2-\1')"


def provider(name: str) -> str:
    """SQL for the one name of a provider that gateways and spans call differently."""
    cases = " ".join(f"when '{known}' then '{one}'" for known, one in _NAMES.items())
    return f"case lower({name}) {cases} else lower({name}) end"


def as_billed(provider: str) -> str:
    """SQL for a provider as its bill names it, by which the bill finds its usage.

    The ids of rows are made of what ``provider`` gives: they outlast how a bill is named.
    """
    return (
        f"case when lower({provider}) in ('bedrock', 'amazon_bedrock', 'aws_bedrock') then 'aws'"
        f" else {provider} end"
    )
