{#
    The words of a model's name in alphabetical order and then its numbers as they come, by which a display name is compared
    with an id: 'Claude Haiku 3.5' and claude-3-5-haiku are both 'claude haiku 3 5'. A word counts once: the id of Mistral Large
    is mistral.mistral-large-2407-v1:0. Words about tokens, about where they were made and about who bills are left out, and so
    are the date of a snapshot and a 0: "Gemini 3.0 Pro" is gemini-3-pro.

    keeps_modality: "gpt-audio input" may be the input of gpt-audio, or the audio of gpt.
#}
{% macro model_words(text, keeps_modality=false) -%}
    {%- set modality = [
        " (cached |cchd |cache read |thinking |native )?(text|txt|audio|aud|image|img) (cached |cchd )?(input|inp|inpt|output|outp|outpt|tokens) ",
        " (input|inp|inpt|output|outp|outpt) (text|txt|audio|aud|image|img) ",
    ] -%}
    {%- set beside = [
        "^ (us|eu|ap|ca|sa|me|af|jp|au|global)[a-z]{0,3}[0-9] | (us|eu|ap|ca|sa|me|af)[censw]{1,2}[0-9] ",
        "( per)? 1 ?[km] | 5 ?m(in|ins|inutes?)? | 1 ?h(our|ours|r)? | (0 )?200 ?k( 1 ?m)? ",
        " (0 (tokens? )?)?(8|16|32|64|128|256|272) ?k | (non )?thinking mode | thinking (on|off) ",
    ] + ([] if keeps_modality else modality) + [
        " thinking output | (reasoning|completion|prompt) (text |image )?tokens | v[12] 0 ",
        " 20[0-9][0-9] ?[01][0-9] ?[0-3][0-9] | (0[1-9]|1[0-2]) 20[0-9][0-9] | 20[0-9][0-9] (0[1-9]|1[0-2]) ",
        " (0[1-9]|1[0-2])[0-3][0-9] ", " 0 ",
    ] -%}
    {#- anthropic.claude-sonnet-4-5-20250929-v1:0 and openai.gpt-oss-20b-1:0 are one edition of a snapshot -#}
    {%- set snapshot = "regexp_replace(" ~ text ~ ", '(-20[0-9]{6})-v[0-9]$|-v?[0-9]:[0-9]$', '\\1')" -%}
    {#- what stands before a slash is whose the model is -#}
    {%- set snapshot = "regexp_replace(" ~ snapshot ~ ", '^([A-Za-z0-9_.-]+/)+', '')" -%}
    {#- NovaLite is one word, and Command R+ another model than Command R -#}
    {%- set spelt = "regexp_replace(replace(" ~ tokenmart.undated_model(snapshot) ~ ", '+', ' plus '), 'nova(lite|micro|pro|premier|sonic)', 'nova \\1')" -%}
    {%- set words = namespace(sql="' ' || regexp_replace(" ~ spelt ~ ", '[^a-z0-9]+', ' ', 'g') || ' '") -%}
    {%- for phrase in beside -%}
        {%- set words.sql = "regexp_replace(" ~ words.sql ~ ", '" ~ phrase ~ "', ' ', 'g')" -%}
    {%- endfor -%}
    (
        select coalesce(string_agg(word, ' ' order by {{ tokenmart.in_byte_order('word') }}), '')
        from (select distinct unnest(string_to_array(regexp_replace({{ words.sql }}, '[0-9]+', ' ', 'g'), ' ')) as word) as words
        where word not in ('', {{ tokenmart.quoted_list(tokenmart.words_beside_models()) }})
    )
    || regexp_replace(
        regexp_replace({{ words.sql }}, '[^0-9]+', ' ', 'g'), ' $', ''
    )
{%- endmacro %}


{# Words that stand beside a model's name in the line of a bill. #}
{% macro words_beside_models() %}
    {{ return([
        'usage', 'token', 'tokens', 'count', 'preview', 'instruct', 'generate', 'content', 'generatecontent', 'embedcontent', 'ga', 'gl', 'inpt', 'outpt', 'cd', 'lctx', 'jp', 'au',
        'tokencount', 'units', 'unit', 'citation', 'serverless', 'inference', 'input', 'inp', 'inputs', 'prompt',
        'inputtokencount', 'outputtokencount', 'output', 'outp', 'opt', 'outputs', 'cached', 'cache', 'caching', 'cchd', 'miss', 'completion', 'completions', 'read', 'write',
        'writes', 'reads', 'written', 'creation', 'hit', 'hits', 'ephemeral', 'uncached', 'batch', 'batches', 'flex', 'priority',
        'standard', 'std', 'evals', 'long', 'short', 'context', 'glbl', 'global', 'regnl', 'regional', 'regn', 'dz', 'dzn',
        'dzone', 'datazone', 'data', 'zone', 'on', 'demand', 'per', 'for', 'of', 'the', 'and', 'cost', 'charges', 'charge',
        'predictions', 'prediction', 'request', 'requests', 'api', 'model', 'models', 'latest', 'anthropic', 'openai', 'amazon', 'aws',
        'azure', 'google', 'meta', 'vertex', 'bedrock', 'mp', 'az', 'aoai', 'use', 'usw', 'euw', 'euc', 'apn', 'aps', 'cross',
        'region', 'us', 'eu', 'apac', 'latency', 'optimized',
    ]) }}
{% endmacro %}
