{#
    Refuses budgets of which it is not clear what they are for, how much they are, or which of two holds.
    Not in its one caller: a hook of a model is one line.
#}
{% macro assert_sound_budgets(seed) %}
    {%- set scopes = ['all', 'org', 'team', 'project', 'model', 'key'] -%}
    {%- set periods = ['month', 'quarter', 'year', 'once'] -%}
    {%- set budget = "'the budget ' || coalesce(budget_name, 'without a name') || " -%}
    {{ tokenmart.assert_sound_seed(
        seed,
        columns=['budget_name', 'source_instance', 'scope', 'scope_id', 'amount_usd', 'period', 'valid_from', 'valid_to'],
        rules={
            "budget_name is null": "'budget_name is empty; give the budget a name'",
            "scope is null or scope not in (" ~ tokenmart.quoted_list(scopes) ~ ")":
                budget ~ "' has the unknown scope ' || coalesce(scope, 'empty') || '; known are " ~ scopes | join(', ') ~ "'",
            "scope <> 'all' and scope_id is null": budget ~ "' has no scope_id; name the ' || scope || ' that it is for'",
            "scope = 'all' and scope_id is not null":
                budget ~ "' is for all, and has the scope_id ' || scope_id || '; empty it, or name its scope'",
            "amount_usd is null or not (amount_usd ~ '^-?[0-9]{1,12}([.][0-9]{1,6})?$')":
                budget ~ "' has no amount_usd such as 1500 or 1500.50, but ' || coalesce(amount_usd, 'nothing')",
            "amount_usd ~ '^(-[0-9.]+|[0.]+)$'": budget ~ "' has the amount_usd ' || amount_usd || '; it must be more than 0'",
            "period is null or period not in (" ~ tokenmart.quoted_list(periods) ~ ")":
                budget ~ "' has the unknown period ' || coalesce(period, 'empty') || '; known are " ~ periods | join(', ') ~ "'",
            "valid_from is null": budget ~ "' has no valid_from; name the first day for which it holds'",
            "period = 'once' and valid_to is null":
                budget ~ "' is for once and has no valid_to; name its last day'",
            "exists (
                select 1 from lines as other
                where other.budget_name = lines.budget_name and other.line_number < lines.line_number and (
                    coalesce(other.source_instance, '') <> coalesce(lines.source_instance, '') or other.scope <> lines.scope
                    or coalesce(other.scope_id, '') <> coalesce(lines.scope_id, '') or other.period <> lines.period
                )
            )": budget ~ "' is for something else in an earlier line; give each its own name'",
        },
        once=['source_instance', 'scope', 'scope_id', 'period'],
    ) }}
{% endmacro %}
