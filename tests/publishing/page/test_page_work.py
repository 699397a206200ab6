"""What a reader does with the page: first answers, search, cut line, lists, language, drawer."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest
from playwright.sync_api import Page, expect

from rawan.publishing.edition import Approval, Erratum, Standing
from rawan.publishing.texts import texts

MakeRegion = Callable[..., Any]  # see conftest.py
Visit = Any


def shows(page: Page, n: int) -> None:
    expect(page.locator("#shown")).to_have_text(f"{n} dari 120 desa")


def names(page: Page) -> list[str]:
    return page.locator("#table tbody tr[data-place] .pick").all_inner_texts()


def clashes(made: Any) -> pl.DataFrame:
    rows: pl.DataFrame = made.rows_of("conflict", "logistics").sort("rank", "village_code")
    return rows


def test_the_first_answers_are_buttons_that_show_what_they_count(
    opened: Visit, make_region: MakeRegion
) -> None:
    page, rows = opened.page, clashes(make_region())
    first = rows.row(0, named=True)
    assert f"1. {first['village']} (1–{first['rank_high']})" in page.inner_text("#sum-which")
    sure = rows.filter(pl.col("top_k_probability") >= 0.8).height
    assert f"{sure}/12" in page.inner_text("#sum-sure")
    assert "2 masuk, 2 keluar, 2 pindah" in page.inner_text("#sum-changed")
    for key, n in (
        ("which", rows.filter(pl.col("rank") <= 12).height),
        ("sure", sure),
        ("near", rows.filter((pl.col("rank_low") <= 12) & (pl.col("rank_high") > 12)).height),
        ("changed", 3),
        ("blind", 7),
    ):
        page.click(f"#sum-{key}")
        shows(page, n)
        assert page.get_attribute(f"#sum-{key}", "aria-pressed") == "true"
        assert page.evaluate("document.activeElement.id") == f"sum-{key}"
    assert page.is_checked("#only-blind")
    page.click("#sum-blind")
    shows(page, 120)


def test_filters_by_polsek_and_by_change(opened: Visit, make_region: MakeRegion) -> None:
    page, rows = opened.page, clashes(make_region())
    page.select_option("#polsek", label="Polsek Umpama 2")
    shows(page, rows.filter(polsek="Polsek Umpama 2").height)
    page.click("#filters [type=reset]")
    page.check("#only-changed")
    shows(page, rows.filter(pl.col("rank_change").fill_null(0) != 0).height)
    page.click("#filters [type=reset]")
    page.select_option("#only", "entered")
    shows(page, 2)
    assert set(names(page)) == set(rows["village"][:2])


def test_a_village_is_found_though_its_name_is_misspelt(
    visit: Visit, make_region: MakeRegion
) -> None:
    made = make_region(n=30)
    codes = made.villages["village_code"].to_list()
    named = dict(zip(codes, ["Balinuraga", "Way Gelang", "Suka Jaya", "Sidorejo"], strict=False))
    ranking = made.ranking.with_columns(
        village=pl.col("village_code")
        .replace(named)
        .replace(dict(zip(codes[4:], [f"Desa {chr(65 + i)}" for i in range(26)], strict=True)))
    )
    page = visit.made(replace(made, ranking=ranking)).page
    for written, found, is_like in (
        ("balinuraga", "Balinuraga", False),
        ("bali nuraga", "Balinuraga", False),
        ("Balinurga", "Balinuraga", True),
        ("Way Gelam", "Way Gelang", True),
        ("gelam", "Way Gelang", True),
        ("Sukajaya", "Suka Jaya", False),
        ("Soekadjaja", "Suka Jaya", True),
        ("sidoreja", "Sidorejo", True),
    ):
        page.fill("#search", written)
        expect(page.locator("#table .pick")).to_have_text([found])
        expect(page.locator("#table .like")).to_have_count(int(is_like))
        assert ("mirip" in page.inner_text("#shown")) == is_like
    page.fill("#search", "qqqqqqqq")
    expect(page.locator("#table tbody")).to_contain_text("Tidak ada desa yang cocok")


def test_the_cut_line_moves_with_the_number_of_teams(
    opened: Visit, make_region: MakeRegion
) -> None:
    page, rows = opened.page, clashes(make_region())
    assert "memuat 40%" in page.inner_text("#capture")
    assert "Menurut insiden lalu saja: 32%" in page.inner_text("#capture")
    assert "Hanya diuji pada 6" in page.inner_text("#capture")
    page.fill("#k", "20")
    expect(page.locator("#table tr.cut")).to_contain_text("20 desa")
    assert page.locator("#table tr.in-k").count() == rows.filter(pl.col("rank") <= 20).height
    assert "memuat 49%" in page.inner_text("#capture")
    assert page.input_value("#k-slide") == "20"
    near = rows.filter((pl.col("rank_low") <= 20) & (pl.col("rank_high") > 20))
    assert f"{near.height} desa" in page.inner_text("#k-near")
    page.click("#k-near")
    shows(page, near.height)
    marked = page.locator("#table .near-mark").count()
    assert marked == min(25, near.height)
    page.click("#k-near")
    page.focus("#k-slide")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#k")).to_have_value("21")
    page.click("#k-reset")
    expect(page.locator("#table tr.cut")).to_contain_text("12 desa")
    for beyond, within in (("0", "1"), ("9999", "120")):
        page.fill("#k", beyond)
        expect(page.locator("#k-slide")).to_have_value(within)


def test_ties_at_the_cut_are_told(opened: Visit, make_region: MakeRegion) -> None:
    page, rows = opened.page, clashes(make_region())
    tied = rows.filter((pl.col("tied_with") == 1) & (pl.col("rank") < 20)).row(0, named=True)
    page.fill("#k", str(tied["rank"]))
    expect(page.locator("#k-tied")).to_contain_text("2 desa bernilai sama untuk 1 tempat")
    expect(page.locator("#table tr.cut")).to_contain_text("2 desa berikut bernilai sama")
    assert page.locator("#table tr.in-k").count() == tied["rank"] - 1
    assert page.locator("#table tr.on-line").count() == 2
    assert f"{tied['rank'] - 1}\n" in page.inner_text("#sum-which")
    page.fill("#k", str(tied["rank"] + 1))
    expect(page.locator("#k-tied")).to_have_text("")
    assert page.locator("#table tr.in-k").count() == tied["rank"] + 1


def test_where_all_share_one_score_nobody_is_above_the_line(
    visit: Visit, make_region: MakeRegion
) -> None:
    made = make_region(n=30, top_k=3)
    alike = {"rank": 1, "rank_low": 1, "rank_high": 30, "tied_with": 29, "baseline_rank": 1}
    ranking = made.ranking.with_columns(**{name: pl.lit(n) for name, n in alike.items()})
    page = visit.made(replace(made, ranking=ranking)).page
    assert page.locator("#table tr.in-k").count() == 0
    assert "30 desa berikut bernilai sama untuk 3 tempat" in page.inner_text("#table tr.cut")
    assert "30 lainnya bernilai sama" in page.inner_text("#sum-which")
    page.click("#view-sides")
    assert page.locator("#sides .pick").count() == 0
    assert "30 desa menurut model, 30 menurut insiden lalu" in page.inner_text("#sides-intro")


def test_a_hazard_that_could_not_be_measured_promises_nothing(opened: Visit) -> None:
    page = opened.page
    page.locator("#lists button").nth(3).click()
    assert "Tidak dapat diukur" in page.inner_text("#capture")
    assert page.locator("#curve svg").count() == 0


def test_the_lists_stand_side_by_side(opened: Visit, make_region: MakeRegion) -> None:
    page, rows = opened.page, clashes(make_region())
    page.click("#view-sides")
    assert page.locator("#table").is_hidden()
    model, past = pl.col("rank") <= 12, pl.col("baseline_rank") <= 12
    for key, test in (
        ("model_only", model & ~past),
        ("in_both", model & past),
        ("past_only", ~model & past),
    ):
        told = page.locator(f"#sides .{key} .pick").all_inner_texts()
        assert sorted(told) == sorted(rows.filter(test)["village"])
    page.locator("#sides .past_only .pick").first.click()
    assert "Peringkat menurut kejadian lampau" in page.inner_text("#detail")
    page.fill("#k", "30")
    expect(page.locator("#sides-intro")).to_contain_text("30 desa pertama")
    page.click("#view-work")
    assert page.locator("#table").is_visible()


def test_the_language_is_switched_everywhere_and_not_remembered(opened: Visit) -> None:
    page = opened.page
    page.fill("#k", "14")
    expect(page.locator("#table tr.cut")).to_contain_text("14 desa")
    page.click("#table tbody tr[data-place] >> nth=3")
    assert "94%" in page.inner_text("#table")
    page.click("#lang-en")
    assert page.get_attribute("html", "lang") == "en"
    assert page.title().startswith("Risk map and list")
    assert "9.5%" in page.inner_text("#table")
    assert "Clashes of supporters" in page.inner_text("#lists")
    assert "Clashes in this village: 2 incidents" in page.inner_text("#detail")
    assert "14 villages" in page.inner_text("#table tr.cut")
    seen = page.inner_text("body").replace("Bahasa Indonesia", "") + "\n".join(
        page.locator("[aria-label]").evaluate_all("all => all.map(a => a.ariaLabel)")
    )
    left = [
        words["id"]
        for key, words in texts().items()
        if key.startswith(("page.", "band."))
        and "{" not in words["id"]
        and len(words["id"]) > 5
        and words["id"].lower() not in words["en"].lower()
        and words["id"] in seen
    ]
    assert left == []
    page.click("#lang-id")
    assert "9,5%" in page.inner_text("#table")
    page.click("#lang-en")
    page.reload()
    page.wait_for_selector("html[data-ready]", state="attached")
    assert page.get_attribute("html", "lang") == "id"
    assert page.evaluate("localStorage.length + document.cookie.length") == 0


def test_the_drawer_tells_what_is_known_of_a_village(
    opened: Visit, make_region: MakeRegion
) -> None:
    page, made = opened.page, make_region()
    code = made.reports["village_code"][2]
    page.fill("#search", code)
    expect(page.locator("#table tbody tr[data-place]")).to_have_count(1)
    page.click("#table .pick")
    drawer = page.inner_text("#detail")
    assert "Nilai B2" in drawer
    assert "Nilai E4" in drawer
    assert "Ada 2 laporan, terbaru 12 April 2024" in drawer
    assert "Hasil pemilihan lalu ketat" in drawer
    assert "perahu siapa" in drawer
    label = page.get_attribute("#detail svg.timeline", "aria-label") or ""
    assert "2 laporan" in label
    assert page.locator("#detail svg.timeline .report").count() == 2
    page.click("#detail summary")
    assert page.locator("#detail details tbody tr").count() == 3
    other = page.inner_text("#detail .neighbours .pick >> nth=0")
    page.click("#detail .neighbours .pick >> nth=0")
    assert page.inner_text("#detail h2") == other


def test_a_judgement_of_people_stands_beside_the_rank(
    opened: Visit, make_region: MakeRegion
) -> None:
    page, made = opened.page, make_region()
    page.select_option("#only", "held")
    shows(page, 1)
    assert "naik" in page.inner_text("#table .held")
    page.click("#table .pick")
    note = page.inner_text("#detail .held-note")
    assert "Alasan: <b>pasar baru</b>. Oleh Pejabat Rekaan. Berlaku sampai 1 Desember" in note
    rank = clashes(made).filter(village_code=made.standing.overrides[0].village_code)["rank"][0]
    assert page.inner_text("#detail .big strong >> nth=0") == str(rank)


def test_partners_are_told_that_reasons_are_missing(
    visit: Visit, make_region: MakeRegion, edition_for: Callable[..., Any]
) -> None:
    page = visit.made(edition_for(make_region(n=40), "partner")).page
    page.click("#table .pick >> nth=0")
    assert "tidak ditampilkan untuk pembaca ini" in page.inner_text("#not-whole")
    assert page.locator(".parts tfoot").count() == 0
    assert page.locator(".parts tbody tr").count() == 3
    assert page.locator("#reports").count() == 0
    assert "Laporan yang dipakai" not in page.inner_text("#detail")
    footer = page.inner_text("footer")
    assert "mitra" in footer
    assert "Alasan utama" in footer


def test_what_changed_is_told_with_its_causes(opened: Visit, make_region: MakeRegion) -> None:
    page, rows = opened.page, clashes(make_region())
    told, first = page.inner_text("#changes"), rows["village"][0]
    assert "1 Agustus 2024" in told
    assert f"{first} 15 → 1 (waktu +1, data +13)" in told
    assert "99.99.99.2999" in told
    assert "tidak ada lagi pada daftar; dahulu peringkat 4" in told
    page.locator("#lists button").nth(3).click()
    assert "tidak dapat dibandingkan" in page.inner_text("#changes")


def test_findings_name_who_mends_them(opened: Visit) -> None:
    told = opened.page.inner_text("#findings")
    assert "TPS setiap desa diketahui (2 baris tidak)" in told
    assert "pengelola data TPS" in told
    assert opened.page.get_attribute("#findings a", "href") == "gates.html"


@pytest.mark.parametrize(
    ("standing", "banner"),
    [
        (Standing(), "DRAF"),
        (
            Standing(approval=Approval("<i>Kabag</i>", datetime(2024, 9, 3, tzinfo=UTC))),
            "oleh <i>Kabag</i>, 3 September 2024",
        ),
        (
            Standing(erratum=Erratum("Kabag", datetime(2024, 9, 4, tzinfo=UTC), "salah berkas")),
            "DITARIK Jangan dipakai lagi. Ditarik oleh Kabag, 4 September 2024: salah berkas",
        ),
    ],
    ids=["draft", "approved", "withdrawn"],
)
def test_a_list_says_where_it_stands(
    visit: Visit, make_region: MakeRegion, standing: Standing, banner: str
) -> None:
    page = visit.made(replace(make_region(n=20), standing=standing)).page
    assert banner in page.inner_text("#standing").replace("\n", " ")


def test_what_is_known_of_a_kecamatan_only_is_told(
    visit: Visit, make_region: MakeRegion, edition_for: Callable[..., Any]
) -> None:
    made = make_region(n=30)
    told = visit.made(made).page.locator("#districts-list li").all_inner_texts()
    assert told == ["Umpama 1: 3 kejadian, 4 laporan"]
    told = visit.made(edition_for(made, "partner")).page.locator("#districts-list li")
    assert told.all_inner_texts() == ["Umpama 1: 3 kejadian"]


def test_columns_that_were_not_given_are_not_shown(visit: Visit, make_region: MakeRegion) -> None:
    made = make_region(n=30)
    bare = ("drivers", "components", "score", "reports_used", "incidents_used", "share_imputed")
    bare += ("coverage", "tps", "tps_source", "baseline_rank", "rank_change", "risk", "index")
    bare += ("rank_if_like_neighbours", "model_beats_baseline")
    page = visit.made(replace(made, lacking=bare, ranking=made.ranking.drop(bare))).page
    assert page.locator("#view-sides").is_hidden()
    heads = json.dumps(page.locator("#table thead th").all_inner_texts())
    assert "Perubahan" not in heads
    assert "Menurut insiden lalu" not in heads
    page.click("#table .pick >> nth=0")
    assert "undefined" not in page.inner_text("body")
    assert "NaN" not in page.inner_text("body")
    assert "Peringkat insiden lalu" in page.inner_text("#lacking")
