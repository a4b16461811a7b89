"""The same rows under two accounts: an account is a part of a row's id, so both would count.

A request, or a line of a bill that has an id, cannot be of two accounts, and is refused. Windows
and other lines that say the same are named only: two small accounts may well have equal figures.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from tokenmart.console import warn
from tokenmart.errors import UserError
from tokenmart.land.account import OF_ACCOUNT
from tokenmart.land.double import has_formats
from tokenmart.land.sql import identifier, literal
from tokenmart.land.target import Load, Target

_TAKE_BACK = "docs/operations.md, Take back what was landed"

_OF_REQUEST = "case when window_start is null and request_id not like '#%' then request_id end"
"""The id of a request; the number of a row that has no id is none."""

_MOMENT = {
    "usage_events": 'cast(coalesce(window_start, "timestamp") as timestamp)',
    "provider_costs": "cast(usage_date as timestamp)",
}

_SAME = {
    # of a request with an id, its figures may have grown
    "usage_events": f"""
        window_start is null as is_certain,
        {_MOMENT["usage_events"]} as moment,
        cast(window_end as timestamp) as window_end,
        model,
        {_OF_REQUEST} as request,
        case when {_OF_REQUEST} is null then cast(tokens_in as decimal(38, 9)) end as tokens_in,
        case when {_OF_REQUEST} is null then cast(tokens_out as decimal(38, 9)) end as tokens_out,
        case when {_OF_REQUEST} is null then cast(quantity as decimal(38, 9)) end as quantity,
        quantity_unit,
        case when window_start is not null then project_id end as project,
        case when window_start is not null then openai_user_id end as openai_user,
        case when window_start is not null then openai_api_key_id end as api_key
    """,
    "provider_costs": f"""
        line_id is not null as is_certain,
        {_MOMENT["provider_costs"]} as moment,
        line_id,
        case when line_id is null then project_id end as project,
        case when line_id is null then api_key_id end as api_key,
        case when line_id is null then line_item end as line_item,
        case when line_id is null then cast(amount_usd as decimal(38, 9)) end as amount
    """,
}
"""By table what makes two rows of a format the same whatever their account, as SQL of both
engines; whether that is certain, and the moment, come first."""


def refuse_another_account(target: Target, loads: Sequence[Load]) -> None:
    """Refuse rows that the warehouse has under another account; name those that may be."""
    for load in loads:
        if load.table.name in _SAME and has_formats(target, load):
            _compare(target, load)


def _compare(target: Target, load: Load) -> None:
    of_load = f"select distinct reported_by from {load.staged.relation} as rows"
    reporters = [each for (each,) in target.reader.execute(of_load).fetchall() if each]
    if not reporters:
        return
    table = f"{identifier(load.schema)}.{load.table.name}"
    formats = ", ".join(literal(_format(each)) for each in reporters)
    of_others = (
        f"split_part(reported_by, {literal(OF_ACCOUNT)}, 1) in ({formats})"
        f" and reported_by not in ({', '.join(map(literal, reporters))})"
    )
    if not target.query(f"select 1 from {table} where {of_others} limit 1"):
        return
    same, moment = _SAME[load.table.name], _MOMENT[load.table.name]
    delivered: dict[tuple[Any, ...], str] = {
        (_format(reporter), *row): reporter
        for reporter, *row in target.reader.execute(
            f"select reported_by, {same} from {load.staged.relation} as rows"
            f" where reported_by is not null and {moment} is not null"
        ).fetchall()
    }
    moments = sorted(row[2] for row in delivered)
    if not moments:
        return
    there = target.query(
        f"select reported_by, {same} from {table} as rows where {of_others}"
        f" and {moment} between timestamp '{moments[0]}' and timestamp '{moments[-1]}'"
    )
    known = Counter(
        (row[0], delivered[key], reporter)
        for reporter, *row in there
        if (key := (_format(reporter), *row)) in delivered
    )
    for (is_certain, reporter, before), count in sorted(known.items(), reverse=True):
        name, account = _format(reporter), _account(reporter)
        earlier = _account(before)
        rows = f"{load.staged.path.name}: {count:,} row{'' if count == 1 else 's'} of {name}"
        if is_certain:
            was, these = ("was", "it") if count == 1 else ("were", "them")
            with_it = f"with --account {earlier}" if earlier else "without --account"
            raise UserError(
                f"{rows} {was} landed before {_under(earlier)}, and would count twice "
                f"{_under(account)}. Land {these} {with_it}, or take back what was landed before, "
                f"if that was wrong ({_TAKE_BACK})."
            )
        say = "says the same as one that was" if count == 1 else "say the same as those that were"
        warn(
            f"{rows} {say} landed before {_under(earlier)}. If they are the same, they count twice "
            f"{_under(account)}: take that back ({_TAKE_BACK})."
        )


def _format(reporter: str) -> str:
    return reporter.partition(OF_ACCOUNT)[0]


def _account(reporter: str) -> str:
    return reporter.partition(OF_ACCOUNT)[2]


def _under(account: str) -> str:
    return f"under the account {account}" if account else "without an account"
