"""The questions of docs/questions.md, asked of the demo's warehouse."""

from pathlib import Path

import pytest
from answers import PAGE, answered
from warehouses import ROOT, Warehouse

from tokenmart.land import land
from tokenmart.project import Project
from tokenmart.sample import write_sample


# the demo's two months, landed and built: about 35 CPU seconds
@pytest.mark.drawn(3, of="documents that are run as they are written")
def test_the_answers_are_those_of_the_demo(tmp_path: Path) -> None:
    demo = Warehouse(tmp_path)
    write_sample(tmp_path / "sample")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in demo.environment.items():
            patch.setenv(name, value)
        land(Project(ROOT), tmp_path / "sample")
    demo.build(as_of="2026-11-15")
    page = PAGE.read_text(encoding="utf-8")
    with demo.open(read_only=True) as connection:
        expected = answered(page, connection)
    assert page == expected, "run: python .ci/answers.py with a warehouse of the demo"
    # a question that the demo cannot answer says so in its query
    asked, answers = page.count("```sql"), page.count("```text")
    assert asked - answers == page.count("\n-- nothing without")
