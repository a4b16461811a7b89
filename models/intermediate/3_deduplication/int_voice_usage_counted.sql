{{ config(materialized='view') }}

-- Grain: one row for each counted row of voice_usage_metrics, on the days of this run.
-- Guarantee: these rows report each event once. The classes of their tokens are disjoint, none is negative, and with what has no
-- class they add up to input_tokens and output_tokens.
-- Trap: tokens of an unknown modality have no class (unclassed_input_tokens, unclassed_output_tokens). A voice session writes
-- nothing to a cache that is paid for, and puts out no images.

{%- set known = "coalesce(token_convention, '') <> 'unknown'" %}
{%- set counts = {} %}
{%- for column in [
    'input_tokens', 'output_tokens', 'cached_input_tokens', 'input_audio_tokens', 'input_image_tokens', 'output_audio_tokens',
    'input_cached_text_tokens', 'input_cached_audio_tokens', 'input_cached_image_tokens',
] %}
{%- do counts.update({column: 'case when ' ~ known ~ ' then ' ~ tokenmart.token_count(column) ~ ' else 0 end'}) %}
{%- endfor %}
{%- set audio, image, cached = counts.input_audio_tokens, counts.input_image_tokens, counts.cached_input_tokens %}
{%- set text = '(' ~ counts.input_tokens ~ ' - ' ~ audio ~ ' - ' ~ image ~ ')' %}
{%- set cached_text = counts.input_cached_text_tokens %}
{%- set cached_audio = counts.input_cached_audio_tokens %}
{%- set cached_image = counts.input_cached_image_tokens %}
{%- set is_cached_split = cached_text ~ ' + ' ~ cached_audio ~ ' + ' ~ cached_image ~ ' > 0' %}

with counted as (

    {{ tokenmart.counted_rows(
        ref('int_voice_usage_this_run'), ref('int_voice_exclusions'), ref('int_voice_days_to_recompute'),
    ) }}

)

select
    parts.*,
    {{ text }} - cached_text_input_tokens as uncached_text_input_tokens,
    {{ audio }} - cached_audio_input_tokens as uncached_audio_input_tokens,
    {{ image }} - cached_image_input_tokens as uncached_image_input_tokens,
    {{ counts.output_tokens }} - audio_output_tokens as text_output_tokens,
    cast(0 as {{ dbt.type_bigint() }}) as cache_write_input_tokens,
    cast(0 as {{ dbt.type_bigint() }}) as cache_write_1h_input_tokens,
    cast(0 as {{ dbt.type_bigint() }}) as image_output_tokens
from (
    select
        records.*,
        case when {{ known }} then 0 else coalesce(input_tokens, 0) end as unclassed_input_tokens,
        case when {{ known }} then 0 else coalesce(output_tokens, 0) end as unclassed_output_tokens,
        -- a cached total of which no part is reported is text first, then audio
        case when {{ is_cached_split }} then {{ cached_text }} else least({{ cached }}, {{ text }}) end
            as cached_text_input_tokens,
        case
            when {{ is_cached_split }} then {{ cached_audio }}
            else greatest(least({{ cached }} - {{ text }}, {{ audio }}), 0)
        end as cached_audio_input_tokens,
        case
            when {{ is_cached_split }} then {{ cached_image }}
            else greatest({{ cached }} - {{ text }} - {{ audio }}, 0)
        end as cached_image_input_tokens,
        {{ counts.output_audio_tokens }} as audio_output_tokens
    from counted as records
) as parts
