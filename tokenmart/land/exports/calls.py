"""Calls of models that contain other calls: two libraries, or an application and its gateway, may
report the same one, and the innermost counts."""

INNERMOST = """
    -- what is in what, of which a loop of parents is in itself
    containing as (
        select trace_id, parent_id as span_id, span_id as call_id, is_embedding
        from spans
        where role = 'call' and parent_id is not null
        union
        select spans.trace_id, spans.parent_id, containing.call_id, containing.is_embedding
        from containing
        inner join spans
            on containing.trace_id = spans.trace_id and containing.span_id = spans.span_id
        where spans.parent_id is not null
    ),

    outer_calls as (
        select distinct containing.trace_id, containing.span_id, containing.is_embedding
        from containing
        anti join containing as contained
            on
                containing.trace_id = contained.trace_id
                and containing.call_id = contained.span_id
                and containing.span_id = contained.call_id
    ),

    judged as (
        select
            spans.* replace (
                case
                    when spans.role = 'call' and outer_calls.span_id is not null then 'outer call'
                    else spans.role
                end as role
            )
        from spans
        left join outer_calls
            on
                spans.trace_id = outer_calls.trace_id
                and spans.span_id = outer_calls.span_id
                -- text that is embedded meanwhile is another call
                and spans.is_embedding = outer_calls.is_embedding
    )
"""
"""SQL that goes on after ``spans``, which has the columns trace_id, span_id, parent_id, role and
is_embedding. ``judged`` is the same, but a call in which another one is has the role
``outer call``. It needs ``with recursive``."""
