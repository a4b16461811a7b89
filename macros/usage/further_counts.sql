{# The counts of a usage event beside its totals. #}
{% macro further_counts() %}
    {{ return([
        'cached_input_tokens', 'uncached_input_tokens',
        'input_text_tokens', 'input_cached_text_tokens',
        'input_audio_tokens', 'input_cached_audio_tokens',
        'input_image_tokens', 'input_cached_image_tokens',
        'written_input_tokens', 'written_5m_input_tokens', 'written_1h_input_tokens',
        'output_text_tokens', 'output_audio_tokens', 'output_image_tokens',
    ]) }}
{% endmacro %}
