"""Secret columns never leave the source."""

from warehouses import Warehouse

from tokenmart.schema import SECRET_COLUMNS, tables

CANARY = "CANARY-4f1c"


def _plant(warehouse: Warehouse) -> None:
    """Put the canary into every secret column of every table."""
    for name, secret in SECRET_COLUMNS.items():
        table = tables()[name]
        row: dict[str, object] = {
            column: {"note": CANARY}
            if table.column(column).sql_type("duckdb") == "json"
            else CANARY
            for column in secret
        }
        key = 2 if name == "provider_keys" else "00000000-0000-0000-0000-0000000000bb"
        if name == "voice_conversations":
            row["metadata"] = {"model": "gpt-realtime", "client_ip": CANARY}
        warehouse.insert(name, {"id": key, **row})


def test_canaries_in_secret_columns_are_found_in_nothing_that_was_built(
    sources: Warehouse, event
) -> None:
    _plant(sources)
    # a violation in the tables beside them, so that there is something to report
    sources.insert("usage_events", event(1, tokens_in=-1), event(2, key_id=99))
    sources.insert(
        "voice_usage_metrics",
        {
            "id": "00000000-0000-0000-0000-0000000000cc",
            "conversation_id": "00000000-0000-0000-0000-0000000000bb",
            "timestamp": "2025-01-01 10:00:00+00",
            "latency_ms": -1,
        },
    )
    printed = [sources.build("--log-level-file", "debug")]
    for command in ("validate", "summary"):
        result = sources.tokenmart(command)
        assert result.returncode == 0, result.stderr
        printed += [result.stdout, result.stderr]
    assert not any(CANARY in text for text in printed)

    relations = sources.rows(
        """
        select table_schema, table_name from information_schema.tables
        where table_schema like 'analytics%'
        """
    )
    assert len(relations) > 40
    for schema, name in relations:
        hits = sources.value(
            f"select count(*) from {schema}.{name} as r where cast(r as varchar) like '%{CANARY}%'"
        )
        assert hits == 0, f"{schema}.{name}"

    written = [path for path in sources.folder.rglob("*") if path.is_file()]
    assert any(path.name == "dbt.log" for path in written)
    assert any(path.suffix == ".html" for path in written)
    for path in written:
        if path != sources.path:
            assert CANARY.encode() not in path.read_bytes(), path


def test_the_model_of_a_conversation_passes_and_nothing_else_of_its_metadata(
    sources: Warehouse,
) -> None:
    _plant(sources)
    sources.build("--select", "+stg_voice__voice_conversations")
    (columns,) = zip(
        *sources.rows(
            "select column_name from (describe analytics_staging.stg_voice__voice_conversations)"
        ),
        strict=True,
    )
    assert "model_id" in columns
    assert not {"metadata", "summary"} & set(columns)
    assert sources.value(
        "select model_id from analytics_staging.stg_voice__voice_conversations"
    ) == ("gpt-realtime")
