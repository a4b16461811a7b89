{#
    Where the providers' APIs report counts of tokens in a usage, {column: path of keys}:

      input, output                  counts of input and output
      beside, inside                 what was read from a cache, counted outside of the input or as a part of it
      written_beside, written_inside what was written to a cache, likewise
      written_for                    the same by time to live
#}
{% macro agents_count_names() %}
    {{ return({
        'input': {
            'openai_in': ['prompt_tokens'], 'usage_in': ['input_tokens'], 'camel_in': ['inputTokens'],
            'camel_prompt_in': ['promptTokens'], 'gemini_in': ['promptTokenCount'], 'gemini_tools_in': ['toolUsePromptTokenCount'],
            'count_in': ['inputTokenCount'], 'snake_in': ['prompt_token_count'], 'snake_tools_in': ['tool_use_prompt_token_count'],
            'otel_in': ['gen_ai.usage.input_tokens'], 'otel_prompt_in': ['gen_ai.usage.prompt_tokens'],
            'ollama_in': ['prompt_eval_count'], 'titan_in': ['inputTextTokenCount'],
        },
        'output': {
            'openai_out': ['completion_tokens'], 'usage_out': ['output_tokens'], 'camel_out': ['outputTokens'],
            'camel_completion_out': ['completionTokens'],
            'gemini_out': ['candidatesTokenCount'], 'gemini_thoughts_out': ['thoughtsTokenCount'],
            'count_out': ['outputTokenCount'], 'reasoning_out': ['completion_tokens_details', 'reasoning_tokens'],
            'snake_out': ['candidates_token_count'], 'snake_thoughts_out': ['thoughts_token_count'],
            'otel_out': ['gen_ai.usage.output_tokens'], 'otel_completion_out': ['gen_ai.usage.completion_tokens'],
            'ollama_out': ['eval_count'], 'llama_out': ['generation_token_count'],
        },
        'beside': {
            'read_beside': ['cache_read_input_tokens'], 'camel_read_beside': ['cacheReadInputTokens'],
            'count_read_beside': ['cacheReadInputTokenCount'],
        },
        'inside': {
            'openai_read': ['prompt_tokens_details', 'cached_tokens'], 'responses_read': ['input_tokens_details', 'cached_tokens'],
            'realtime_read': ['input_token_details', 'cached_tokens'], 'plain_read': ['cached_tokens'],
            'input_read': ['cached_input_tokens'], 'camel_read': ['cachedInputTokens'], 'gemini_read': ['cachedContentTokenCount'],
            'deepseek_read': ['prompt_cache_hit_tokens'], 'langchain_read': ['input_token_details', 'cache_read'],
            'sdk_read': ['inputTokenDetails', 'cacheReadTokens'], 'otel_read': ['gen_ai.usage.cache_read.input_tokens'],
            'snake_read': ['cached_content_token_count'],
        },
        'written_beside': {
            'written_beside': ['cache_creation_input_tokens'], 'camel_written_beside': ['cacheWriteInputTokens'],
            'camel_created_beside': ['cacheCreationInputTokens'], 'count_written_beside': ['cacheWriteInputTokenCount'],
        },
        'written_inside': {
            'openai_written': ['prompt_tokens_details', 'cache_write_tokens'],
            'responses_written': ['input_tokens_details', 'cache_write_tokens'],
            'langchain_written': ['input_token_details', 'cache_creation'], 'sdk_written': ['inputTokenDetails', 'cacheWriteTokens'],
            'otel_written': ['gen_ai.usage.cache_creation.input_tokens'],
        },
        'written_for': {
            'written_5m': ['cache_creation', 'ephemeral_5m_input_tokens'],
            'written_1h': ['cache_creation', 'ephemeral_1h_input_tokens'],
        },
    }) }}
{% endmacro %}
