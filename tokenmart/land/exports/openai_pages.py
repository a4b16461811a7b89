"""What the pages of OpenAI's usage API and costs API have in common: buckets of results."""

from collections.abc import Callable
from typing import Any

from tokenmart.land.exports.export import elements, member

HAS_MORE = "json_extract(document, '$.has_more') = 'true'"

RESULTS = f"""
    select
        unit,
        {member("bucket", "start_time")} as start_time,
        {member("bucket", "end_time")} as end_time,
        {elements("coalesce(bucket -> '$.results', bucket -> '$.result')")} as record
    from (select unit, {elements("document -> '$.data'")} as bucket from documents)
"""
"""A record for each result, with the bucket's times; the first revision called them `result`."""


def lacks_results_of(kind: str) -> Callable[[Any], str | None]:
    """Whether a document is a page whose results are of ``kind``; one without any may be."""

    def lacks(document: Any) -> str | None:
        if not isinstance(document, dict) or document.get("object") != "page":
            return 'it is no page (`object` is not "page")'
        buckets = document.get("data")
        if not isinstance(buckets, list):
            return "its page has no list `data`"
        for bucket in buckets:
            if not isinstance(bucket, dict) or "start_time" not in bucket:
                return "its buckets have no `start_time`"
            for result in bucket.get("results") or bucket.get("result") or []:
                found = result.get("object", "") if isinstance(result, dict) else ""
                if not found.startswith(kind):
                    return f"its results are of the kind {found or 'unknown'}, not {kind[:-1]}"
        return None

    return lacks
