{#
    What a price may be for: the classes of tokens, and seconds of audio, which models ask for that are not paid by the
    token. Its usd_per_million is that of a million of them.
#}
{% macro priced_classes() %}
    {{ return(tokenmart.token_classes() + ['audio_seconds']) }}
{% endmacro %}
