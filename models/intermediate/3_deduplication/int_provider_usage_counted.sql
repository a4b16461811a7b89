{{ config(materialized='view') }}

-- Grain: one row for each counted row of usage_events, on the days of this run.
-- Guarantee: these rows report each usage once. The classes of their tokens are disjoint, none is negative, and they add up to
-- total_input_tokens and total_output_tokens.
-- Trap: what is written to a cache is text; without a time to live it is for five minutes.

{%- set text = tokenmart.token_count('records.input_text_tokens') %}
{%- set audio = tokenmart.token_count('records.input_audio_tokens') %}
{%- set image = tokenmart.token_count('records.input_image_tokens') %}
{%- set cached_text = tokenmart.token_count('records.input_cached_text_tokens') %}
{%- set cached_audio = tokenmart.token_count('records.input_cached_audio_tokens') %}
{%- set cached_image = tokenmart.token_count('records.input_cached_image_tokens') %}
{%- set written_1h = tokenmart.token_count('records.written_1h_input_tokens') %}
{%- set written %}
    greatest(
        {{ tokenmart.token_count('records.written_input_tokens') }},
        {{ tokenmart.token_count('records.written_5m_input_tokens') }} + {{ written_1h }}
    )
{%- endset %}
{%- set others = [
    'cached_text_input_tokens', 'uncached_audio_input_tokens', 'cached_audio_input_tokens',
    'uncached_image_input_tokens', 'cached_image_input_tokens',
    'cache_write_input_tokens', 'cache_write_1h_input_tokens',
] %}

with counted as (

    {{ tokenmart.counted_rows(
        ref('int_provider_usage_this_run'), ref('int_provider_exclusions'), ref('int_provider_days_to_recompute'),
    ) }}

)

select
    parts.*,
    total_input_tokens - {{ others | join(' - ') }} as uncached_text_input_tokens,
    total_output_tokens - audio_output_tokens - image_output_tokens as text_output_tokens
from (
    select
        records.*,
        case
            when {{ cached_text }} + {{ cached_audio }} + {{ cached_image }} > 0 then {{ cached_text }}
            else {{ tokenmart.token_count('records.cached_input_tokens') }}
        end as cached_text_input_tokens,
        case
            when records.token_convention in ('parts_include_cached', 'text_only_total') and {{ cached_audio }} <= {{ audio }}
                then {{ audio }} - {{ cached_audio }}
            else {{ audio }}
        end as uncached_audio_input_tokens,
        {{ cached_audio }} as cached_audio_input_tokens,
        case
            when
                {{ cached_image }} <= {{ image }}
                and (
                    records.token_convention = 'text_only_total'
                    -- in a row whose parts include cached, not only audio may include its cached twin
                    or (
                        records.token_convention = 'parts_include_cached'
                        and {{ text }} + {{ audio }} + {{ image }}
                        in (records.total_input_tokens, records.total_input_tokens - {{ written }})
                    )
                )
                then {{ image }} - {{ cached_image }}
            else {{ image }}
        end as uncached_image_input_tokens,
        {{ cached_image }} as cached_image_input_tokens,
        {{ written }} - {{ written_1h }} as cache_write_input_tokens,
        {{ written_1h }} as cache_write_1h_input_tokens,
        {{ tokenmart.token_count('records.output_audio_tokens') }} as audio_output_tokens,
        {{ tokenmart.token_count('records.output_image_tokens') }} as image_output_tokens
    from counted as records
) as parts
