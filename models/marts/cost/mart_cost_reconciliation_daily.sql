-- Question: why does what we count not match the provider's invoice?
-- Grain: UTC day × provider × project × API key, as finely as the day's bill names them: where a line for tokens
-- names no project, the day is one row of all projects; where a project's line names no key, one of all its keys.
-- Guarantee: billed_cost_usd adds up to the bill. A row is reconciled only if what is left of the residual after its
-- certain causes is within tolerance too, so that a charge and a gap that cancel out do not pass.
-- Trap: steps and rounding are bounds, which take as much of the residual as they can be, never more, and only what no
-- cause explains exactly. What writes to a cache cost more than input, and a tier that nobody knows, explain by their whole
-- or not at all. What remains is unexplained_usd.

{%- set money = tokenmart.type_money() %}

with lines as (

    select * from {{ ref('int_bill_scopes') }}

),

without_usage as (

    select * from {{ ref('int_unallocated_bill_lines') }}

),

usages as (

    select * from {{ ref('int_provider_usage_priced') }}

),

billed as (

    select * from {{ ref('int_bill_coverage') }}

),

scoped as (

    select * from {{ ref('int_billable_usage') }}

),

-- how finely the lines for tokens name whose they are
day_scopes as (

    select
        source_instance,
        usage_date_utc,
        provider,
        max(case when project_scope = 'any' then 1 else 0 end) as is_any_project,
        max(case when project_scope = 'rest' then 1 else 0 end) as has_rest
    from lines
    where line_kind in ('model', 'any')
    group by 1, 2, 3

),

project_scopes as (

    select
        source_instance,
        usage_date_utc,
        provider,
        {{ tokenmart.project_group('usage_project') }} as project_group,
        max(case when key_scope = 'any' then 1 else 0 end) as is_any_key,
        max(case when key_scope = 'rest' then 1 else 0 end) as has_rest
    from lines
    where line_kind in ('model', 'any')
    group by 1, 2, 3, 4

),

-- usage that tells of no writes to a cache counts them as input
told_writes as (

    select distinct
        source_instance,
        usage_date_utc,
        price_provider,
        price_model_id
    from usages
    where cache_write_input_tokens + cache_write_1h_input_tokens > 0

),

write_premiums as (

    select
        lines.source_instance,
        lines.line_key,
        lines.billed_cost_usd
        * (1 - cast({{ tokenmart.ratio(
            'rates.uncached_text_input_contracted_usd', 'rates.cache_write_input_contracted_usd'
        ) }} as decimal(7, 6))) as write_premium_usd
    from {{ ref('int_bill_lines') }} as lines
    inner join {{ ref('int_usage_rates') }} as rates
        on
            lines.provider = rates.provider
            and lines.named_model = rates.model_id
            and coalesce(lines.processing, 'standard') = rates.processing
            and coalesce(lines.context_band, 'base') = rates.context_band
            and lines.usage_date_utc between rates.effective_from and rates.effective_to
    left join told_writes
        on
            lines.source_instance = told_writes.source_instance
            and lines.usage_date_utc = told_writes.usage_date_utc
            and rates.price_provider = told_writes.price_provider
            and rates.price_model_id = told_writes.price_model_id
    where
        lines.direction = 'cache_write'
        and rates.cache_write_input_contracted_usd > rates.uncached_text_input_contracted_usd
        and told_writes.price_model_id is null

),

line_figures as (

    select
        lines.source_instance,
        lines.usage_date_utc,
        lines.provider,
        coalesce(lines.usage_project, '') as project_id,
        coalesce(lines.usage_api_key, '') as openai_api_key_id,
        {{ tokenmart.project_group('lines.usage_project') }} as project_group,
        true as is_named_project,
        true as is_named_key,
        1 as line_count,
        0 as record_count,
        0 as total_tokens,
        0 as unpriced_tokens,
        0 as unclaimed_tokens,
        cast(null as {{ money }}) as recorded_cost_usd,
        cast(null as {{ money }}) as list_cost_usd,
        cast(null as {{ money }}) as contracted_cost_usd,
        cast(lines.billed_cost_usd as {{ money }}) as billed_cost_usd,
        cast(case when lines.line_kind = 'other' then lines.billed_cost_usd else 0 end as {{ money }}) as non_token_usd,
        cast(case when lines.line_kind = 'credit' then lines.billed_cost_usd else 0 end as {{ money }}) as credits_usd,
        cast(case when lines.line_kind = 'unknown' then lines.billed_cost_usd else 0 end as {{ money }}) as unknown_lines_usd,
        cast(
            case when without_usage.line_key is not null and lines.line_kind = 'model' then lines.billed_cost_usd else 0 end
            as {{ money }}
        ) as of_no_usage_usd,
        cast(0 as {{ money }}) as of_unpriced_usd,
        cast(0 as {{ money }}) as unnamed_usd,
        cast(0 as {{ money }}) as free_usd,
        cast(0 as {{ money }}) as incentive_usd,
        cast(0 as {{ money }}) as unknown_tier_usd,
        cast(coalesce(write_premiums.write_premium_usd, 0) as {{ money }}) as write_premium_usd,
        cast(0 as {{ money }}) as step_usd
    from lines
    left join write_premiums
        on
            lines.source_instance = write_premiums.source_instance
            and lines.line_key = write_premiums.line_key
    left join without_usage
        on
            lines.source_instance = without_usage.source_instance
            and lines.line_key = without_usage.line_key

),

usage_figures as (

    select
        usages.source_instance,
        usages.usage_date_utc,
        coalesce({{ tokenmart.plain_name('usages.provider') }}, '') as provider,
        coalesce(usages.project_id, '') as project_id,
        coalesce(usages.openai_api_key_id, '') as openai_api_key_id,
        coalesce(scoped.project_group, '') as project_group,
        coalesce(scoped.is_named_project, false) as is_named_project,
        coalesce(scoped.is_named_key, false) as is_named_key,
        0 as line_count,
        usages.record_count,
        usages.input_tokens + usages.output_tokens as total_tokens,
        case
            when usages.contracted_cost_usd is null then usages.input_tokens + usages.output_tokens
            else 0
        end as unpriced_tokens,
        case
            when usages.contracted_cost_usd is null and not coalesce(billed.is_named, false)
                then usages.input_tokens + usages.output_tokens
            else 0
        end as unclaimed_tokens,
        cast(usages.recorded_cost_usd as {{ money }}) as recorded_cost_usd,
        usages.list_cost_usd,
        usages.contracted_cost_usd,
        -- lines bring what is billed; usage that they cover is not without a bill, whichever row they stand in
        cast(case when billed.billed_cost_usd is not null then 0 end as {{ money }}) as billed_cost_usd,
        cast(0 as {{ money }}) as non_token_usd,
        cast(0 as {{ money }}) as credits_usd,
        cast(0 as {{ money }}) as unknown_lines_usd,
        cast(0 as {{ money }}) as of_no_usage_usd,
        cast(
            case
                -- what has no tokens cannot cost what tokens do: minutes, images
                when
                    billed.is_named
                    and (
                        usages.contracted_cost_usd is null
                        or (usages.contracted_cost_usd = 0 and usages.input_tokens + usages.output_tokens = 0)
                    )
                    then coalesce(billed.billed_cost_usd, 0)
                else 0
            end as {{ money }}
        ) as of_unpriced_usd,
        cast(
            case when not coalesce(billed.is_named, false) then coalesce(usages.contracted_cost_usd, 0) else 0 end as {{ money }}
        ) as unnamed_usd,
        cast(coalesce(billed.free_cost_usd, 0) as {{ money }}) as free_usd,
        cast(
            case
                when
                    usages.price_flags like '%unknown_tier%'
                    and {{ tokenmart.plain_name('usages.service_tier') }} = 'incentivized-tier'
                    then coalesce(usages.contracted_cost_usd - coalesce(billed.free_cost_usd, 0), 0)
                else 0
            end as {{ money }}
        ) as incentive_usd,
        cast(
            case
                when
                    usages.price_flags like '%unknown_tier%'
                    and {{ tokenmart.plain_name('usages.service_tier') }} <> 'incentivized-tier'
                    then coalesce(usages.contracted_cost_usd - coalesce(billed.free_cost_usd, 0), 0)
                else 0
            end as {{ money }}
        ) as unknown_tier_usd,
        cast(0 as {{ money }}) as write_premium_usd,
        cast(
            case
                when coalesce(billed.free_cost_usd, 0) < usages.contracted_cost_usd
                    then coalesce(usages.contracted_cost_upper_usd - usages.contracted_cost_usd, 0)
                else 0
            end as {{ money }}
        ) as step_usd
    from usages
    left join billed
        on
            usages.source_instance = billed.source_instance
            and usages.usage_key = billed.usage_key
    left join scoped
        on
            usages.source_instance = scoped.source_instance
            and usages.usage_key = scoped.usage_key

),

figures as (

    select * from line_figures
    union all
    select * from usage_figures

),

placed as (

    select
        figures.source_instance,
        figures.usage_date_utc,
        nullif(figures.provider, '') as provider,
        case
            when day_scopes.is_any_project = 1 or (day_scopes.has_rest = 1 and not figures.is_named_project) then null
            else nullif(figures.project_id, '')
        end as project_id,
        case
            when
                day_scopes.is_any_project = 1
                or project_scopes.is_any_key = 1
                or (project_scopes.has_rest = 1 and not figures.is_named_key)
                then null
            else nullif(figures.openai_api_key_id, '')
        end as openai_api_key_id,
        figures.line_count,
        figures.record_count,
        figures.total_tokens,
        figures.unpriced_tokens,
        figures.unclaimed_tokens,
        figures.recorded_cost_usd,
        figures.list_cost_usd,
        figures.contracted_cost_usd,
        figures.billed_cost_usd,
        figures.non_token_usd,
        figures.credits_usd,
        figures.unknown_lines_usd,
        figures.of_no_usage_usd,
        figures.of_unpriced_usd,
        figures.unnamed_usd,
        figures.free_usd,
        figures.incentive_usd,
        figures.unknown_tier_usd,
        figures.write_premium_usd,
        figures.step_usd
    from figures
    left join day_scopes
        on
            figures.source_instance = day_scopes.source_instance
            and figures.usage_date_utc = day_scopes.usage_date_utc
            and figures.provider = day_scopes.provider
    left join project_scopes
        on
            figures.source_instance = project_scopes.source_instance
            and figures.usage_date_utc = project_scopes.usage_date_utc
            and figures.provider = project_scopes.provider
            and figures.project_group = project_scopes.project_group

),

summed as (

    select
        source_instance,
        usage_date_utc,
        provider,
        project_id,
        openai_api_key_id,
        cast(sum(line_count) as {{ dbt.type_bigint() }}) as line_count,
        cast(sum(record_count) as {{ dbt.type_bigint() }}) as record_count,
        cast(sum(total_tokens) as {{ dbt.type_bigint() }}) as total_tokens,
        {% for dollars in [
            'recorded_cost_usd', 'list_cost_usd', 'contracted_cost_usd', 'billed_cost_usd', 'non_token_usd', 'credits_usd',
            'unknown_lines_usd', 'of_no_usage_usd', 'of_unpriced_usd', 'unnamed_usd', 'free_usd', 'incentive_usd', 'unknown_tier_usd', 'write_premium_usd',
            'step_usd',
        ] -%}
        cast(sum({{ dollars }}) as {{ money }}) as {{ dollars }},
        {% endfor -%}
        cast(sum(unpriced_tokens) as {{ dbt.type_bigint() }}) as unpriced_tokens,
        cast(sum(unclaimed_tokens) as {{ dbt.type_bigint() }}) as unclaimed_tokens
    from placed
    group by 1, 2, 3, 4, 5

),

-- what is certain: what a line says of itself, and usage that its lines charge with nothing
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
    from summed

),

after_certain as (

    select
        *,
        residual_usd - non_token_usd - credits_usd - unknown_lines_usd - unpriced_models_usd + free_usd as left_1
    from certain

),

-- writes cost more than the input that they are counted as, all of them
after_writes as (

    select
        *,
        case
            when left_1 > tolerance_usd and left_1 - write_premium_usd between -tolerance_usd and step_usd + tolerance_usd
                then write_premium_usd
            else cast(0 as {{ money }})
        end as write_share
    from after_certain

),

-- a tier that is not charged is not charged at all: only its whole cost explains, never a part that happens to fit
after_incentive as (

    select
        *,
        left_1 - write_share as left_2,
        case
            when
                left_1 - write_share < -tolerance_usd
                and left_1 - write_share + incentive_usd between -tolerance_usd and step_usd + tolerance_usd
                then -incentive_usd
            else cast(0 as {{ money }})
        end as incentive_share
    from after_writes

),

after_tier as (

    select
        *,
        left_2 - incentive_share as left_3,
        case
            when
                left_2 - incentive_share < -tolerance_usd
                and left_2 - incentive_share + unknown_tier_usd between -tolerance_usd and step_usd + tolerance_usd
                then -unknown_tier_usd
            else cast(0 as {{ money }})
        end as tier_share
    from after_incentive

),

-- a bound takes as much of what is left as it can be
after_step as (

    select
        *,
        left_3 - tier_share as left_4,
        greatest(least(left_3 - tier_share, step_usd), 0) as step_share
    from after_tier

),

after_rounding as (

    select
        *,
        greatest(least(left_4 - step_share, rounding_bound_usd), -rounding_bound_usd) as rounding_share
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
        when record_count = 0 and left_1 <> 0 then 'bill_without_usage'
        -- a line for a model that no usage has, beside usage that no line names: its dollars may be of that usage
        when abs(of_no_usage_usd) > tolerance_usd and unnamed_usd > tolerance_usd and unpriced_tokens = 0 then 'unexplained'
        when
            abs(residual_usd) <= tolerance_usd
            and abs(left_1) <= tolerance_usd
            and unpriced_tokens = 0
            and contracted_cost_usd is not null
            then 'reconciled'
        when abs(left_4 - step_share - rounding_share) <= tolerance_usd then 'explained'
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
        'cache_writes_usd': 'write_share',
        'step_bounds_usd': 'step_share',
        'non_token_usd': 'non_token_usd',
        'credits_usd': 'credits_usd',
        'unknown_lines_usd': 'unknown_lines_usd',
        'free_tokens_usd': 'incentive_share - free_usd',
        'rounding_usd': 'rounding_share',
    }.items() -%}
    cast(case when billed_cost_usd is not null then {{ dollars }} end as {{ money }}) as {{ cause }},
    {% endfor -%}
    cast(left_4 - step_share - rounding_share as {{ money }}) as unexplained_usd,
    cast(case when billed_cost_usd is not null then tolerance_usd end as {{ money }}) as tolerance_usd
from after_rounding
