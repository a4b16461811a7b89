-- Question: why does what we count not match the provider's invoice?
-- Grain: UTC day × provider × project × API key, as finely as the day's bill names them (int_reconciliation_rows).
-- Guarantee: billed_cost_usd adds up to the bill. A row is reconciled only if what is left of the residual after its
-- certain causes is within tolerance too, so that a charge and a gap that cancel out do not pass.
-- Trap: steps and rounding are bounds: they take as much of the residual as they can be, never more, and only what no
-- cause explains exactly. Writes to a cache, which cost more than input, and a tier whose price is not known explain the residual
-- by their whole or not at all. What remains is unexplained_usd.

{%- set money = tokenmart.type_money() %}

with reconciled_rows as (

    select * from {{ ref('int_reconciliation_rows') }}

),

-- what is certain: what a line says of itself, and usage that its lines charge nothing for
certain as (

    select
        *,
        billed_cost_usd - coalesce(contracted_cost_usd, 0) as residual_usd,
        of_unpriced_usd + case when unclaimed_tokens > 0 then of_no_usage_usd else 0 end as unpriced_models_usd,
        cast(line_count * cast(0.0000005 as decimal(7, 7)) as {{ money }}) as rounding_bound_usd,
        greatest(
            cast({{ var('reconciliation_tolerance_usd') }} as {{ money }}),
            cast(abs(billed_cost_usd) * cast({{ var('reconciliation_tolerance_share') }} as decimal(7, 6)) as {{ money }})
        ) as tolerance_usd
    from reconciled_rows

),

after_certain as (

    select
        *,
        residual_usd - non_token_usd - credits_usd - unknown_lines_usd - unpriced_models_usd + free_usd as left_after_certain
    from certain

),

{#- causes of which only the whole cost explains, never a part that happens to fit: all writes cost more than the input that
they are counted as, and a tier that is not charged is not charged at all -#}
{%- set causes = [
    ('writes', 'write_premium_usd', '> tolerance_usd'),
    ('incentive', '-incentive_usd', '< -tolerance_usd'),
    ('tier', '-unknown_tier_usd', '< -tolerance_usd'),
] %}
{%- for cause, dollars, is_left in causes %}
{%- set before = 'certain' if loop.first else loop.previtem[0] %}
{{ cause }}_share as (

    select
        *,
        case
            when
                left_after_{{ before }} {{ is_left }}
                and left_after_{{ before }} - ({{ dollars }}) between -tolerance_usd and step_usd + tolerance_usd
                then {{ dollars }}
            else cast(0 as {{ money }})
        end as {{ cause }}_share
    from after_{{ before }}

),

after_{{ cause }} as (

    select
        *,
        left_after_{{ before }} - {{ cause }}_share as left_after_{{ cause }}
    from {{ cause }}_share

),
{% endfor %}
-- a bound takes as much of what is left as it can be
after_step as (

    select
        *,
        greatest(least(left_after_tier, step_usd), 0) as step_share
    from after_tier

),

after_rounding as (

    select
        *,
        greatest(least(left_after_tier - step_share, rounding_bound_usd), -rounding_bound_usd) as rounding_share
    from after_step

)

select
    source_instance,
    usage_date_utc,
    provider,
    project_id,
    openai_api_key_id,
    case
        when billed_cost_usd is null then 'usage_without_bill'
        when unknown_lines_usd <> 0 then 'unknown_lines'
        when record_count = 0 and left_after_certain <> 0 then 'bill_without_usage'
        -- a line for a model that no usage has, next to usage that no line names: its dollars may be of that usage
        when abs(of_no_usage_usd) > tolerance_usd and unnamed_usd > tolerance_usd and unpriced_tokens = 0 then 'unexplained'
        when
            abs(residual_usd) <= tolerance_usd
            and abs(left_after_certain) <= tolerance_usd
            and unpriced_tokens = 0
            and contracted_cost_usd is not null
            then 'reconciled'
        when abs(left_after_tier - step_share - rounding_share) <= tolerance_usd then 'explained'
        else 'unexplained'
    end as status,

    -- side by side
    line_count,
    record_count,
    total_tokens,
    unpriced_tokens,
    recorded_cost_usd,
    list_cost_usd,
    contracted_cost_usd,
    billed_cost_usd,

    -- why they differ
    cast(residual_usd as {{ money }}) as residual_usd,
    {% for cause, dollars in {
        'unknown_tier_usd': 'tier_share',
        'unpriced_models_usd': 'unpriced_models_usd',
        'cache_writes_usd': 'writes_share',
        'step_bounds_usd': 'step_share',
        'non_token_usd': 'non_token_usd',
        'credits_usd': 'credits_usd',
        'unknown_lines_usd': 'unknown_lines_usd',
        'free_tokens_usd': 'incentive_share - free_usd',
        'rounding_usd': 'rounding_share',
    }.items() -%}
    cast(case when billed_cost_usd is not null then {{ dollars }} end as {{ money }}) as {{ cause }},
    {% endfor -%}
    cast(left_after_tier - step_share - rounding_share as {{ money }}) as unexplained_usd,
    cast(case when billed_cost_usd is not null then tolerance_usd end as {{ money }}) as tolerance_usd
from after_rounding
