"""What the pages of Anthropic's usage report and cost report have in common: buckets of results."""

from collections.abc import Callable
from typing import Any

from tokenmart.land.exports.export import elements, member

HAS_MORE = "json_extract(document, '$.has_more') = 'true'"

RESULTS = f"""
    select
        unit,
        {member("bucket", "starting_at")} as starting_at,
        {member("bucket", "ending_at")} as ending_at,
        {elements("bucket -> '$.results'")} as record
    from (select unit, {elements("document -> '$.data'")} as bucket from documents)
"""
"""A record for each result, with the bucket's times."""


def lacks_results_with(
    wanted: str, unwanted: dict[str, str] | None = None
) -> Callable[[Any], str | None]:
    """Whether a document is a page whose results have the member ``wanted``; one without any
    results may be. ``unwanted`` says what results with other members are of."""

    def lacks(document: Any) -> str | None:
        if not isinstance(document, dict) or not isinstance(document.get("data"), list):
            return "it is no page with a list `data`"
        buckets = document["data"]
        if "object" in document or not (buckets or "next_page" in document):
            return "it is a list of something else"
        for bucket in buckets:
            if not isinstance(bucket, dict) or "starting_at" not in bucket:
                return "its buckets have no `starting_at`"
            for result in bucket.get("results") or []:
                if not isinstance(result, dict) or wanted not in result:
                    return f"its results have no `{wanted}`"
                for name, kind in (unwanted or {}).items():
                    if name in result:
                        return f"its results have `{name}`: it is {kind}"
        return None

    return lacks
