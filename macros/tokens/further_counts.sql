{# The counts of a usage event beside its totals. Text is what they leave. #}
{% macro further_counts() %}
    {{ return([
        'cached_input_tokens', 'input_audio_tokens', 'input_cached_audio_tokens', 'input_image_tokens',
        'input_cached_image_tokens', 'output_audio_tokens', 'output_image_tokens',
    ]) }}
{% endmacro %}
