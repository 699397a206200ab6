"""What the page is given and refuses: checked on its text and data, without a browser."""

import json
import math
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from rawan.publishing.page import safe_json
from rawan.publishing.page_data import in_thousandths, is_web_address
from rawan.publishing.texts import text

MakeRegion = Callable[..., Any]  # see conftest.py


def test_invented_data_says_so_loudly(make_region: MakeRegion) -> None:
    assert 'class="simulation"' in make_region(n=30).html()
    assert 'class="simulation"' not in make_region(n=30, origin="publik").html()
    half = make_region(n=30, origin="publik")
    one = pl.when(pl.int_range(pl.len()) == 3).then(pl.lit("SIMULASI")).otherwise("data_origin")
    mixed = replace(half, ranking=half.ranking.with_columns(data_origin=one))
    assert 'class="simulation"' in mixed.html()


def test_the_same_run_gives_the_same_bytes(make_region: MakeRegion) -> None:
    made = make_region(n=40)
    turned = replace(
        made,
        ranking=made.ranking.reverse(),
        villages=made.villages.reverse(),
        evidence=made.evidence.reverse(),
    )
    assert made.html() == turned.html()


def test_reasons_that_do_not_add_up_are_not_published(make_region: MakeRegion) -> None:
    made = make_region(n=30)
    wrong = made.ranking.with_columns(score=pl.col("score") + 0.001)
    with pytest.raises(ValueError, match=r"village 99\.99\.\d\d\.\d{4}: components sum to"):
        replace(made, ranking=wrong).html()


def test_a_list_nobody_tells_about_is_not_published(make_region: MakeRegion) -> None:
    made = make_region(n=30)
    with pytest.raises(ValueError, match=r"facts\.stages"):
        replace(made, facts=replace(made.facts, stages=made.facts.stages[:2])).html()


def test_probability_and_index_never_share_a_list(make_region: MakeRegion) -> None:
    made = make_region(n=30)
    mixed = made.ranking.with_columns(
        risk=pl.when(pl.col("rank") == 1).then(None).otherwise("risk"),
        index=pl.when(pl.col("rank") == 1).then(50.0).otherwise("index"),
    )
    with pytest.raises(ValueError, match="either risk or index"):
        replace(made, ranking=mixed).html()


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


def test_an_unknown_word_names_the_nearest() -> None:
    with pytest.raises(KeyError, match=r"page\.village"):
        text("page.vilage", "id")
