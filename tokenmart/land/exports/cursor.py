"""Cursor's usage events, the CSV file of its dashboard: one row a request.

| their field | our column | trap |
|---|---|---|
| `Date` | `timestamp` | UTC, to the millisecond |
| `Date`, `User`, `Model`, `Cloud Agent ID` | the identity | there is no id |
| `Model` | `model`, provider | `claude-4.5-sonnet-high-thinking` is `claude-sonnet-4.5` |
| `Input (w/o Cache Write)` | `input_uncached_tokens` | |
| `Input (w/ Cache Write)` | `input_cache_write_tokens` | next to the other |
| `Cache Read` | `input_cached_tokens` | |
| `Output Tokens` | `tokens_out` | |
| `Total Tokens` | | shows whether the inputs overlap |
| `Cost`, `Cost ($)` | `cost_estimate` | `$0.04`, `0.04`, or a word, which is no cost |
| `User` | `openai_user_id` | an email address |
| `Cloud Agent ID` | `session_id` | |
| `Kind`, `Max Mode`, the full model | `tags` | not in early revisions |

**The provider** is the model's maker. `auto` and Cursor's own models have the provider `cursor`.

**The two inputs** are separate classes, as the total shows. In a row whose total shows otherwise,
the first includes the second.

**Rows without tokens**, such as `Errored, No Charge`, are left out.
"""

from tokenmart.land.exports.export import Export, Rows, identity, utc, whole
from tokenmart.land.exports.providers import family_first, maker

_EFFORT = "(-(thinking|minimal|low|medium|high|xhigh|extra-high))+$"


def _count(column: str) -> str:
    number = f"""nullif(replace("{column}", ',', ''), '-')"""
    return f"coalesce({whole(number)}, 0)"


_GIVEN_COST = 'coalesce("Cost", "Cost ($)")'
_COST = rf"""case
    -- a decimal comma; one that parts thousands has three digits after it
    when regexp_matches({_GIVEN_COST}, '^\$?(0,[0-9]+|[0-9]+,[0-9]{{1,2}})$')
        then error('Could not convert string ''' || {_GIVEN_COST} || ''' to a number')
    else regexp_extract(
        replace({_GIVEN_COST}, ',', ''), '^\$?([0-9.]+([eE][+-]?[0-9]+)?)$', 1
    )
end"""
_PLAIN_MODEL = family_first(f"regexp_replace(lower(\"Model\"), '{_EFFORT}', '')")
_EVENTS = f"""
    select
        *,
        {_count("Input (w/ Cache Write)")} as with_write,
        {_count("Input (w/o Cache Write)")} as without_write,
        {_count("Cache Read")} as cached,
        {_count("Output Tokens")} as output,
        {_count("Total Tokens")} as total,
        case
            when
                with_write >= without_write
                and total = with_write + cached + output
                and total <> with_write + without_write + cached + output
                then with_write - without_write
            else with_write
        end as written,
        without_write + cached + written + output = 0 as is_empty
    from records
    where nullif("Date", '') is not null
"""

EXPORT = Export(
    name="cursor",
    title="the usage events of Cursor's dashboard",
    upstream="the dashboard's CSV, revisions from 2025 to September 2026, as public readers of it"
    " have it (junhoyeo/tokscale, pull request 1154)",
    records=Rows(
        columns=(
            *("Date", "Model", "Input (w/ Cache Write)", "Input (w/o Cache Write)"),
            *("Cache Read", "Output Tokens"),
        ),
        optional=(
            *("Total Tokens", "Cost", "Cost ($)", "Kind", "Max Mode", "User"),
            "Cloud Agent ID",
        ),
        unread=("Automation ID", "Cost to you"),
    ),
    usage=f"""
        select
            unit,
            {maker(_PLAIN_MODEL, "'cursor'")} as provider,
            {identity('"Date"', '"User"', '"Model"', '"Cloud Agent ID"')} as identity,
            coalesce(nullif({_PLAIN_MODEL}, ''), 'unknown') as model,
            {utc('"Date"')} as "timestamp",
            without_write + written + cached as tokens_in,
            without_write as input_uncached_tokens,
            cached as input_cached_tokens,
            written as input_cache_write_tokens,
            output as tokens_out,
            nullif({_COST}, '') as cost_estimate,
            1 as num_model_requests,
            nullif("User", '') as openai_user_id,
            nullif("Cloud Agent ID", '') as session_id,
            nullif(
                json_merge_patch('{{}}', json_object(
                    'kind', nullif("Kind", ''),
                    'max_mode', case when lower("Max Mode") in ('yes', 'true') then 'true' end,
                    'model', case when "Model" <> {_PLAIN_MODEL} then "Model" end
                ))::varchar,
                '{{}}'
            ) as tags
        from ({_EVENTS})
        where not is_empty
    """,
    left_out=f"""
        select 'these requests used no tokens' as reason, count(*) as rows
        from ({_EVENTS})
        where is_empty
    """,
)
