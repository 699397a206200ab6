"""What the page is given and refuses: checked on its text and data, without a browser."""

import json
import math
import random
import re
from collections.abc import Callable
from dataclasses import replace
from importlib.resources import files
from itertools import pairwise
from typing import Any

import polars as pl
import pytest

from rawan.publishing.bilingual import Words
from rawan.publishing.page.data import payload
from rawan.publishing.page.details import details, in_thousandths, is_web_address
from rawan.publishing.page.render import SCRIPTS, render_page, safe_json
from rawan.publishing.texts import text, texts

MakeRegion = Callable[..., Any]  # see conftest.py


def test_invented_data_says_so_loudly(make_region: MakeRegion) -> None:
    assert 'class="simulation"' in render_page(make_region(n=30), "id")
    assert 'class="simulation"' not in render_page(make_region(n=30, origin="publik"), "id")
    half = make_region(n=30, origin="publik")
    one = pl.when(pl.int_range(pl.len()) == 3).then(pl.lit("SIMULASI")).otherwise("data_origin")
    mixed = replace(half, ranking=half.ranking.with_columns(data_origin=one))
    assert 'class="simulation"' in render_page(mixed, "id")


def test_the_same_run_gives_the_same_bytes(make_region: MakeRegion) -> None:
    made = make_region(n=40)
    turned = replace(
        made,
        ranking=made.ranking.reverse(),
        villages=made.villages.reverse(),
        evidence=made.evidence.reverse(),
        reasons=made.reasons.reverse(),
        reports=made.reports.reverse(),
        changes=made.changes.reverse(),
        history=made.history.reverse(),
        neighbours=made.neighbours.reverse(),
        curve=made.curve.reverse(),
    )
    assert render_page(made, "id") == render_page(turned, "id")


def test_reasons_that_do_not_add_up_are_not_published(make_region: MakeRegion) -> None:
    made = make_region(n=30)
    wrong = made.ranking.with_columns(score=pl.col("score") + 0.001)
    with pytest.raises(ValueError, match=r"village 99\.99\.\d\d\.\d{4}: components sum to"):
        render_page(replace(made, ranking=wrong), "id")


def test_a_list_nobody_tells_about_is_not_published(make_region: MakeRegion) -> None:
    made = make_region(n=30)
    with pytest.raises(ValueError, match=r"facts\.lists"):
        render_page(replace(made, facts=replace(made.facts, lists=made.facts.lists[:2])), "id")


def test_probability_and_index_never_share_a_list(make_region: MakeRegion) -> None:
    made = make_region(n=30)
    mixed = made.ranking.with_columns(
        risk=pl.when(pl.col("rank") == 1).then(None).otherwise("risk"),
        index=pl.when(pl.col("rank") == 1).then(50.0).otherwise("index"),
    )
    with pytest.raises(ValueError, match="either risk or index"):
        render_page(replace(made, ranking=mixed), "id")


def test_json_cannot_leave_its_script_element() -> None:
    value = {"a": "</script><!--&\u2028\u2029"}
    out = safe_json(value)
    assert not set("<>&\u2028\u2029") & set(out)
    assert json.loads(out) == value


def test_rounded_parts_still_add_up() -> None:
    rng = random.Random(3)
    for _ in range(300):
        parts = [rng.gauss(0, 2) for _ in range(rng.randint(1, 12))]
        total = math.fsum(parts)
        rounded = in_thousandths(parts, total)
        assert sum(rounded) == round(total * 1000)
        assert all(abs(r - 1000 * p) <= 1 for r, p in zip(rounded, parts, strict=True))


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "//x",
        "https://",
        "http://[",
        "",
    ],
)
def test_what_is_no_web_address(url: str) -> None:
    assert not is_web_address(url)


def test_a_list_without_what_every_reader_needs_is_refused(make_region: MakeRegion) -> None:
    made = make_region(n=30)
    with pytest.raises(ValueError, match="ranking lacks rank_low, band"):
        payload(replace(made, ranking=made.ranking.drop("rank_low", "band")), "id")


def test_what_partners_may_not_read_is_not_in_their_file(
    make_region: MakeRegion, edition_for: Callable[..., Any]
) -> None:
    made = make_region(n=40)
    withheld = [
        "Laporan enam bulan terakhir",  # label of a part that only reports feed
        "Kejadian lampau di desa ini dan desa tetangga",  # drivers
        "Intimidasi",
        "Pejabat Rekaan",
        "pasar baru",
        "reports_used",
    ]
    assert all(told in render_page(made, "id") for told in withheld)
    partner = edition_for(made, "partner")
    page = render_page(partner, "id").replace(
        '"lacking":["drivers","components","reports_used"]', ""
    )
    page = re.sub(r'"column\.\w+":"[^"]*"', "", page)  # the names of columns are no secret
    page = re.sub(r'"page\.\w+":"[^"]*"', "", page)
    scripts = page.index('<script type="module">')
    assert [told for told in withheld if told in page[:scripts]] == []
    assert details(partner)["reports"]["of"] == {}
    assert details(partner)["parts"] is None


def test_parts_are_not_told_where_reasons_are_withheld(make_region: MakeRegion) -> None:
    made = make_region(n=30)
    assert details(made)["parts"] is not None
    assert details(replace(made, are_reasons_whole=False))["parts"] is None
    assert details(replace(made, ranking=made.ranking.drop("score")))["parts"] is None


def test_only_failed_soft_checks_ask_to_be_mended(make_region: MakeRegion) -> None:
    made = make_region(n=30)
    soft = made.findings[0]
    findings = (soft, replace(soft, status="passed"), replace(soft, table="staging.fates (share)"))
    facts = made.facts
    again = Words(soft.sentence("id"), soft.sentence("en"))
    twice = replace(facts, warnings=(*facts.warnings, again))
    whole = payload(replace(made, findings=findings, facts=twice), "id")
    assert whole["warnings"] == [[facts.warnings[0].id, facts.warnings[0].en]]
    told = whole["findings"]
    assert [finding["owner"] for finding in told] == ["polling_stations", "intake"]
    assert told[0]["text"][1].startswith("staging.polling_stations: the TPS of each village")


def test_a_village_that_left_the_list_is_still_told(make_region: MakeRegion) -> None:
    told = payload(make_region(n=80), "id")["changes"]["conflict"]
    gone = told["code"].index("99.99.99.2999")
    assert told["place"][gone] == -1
    assert told["rank_after"][gone] is None
    assert payload(replace(make_region(n=30), changes=None), "id")["changes"] is None


def test_every_word_that_the_scripts_say_is_there() -> None:
    folder = files("rawan.publishing") / "templates"
    said: set[str] = set()
    for name in (*SCRIPTS, "page.html.jinja"):
        script = (folder / name).read_text(encoding="utf-8")
        said |= set(re.findall(r'\b[tw]\("([a-z_.]+)"', script))
        said |= set(re.findall(r'\ba\("[a-z-]+", "([a-z_.]+)"', script))
    assert len(said) > 100
    assert [key for key in sorted(said) if key[-1] != "." and f"page.{key}" not in texts()] == []


def test_shades_differ_in_lightness_alone() -> None:
    css = (files("rawan.publishing") / "templates" / "page.css").read_text(encoding="utf-8")
    for scale in ("b", "p"):
        shades = re.findall(rf"--{scale}\d: #(\w{{6}})", css)
        light = [lightness(shade) for shade in shades]
        ordered = sorted(light, reverse=True)
        assert light[:3] == ordered[:3] if scale == "b" else light == ordered
        assert all(a - b >= 8 for a, b in pairwise(ordered)), (scale, light)


def lightness(shade: str) -> float:
    """CIE L* of an sRGB colour, 0 to 100: what is left of it in greyscale."""
    red, green, blue = (int(shade[i : i + 2], 16) / 255 for i in (0, 2, 4))
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (red, green, blue)
    ]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return float(116 * luminance ** (1 / 3) - 16 if luminance > 0.008856 else 903.3 * luminance)


def test_an_unknown_word_names_the_nearest() -> None:
    with pytest.raises(KeyError, match=r"page\.village"):
        text("page.vilage", "id")
