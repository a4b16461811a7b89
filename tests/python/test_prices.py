"""What a usage costs: which model its name means, which price holds, and what is said about it."""

import csv
import re
import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from price_engine import PriceEngine, Usage
from warehouses import ROOT

from tokenmart.prices import CLASSES, PROCESSINGS, TOKEN_CLASSES
from tokenmart.prices.check import COLUMNS, check_file, check_folder

MILLION = {"uncached_text_input": 1_000_000}
HEADERS = {name: ",".join(columns) + "\n" for name, columns in COLUMNS.items()}
OWN = HEADERS["contract_prices"].replace("discount_percent,", "")
NAMES = [
    # as the catalogue names it, and as the collector writes it
    ("openai", "gpt-4.1", "gpt-4.1", "exact"),
    ("openai", "gpt-4-1", "gpt-4.1", "dashes"),
    ("openai", "GPT-4.1 ", "gpt-4.1", "exact"),
    ("openai", "gpt-3-5-turbo-0613", "gpt-3.5-turbo-0613", "dashes"),
    # a snapshot that the catalogue lists, as itself or as another model
    ("openai", "gpt-4.1-2025-04-14", "gpt-4.1", "exact"),
    ("openai", "gpt-4-1-2025-04-14", "gpt-4.1", "dashes"),
    ("openai", "gpt-4o-2024-05-13", "gpt-4o-2024-05-13", "exact"),
    ("openai", "gpt-4o-2024-08-06", "gpt-4o", "exact"),
    # one that it does not list
    ("openai", "gpt-4o-realtime-preview-2024-12-17", "gpt-4o-realtime-preview", "snapshot"),
    ("openai", "gpt-5-2-pro-2026-01-31", "gpt-5.2-pro", "snapshot"),
    ("anthropic", "claude-3-5-haiku-20241022", "claude-3-5-haiku-latest", "snapshot"),
    ("anthropic", "claude-opus-4-1@20250805", "claude-opus-4-1", "snapshot"),
    ("google", "gemini-1.5-pro-002", "gemini-1.5-pro", "snapshot"),
    ("openai", "ft:gpt-4o-mini-2024-07-18:acme::9abc", "ft:gpt-4o-mini", "snapshot"),
    ("openai", "ft:gpt-3-5-turbo-0125:acme::9abc", "ft:gpt-3.5-turbo-", "snapshot"),
    # what begins alike is another model
    ("openai", "gpt-5.2-pro", "gpt-5.2-pro", "exact"),
    ("openai", "gpt-5-2", "gpt-5.2", "exact"),
    ("openai", "gpt-5.2-ultra", None, "none"),
    ("google", "gemini-1.5-flash-8b", "gemini-flash-1.5-8b", "exact"),
    ("openai", "gpt-4-1-2025", None, "none"),
    # operations and nothing
    ("openai", "responses-create", None, "none"),
    ("openai", "unknown", None, "none"),
    ("openai", "", None, "none"),
    # at another provider the name means nothing, or something else
    ("anthropic", "gpt-4.1", None, "none"),
    ("nobody", "gpt-4.1", None, "none"),
    ("azure", "gpt-4.1", "gpt-4.1", "exact"),
    ("Gemini", "gemini-2.5-pro", "gemini-2.5-pro", "exact"),
    ("vertex_ai", "claude-sonnet-4@20250514", "claude-4-sonnet", "snapshot"),
    # without a provider: its home, or the only one that has it
    (None, "claude-sonnet-4-5-20250929", "claude-sonnet-4-5", "snapshot"),
    (None, "gpt-realtime", "gpt-realtime", "exact"),
    (None, "text-embedding-3-small", "text-embedding-3-small", "exact"),
    (None, "llama-3.3-70b-versatile", "llama-3.3-70b-versatile", "exact"),
]


def test_a_name_means_a_model_or_none(engine_of_prices: PriceEngine) -> None:
    costs = engine_of_prices.price(
        [Usage(name, MILLION, provider=provider) for provider, name, *_ in NAMES]
    )
    found = [
        (provider, name, cost.price_model_id, cost.price_match)
        for (provider, name, *_), cost in zip(NAMES, costs, strict=True)
    ]
    assert found == NAMES
    for cost in costs:
        is_priced = cost.price_match != "none"
        assert (cost.list_cost_usd is not None) == is_priced
        assert cost.pricing_status == ("priced" if is_priced else "unpriced")


def test_an_alias_of_the_users_goes_before_every_other_name(engine_of_prices: PriceEngine) -> None:
    aliases = HEADERS["model_aliases"] + "openai,our-deployment,gpt-4.1-mini\nopenai,gpt-4o,o3\n"
    providers = HEADERS["provider_names"] + "our gateway,openai\n"
    with engine_of_prices.seeds(model_aliases=aliases, provider_names=providers):
        one, two, three = engine_of_prices.price(
            [
                Usage("our-deployment", MILLION),
                Usage("gpt-4o", MILLION),
                Usage("gpt-4-1", MILLION, provider="Our Gateway"),
            ]
        )
    assert (one.price_model_id, one.price_match) == ("gpt-4.1-mini", "alias")
    assert (two.price_model_id, two.price_match) == ("o3", "alias")
    assert three.price_model_id == "gpt-4.1"


def test_a_tier_that_has_no_price_is_priced_as_standard_and_flagged(
    engine_of_prices: PriceEngine,
) -> None:
    tiers = [None, "default", "incentivized-tier", "flex", "priority", "fast", "batch"]
    costs = engine_of_prices.price([Usage("gpt-4.1", MILLION, service_tier=tier) for tier in tiers])
    assert [
        (cost.processing, cost.list_cost_usd, cost.price_flags, cost.pricing_status)
        for cost in costs
    ] == [
        ("standard", Decimal(2), None, "priced"),
        ("standard", Decimal(2), None, "priced"),
        ("standard", Decimal(2), "unknown_tier", "priced"),
        ("flex", Decimal(2), "tier_at_standard", "priced"),
        ("priority", Decimal("3.5"), None, "derived"),
        ("priority", Decimal("3.5"), None, "derived"),
        ("batch", Decimal(1), None, "derived"),
    ]


def test_a_price_holds_from_its_first_to_its_last_day(engine_of_prices: PriceEngine) -> None:
    days = [date(2025, 6, 9), date(2025, 6, 10), date(1999, 1, 1), date(2090, 1, 1)]
    costs = engine_of_prices.price([Usage("o3", MILLION, day=day) for day in days])
    assert [cost.list_cost_usd for cost in costs] == [10, 2, 10, 2]


def test_a_listed_variant_is_not_called_derived(engine_of_prices: PriceEngine) -> None:
    days = [date(2026, 10, 13), date(2026, 10, 14)]
    costs = engine_of_prices.price(
        [Usage("gpt-5", MILLION, is_batch=True, day=day) for day in days]
    )
    assert [(cost.list_cost_usd, cost.pricing_status) for cost in costs] == [
        (Decimal("0.625"), "derived"),
        (Decimal("0.625"), "priced"),
    ]


def test_several_requests_are_priced_at_base_with_the_most_that_they_can_cost(
    engine_of_prices: PriceEngine,
) -> None:
    tokens = {"uncached_text_input": 1_000_000, "text_output": 1_000_000}
    base, long, mixed, flat = engine_of_prices.price(
        [
            Usage("claude-sonnet-4-5", tokens, provider="anthropic", context_band=band)
            for band in ("base", "over_200k", "mixed_lengths")
        ]
        # whoever knows no bands has none
        + [Usage("claude-sonnet-4-5", tokens, provider="anthropic", context_band=None)]
    )
    assert (base.list_cost_usd, base.list_cost_upper_usd, base.price_flags) == (18, 18, None)
    assert (long.list_cost_usd, long.list_cost_upper_usd) == (Decimal("28.5"), Decimal("28.5"))
    assert (mixed.list_cost_usd, mixed.list_cost_upper_usd) == (18, Decimal("28.5"))
    assert mixed.price_flags == "several_requests"
    assert flat == base


def test_a_band_without_a_price_on_the_day_costs_what_is_below_it(
    engine_of_prices: PriceEngine,
) -> None:
    days = [date(2026, 3, 12), date(2026, 3, 13)]
    costs = engine_of_prices.price(
        [
            Usage("claude-opus-4-6", MILLION, "anthropic", day=day, context_band="over_200k")
            for day in days
        ]
    )
    assert [cost.list_cost_usd for cost in costs] == [10, 5]


def test_a_price_of_the_hour_is_flagged_and_bounded(engine_of_prices: PriceEngine) -> None:
    (cost,) = engine_of_prices.price([Usage("deepseek-chat", MILLION, provider="deepseek")])
    assert cost.price_flags == "time_of_day"
    assert (cost.list_cost_usd, cost.list_cost_upper_usd) == (Decimal("0.135"), Decimal("0.27"))


def test_no_tokens_cost_nothing_and_tokens_of_no_class_are_not_priced(
    engine_of_prices: PriceEngine,
) -> None:
    none, unknown, unsplit, all_unsplit = engine_of_prices.price(
        [
            Usage("gpt-4.1", {}),
            Usage("unknown", {}),
            Usage("gpt-4.1", MILLION, without_class=1),
            Usage("gpt-4.1", {}, without_class=1),
        ]
    )
    assert (none.pricing_status, none.list_cost_usd) == ("no_tokens", 0)
    assert (unknown.pricing_status, unknown.list_cost_usd) == ("no_tokens", 0)
    assert (unsplit.pricing_status, unsplit.list_cost_usd) == ("partially_priced", None)
    assert (all_unsplit.pricing_status, all_unsplit.contracted_cost_usd) == ("unpriced", None)


def test_the_largest_usage_is_exact(engine_of_prices: PriceEngine) -> None:
    tokens = {"text_output": 10**15 + 1}
    prices = OWN + "openai,dear,standard,text_output,,,99999.999999,USD\n"
    with engine_of_prices.seeds(model_prices=prices):
        (cost,) = engine_of_prices.price([Usage("dear", tokens)])
    assert cost.list_cost_usd == (10**15 + 1) * Decimal("0.099999999999")


def test_the_contract_that_fits_best_counts(engine_of_prices: PriceEngine) -> None:
    contracts = HEADERS["contract_prices"] + "\n".join(
        (
            "openai,*,*,*,,,,10,USD",
            "openai,gpt-4*,*,*,,,,20,USD",
            "openai,gpt-4.1,,,2025-07-01,2025-07-31,,50,USD",
            "openai,gpt-4.1,batch,text_output,,,0.123456,,USD",
            "*,*,*,*,,,,1,USD",
            "openai,our-own,standard,uncached_text_input,,,7,,USD",
        )
    )
    million = {"uncached_text_input": 1_000_000, "text_output": 1_000_000}
    with engine_of_prices.seeds(contract_prices=contracts):
        costs = engine_of_prices.price(
            [
                Usage("gpt-5", million),
                Usage("gpt-4o", million),
                Usage("gpt-4.1", million, day=date(2025, 7, 31)),
                Usage("gpt-4.1", million, day=date(2025, 8, 1)),
                Usage("gpt-4.1", million, day=date(2025, 8, 1), is_batch=True),
                Usage("claude-opus-4-1", million, provider="anthropic"),
                Usage("our-own", MILLION),
                Usage("our-own", million),
            ]
        )
    assert [(cost.list_cost_usd, cost.contracted_cost_usd) for cost in costs] == [
        (Decimal("11.25"), Decimal("10.125")),
        (Decimal("12.5"), Decimal("10")),
        (10, 5),
        (10, 8),
        (5, Decimal("0.923456")),
        (90, Decimal("89.1")),
        # only the contract knows the model
        (None, 7),
        (None, None),
    ]


def test_another_catalogue_prices_what_it_lists_and_nothing_else(
    engine_of_prices: PriceEngine,
) -> None:
    prices = OWN + "\n".join(
        (
            "acme,llm-1,,uncached_text_input,,,1,USD",
            "acme,llm-1,standard,text_output,2025-01-01,2025-12-31,2,USD",
            "acme,llm-1,standard,text_output,2026-01-01,,3,USD",
        )
    )
    with engine_of_prices.seeds(model_prices=prices):
        assert engine_of_prices.problems() == []
        early, late, batch, cached = engine_of_prices.price(
            [
                Usage("llm-1", {**MILLION, "text_output": 10}, "acme", day=date(2024, 1, 1)),
                Usage("llm-1", {**MILLION, "text_output": 10}, None, day=date(2026, 1, 1)),
                Usage("llm-1", MILLION, "acme", is_batch=True),
                Usage("llm-1", {**MILLION, "cached_text_input": 1}, "acme"),
            ]
        )
    assert (early.pricing_status, early.list_cost_usd) == ("partially_priced", None)
    assert (late.pricing_status, late.list_cost_usd) == ("priced", Decimal("1.00003"))
    assert (batch.price_flags, batch.list_cost_usd) == ("tier_at_standard", 1)
    assert (cached.pricing_status, cached.list_cost_usd) == ("partially_priced", None)


def test_the_corrections_price_what_the_catalogue_has_wrong(engine_of_prices: PriceEngine) -> None:
    cached = {"cached_text_input": 1_000_000}
    audio = {"uncached_audio_input": 1_000_000, "audio_output": 1_000_000}
    may, june = date(2025, 6, 9), date(2025, 6, 10)
    long = {"provider": "anthropic", "day": date(2025, 9, 1), "context_band": "over_200k"}
    cases = [
        (Usage("o3-2025-04-16", cached, day=may), "2.5"),
        (Usage("o3-2025-04-16", cached, day=june), "0.5"),
        (Usage("o3", cached, service_tier="flex", day=may), "1.25"),
        (Usage("o3", cached, is_batch=True, day=may), "5"),
        (Usage("ft:gpt-4o-mini-2024-07-18:acme::9abc", cached), "0.15"),
        (Usage("ft:gpt-4-1-2025-04-14:acme::9abc", MILLION), "3"),
        (Usage("ft:gpt-4.1-mini-2025-04-14:acme::9abc", cached, is_batch=True), "0.1"),
        (Usage("gpt-4o-audio-preview", audio), "120"),
        (Usage("gpt-4o-audio-preview-2025-06-03", audio), "120"),
        (Usage("gpt-4o-audio-preview-2024-10-01", audio), "300"),
        (Usage("gpt-4o-realtime-preview-2024-10-01", audio), "300"),
        (Usage("gpt-4o-realtime-preview-2024-12-17", audio), "120"),
        (Usage("claude-sonnet-4-20250514", MILLION, **long), "6"),
        (Usage("claude-sonnet-4-20250514", cached, is_batch=True, **long), "0.3"),
        (Usage("gemini-1.5-pro-002", cached, provider="google"), "0.3125"),
    ]
    costs = engine_of_prices.price([usage for usage, _ in cases])
    assert [cost.list_cost_usd for cost in costs] == [Decimal(usd) for _, usd in cases]


LINE = "openai,gpt-4.1,standard,text_output,{},{},{},{}\n"
BROKEN = [
    # what stands in the file from line 2 on, and what is said of which line
    (
        "model_prices",
        LINE.format("", "", "-1", "USD"),
        [(2, "usd_per_million is negative: -1")],
    ),
    (
        "model_prices",
        LINE.format("", "", "1.2.3", "USD"),
        [(2, "usd_per_million is not a number below 100000 with at most 6 decimals: 1.2.3")],
    ),
    (
        "model_prices",
        LINE.format("", "", "0.1234567", "EUR"),
        [
            (2, "currency is not USD: EUR"),
            (2, "usd_per_million is not a number below 100000 with at most 6 decimals: 0.1234567"),
        ],
    ),
    (
        "model_prices",
        LINE.format("", "2025-06-30", "1", "USD") + LINE.format("2025-06-30", "", "2", "USD"),
        [(3, "overlaps line 2, which is effective to 2025-06-30 inclusive")],
    ),
    (
        "model_prices",
        LINE.format("2025-07-02", "", "1", "USD") + LINE.format("", "2025-06-30", "2", "USD"),
        [(2, "leaves a gap after line 3, which is effective to 2025-06-30")],
    ),
    (
        "model_prices",
        LINE.format("2024-02-29", "", "1", "USD") + LINE.format("2025-01-01", "", "2", "USD"),
        [(3, "overlaps line 2, which has no effective_to")],
    ),
    (
        "model_prices",
        LINE.format("", "", "1", "USD") + "OpenAI ,gpt-4.1,,text_output,,,1,USD\n",
        [(3, "repeats line 2: the same from the same day on")],
    ),
    (
        "model_prices",
        LINE.format("2025-02-29", "2025-13-01", "1", "USD")
        + LINE.format("2025-02-02", "2025-02-01", "1", "USD"),
        [
            (2, "effective_from is not a day such as 2026-01-31: 2025-02-29"),
            (2, "effective_to is not a day such as 2026-01-31: 2025-13-01"),
            (3, "effective_to 2025-02-01 is before effective_from 2025-02-02"),
        ],
    ),
    (
        "model_prices",
        "openai,gpt-4.1,express,text_ouput,,,1,\nopenai,,standard,text_output,,,,USD\n",
        [
            (2, "currency is not USD: empty"),
            (2, "processing is not known: express; known are standard, batch, flex, priority"),
            (2, f"token_class is not known: text_ouput; known are {', '.join(CLASSES)}"),
            (3, "model_id is empty"),
            (3, "usd_per_million is empty"),
        ],
    ),
    (
        "contract_prices",
        "openai,*,*,*,,,1,,USD\nopenai,*5,*,*,,,,5,USD\nopenai,a,,,,,,101,USD\n"
        "openai,b,,,,,,-5,USD\nopenai,c,,,,,,,USD\nopenai,d,,,,2025-01-01,,5,USD\n"
        "openai,d,*,*,2025-02-01,,,5,usd\n",
        [
            (2, "a price needs a token_class; only a discount may be for all"),
            (3, "model_id may have a * at its end only: *5"),
            (4, "discount_percent is not a number from 0 to 100 with at most 6 decimals: 101"),
            (5, "discount_percent is negative: -5"),
            (6, "give either usd_per_million or discount_percent"),
            (8, "currency is not USD: usd"),
            (8, "leaves a gap after line 7, which is effective to 2025-01-01"),
        ],
    ),
    (
        "model_aliases",
        "openai,a,\nopenai,b,gpt-4.1\nOpenAI,B,gpt-4o\n",
        [(2, "model_id is empty"), (4, "repeats line 3")],
    ),
    (
        "context_steps",
        "gpt-5.4,many,over_272k\ngpt-5-4-2026-03-05,272000,over_272k\n",
        [(2, "above_input_tokens is not a number of tokens: many"), (3, "repeats line 2")],
    ),
]


@pytest.mark.parametrize(("seed", "lines", "said"), BROKEN)
def test_a_broken_seed_is_refused_with_its_line(
    engine_of_prices: PriceEngine,
    tmp_path: Path,
    seed: str,
    lines: str,
    said: list[tuple[int, str]],
) -> None:
    text = (OWN if seed == "model_prices" else HEADERS[seed]) + lines
    path = tmp_path / f"{seed}.csv"
    path.write_text(text, encoding="utf-8")
    assert sorted((each.line, each.text) for each in check_file(seed, path)) == said
    if seed == "context_steps" and "many" in lines:
        # the seed's column is a number, so the engine refuses it as it is loaded
        return
    with engine_of_prices.seeds(**{seed: text}):
        problems = engine_of_prices.problems()
    assert [(line, text) for name, line, text in problems if name == seed] == said


def test_an_alias_of_a_model_that_has_no_price_is_refused_with_its_line(
    engine_of_prices: PriceEngine, tmp_path: Path
) -> None:
    shutil.copytree(ROOT / "seeds", tmp_path, dirs_exist_ok=True)
    aliases = HEADERS["model_aliases"] + (
        "openai,ours,gpt-4.1\nOpenAI,theirs, GPT-4o\nopenai,typo,gpt-4.1-mni\nazure,none,gpt-4.1\n"
        "openai,by contract,house-model\n"
    )
    contracts = HEADERS["contract_prices"] + "openai,house-model,*,text_output,,,1,,USD\n"
    (tmp_path / "model_aliases.csv").write_text(aliases, encoding="utf-8")
    (tmp_path / "contract_prices.csv").write_text(contracts, encoding="utf-8")
    nothing = (
        "has no price, so the alias does nothing: name a model of model_prices or contract_prices"
    )
    said = [(4, f"openai gpt-4.1-mni {nothing}"), (5, f"azure gpt-4.1 {nothing}")]
    assert [(each.line, each.text) for each in check_folder(tmp_path)] == said
    with engine_of_prices.seeds(model_aliases=aliases, contract_prices=contracts):
        problems = engine_of_prices.problems()
    assert [(line, text) for name, line, text in problems if name == "model_aliases"] == said


def test_published_prices_give_the_dollars_worked_out_by_hand(
    engine_of_prices: PriceEngine,
) -> None:
    """No price of these cases is from genai-prices. The column ``source`` says what each was
    read in: a page of the provider, in a copy of that time, or catalogues that keep the prices
    of their day, the wheels of tokencost and litellm.
    """
    path = Path(__file__).with_name("published_prices.csv")
    with path.open(encoding="utf-8", newline="") as file:
        cases = [*csv.DictReader(file)]
    tokens = [_by_class(case["tokens"]) for case in cases]
    for case, counts in zip(cases, tokens, strict=True):
        prices = _by_class(case["usd_per_million"])
        assert Decimal(case["usd"]) * 1_000_000 == sum(counts[key] * prices[key] for key in counts)
        assert case["source"]
    usages = [
        Usage(
            case["model_id"],
            {name: int(count) for name, count in counts.items()},
            provider=case["provider"],
            service_tier=case["service_tier"] or None,
            is_batch=case["is_batch"] == "true",
            day=date.fromisoformat(case["day"]),
            context_band=case["context_band"],
        )
        for case, counts in zip(cases, tokens, strict=True)
    ]
    costs = engine_of_prices.price(usages)
    assert len(cases) >= 90
    different = [
        (case, cost)
        for case, cost in zip(cases, costs, strict=True)
        if cost.list_cost_usd != Decimal(case["usd"])
    ]
    assert not different
    assert {name for usage in usages for name in usage.tokens} == {*TOKEN_CLASSES}
    assert {cost.processing for cost in costs} == {*PROCESSINGS}


def _by_class(amounts: str) -> dict[str, Decimal]:
    """What ``text_output=5 audio_output=0.5`` says."""
    return {name: Decimal(amount) for name, amount in re.findall(r"(\w+)=([\d.]+)", amounts)}
