"""Break each promise of the counting in a copy of the project, and see the test that keeps it fail.

A test that passes on a broken model keeps no promise. Three are drawn (SEED=… repeats it), and all
whose files have changed; the long tier breaks them all.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from changes import ROOT, changed_files
from draw import drawn, seed

AT_LEAST = 3
COUNTED = "macros/usage/rows_by_outcome.sql"
PROVIDER = (
    "test_histories.py::test_what_was_observed_is_counted_as_the_account_counts_it[duckdb-provider]"
)
AGENTS = PROVIDER.replace("provider]", "agents]")
DAYS = "macros/incremental/days_to_recompute.sql"
DAYS_TESTS = "test_recomputed_days.py"
REPEATED = "test_repeated_ids.py::test_of_the_rows_of_an_id_one_counts_whatever_comes_and_goes"


@dataclass(frozen=True)
class Mutation:
    """One change of one file, and the test that must not survive it."""

    breaks: str
    file: str
    old: str
    new: str
    test: str


MUTATIONS = [
    Mutation(
        "a row is dropped",
        COUNTED,
        "and exclusions.row_key is null",
        "and exclusions.row_key is null and this_run.output_tokens is not null",
        PROVIDER,
    ),
    Mutation(
        "a row is counted twice",
        COUNTED,
        "and exclusions.row_key is null",
        "",
        PROVIDER,
    ),
    Mutation(
        "a join is widened",
        COUNTED,
        "and this_run.usage_date_utc = days.recompute_date",
        "and this_run.usage_date_utc >= days.recompute_date",
        PROVIDER,
    ),
    Mutation(
        "a changed day is not recounted",
        DAYS,
        "when digests.inputs_digest <> built.inputs_digest then 'changed'",
        "",
        PROVIDER,
    ),
    Mutation(
        "the days next to a changed one are not recounted",
        "macros/incremental/digests_of_days.sql",
        "{{ dbt.dateadd('day', reach + 1, 'last_date') }}",
        "{{ dbt.dateadd('day', 1, 'last_date') }}",
        f"{DAYS_TESTS}::test_the_day_after_a_changed_one_is_recomputed",
    ),
    Mutation(
        "a key that comes late is not noticed",
        "models/intermediate/1_incremental/int_provider_days_to_recompute.sql",
        ", known_keys.provider_key_id is null",
        "",
        f"{DAYS_TESTS}::test_usage_that_waits_for_its_parent_counts_once_that_is_known",
    ),
    Mutation(
        "an organization that comes late is not noticed",
        "models/intermediate/1_incremental/int_agents_days_to_recompute.sql",
        "known_organizations.org_id is null)",
        "false)",
        f"{DAYS_TESTS}::test_usage_that_waits_for_its_parent_counts_once_that_is_known",
    ),
    Mutation(
        "a changed rule leaves the days that were counted by another",
        DAYS,
        "when built.has_same_rules = 0 then 'other rules'",
        "",
        f"{DAYS_TESTS}::test_another_rule_recomputes_all_days_and_another_comment_none",
    ),
    Mutation(
        "a day that became empty leaves a ghost",
        "macros/incremental/recomputes_days.sql",
        "and days.recompute_date = {{ meta.day }}",
        "and days.recompute_date = {{ meta.day }} and days.inputs_digest is not null",
        AGENTS,
    ),
    Mutation(
        "a window is superseded by one that is superseded itself",
        "models/intermediate/3_deduplication/int_provider_superseded_windows.sql",
        "and excluded.row_key is null",
        "",
        PROVIDER,
    ),
    Mutation(
        "days are done though what judges their rows was left out",
        "macros/incremental/recomputes_days.sql",
        "{{ return(false) }}",
        "",
        "test_ledger.py::test_what_a_run_counts_without_all_that_judges_is_counted_by_the_next"
        "[int_provider_usage_repeats]",
    ),
    Mutation(
        "days that were asked for are forgotten if their run is cut short",
        DAYS,
        "set inputs_digest = null",
        "set inputs_digest = inputs_digest",
        f"{DAYS_TESTS}::test_days_asked_for_are_not_forgotten_if_their_run_is_cut_short",
    ),
    Mutation(
        "a changed version is forgotten",
        "macros/ledger/ledger.sql",
        "or latest.content_hash <> keyed.content_hash",
        "",
        "test_ledger.py::test_new_changed_vanished_and_returned_rows_are_appended_as_versions",
    ),
    Mutation(
        "a day with a changed row is not compared",
        "macros/ledger/find_changed_keys.sql",
        "or at_source.hash_sum <> at_ledger.hash_sum",
        "",
        "test_ledger.py::test_new_changed_vanished_and_returned_rows_are_appended_as_versions",
    ),
    Mutation(
        "values that change places within a day of a fact are not seen",
        "macros/engines/row_hash.sql",
        "hashtextextended(cast(hash_record_extended("
        "{{ 'row' if row.startswith('(') }}{{ row }}, 0) as text), 0)",
        "hash_record_extended({{ 'row' if row.startswith('(') }}{{ row }}, 0)",
        "test_recomputed_days.py::test_values_that_change_places_within_a_day_are_seen[postgres]",
    ),
    Mutation(
        "a full refresh forgets what was observed",
        "macros/ledger/ledger.sql",
        "full_refresh=tokenmart.resets_ledger(),",
        "full_refresh=none,",
        "test_ledger.py::test_usage_survives_the_deletion_of_its_key_and_a_full_refresh",
    ),
    Mutation(
        "the last known owner is forgotten",
        "macros/usage/validated_records.sql",
        "coalesce(nullif(records.employee_id, ''), last_known.employee_id)",
        "records.employee_id",
        AGENTS,
    ),
    Mutation(
        "a deleted row makes room for another of its id",
        "macros/ledger/numbered_rows.sql",
        "kept.place + coalesce(numbers.gone_rows, 0) as occurrence",
        "kept.place as occurrence",
        f"{REPEATED}[duckdb-True]",
    ),
]


def main() -> int:
    """0 if every mutation was seen."""
    changed = {str(path) for path in changed_files()}
    by_draw = drawn("mutations", MUTATIONS, AT_LEAST)
    chosen = [each for each in MUTATIONS if each in by_draw or each.file in changed]
    print(f"{len(chosen)} of {len(MUTATIONS)} mutations, SEED={seed()}", flush=True)
    # of all, so that a change which moves a place says so, whatever is drawn
    lost = [each for each in MUTATIONS if _text(ROOT, each).count(each.old) != 1]
    for each in lost:
        print(f"NOT FOUND  {each.file} has no single {each.old!r}")
    with ThreadPoolExecutor(2) as pool:
        seen = list(pool.map(_is_seen, (each for each in chosen if each not in lost)))
    return 0 if all(seen) and not lost else 1


def _text(project: Path, mutation: Mutation) -> str:
    return (project / mutation.file).read_text(encoding="utf-8")


def _is_seen(mutation: Mutation) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "tokenmart"
        for file in _tracked():
            (project / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / file, project / file)
        broken = _text(project, mutation).replace(mutation.old, mutation.new)
        (project / mutation.file).write_text(broken, encoding="utf-8")
        test = f"tests/python/{mutation.test}"
        ran = subprocess.run(
            [
                *(sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-n", "0", "-q"),
                # of its own: pytest closes the usual folder to the user of another one's Postgres
                *(f"--basetemp={folder}/pytest", test),
            ],
            cwd=project,
            env=os.environ | {"HISTORIES": "50", "PYTHONDONTWRITEBYTECODE": "1", "SEED": seed()},
            capture_output=True,
            text=True,
            check=False,
        )
        # a test that fails, and not one that could not begin
        seen = ran.returncode == 1 and f"FAILED {test}" in ran.stdout
        print(f"{'seen' if seen else 'NOT SEEN':10} {mutation.breaks}: {mutation.test}", flush=True)
        if not seen:
            print(ran.stdout[-2000:])
        return seen


def _tracked() -> Iterator[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    yield from (Path(name) for name in listed.stdout.split("\0") if name)


if __name__ == "__main__":
    sys.exit(main())
