"""Calls of models that contain other calls: two libraries, or an application and its gateway, may
report the same one, and the innermost counts."""

INNERMOST = """
    containing as (
        select trace_id, parent_id as span_id
        from spans
        where role = 'call' and parent_id is not null
        union
        select spans.trace_id, spans.parent_id
        from containing
        inner join spans
            on containing.trace_id = spans.trace_id and containing.span_id = spans.span_id
        where spans.parent_id is not null
    ),

    judged as (
        select
            spans.* replace (
                case
                    when spans.role = 'call' and containing.span_id is not null then 'outer call'
                    else spans.role
                end as role
            )
        from spans
        left join containing
            on spans.trace_id = containing.trace_id and spans.span_id = containing.span_id
    )
"""
"""SQL that goes on after ``spans``, which has the columns trace_id, span_id, parent_id and role.
``judged`` is the same, but a call in which another one is has the role ``outer call``. It needs
``with recursive``."""
