"""What LiteLLM's tables have in common: how they name providers and models."""

from tokenmart.land.exports.providers import provider

_NAMED = """coalesce(
    nullif(custom_llm_provider, ''),
    case when contains(model, '/') then split_part(model, '/', 1) end,
    'litellm'
)"""

PROVIDER = provider(_NAMED)
"""SQL for the provider; of a row that names none, it is in front of the model."""

_UNPREFIXED = f"""case
    when starts_with(lower(model), lower({_NAMED}) || '/') then substr(model, length({_NAMED}) + 2)
    else model
end"""

MODEL = f"""coalesce(nullif(
    -- 'openrouter/anthropic/claude-…' names the maker as well
    case
        when {_NAMED} = 'openrouter' then regexp_replace({_UNPREFIXED}, '^.*/', '')
        else {_UNPREFIXED}
    end,
    ''
), nullif(model_group, ''), 'unknown')"""
"""SQL for the model without its provider."""
