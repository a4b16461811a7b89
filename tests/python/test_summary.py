"""`tokenmart summary` opens with dollars, says what to look at, and fits on a screen."""

import json
import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_costs import ROW, replace_mart, with_costs
from warehouses import ROOT, Warehouse

from tokenmart.commands.summary import BASES, compared
from tokenmart.commands.table import print_table
from tokenmart.summary.money import Change, Day, change_of, in_cents, money_of


def _summary(warehouse: Warehouse) -> dict[str, Any]:
    result = warehouse.tokenmart("summary", "--json")
    assert result.returncode == 0, result.stderr
    summary: dict[str, Any] = json.loads(result.stdout)
    return summary


def _warnings(warehouse: Warehouse) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in _summary(warehouse)["warnings"]}


def test_it_is_under_sixty_lines_of_eighty_columns_and_opens_with_the_total(
    sample_build: Warehouse,
) -> None:
    printed = sample_build.tokenmart("summary").stdout
    lines = printed.splitlines()
    assert len(lines) < 60
    # but for paths, which are copied
    assert [line for line in lines if len(line) > 80 and "/" not in line] == []
    total = sample_build.value("select sum(cost_usd) from analytics.mart_cost_by_model_daily")
    assert lines[0].startswith(f"Total cost  ${total:,.2f}, 2026-10-")
    assert lines[1].startswith("Oct 2026 ")
    assert printed.index("7 warnings") < printed.index("Months") < printed.index("Rows: each one")
    # README shows the demo's
    shown = (ROOT / "README.md").read_text(encoding="utf-8").split("```")[1].strip().splitlines()
    of_readme, of_this = ([line.split()[0] for line in each if line] for each in (shown, lines))
    assert of_readme[:8] == of_this[:8]


def test_its_figures_are_those_of_the_marts(sample_build: Warehouse) -> None:
    money = _summary(sample_build)["money"]
    costs = "from analytics.fct_cost_daily where is_counted"
    assert Decimal(money["cost_usd"]) == sample_build.value(f"select sum(cost_usd) {costs}")
    assert {basis: Decimal(usd) for basis, usd in money["cost_by_basis_usd"].items()} == dict(
        sample_build.rows(
            f"select cost_basis, sum(cost_usd) {costs} and cost_usd is not null group by 1"
        )
    )
    assert money["unpriced_tokens"] == sample_build.value(
        "select sum(unpriced_tokens) from analytics.mart_cost_by_model_daily"
    )
    for source in _summary(sample_build)["sources"]:
        quarantined, excluded = source["quarantined"], source["excluded"]
        assert source["rows_in"] == source["counted"] + excluded + quarantined
        assert sum(source["exclusion_reasons"].values()) == excluded
        assert sum(source["quarantine_reasons"].values()) >= quarantined


def test_every_warning_says_what_to_do(sample_build: Warehouse) -> None:
    warnings = _warnings(sample_build)
    assert warnings.keys() == {
        *("counted_twice", "bill_beside_usage", "assumed_voice_model", "unpriced_tokens"),
        *("quarantined_rows", "doubtful_exclusions", "unexplained_bills"),
    }
    printed = " ".join(sample_build.tokenmart("summary").stdout.split())
    for warning in warnings.values():
        assert f"{warning['problem']}: {warning['action']}" in printed
        assert warning["action"].split()[0] in (
            "set",
            "compare",
            "check",
            "add",
            "correct",
            "review",
        )


def test_bill_lines_that_are_not_understood_and_stale_marts_are_warnings(
    copy_of_sample: Warehouse,
) -> None:
    copy_of_sample.execute(
        "update analytics.mart_cost_reconciliation_daily set unknown_lines_usd = 9"
        " where status = 'explained'"
    )
    # as dbt writes it where the source is not enabled
    path = copy_of_sample.folder / "target" / "manifest.json"
    manifest = json.loads(path.read_text())
    name = "model.tokenmart.mart_voice_daily"
    manifest["disabled"][name] = [manifest["nodes"].pop(name)]
    path.write_text(json.dumps(manifest))
    warnings = _warnings(copy_of_sample)
    assert warnings["unknown_bill_lines"]["action"] == "map them in seeds/bill_line_items.csv"
    assert warnings["stale_mart"]["problem"] == "analytics.mart_voice_daily is no longer updated"
    assert warnings["stale_mart"]["action"] == "enable its source, or drop it"


def test_budgets_that_are_over_or_will_be_are_warnings(copy_of_sample: Warehouse) -> None:
    """In the last period of each that has data; what was over before is past."""
    periods = [
        *(("a", "2026-09-01", -50, 150, "over"), ("a", "2026-10-01", -2, 102, "over")),
        *(("b", "2026-10-01", 40, 130, "at_risk"), ("b", "2026-11-01", None, None, "no_data")),
        *(("c", "2026-09-01", -70, 170, "over"), ("c", "2026-10-01", 70, 90, "within")),
    ]
    copy_of_sample.execute("drop table analytics.mart_budget_status")
    copy_of_sample.execute(
        "create table analytics.mart_budget_status (budget_name text, period_start date,"
        " remaining_usd decimal(38, 12), forecast_usd decimal(38, 12), status text,"
        " amount_usd decimal(28, 6))"
    )
    for name, start, remaining, forecast, status in periods:
        values = f"'{name}', '{start}', {remaining}, {forecast}, '{status}', 100"
        values = values.replace("None", "null")
        copy_of_sample.execute(f"insert into analytics.mart_budget_status values ({values})")
    warnings = _warnings(copy_of_sample)
    over, at_risk = (warnings[name] for name in ("budgets_over", "budgets_at_risk"))
    assert over["problem"] == "$2.00 more than allowed is spent (1 budget)"
    assert at_risk["problem"] == "$30.00 more than allowed is expected (1 budget)"
    assert over["action"] == at_risk["action"] == "review analytics.mart_budget_status"


def _days(since: date, until: date, usd: int) -> list[Day]:
    number = (until - since).days + 1
    return [
        Day(since + timedelta(each), "contracted", tokens=10, cost_usd=Decimal(usd))
        for each in range(number)
    ]


@pytest.mark.parametrize(
    ("days", "change"),
    [
        ([], None),
        (_days(date(2026, 10, 3), date(2026, 10, 31), 1), None),
        (
            _days(date(2026, 8, 1), date(2026, 9, 30), 1)
            + _days(date(2026, 10, 1), date(2026, 10, 31), 2),
            Change(date(2026, 9, 1), 1, None, Decimal(62), Decimal(30)),
        ),
        # ten days of a month that runs, with ten of the one before
        (
            _days(date(2026, 8, 1), date(2026, 9, 30), 1)
            + _days(date(2026, 10, 1), date(2026, 10, 10), 2),
            Change(date(2026, 9, 1), 1, 10, Decimal(20), Decimal(10)),
        ),
        # the data begins within the month before
        (
            _days(date(2025, 12, 11), date(2026, 1, 31), 1),
            Change(date(2025, 12, 1), 11, None, Decimal(21), Decimal(21)),
        ),
        # no day of the month is in both
        (
            _days(date(2026, 10, 31), date(2026, 11, 1), 1),
            Change(date(2026, 10, 1), None, None, Decimal(0), Decimal(0)),
        ),
        (
            _days(date(2026, 8, 31), date(2026, 9, 30), 1),
            Change(date(2026, 8, 1), None, None, Decimal(0), Decimal(0)),
        ),
        # one day is
        (
            _days(date(2026, 10, 30), date(2026, 11, 30), 1),
            Change(date(2026, 10, 1), 30, None, Decimal(1), Decimal(2)),
        ),
    ],
)
def test_months_are_compared_day_for_day(days: list[Day], change: Change | None) -> None:
    assert change_of(days) == change


@pytest.mark.parametrize(
    ("since", "until", "words"),
    [
        (date(2026, 10, 31), date(2026, 11, 1), "; nothing to compare with in October"),
        (date(2026, 8, 31), date(2026, 9, 30), "; nothing to compare with in August"),
        (date(2026, 9, 9), date(2026, 10, 9), ", up 0.0% from September, days 9 to 9 of both"),
        (date(2026, 9, 9), date(2026, 9, 10), ", the first month"),
    ],
)
def test_months_without_a_common_day_are_not_compared(since: date, until: date, words: str) -> None:
    assert compared(change_of(_days(since, until, 1))) == words


def test_the_last_day_is_none_to_come() -> None:
    """A bill may have lines of later days."""
    used = _days(date(2026, 10, 1), date(2026, 11, 20), 1)
    billed = _days(date(2026, 11, 30), date(2026, 11, 30), 5)
    wrong = _days(date(2062, 11, 1), date(2062, 11, 1), 7)
    money = money_of([*used, *billed, *wrong], date(2026, 11, 21))
    assert money.last_day == date(2026, 11, 20)
    assert money.change == Change(date(2026, 10, 1), 1, 20, Decimal(20), Decimal(20))
    assert money.latest.month == date(2026, 11, 1)
    # nothing is lost
    assert money.cost_usd == sum(each.cost_usd for each in money.months) == 51 + 5 + 7
    # all of it may be to come
    assert money_of(wrong, date(2026, 11, 21)).last_day == date(2062, 11, 1)


def test_dollars_of_days_to_come_are_a_warning(copy_of_sample: Warehouse) -> None:
    copy_of_sample.execute("update analytics.audit_runs set as_of = '2026-10-31 23:00:00'")
    later = "'billing' as source_system, 0 as total_tokens"
    with_costs(
        copy_of_sample,
        f"""
        select {ROW}
        union all by name select * replace (
            {later}, date '2062-11-01' as usage_date, 70 as cost_usd) from (select {ROW})
        union all by name select * replace (
            {later}, date '2026-11-02' as usage_date, 0.5 as cost_usd) from (select {ROW})
        """,
    )
    assert _warnings(copy_of_sample)["days_to_come"] == {
        "name": "days_to_come",
        "problem": "$70.50 of the total is dated after 2026-10-31, from 2026-11-02 on (2 rows)",
        "action": "review analytics.fct_cost_daily",
        "figures": {"usd": "70.500000000000", "rows": 2},
    }
    assert _summary(copy_of_sample)["money"]["last_day"] == "2026-10-31"
    # tokens have been used, whatever the day is where the build ran
    copy_of_sample.execute("update analytics.audit_runs set as_of = '2026-10-30 16:00:00'")
    assert _summary(copy_of_sample)["money"]["last_day"] == "2026-10-31"


def test_bills_in_another_currency_are_a_warning(copy_of_sample: Warehouse) -> None:
    copy_of_sample.execute(
        """
        create table lines as from analytics_ledger.ledger_provider_costs
        where row_version = 1 and not is_deleted limit 6;
        alter table lines add column number integer;
        update lines set number = rowid, row_key = 'made ' || rowid;
        insert into analytics_ledger.ledger_provider_costs by name
        select * exclude (number) replace (
            case number when 0 then 'EUR' when 1 then ' eur' when 2 then 'JPY' when 3 then 'usd'
                when 4 then '' else 'GBP' end as currency,
            number + 1.5 as billed_cost_usd, number = 5 as is_deleted
        ) from lines
        """
    )
    warning = _warnings(copy_of_sample)["other_currencies"]
    assert warning["problem"] == "4.00 EUR (2 lines) and 3.50 JPY (1 line) of bills are in no total"
    assert warning["action"] == "convert them to US dollars, and land them again"
    assert warning["figures"]["lines"] == 3
    assert Decimal(warning["figures"]["EUR"]) == 4


def test_two_organizations_of_one_name_are_told_apart(copy_of_sample: Warehouse) -> None:
    before = [each["organization"] for each in _summary(copy_of_sample)["organizations"]]
    ids = dict(copy_of_sample.rows("select org_name, org_id from analytics.dim_organization"))
    copy_of_sample.execute(
        f"""
        create table analytics.made as select * replace (
            case when org_name = '{before[1]}' then '{before[0]}' else org_name end as org_name
        ) from analytics.mart_cost_by_org_monthly
        """
    )
    replace_mart(copy_of_sample, "mart_cost_by_org_monthly")
    first, second, *others = [
        each["organization"] for each in _summary(copy_of_sample)["organizations"]
    ]
    assert first == f"{before[0]} (main/{ids[before[0]]})"
    assert second == f"{before[0]} (main/{ids[before[1]]})"
    assert others == before[2:]


@given(parts=st.lists(st.decimals("-1e9", "1e9", places=6), max_size=5))
def test_the_cents_of_parts_add_up_to_those_of_the_whole(parts: list[Decimal]) -> None:
    cents = in_cents(parts)
    assert sum(cents) == sum(parts, Decimal(0)).quantize(Decimal("0.01"))
    assert all(abs(cent - part) < Decimal("0.01") for cent, part in zip(cents, parts, strict=True))


def test_the_shown_parts_of_the_total_add_up(sample_build: Warehouse) -> None:
    def dollars(text: str) -> Decimal:
        return Decimal(text.lstrip("$").rstrip(",").replace(",", ""))

    lines = sample_build.tokenmart("summary").stdout.splitlines()
    total = next(line for line in lines if line.startswith("Total cost"))
    parts = [line for line in lines if line.split(" ")[0].lower() in BASES]
    assert sum(dollars(part.split()[1]) for part in parts) == dollars(total.split()[2])
    months = [line.split() for line in lines if re.match(r"  \d{4}-\d\d ", line)]
    assert months
    for *_, cost, billed, estimated in months:
        assert dollars(billed) + dollars(estimated) == dollars(cost)


def test_a_cost_that_is_not_known_is_in_no_total() -> None:
    day = date(2026, 10, 1)
    money = money_of(
        [
            Day(day, "billed", tokens=1, cost_usd=Decimal("1.5")),
            Day(day, "unpriced", tokens=7, cost_usd=None),
        ]
    )
    assert (money.cost_usd, money.unpriced_tokens, money.tokens) == (Decimal("1.5"), 7, 8)
    assert money.cost_by_basis_usd == {"billed": Decimal("1.5")}


def test_long_names_are_cut_and_figures_are_not(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [("a name\nthat goes on and on" * 9, "字" * 70, 10**12, Decimal("1234567.5"))]
    print_table("Title", ("name", "other", "tokens", "cost"), rows)
    title, head, line = capsys.readouterr().out.splitlines()
    assert title == "Title"
    assert len(head) <= 80
    assert line.count("…") == 2
    assert line.endswith("1,000,000,000,000  1,234,567.50")


def test_progress_is_shown_in_a_pipe(copy_of_sample: Warehouse) -> None:
    """Of dbt the same; test_package.py looks at its lines."""
    result = copy_of_sample.tokenmart("validate", "--only", "marts", "--json")
    assert result.returncode == 0, result.stderr
    first, *_, last = result.stderr.splitlines()
    assert first == "validate: starting"
    assert re.fullmatch(r"validate: (\d+) of \1 in \d+ s", last)
