"""Bills in the words of those who send them: each dollar once, on the usage that it is for."""

from decimal import Decimal
from typing import Any

import pytest
from warehouses import Warehouse

# a day each: the models that are used, 10 M tokens in and 1 M out of each, and what the bill says;
# then what each model costs, and what the whole day does
FORMS: dict[str, tuple[dict[str, str], dict[str, str], dict[str, str], str]] = {
    # what is not for tokens says nothing of tokens
    "tax": ({"gpt-4o-2024-08-06": "35"}, {"Sales tax": "3"}, {}, "38"),
    "storage": (
        {"gemini-2.5-flash": "5.5"},
        {"Cached content storage token hours Gemini 2.5 Flash": "2"},
        {},
        "7.5",
    ),
    "units": ({"gpt-4o": "35"}, {"Provisioned Managed Global Unit": "100"}, {}, "135"),
    "credit": ({"gpt-4o": "35"}, {"Free token credit": "-5"}, {}, "30"),
    "training": (
        {"gpt-4o": "35"},
        {"gpt-4o, input": "25", "gpt-4o, output": "10", "gpt-4o, training": "50"},
        {"gpt-4o": "35"},
        "85",
    ),
    # names of the provider's own, of a snapshot, of a preview, and in one word
    "anthropic": (
        {"claude-sonnet-4-20250514": "45", "claude-sonnet-4-5-20250929": "45"},
        {
            "Claude Sonnet 4 Usage - Input Tokens": "30",
            "Claude Sonnet 4 Usage - Output Tokens": "16",
            "Claude Sonnet 4.5 Usage - Input Tokens": "29",
            "Claude Sonnet 4.5 Usage - Output Tokens": "14",
        },
        {"claude-sonnet-4-20250514": "46", "claude-sonnet-4-5-20250929": "43"},
        "89",
    ),
    "mistral": (
        {"mistral-large-2411": "26", "mistral-small-2506": "1"},
        {"mistral-large-2411 - input tokens": "20", "mistral-small-2506 - input tokens": "1"},
        {"mistral-large-2411": "20", "mistral-small-2506": "1"},
        "21",
    ),
    "azure": (
        {"gpt-35-turbo": "6", "gpt-5": "22"},
        {
            "gpt-35-turbo Inp glbl Tokens": "5",
            "GPT 5 Inpt Glbl 1M Tokens": "12",
            "GPT 5 outpt Glbl 1M Tokens": "10",
        },
        {"gpt-35-turbo": "5", "gpt-5": "22"},
        "27",
    ),
    # which snapshot of a model, as meters and texts have it
    "azure-editions": (
        {"gpt-4o-2024-08-06": "35", "gpt-4o-2024-11-20": "35"},
        {
            "gpt 4o 0806 Inp glbl Tokens": "24",
            "gpt-4o-2024-08-06 - output tokens": "9",
            "gpt 4o 1120 Inp regnl Tokens": "27",
            "gpt 4o 1120 Outp regnl Tokens": "11",
        },
        {"gpt-4o-2024-08-06": "33", "gpt-4o-2024-11-20": "38"},
        "71",
    ),
    "moonshot": (
        {"kimi-k2-0711-preview": "8.5", "kimi-k2-0905-preview": "8.5"},
        {"Kimi K2 0905 Input Tokens": "6", "kimi-k2-0711-preview input tokens": "5"},
        {"kimi-k2-0711-preview": "5", "kimi-k2-0905-preview": "6"},
        "11",
    ),
    "vertex": (
        {"gemini-2.5-flash-preview-09-2025": "5.5", "gemini-2.5-flash-preview-05-2025": "5.5"},
        {
            "Gemini 2.5 Flash Preview 09-2025 Text Input": "3",
            "Gemini 2.5 Flash Preview 05-2025 Output": "2",
        },
        {"gemini-2.5-flash-preview-09-2025": "3", "gemini-2.5-flash-preview-05-2025": "2"},
        "5",
    ),
    # an edition that was not used is the model's
    "foundry": (
        {"gpt-4.1-mini": "5.6"},
        {"gpt 4.1 mini 0414 Inp glbl Tokens": "4", "gpt 4.1 mini 0414 Outp glbl": "1.6"},
        {"gpt-4.1-mini": "5.6"},
        "5.6",
    ),
    "aws": (
        {"us.amazon.nova-lite-v1:0": "1", "us.meta.llama3-3-70b-instruct-v1:0": "1"},
        {
            "USE1-NovaLite-input-tokens": "0.6",
            "USE1-NovaLite-output-tokens": "0.24",
            "USE1-Llama3-3-70B-input-tokens": "7.2",
        },
        {"us.amazon.nova-lite-v1:0": "0.84", "us.meta.llama3-3-70b-instruct-v1:0": "7.2"},
        "8.04",
    ),
    # an id names the maker and the model by one word
    "aws-makers": (
        {"mistral.mistral-large-2407-v1:0": "1", "qwen.qwen3-32b-v1:0": "1"},
        {
            "USE1-Mistral-Large-2407-input-tokens": "3",
            "USE1-Qwen3-32B-input-tokens": "0.15",
            "USE1-Qwen3-32B-output-tokens": "0.6",
        },
        {"mistral.mistral-large-2407-v1:0": "3", "qwen.qwen3-32b-v1:0": "0.75"},
        "3.75",
    ),
    "google": (
        {"gemini-2.5-flash": "5.5", "gemini-2.5-flash-image": "33", "gemini-3-pro-preview": "32"},
        {
            "Generate content input token count gemini 2.5 flash short input text": "3",
            "Gemini 2.5 Flash Image Input Tokens": "2.9",
            "Gemini 3 Pro Text Output - Predictions": "12",
        },
        {"gemini-2.5-flash": "3", "gemini-2.5-flash-image": "2.9", "gemini-3-pro-preview": "12"},
        "17.9",
    ),
    # Google's Gemini API: what the tokens are is said behind the model
    "gemini": (
        {
            **{"gemini-3.1-flash-lite-preview": "4", "gemini-2.5-pro": "22.5"},
            **{"gemini-2.5-flash-image": "33", "gemini-2.0-flash": "1", "gemini-3.7-flash": "1"},
            **{"gemini-embedding-2": "1"},
        },
        {
            "Generate content input token count gemini 3.1 flash lite preview text": "2.4",
            "Generate content output token count gemini 3.1 flash lite preview text": "1.1",
            "Generate content input token count Gemini 2.5 Pro long input text": "20",
            "Generate content cached input token count gemini 2.5 pro short input image": "3",
            "Generate content output token count Gemini 2.5 Pro short output text": "4",
            "Generate_content image output token count for Gemini 2.5 Flash Image": "30",
            "GenerateContent text output token count for Gemini 2.0 Flash": "7",
            "Generate content input token count gemini 3.7 flash video flex caching": "6",
            "EmbedContent input token count for gemini-embedding-2 text": "5",
        },
        {
            **{"gemini-3.1-flash-lite-preview": "3.5", "gemini-2.5-pro": "27"},
            **{"gemini-2.5-flash-image": "30", "gemini-2.0-flash": "7", "gemini-3.7-flash": "6"},
            **{"gemini-embedding-2": "5"},
        },
        "78.5",
    ),
    "vertex_ai": (
        {
            **{"gemini-3-pro-preview": "32", "gemini-2.5-flash": "5.5"},
            **{"gemini-3.5-flash": "1", "claude-sonnet-4-5@20250929": "45"},
        },
        {
            "Gemini 3.0 Pro Text Input (Long) - Predictions": "33",
            "Gemini 3.0 Pro Text Input Caching (Long)": "2",
            "Gemini 2.5 Flash Text Output (Thinking On) - Predictions": "3.5",
            "Gemini 2.5 Flash GA Thinking Text Output - Predictions": "2.5",
            "Gemini 3.5 Flash Regional Text Input - Batch Predictions": "1",
            "Gemini 3.5 Flash Text Input Caching Storage": "9",
            "Claude Sonnet 4.5 - Input Tokens": "29",
        },
        {
            **{"gemini-3-pro-preview": "35", "gemini-2.5-flash": "6", "gemini-3.5-flash": "1"},
            **{"claude-sonnet-4-5@20250929": "29"},
        },
        "80",
    ),
    "audio": (
        {"gpt-audio": "35", "gpt-5-mini": "4.5"},
        {"gpt-audio - input tokens": "32", "gpt-5-mini - input tokens": "2.5"},
        {"gpt-audio": "32", "gpt-5-mini": "2.5"},
        "34.5",
    ),
    "cohere": (
        {"command-r-08-2024": "2.1", "command-r-plus-08-2024": "35"},
        {"Command R+ - Input": "25", "command-r-08-2024 input tokens": "1.5"},
        {"command-r-08-2024": "1.5", "command-r-plus-08-2024": "25"},
        "26.5",
    ),
    # whose model it is, in front of the name; how and where it was served
    "fireworks": (
        {
            "accounts/fireworks/models/llama-v3p3-70b-instruct": "1",
            "accounts/fireworks/models/deepseek-v3": "1",
        },
        {
            "llama-v3p3-70b-instruct input tokens": "9",
            "accounts/fireworks/models/deepseek-v3 - serverless output tokens": "8",
        },
        {
            "accounts/fireworks/models/llama-v3p3-70b-instruct": "9",
            "accounts/fireworks/models/deepseek-v3": "8",
        },
        "17",
    ),
    "alibaba": (
        {"qwen-plus": "1", "qwen3-max-2026-01-23": "1"},
        {
            "qwen-plus input token (0<Token<=128K)": "9",
            "qwen-plus output token - thinking mode": "4",
            "Qwen3-Max Input Tokens": "3",
        },
        {"qwen-plus": "13", "qwen3-max-2026-01-23": "3"},
        "16",
    ),
    "ai21": (
        {"jamba-large-1.7-2025-07": "1", "jamba-mini": "1"},
        {"Jamba Large 1.7 input tokens": "9", "Jamba Mini output tokens": "4"},
        {"jamba-large-1.7-2025-07": "9", "jamba-mini": "4"},
        "13",
    ),
    "marketplace": (
        {
            "global.anthropic.claude-sonnet-4-5-20250929-v1:0": "45",
            "us.deepseek.r1-v1:0": "1",
            "openai.gpt-oss-20b-1:0": "1",
            "anthropic.claude-3-5-haiku-20241022-v1:0": "1",
        },
        {
            "USE1-MP:USE1_InputTokenCount-Units Claude Sonnet 4.5": "29",
            "USE1-DeepSeek-R1-output-tokens": "4",
            "EUC1-gpt-oss-20b-input-tokens": "1",
            "USE1-Claude3-5Haiku-input-tokens-latency-optimized": "2",
            "USE1-Guardrail-ContentPolicyUnitsConsumed": "6",
        },
        {
            "global.anthropic.claude-sonnet-4-5-20250929-v1:0": "29",
            "us.deepseek.r1-v1:0": "4",
            "openai.gpt-oss-20b-1:0": "1",
            "anthropic.claude-3-5-haiku-20241022-v1:0": "2",
        },
        "42",
    ),
    "groq": (
        {"llama-3.3-70b-versatile": "7"},
        {"Llama 3.3 70B Versatile 128k Input Tokens": "5.9"},
        {"llama-3.3-70b-versatile": "5.9"},
        "5.9",
    ),
}
PROVIDERS = {"tax": "openai", "units": "openai", "credit": "openai", "training": "openai"} | {
    "storage": "google",
    "audio": "openai",
    "azure-editions": "azure",
    "foundry": "azure",
    "marketplace": "aws",
    "aws": "bedrock",
    "aws-makers": "aws",
}


MILLION = 1_000_000
TOKENS = (
    *("tokens_in", "tokens_out", "input_text_tokens", "input_audio_tokens"),
    *("output_text_tokens", "output_audio_tokens", "input_cache_write_1h_tokens"),
)
# a day each, of a line for a category beside lines for parts of it: what each API key used, what
# the bill says, and what each key costs then
PARTS: dict[str, tuple[str, str, dict[str, dict[str, int]], dict[str, str], dict[str, str]]] = {
    "2026-05-01": (
        *("anthropic", "claude-sonnet-4-5-20250929"),
        {
            "plain": {"tokens_in": MILLION},
            "writes": {"tokens_in": MILLION, "input_cache_write_1h_tokens": MILLION},
        },
        {
            "claude-sonnet-4-5-20250929, input": "2.5",
            "claude-sonnet-4-5-20250929, cache write 1h": "5.5",
        },
        {"plain": "2.5", "writes": "5.5"},
    ),
    "2026-05-02": (
        *("openai", "gpt-realtime"),
        {
            "text": {"tokens_in": MILLION, "input_text_tokens": MILLION},
            "audio": {"tokens_in": MILLION, "input_audio_tokens": MILLION},
            "spoken": {"tokens_out": MILLION, "output_audio_tokens": MILLION},
            "written": {"tokens_out": MILLION, "output_text_tokens": MILLION},
        },
        {
            **{"gpt-realtime, input": "3", "gpt-realtime audio, input": "30"},
            **{"gpt-realtime, output": "15", "gpt-realtime audio, output": "60"},
        },
        {"text": "3", "audio": "30", "spoken": "60", "written": "15"},
    ),
    # without a line for audio, "input" is for audio, too; and a line may name no model
    "2026-05-03": (
        *("openai", "gpt-realtime"),
        {
            "text": {"tokens_in": MILLION, "input_text_tokens": MILLION},
            "audio": {"tokens_in": MILLION, "input_audio_tokens": MILLION},
        },
        {"gpt-realtime, input": "18", "Input tokens": "18"},
        {"text": "4", "audio": "32"},
    ),
}


def _days() -> list[tuple[str, str, str]]:
    return [
        (name, PROVIDERS.get(name, name), f"2026-03-{number:02}")
        for number, name in enumerate(FORMS, start=1)
    ]


@pytest.fixture
def billed(either_warehouse: Warehouse) -> Warehouse:
    either_warehouse.create_sources("provider", "billing")
    events: list[dict[str, Any]] = []
    lines: list[dict[str, Any]] = []
    keys = sorted({provider for _, provider, _ in _days()})
    for number, provider in enumerate(keys, start=1):
        either_warehouse.insert("provider_keys", {"id": number, "provider": provider})
    for name, provider, day in _days():
        used, bill, _, _ = FORMS[name]
        for model in used:
            events.append(
                {
                    "id": len(events) + 1,
                    "key_id": keys.index(provider) + 1,
                    "model": model,
                    "tokens_in": 10_000_000,
                    "tokens_out": 1_000_000,
                    "project_id": "p",
                    "num_model_requests": 1000,
                    "timestamp": f"{day} 10:00:00",
                }
            )
        for item, amount in bill.items():
            line = {"usage_date": day, "provider": provider, "project_id": "p"}
            lines.append(line | {"line_item": item, "amount_usd": amount})
    for day, (provider, model, used_by_key, bill, _) in PARTS.items():
        for key, tokens in used_by_key.items():
            row = {"id": len(events) + 1, "key_id": keys.index(provider) + 1, "model": model}
            row |= {"openai_api_key_id": key, "timestamp": f"{day} 10:00:00"}
            events.append(row | dict.fromkeys(TOKENS, 0) | tokens)
        for item, amount in bill.items():
            line = {"usage_date": day, "provider": provider}
            lines.append(line | {"line_item": item, "amount_usd": amount})
    either_warehouse.insert("usage_events", *events)
    either_warehouse.insert("provider_costs", *lines)
    either_warehouse.build(
        "--select",
        "+fct_cost_daily",
        "+mart_cost_reconciliation_daily",
        sources_enabled=["provider", "billing"],
    )
    return either_warehouse


def test_each_dollar_of_a_bill_is_on_the_usage_that_it_is_for(billed: Warehouse) -> None:
    costs = billed.rows("select usage_date::text, model_id, cost_usd from analytics.fct_cost_daily")
    wrong = {}
    for name, _, day in _days():
        _, _, models, total = FORMS[name]
        of_day = [(model, usd) for on, model, usd in costs if on == day]
        found = {
            model: sum(usd for of, usd in of_day if of == model and usd is not None)
            for model in models
        }
        whole = sum(usd for _, usd in of_day if usd is not None)
        expected = {model: Decimal(usd) for model, usd in models.items()}
        if found != expected or whole != Decimal(total):
            wrong[name] = (found, whole, of_day)
    assert not wrong


def test_a_line_is_for_what_no_other_line_of_its_model_names(billed: Warehouse) -> None:
    costs: dict[str, dict[str, Decimal]] = {}
    for day, key, usd in billed.rows(
        "select usage_date::text, openai_api_key_id, cost_usd from analytics.fct_cost_daily"
        " where usage_date >= '2026-05-01'"
    ):
        costs.setdefault(day, {})[key] = usd
    assert costs == {
        day: {key: Decimal(usd) for key, usd in expected.items()}
        for day, (*_, expected) in PARTS.items()
    }
