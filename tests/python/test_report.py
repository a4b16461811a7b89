"""`tokenmart report` says what SQL says, in a real browser, whatever the warehouse holds."""

import json
import re
import signal
import struct
import subprocess
from collections.abc import Iterator
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from html import unescape
from pathlib import Path
from typing import Any

import browser as browsers
import pytest
from made_costs import ROW, with_costs
from playwright.sync_api import Browser, Page
from warehouses import BIN, ROOT, Warehouse

from tokenmart.report.bills import BillDay, bills_of
from tokenmart.report.cube import Cell, Cube, Row
from tokenmart.report.overview import tops
from tokenmart.report.periods import Span, periods
from tokenmart.report.picture import HEIGHT, WIDTH
from tokenmart.report.picture import chromium as chromium_here
from tokenmart.summary.money import Day, change_of

OCTOBER = "usage_date between date '2026-10-01' and date '2026-10-31'"
COSTS = f"from analytics.fct_cost_daily where is_counted and {OCTOBER}"
SIZES = ((375, 800), (768, 1024), (1280, 900))
HOSTILE = {
    "script": "<script>document.title = 'hacked'</script><img src=x onerror=alert(1)>",
    "ends": "</script><!--<script>'\"&amp;",
    "right to left": "\u202eمنظمة \u2066x",
    "long": "x" * 300,
}


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests."""
    with browsers.started() as browser:
        yield browser


@pytest.fixture(scope="session")
def sample_page(sample_build: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _written(sample_build, tmp_path_factory.mktemp("report"))


def _written(warehouse: Warehouse, folder: Path, *options: str) -> Path:
    path = folder / "report.html"
    result = warehouse.tokenmart("report", "--out", str(path), *options)
    assert result.returncode == 0, result.stderr
    return path


def _usd(amount: Decimal | None) -> str:
    if amount is None:
        return "not known"
    if 0 < amount < Decimal("0.005"):
        return "<$0.01"
    return f"${amount.quantize(Decimal('0.01'), ROUND_HALF_UP):,}"


def _part(html: str, name: str) -> str:
    """The section or card with this id."""
    found = re.search(rf'<(section|article)[^>]* id="{name}".*?</\1>', html, re.DOTALL)
    assert found, name
    return found[0]


def _value(html: str, card: str) -> str:
    return unescape(re.findall(r'class="value">(.*?)<', _part(html, f"card-{card}"))[0])


def _lines(html: str, section: str) -> dict[str, list[str]]:
    """The cells of a table by what its rows are called."""
    body = _part(html, section).split("<tbody>")[1].split("</tbody>")[0]
    lines = {}
    for row in re.findall(r"<tr.*?</tr>", body, re.DOTALL):
        cells = re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)
        texts = [unescape(re.sub(r"<[^>]*>", "", cell)).strip() for cell in cells]
        lines[texts[0]] = texts[1:]
    return lines


def test_its_figures_are_those_of_the_marts(sample_build: Warehouse, sample_page: Path) -> None:
    """On Postgres, too: test_parity.py compares the pages of both."""
    html = sample_page.read_text(encoding="utf-8")
    assert len(html) < 2_000_000
    value, rows = sample_build.value, sample_build.rows
    by_model = f"from analytics.mart_cost_by_model_daily where {OCTOBER}"
    assert _value(html, "spend") == _usd(value(f"select sum(company_cost_usd) {by_model}"))
    tokens = value(f"select sum(total_tokens) {COSTS}")
    assert _value(html, "tokens") == f"{Decimal(tokens) / 10**6:.2f} million"
    ((cost, costed),) = rows(
        f"select sum(cost_usd), sum(total_tokens) {COSTS} and total_tokens > 0 and cost_usd >= 0"
    )
    assert _value(html, "rate") == _usd(cost * 10**6 / costed)
    for section, mart, key in (
        (
            "top-model",
            "analytics.fct_cost_daily",
            "coalesce(canonical_model_id, model_id, 'no model named')",
        ),
        ("top-organization", "analytics.mart_cost_by_org_monthly", "org_name"),
        (
            "top-project",
            # the mart has agents and voice in the row without a project
            "(select * from analytics.fct_cost_daily"
            " where source_system in ('provider', 'billing'))",
            "coalesce(project_id, 'no project named')",
        ),
    ):
        month = f"is_counted and {OCTOBER}"
        if "monthly" in mart:
            month = "usage_month = date '2026-10-01' and org_id <> '(no organization)'"
        expected = dict(
            rows(f"select {key}, sum(company_cost_usd) from {mart} where {month} group by 1")
        )
        shown = _lines(html, section)
        named = {name: line[0] for name, line in shown.items() if name in expected}
        assert len(named) >= min(len(expected), 10)
        assert named == {name: _usd(expected[name]) for name in named}
        # what is not named is one line, so that nothing is missing
        rest = [line[0] for name, line in shown.items() if name not in expected]
        left = [usd for name, usd in expected.items() if name not in named and usd is not None]
        assert rest == ([_usd(sum(left, Decimal(0)))] if len(expected) > len(named) else [])
    classes = rows(
        "select token_class, sum(company_cost_usd) from analytics.mart_cost_by_token_class_daily"
        f" where {OCTOBER} group by 1"
    )
    assert {name: line[0] for name, line in _lines(html, "classes").items()} == {
        name.replace("_", " ").replace(":", ": ").capitalize(): _usd(usd) for name, usd in classes
    }


def test_the_bill_is_explained_to_the_last_cent(sample_build: Warehouse, sample_page: Path) -> None:
    html = sample_page.read_text(encoding="utf-8")
    billed = "from analytics.mart_cost_reconciliation_daily where billed_cost_usd is not null"
    month = "and usage_date_utc between date '2026-10-01' and date '2026-10-31'"
    total = sample_build.value(f"select sum(billed_cost_usd) {billed} {month}")
    steps = {name: line[-1] for name, line in _lines(html, "bills").items()}
    assert steps["Billed by the provider"] == _usd(total)
    for column, label in (
        ("list_cost_usd", "At list prices"),
        ("contracted_cost_usd", "At your prices"),
    ):
        assert steps[label] == _usd(sample_build.value(f"select sum({column}) {billed} {month}"))
    unexplained = sample_build.value(f"select sum(unexplained_usd) {billed} {month}")
    assert steps["Unexplained"].lstrip("+\N{MINUS SIGN}") == _usd(abs(unexplained))
    # and of the last seven days, which can be chosen
    week = _part(html, "bills").split('data-period="1"')[1].split("Billed by the provider")[1]
    since = "and usage_date_utc > date '2026-10-24' and usage_date_utc <= date '2026-10-31'"
    assert _usd(sample_build.value(f"select sum(billed_cost_usd) {billed} {since}")) in week
    known = sample_build.value(
        f"select sum(billed_cost_usd) {billed} {month} and status in ('reconciled', 'explained')"
    )
    assert _value(html, "reconciled") == f"{100 * known / total:.1f}%"
    rows = _lines(html, "rows")
    assert {name: int(line[0].replace(",", "")) for name, line in rows.items()} == dict(
        sample_build.rows(
            "select source_system, sum(rows_in) from analytics.audit_usage_conservation group by 1"
        )
    )


def _opened(chromium: Browser, path: Path, **context: Any) -> Page:
    """The page, in a browser that has no network; it fails if the page has an error or asks."""
    page = chromium.new_context(offline=True, **context).new_page()
    troubles: list[str] = []
    page.on("console", lambda message: troubles.append(message.text))
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("request", lambda request: troubles.append(request.url))
    page.goto(path.as_uri())
    assert troubles == [path.as_uri()]
    return page


def _seen(page: Page) -> str:
    """What the page says and draws, but for how a style or an empty tag is written."""
    said: str = page.evaluate(
        """() => ["main", "form"].map(each => document.querySelector(each).textContent).join()
        + [...document.querySelectorAll("path, rect, .frame i, .across b")].map(
            each => ["class", "d", "width", "style"].map(name => each.getAttribute(name)).join()
        ).join(";")"""
    )
    return re.sub(r"[\s;]", "", said).replace(",undefined", "")


def test_a_filter_says_what_sql_says(
    sample_build: Warehouse, sample_page: Path, chromium: Browser
) -> None:
    page = _opened(chromium, sample_page)
    before = _seen(page)
    page.evaluate("document.forms[0].dispatchEvent(new Event('change'))")
    said = page.locator("#said").text_content() or ""
    # the script and Python say the same, but for what is said aloud
    assert _seen(page).replace(re.sub(r"\s", "", said), "", 1) == before

    for choices, where in (
        (
            {"model": "gpt-4.1", "organization": "Sample Organization 2"},
            "canonical_model_id = 'gpt-4.1'",
        ),
        ({"provider": "openai", "period": "Last 7 days"}, "provider = 'openai'"),
    ):
        page.locator("button[type=reset]").click()
        for name, label in choices.items():
            page.locator(f"select[name={name}]").select_option(label=label)
        if "organization" in choices:
            where += " and org_id in (select org_id from analytics.dim_organization"
            where += " where org_name = 'Sample Organization 2')"
        if "period" in choices:
            where += " and usage_date > date '2026-10-24'"
        ((cost, tokens),) = sample_build.rows(
            f"select sum(company_cost_usd), sum(total_tokens) {COSTS} and {where}"
        )
        assert page.locator("#card-spend .value").text_content() == _usd(cost)
        said = page.locator("#said").text_content() or ""
        assert said.endswith(f"{Decimal(tokens) / 10**6:.2f} million tokens")
        assert page.locator(".unfiltered:visible").count() > 2
    page.locator("button[type=reset]").click()
    page.locator("#bills .unfiltered").wait_for(state="hidden")
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_three_screens_and_its_words_are_legible(
    sample_page: Path, chromium: Browser, scheme: Any
) -> None:
    for width, height in SIZES:
        size = {"width": width, "height": height}
        page = _opened(chromium, sample_page, viewport=size, color_scheme=scheme)
        assert page.evaluate("document.documentElement.scrollWidth") == width
        assert page.evaluate(_TOO_FAINT) == []
        page.context.close()


_TOO_FAINT = """() => {
    const light = text => {
        const [r, g, b] = text.match(/[\\d.]+/g).map(Number).map(v => v / 255)
            .map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
        return .2126 * r + .7152 * g + .0722 * b;
    };
    const below = each => {
        for (let at = each; at; at = at.parentElement) {
            const color = getComputedStyle(at).backgroundColor;
            if (!color.endsWith(", 0)")) return color;
        }
    };
    return [...document.querySelectorAll("body *")].filter(each =>
        each.checkVisibility() && [...each.childNodes].some(n => n.nodeType === 3 && n.data.trim())
        && !["SCRIPT", "STYLE", "NOSCRIPT"].includes(each.tagName)
    ).flatMap(each => {
        const [a, b] = [light(getComputedStyle(each).color), light(below(each))].sort();
        return (Math.max(a, b) + .05) / (Math.min(a, b) + .05) < 4.5
            ? [each.className + ": " + each.textContent.slice(0, 40)] : [];
    });
}"""


def test_everything_is_reached_and_seen_with_the_keyboard(
    sample_page: Path, chromium: Browser
) -> None:
    page = _opened(chromium, sample_page)
    wanted = page.evaluate(
        """[...document.querySelectorAll("a, select, button, summary, .scroll")]
        .filter(each => each.checkVisibility()).length"""
    )
    reached = set()
    for _ in range(wanted + 5):
        page.keyboard.press("Tab")
        place = page.evaluate(
            """() => {
                const at = document.activeElement, style = getComputedStyle(at);
                if (at === document.body) return null;
                if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2)
                    return "no outline: " + at.outerHTML.slice(0, 90);
                return [...document.querySelectorAll("*")].indexOf(at);
            }"""
        )
        assert not isinstance(place, str), place
        reached.add(place)
    assert len(reached - {None}) == wanted
    # the first stop passes over the filters, and a select answers to the arrows
    page.reload()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.locator("select[name=period]").focus()
    page.keyboard.press("ArrowDown")
    assert page.locator("select[name=period]").input_value() == "1"
    assert page.locator("[data-period='1']:visible").count() > 2
    page.locator("#spend summary").focus()
    page.keyboard.press("Enter")
    assert page.locator("#spend details table").is_visible()
    page.context.close()


def test_a_screen_reader_finds_headings_landmarks_and_names(
    sample_page: Path, chromium: Browser
) -> None:
    page = _opened(chromium, sample_page)
    assert page.evaluate(
        """() => ({
            first: document.querySelectorAll("h1").length,
            landmarks: ["header", "main", "footer", "form"].every(e => document.querySelector(e)),
            nameless: [...document.querySelectorAll("[role=img], [role=region], form, section")]
                .filter(e => !(e.ariaLabel || e.getAttribute("aria-labelledby"))).length,
            without_table: [...document.querySelectorAll("[role=img]")]
                .filter(e => !e.closest("figure").querySelector("details table")).length,
            captionless: [...document.querySelectorAll("table")].filter(e => !e.caption).length,
            unlabeled: [...document.querySelectorAll("select")]
                .filter(e => !e.labels.length).length,
        })"""
    ) == {
        "first": 1,
        "landmarks": True,
        **dict.fromkeys(("nameless", "without_table", "captionless", "unlabeled"), 0),
    }
    page.context.close()


def test_it_shows_its_figures_without_javascript(sample_page: Path, chromium: Browser) -> None:
    page = chromium.new_context(java_script_enabled=False).new_page()
    page.goto(sample_page.as_uri())
    assert page.locator("#card-spend .value").is_visible()
    assert page.locator("#spend svg path").count() == 7
    assert not page.locator("#filters").is_visible()
    assert "Without JavaScript" in page.locator("noscript").inner_text()
    page.context.close()


def test_a_page_of_an_organization_holds_no_other(
    sample_build: Warehouse, tmp_path: Path, chromium: Browser
) -> None:
    path = _written(sample_build, tmp_path, "--org", "Sample Organization 3")
    html = path.read_text(encoding="utf-8")
    known = dict(sample_build.rows("select org_name, org_id from analytics.dim_organization"))
    assert html.count("Sample Organization 3") > 1
    for name, id in known.items():
        if name != "Sample Organization 3":
            assert name not in html
            assert id not in html
    # nor what is no organization's
    projects = sample_build.rows("select distinct project_id from analytics.fct_cost_daily")
    assert [each for (each,) in projects if each and each in html] == []
    spent = sample_build.value(
        f"select sum(company_cost_usd) {COSTS} and org_id = '{known['Sample Organization 3']}'"
    )
    assert _value(html, "spend") == _usd(spent)
    teams = sample_build.rows(
        f"select coalesce(team_name, 'no team'), sum(company_cost_usd) {COSTS}"
        f" and org_id = '{known['Sample Organization 3']}' group by 1"
    )
    assert {name: line[0] for name, line in _lines(html, "teams").items()} == {
        name: _usd(usd) for name, usd in teams
    }
    _opened(chromium, path, viewport={"width": 375, "height": 800}).context.close()


def test_each_organization_has_a_page_of_its_own(
    sample_build: Warehouse, tmp_path: Path, sample_page: Path
) -> None:
    result = sample_build.tokenmart("report", "--each-org", "--json", "--out", str(tmp_path))
    assert result.returncode == 0, result.stderr
    pages = json.loads(result.stdout)["pages"]
    names = {
        name for (name,) in sample_build.rows("select org_name from analytics.dim_organization")
    }
    assert {page["organization"] for page in pages} == names
    assert {str(path) for path in tmp_path.iterdir()} == {page["file"] for page in pages}
    shown = _lines(sample_page.read_text(encoding="utf-8"), "top-organization")
    for page in pages:
        html = Path(page["file"]).read_text(encoding="utf-8")
        assert {name for name in names if name in html} == {page["organization"]}
        assert _value(html, "spend") == shown[page["organization"]][0]


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM], ids=["interrupted", "ended"])
@pytest.mark.drawn(1)
def test_a_served_page_follows_each_build(
    copy_of_sample: Warehouse, chromium: Browser, end: signal.Signals
) -> None:
    with subprocess.Popen(
        [BIN / "tokenmart", "report", "--serve", "--port", "0"],
        cwd=copy_of_sample.project,
        env=copy_of_sample.environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        try:
            assert server.stdout is not None
            address = server.stdout.readline().split()[0]
            assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", address)
            page = chromium.new_page()
            page.goto(address)
            before = page.locator("#card-spend .value").text_content()
            # a build that goes on keeps the file to itself; then the last page stays
            with copy_of_sample.open() as connection:
                connection.execute("update analytics.dim_organization set org_name = 'Renamed'")
                connection.execute("checkpoint")
                assert page.request.get(address).status == 200
            renamed = page.locator("#top-organization").get_by_text("Renamed").first
            renamed.wait_for(timeout=20_000)
            assert page.locator("#card-spend .value").text_content() == before
            # whoever leads a name of his own here reads nothing
            assert page.request.get(address, headers={"Host": "evil.example"}).status == 403
            assert page.request.get(address + "etc/passwd").status == 404
            page.close()
            server.send_signal(end)
            assert server.wait(timeout=20) == 0
        finally:
            server.kill()


def test_a_picture_is_one_of_the_page(sample_build: Warehouse, tmp_path: Path) -> None:
    if chromium_here() is None:
        pytest.skip("no Chromium here: install it, or name it in TOKENMART_CHROMIUM")
    picture = tmp_path / "new" / "page.png"
    _written(sample_build, tmp_path, "--picture", str(picture))
    content = picture.read_bytes()
    assert content.startswith(b"\x89PNG")
    assert struct.unpack(">II", content[16:24]) == (WIDTH, HEIGHT)
    assert 30_000 < len(content) < 300_000


def test_readme_opens_with_a_picture_that_is_no_burden() -> None:
    (name,) = re.findall(r"!\[[^]]+\]\((docs/images/[\w.]+)\)", (ROOT / "README.md").read_text())
    assert (ROOT / name).stat().st_size < 300_000


def test_one_day_of_one_organization(
    copy_of_sample: Warehouse, tmp_path: Path, chromium: Browser
) -> None:
    with_costs(
        copy_of_sample,
        f"""
        select {ROW}
        union all by name select * replace (null as cost_usd, null as company_cost_usd,
            'unknown' as canonical_model_id) from (select {ROW})
        -- what another source has already, and what an employee paid
        union all by name select * replace (false as is_counted, 900 as cost_usd,
            900 as company_cost_usd) from (select {ROW})
        union all by name select * replace ('personal' as token_source, 7 as cost_usd,
            0 as company_cost_usd, 7 as personal_cost_usd) from (select {ROW})
        """,
    )
    html = _written(copy_of_sample, tmp_path).read_text(encoding="utf-8")
    assert _value(html, "spend") == "<$0.01"
    assert _lines(html, "top-model")["unknown"][0] == "not known"
    assert _value(html, "cache") == "not known"
    assert "employees paid $7.00 more themselves" in html
    assert "no earlier days to compare with" in html
    for width, height in SIZES:
        page = _opened(
            chromium, tmp_path / "report.html", viewport={"width": width, "height": height}
        )
        assert page.evaluate("document.documentElement.scrollWidth") == width
        page.context.close()


def test_an_empty_warehouse(copy_of_sample: Warehouse, tmp_path: Path, chromium: Browser) -> None:
    with_costs(copy_of_sample, f"select * from (select {ROW}) where false")
    page = _opened(chromium, _written(copy_of_sample, tmp_path))
    assert page.locator("h1").text_content() == "No usage is counted yet."
    assert page.locator("#rows table").first.is_visible()
    page.context.close()


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_name_is_text(
    copy_of_sample: Warehouse, tmp_path: Path, chromium: Browser, kind: str
) -> None:
    name = HOSTILE[kind]
    quoted = "'" + name.replace("'", "''") + "'"
    copy_of_sample.execute(f"update analytics.dim_organization set org_name = {quoted}")
    columns = "canonical_model_id", "project_id", "team_name"
    with_costs(
        copy_of_sample,
        "select * replace ("
        + ", ".join(f"{each} || {quoted} as {each}" for each in columns)
        + ") from analytics.fct_cost_daily",
    )
    path = _written(copy_of_sample, tmp_path)
    for width, height in SIZES:
        page = _opened(chromium, path, viewport={"width": width, "height": height})
        page.evaluate("document.forms[0].dispatchEvent(new Event('change'))")
        assert page.evaluate("document.documentElement.scrollWidth") == width
        assert "cost $" in page.title()
        assert page.locator("script").count() == 2
        assert page.locator("img").count() == 0
        # five of one name have their ids, too
        first = page.locator("#top-organization tbody th").first.text_content() or ""
        assert first.startswith(name + " (main/")
        page.context.close()
    # and by its name, which five have
    result = copy_of_sample.tokenmart("report", "--org", name, "--out", str(tmp_path / "one.html"))
    assert (result.returncode, "5 organizations are called" in result.stderr) == (2, True)


def test_ten_thousand_models_fit(
    copy_of_sample: Warehouse, tmp_path: Path, chromium: Browser
) -> None:
    with_costs(
        copy_of_sample,
        f"select * exclude (i) replace ('m' || i as canonical_model_id, 'o' || i % 50 as org_id,"
        f" date '2026-08-15' + (i % 75)::integer as usage_date, i as company_cost_usd,"
        f" i as cost_usd)"
        f" from (select {ROW}), range(20000) as numbers(i)",
    )
    path = _written(copy_of_sample, tmp_path, "--since", "2026-08-01")
    assert path.stat().st_size < 2_000_000
    page = _opened(chromium, path)
    page.locator("select[name=period]").select_option(index=0)
    total = copy_of_sample.value(f"select sum(company_cost_usd) {COSTS}")
    assert page.locator("#card-spend .value").text_content() == f"${total:,.2f}"
    labels = page.locator("select[name=model] option").all_text_contents()
    assert re.fullmatch(r"other \(19,9\d\d\)", labels[-1].strip())
    page.context.close()


def test_a_missing_mart_is_a_sentence_in_its_section(
    copy_of_sample: Warehouse, tmp_path: Path
) -> None:
    for name in ("mart_voice_daily", "mart_unpriced_usage", "mart_cost_reconciliation_daily"):
        kind = copy_of_sample.value(
            f"select table_type from information_schema.tables where table_name = '{name}'"
        )
        copy_of_sample.execute(f"drop {kind.removeprefix('BASE ')} analytics.{name}")
    html = _written(copy_of_sample, tmp_path).read_text(encoding="utf-8")
    for section, name in (
        ("voice", "mart_voice_daily"),
        ("unpriced", "mart_unpriced_usage"),
        ("bills", "mart_cost_reconciliation_daily"),
    ):
        assert f"{name} is not in this warehouse" in _part(html, section)
    assert _value(html, "spend").startswith("$")


def _with_mart(warehouse: Warehouse, name: str, select: str) -> None:
    """Have the warehouse, and what dbt knew at its last run, a mart of these rows."""
    path = warehouse.folder / "target" / "manifest.json"
    manifest = json.loads(path.read_text())
    node = manifest["nodes"]["model.tokenmart.mart_voice_daily"]
    manifest["nodes"][f"model.tokenmart.{name}"] = node | {"name": name, "alias": name}
    path.write_text(json.dumps(manifest))
    for (kind,) in warehouse.rows(
        f"select table_type from information_schema.tables where table_name = '{name}'"
    ):
        warehouse.execute(f"drop {kind.removeprefix('BASE ')} analytics.{name}")
    warehouse.execute(f"create table analytics.{name} as {select}")


BUDGET = """
    select 'Team' as budget_name, null::varchar as source_instance, 'all' as scope,
        null::varchar as scope_id, null::varchar as scope_name, date '2026-10-01' as period_start,
        date '2026-10-31' as period_end, 100::decimal(38, 12) as amount_usd,
        120.5::decimal(38, 12) as spent_usd, -20.5::decimal(38, 12) as remaining_usd,
        7 as unpriced_tokens, 180::decimal(38, 12) as forecast_usd,
        150::decimal(38, 12) as forecast_low_usd, 210.25::decimal(38, 12) as forecast_high_usd,
        'forecast' as forecast_state, date '2026-10-19' as runs_out_on, 'over' as status
"""


def test_a_budget_burns_down_to_its_band(
    copy_of_sample: Warehouse, tmp_path: Path, chromium: Browser
) -> None:
    _with_mart(
        copy_of_sample,
        "mart_budget_status",
        f"{BUDGET} union all by name select * replace ('<b>Other</b>' as budget_name,"
        " 'org' as scope, 'o' as scope_id, null as spent_usd, null as remaining_usd,"
        " null as forecast_usd, null as forecast_low_usd, null as forecast_high_usd,"
        f" 'too_early' as forecast_state, 'no_usage' as status) from ({BUDGET})",
    )
    _with_mart(
        copy_of_sample,
        "mart_budget_daily",
        "select 'Team' as budget_name, null::varchar as source_instance, 'all' as scope,"
        " null::varchar as scope_id, date '2026-10-01' as period_start,"
        " date '2026-10-01' + day::integer as usage_date, 6.025::decimal(38, 12) as cost_usd,"
        " day < 20 as has_data, day >= 20 as is_ahead from range(31) as days(day)",
    )
    path = _written(copy_of_sample, tmp_path)
    section = _part(path.read_text(encoding="utf-8"), "budgets")
    assert _lines(section, "budgets") == {
        "Team": [
            *("all company spend", "Oct 1 to Oct 31", "over by $20.50", "$120.50", "$100.00"),
            "$180.00 ($150.00 to $210.25)",
        ],
        "<b>Other</b>": [
            *("org o", "Oct 1 to Oct 31", "nothing is spent on it", "not known", "$100.00"),
            "too early to tell",
        ],
    }
    assert "It ran out on Oct 19" in section
    page = _opened(chromium, path, viewport={"width": 375, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") == 375
    # from the twentieth day to the last, and from what is left to what may be
    assert re.fullmatch(
        r"M200 \d+L310 \d+L310 \d+z", page.locator("#budgets .band").get_attribute("d") or ""
    )
    page.context.close()


def test_what_moved_adds_up(copy_of_sample: Warehouse, tmp_path: Path) -> None:
    _with_mart(
        copy_of_sample,
        "mart_cost_movers",
        """
        select date '2026-10-01' as usage_month, dimension, value as dimension_value,
            name as value_name, change as change_usd, change - 3 as volume_effect_usd,
            2.5 as price_effect_usd, 0 as mix_effect_usd, 0.5 as new_usd, 0 as gone_usd,
            0 as other_usd, 'gpt-5' as top_model_id
        from (values ('all', '', null, 90.25), ('org', 'o', 'Acme', -7),
            ('team', null, null, 97.25), ('key', 'k', 'a key', 90.25)
        ) as rows(dimension, value, name, change)
        """,
    )
    html = _written(copy_of_sample, tmp_path).read_text(encoding="utf-8")
    lines = _lines(html, "movers")
    effects = ["+$2.50", "$0.00", "+$0.50", "$0.00", "$0.00", "gpt-5"]
    assert lines == {
        "Everything": ["+$90.25", "+$87.25", *effects],
        "Acmeorganization": ["\N{MINUS SIGN}$7.00", "\N{MINUS SIGN}$10.00", *effects],
    }
    advice = "Of the +$90.25 in October: more or less usage +$87.25 and prices +$2.50."
    assert advice in _part(html, "movers")


def test_an_unusual_day_is_shown_with_its_range(
    copy_of_sample: Warehouse, tmp_path: Path, chromium: Browser
) -> None:
    ((org, name),) = copy_of_sample.rows(
        "select org_id, org_name from analytics.dim_organization order by org_name limit 1"
    )
    _with_mart(
        copy_of_sample,
        "mart_cost_anomalies",
        f"""
        select 'main' as source_instance, date '2026-10-20' + day::integer as usage_date, dimension,
            value as dimension_value, name as value_name, state, cost as cost_usd,
            10 as expected_usd, 5 as expected_low_usd, 15 as expected_high_usd,
            excess as excess_usd, 'project' as driver_dimension, 'proj_1' as driver_value
        from (values (0, 'all', '', null, 'anomaly_high', 40.5, 30.5),
            (1, 'org', '{org}', '{name}', 'anomaly_low', 1, -9),
            (2, 'org', 'x', 'X', 'normal', 9, 0)
        ) as rows(day, dimension, value, name, state, cost, excess)
        """,
    )
    path = _written(copy_of_sample, tmp_path)
    html = path.read_text(encoding="utf-8")
    expected = {
        "Everything": [
            "Oct 20",
            "$40.50",
            "$10.00",
            "$5.00 to $15.00",
            "",
            "+$30.50",
            "project proj_1",
        ],
        f"{name}organization": [
            *(
                "Oct 21",
                "$1.00",
                "$10.00",
                "$5.00 to $15.00",
                "",
                "\N{MINUS SIGN}$9.00",
                "project proj_1",
            )
        ],
    }
    assert _lines(html, "anomalies") == expected
    assert "Ask about Oct 20 first: Everything was $30.50 above what was expected" in html
    page = _opened(chromium, path, viewport={"width": 375, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") == 375
    page.context.close()
    # its own day, and no project that is another's
    html = _written(copy_of_sample, tmp_path, "--org", org).read_text(encoding="utf-8")
    assert [*_lines(html, "anomalies")] == [f"{name}organization"]
    assert "proj_1" not in html


def test_a_class_of_tokens_has_its_cost(copy_of_sample: Warehouse, tmp_path: Path) -> None:
    _with_mart(
        copy_of_sample,
        "mart_cost_by_token_class_daily",
        """
        select date '2026-10-31' as usage_date, class as token_class, tokens, unpriced as
            unpriced_tokens, cost as company_cost_usd, cost as cost_usd
        from (values ('text_output', 2000000, 1000000, 5.5), ('api_calls', 0, 0, 1.25),
            ('cached_text_input', 70, 70, null)) as rows(class, tokens, unpriced, cost)
        """,
    )
    html = _written(copy_of_sample, tmp_path).read_text(encoding="utf-8")
    assert _lines(html, "classes") == {
        "Text output": ["$5.50", "2.00 M", "$5.50"],
        "Api calls": ["$1.25", "\N{EN DASH}", "\N{EN DASH}"],
        "Cached text input": ["not known", "70", "not known"],
    }
    assert "Text output is 81.5% of the cost, for 2.00 million tokens" in html


def test_a_refusal_is_one_sentence(sample_build: Warehouse, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for options, sentence in (
        (["--since", "yesterday"], "--since is a day such as 2026-09-01, not yesterday."),
        (["--org", "Nobody"], "There is no organization Nobody with counted usage."),
        (["--out", str(tmp_path / "file" / "report.html")], "The page cannot be written to"),
        (["--out", "s3://bucket/report.html"], "s3://bucket/report.html: Install s3fs"),
        (
            ["--out", "nowhere://bucket/report.html"],
            "nowhere://bucket/report.html cannot be opened",
        ),
        (["--out", "file:///dev/null/r.html"], "The page cannot be written to file:///dev/null"),
        (["--out", "memory://r.html", "--picture", "p.png"], "a page on this machine"),
        (["--each-org", "--out", str(tmp_path / "r.html")], "name a folder"),
        (["--org", "x", "--each-org"], "--org and --each-org do not go together"),
        (["--serve", "--port", "99999999"], "Port 99999999 cannot be served"),
    ):
        result = sample_build.tokenmart(
            "report",
            *options,
            *([] if {"--out", "--serve"} & {*options} else ["--out", str(tmp_path)]),
        )
        assert result.returncode == 2
        assert sentence in result.stderr
        assert len(result.stderr.strip().splitlines()) == 1


def test_a_bucket_takes_the_page(sample_build: Warehouse, tmp_path: Path) -> None:
    """As one of files: what differs between buckets is their libraries'."""
    for options, name in (([], "new/report.html"), (["--each-org"], "pages")):
        address = f"file://{tmp_path / name}"
        result = sample_build.tokenmart("report", *options, "--out", address)
        assert result.returncode == 0, result.stderr
        assert address in result.stdout
    assert "</html>" in (tmp_path / "new" / "report.html").read_text(encoding="utf-8")
    assert len([*(tmp_path / "pages").glob("*.html")]) == result.stdout.count(".html")


def test_its_result_as_json(sample_build: Warehouse, tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "report.html"
    result = sample_build.tokenmart("report", "--json", "--out", str(path))
    assert json.loads(result.stdout) == {
        "pages": [{"file": str(path), "bytes": path.stat().st_size, "organization": None}],
        "picture": None,
    }


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (date(2026, 8, 1), date(2026, 10, 31)),
        (date(2026, 8, 1), date(2026, 10, 10)),
        (date(2025, 12, 11), date(2026, 1, 31)),
        (date(2026, 1, 31), date(2026, 2, 28)),
        (date(2026, 10, 3), date(2026, 10, 31)),
        # no day of the month is in both
        (date(2026, 10, 31), date(2026, 11, 1)),
        (date(2026, 8, 31), date(2026, 9, 30)),
    ],
)
def test_months_are_compared_as_summary_compares_them(first: date, last: date) -> None:
    number = (last - first).days + 1
    days = [
        Day(date.fromordinal(first.toordinal() + at), "billed", 1, Decimal(at + 1))
        for at in range(number)
    ]
    change, period = change_of(days), periods(first, last)[0]

    def cost(span: Span | None) -> Decimal:
        return sum(
            (each.cost_usd or Decimal(0) for each in days if span and each.day in span), Decimal(0)
        )

    if change is None or change.first_day is None:
        assert period.before is None
    elif change.cost_before_usd and change.cost_usd:
        assert (cost(period.now), cost(period.before)) == (change.cost_usd, change.cost_before_usd)


def test_two_teams_of_one_name_are_two_lines(copy_of_sample: Warehouse, tmp_path: Path) -> None:
    team = f"select *, 't1' as team_id, 'Core' as team_name from (select {ROW})"
    with_costs(
        copy_of_sample,
        f"""
        {team}
        union all by name select * replace ('t2' as team_id, 2 as company_cost_usd) from ({team})
        -- the same team, and one of that name elsewhere
        union all by name select * replace (1 as company_cost_usd) from ({team})
        union all by name select * replace ('p' as org_id, 3 as company_cost_usd) from ({team})
        union all by name select * replace ('t3' as team_id, 'Data' as team_name) from ({team})
        """,
    )
    html = _written(copy_of_sample, tmp_path).read_text(encoding="utf-8")
    assert {name: line[0] for name, line in _lines(html, "teams").items()} == {
        "Core (main/o/t1)o": "$1.00",
        "Core (main/o/t2)o": "$2.00",
        "Corep": "$3.00",
        "Datao": "<$0.01",
    }


def test_two_movers_of_one_name_show_their_ids(copy_of_sample: Warehouse, tmp_path: Path) -> None:
    _with_mart(
        copy_of_sample,
        "mart_cost_movers",
        """
        select date '2026-10-01' as usage_month, dimension, value as dimension_value,
            name as value_name, change as change_usd, change as volume_effect_usd,
            0 as price_effect_usd, 0 as mix_effect_usd, 0 as new_usd, 0 as gone_usd,
            0 as other_usd, 'gpt-5' as top_model_id
        from (values ('all', '', null, 10), ('team', 't1', 'Core', 4), ('team', 't2', 'Core', 3),
            ('org', 'o', 'Core', 3)
        ) as rows(dimension, value, name, change)
        """,
    )
    lines = _lines(_written(copy_of_sample, tmp_path).read_text(encoding="utf-8"), "movers")
    assert [*lines] == ["Everything", "Core (t1)team", "Coreorganization", "Core (t2)team"]


@pytest.mark.parametrize(
    ("billed", "share", "note"),
    [
        ({"reconciled": (2, 2), "unexplained": (-1, 1)}, "66.7%", "of $3.00 billed or credited"),
        ({"explained": (-4, 4), "unexplained": (1, 1)}, "80.0%", "of $5.00 billed or credited"),
        # rows of one day that cancel out
        ({"reconciled": (0, 6), "unexplained": (2, 2)}, "75.0%", "of $8.00 billed or credited"),
        ({"reconciled": (3, 3), "unexplained": (1, 1)}, "75.0%", "of $4.00 billed agrees"),
        ({"reconciled": (0, 0)}, "not known", "of $0.00 billed agrees"),
    ],
)
def test_the_share_reconciled_is_of_dollars_either_way(
    billed: dict[str, tuple[int, int]], share: str, note: str
) -> None:
    day = date(2026, 10, 1)
    days = [
        BillDay(day, status, {"billed_cost_usd": net * 10**12}, gap=0, moved=moved * 10**12)
        for status, (net, moved) in billed.items()
    ]
    found = bills_of(days, periods(day, day)[0])
    assert found.share == share
    assert found.notes[0].startswith(note)


def test_dollars_of_days_to_come_are_no_days_of_the_page(
    copy_of_sample: Warehouse, tmp_path: Path
) -> None:
    copy_of_sample.execute("update analytics.audit_runs set as_of = '2026-10-20 04:00:00'")
    later = "'billing' as source_system, 0 as total_tokens, 9 as company_cost_usd"
    with_costs(
        copy_of_sample,
        f"""
        select * exclude (day) replace (date '2026-10-01' + day::integer as usage_date)
        from (select {ROW}), range(20) as days(day)
        union all by name
        select * replace ({later}, date '2026-10-31' as usage_date) from (select {ROW})
        union all by name
        select * replace ({later}, date '2062-11-01' as usage_date) from (select {ROW})
        """,
    )
    html = _written(copy_of_sample, tmp_path).read_text(encoding="utf-8")
    assert "October 2026 cost $0.08 in 20 days" in html
    assert "2062" not in _part(html, "spend")


@pytest.mark.parametrize("dimension", ["project", "model"])
def test_what_has_no_name_has_no_owner_to_ask(dimension: str) -> None:
    days = [date(2026, 9, 1), date(2026, 10, 1)]
    at = ("provider", "model", "organization", "project").index(dimension)
    members = tuple(0 if each == at else None for each in range(4))
    rows = []
    for usd, day in enumerate(days, start=1):
        cell = Cell(rows=1)
        cell.money["cost"] = usd * 10**12
        rows.append(Row(day, members, cell))
    cube = Cube(rows, {dimension: [f"no {dimension} named"]}, {dimension: None})
    advice = tops(cube, periods(*days)[0], dimension).advice
    assert advice.startswith(f"no {dimension} named rose most, by $1.00. ")
    assert not {"its", "owner"} & {*advice.split()}


def test_who_has_no_voice_is_shown_no_section_of_it(
    copy_of_sample: Warehouse, tmp_path: Path
) -> None:
    path = copy_of_sample.folder / "target" / "manifest.json"
    manifest = json.loads(path.read_text())
    del manifest["nodes"]["model.tokenmart.mart_voice_daily"]
    path.write_text(json.dumps(manifest))
    html = _written(copy_of_sample, tmp_path).read_text(encoding="utf-8")
    assert 'id="voice"' not in html
    assert "mart_voice_daily" not in html
