"""How fast the published page stands and sorts, against a bare HTML table of the same rows.

Run `python benchmarks/page_speed.py [--villages N] [--repeat N] [--json]`. An invented region is
published as `index.html`, with four lists, reasons, incidents and a map of all its villages; its
yardstick is a file with one plain table of the first list's rows and columns, sorted by a script
of one line. Both are opened from disk in the same Chromium, one after the other, and each figure is
the median of the repeats: the first paint of a fresh page, the time until it is ready to be used
(the yardstick is with its load event), and one sort by name until the next frame stands. Seconds
depend on the machine; the ratios can be compared. Chromium is found as `chromium`, or named by
RAWAN_CHROMIUM.
"""

import argparse
import html
import json
import os
import random
import shutil
import statistics
import sys
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
from machine import heading, here_and_now
from playwright.sync_api import Browser, Page, sync_playwright

from rawan.publishing.areas import BY_DISTRICT
from rawan.publishing.bilingual import Words
from rawan.publishing.edition import Edition, ListInfo, RunFacts, Standing
from rawan.publishing.page.render import render_page

LISTS = (
    *(("conflict", stage) for stage in ("logistics", "voting", "recap")),
    ("logistics", "logistics"),
)
GROUPS = ("past_clash", "nearby", "closeness", "size", "access", "water")
CUTOFF = date(2024, 9, 1)
SORT = """(header) => new Promise((done) => {
  const start = performance.now();
  document.querySelector(header).click();
  requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));
})"""
PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
BARE = """<!doctype html><html lang="id"><meta charset="utf-8"><title>bare</title>
<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table><script>
document.querySelector("th").onclick = () => {{
  const body = document.querySelector("tbody");
  const named = [...body.rows].map((row) => [row.cells[0].textContent, row]);
  body.append(...named.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, row]) => row));
}};
document.documentElement.dataset.ready = "true";
</script></html>"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--villages", type=int, default=5000)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="print JSON for programs")
    arguments = parser.parse_args()
    if arguments.villages < 20 or arguments.repeat < 1:
        parser.error("--villages: at least 20; --repeat: at least 1")
    chromium = os.environ.get("RAWAN_CHROMIUM") or shutil.which("chromium")
    if chromium is None:
        sys.exit("No Chromium: install it, or name its path in RAWAN_CHROMIUM.")
    answer = {**here_and_now(), "villages": arguments.villages, "repeat": arguments.repeat}
    answer |= measured(arguments.villages, arguments.repeat, chromium)
    print(json.dumps(answer, indent=2) if arguments.json else as_text(answer))


def measured(villages: int, repeat: int, chromium: str) -> dict[str, Any]:
    """Return the milliseconds of both files and their ratios."""
    edition = invented(villages)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        page, bare = Path(folder, "index.html"), Path(folder, "bare.html")
        page.write_text(render_page(edition, "id"), encoding="utf-8", newline="")
        bare.write_text(bare_table(edition), encoding="utf-8", newline="")
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        # By turns, so that a slow minute of the machine meets both.
        turns = [
            (timed(browser, page, "#table thead th:nth-child(2)"), timed(browser, bare, "th"))
            for _ in range(repeat)
        ]
        browser.close()
        size = {"page_mb": page.stat().st_size / 1e6, "bare_mb": bare.stat().st_size / 1e6}
    figures: dict[str, Any] = {}
    for name in turns[0][0]:
        ours = statistics.median(turn[0][name] for turn in turns)
        theirs = statistics.median(turn[1][name] for turn in turns)
        figures[name] = {"page_ms": ours, "bare_ms": theirs, "ratio": ours / theirs}
    return {**{key: round(value, 2) for key, value in size.items()}, "figures": figures}


def timed(browser: Browser, path: Path, header: str) -> dict[str, float]:
    """Return the milliseconds of one visit: first paint, ready, and a sort by name."""
    page: Page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(path.as_uri())
    page.wait_for_selector("html[data-ready]", state="attached", timeout=120_000)
    ready = float(page.evaluate("performance.now()"))
    page.wait_for_timeout(300)  # what is left of the opening must not count as sorting
    told = {
        "first_paint": float(page.evaluate(PAINT)),
        "ready": ready,
        "sort": float(page.evaluate(SORT, header)),
    }
    page.close()
    return told


def bare_table(edition: Edition) -> str:
    """Return a file with nothing but the rows of the first list, as plain cells."""
    columns = ["village", "district", "polsek", "rank", "rank_low", "rank_high"]
    columns += ["top_k_probability", "band", "risk", "baseline_rank", "rank_change", "coverage"]
    rows = edition.rows_of(*LISTS[0]).sort("rank", "village_code").select(columns)
    cells = (
        "<tr>" + "".join(f"<td>{html.escape(str(cell))}</td>" for cell in row) + "</tr>"
        for row in rows.iter_rows()
    )
    return BARE.format(heads="".join(f"<th>{name}</th>" for name in columns), rows="".join(cells))


def invented(n: int) -> Edition:
    """Return an edition of an invented region in which every village has something to tell."""
    dice = random.Random(1)  # noqa: S311
    codes = [f"99.99.{i // 20 % 90 + 1:02}.{2001 + i % 20 + 20 * (i // 1800)}" for i in range(n)]
    ranking = pl.concat(one_list(codes, hazard, stage, dice) for hazard, stage in LISTS)
    side = round(n**0.5)
    villages = pl.DataFrame(
        {
            "village_code": codes,
            "lat": [-5 - 0.03 * (i // side) - 0.01 * dice.random() for i in range(n)],
            "lon": [105 + 0.03 * (i % side) + 0.01 * dice.random() for i in range(n)],
        }
    )
    return Edition(
        audience="intel",
        facts=run_facts(n),
        standing=Standing(),
        ranking=ranking,
        lacking=(),
        villages=villages,
        reasons=reasons(codes, dice),
        are_reasons_whole=True,
        evidence=incidents(codes, dice),
        reports=pl.DataFrame(
            schema=dict.fromkeys(
                (
                    *("village_code", "occurred_on", "known_on", "label_id", "label_en"),
                    *("source_grade", "information_grade"),
                ),
                pl.String,
            )
        ),
        changes=None,
        compared_with=None,
        history=ranking.select(
            *("hazard", "stage", "village_code", "rank", "rank_low", "rank_high", "run_id"),
            "cutoff",
        ),
        neighbours=pl.DataFrame(
            {
                "village_code": [code for code in codes for _ in range(5)],
                "neighbour_code": [codes[(i + s) % n] for i in range(n) for s in range(1, 6)],
                "km": [1.3 * step for _ in codes for step in range(1, 6)],
            }
        ),
        curve=pl.DataFrame(
            {
                "hazard": "conflict",
                "k": list(range(1, n + 1)),
                **{
                    name: [(k / n) ** power for k in range(1, n + 1)]
                    for name, power in (
                        ("capture", 0.4),
                        ("low", 0.6),
                        ("high", 0.3),
                        ("baseline_capture", 0.5),
                    )
                },
            }
        ),
        cutoffs_tested=12,
        by_district=pl.DataFrame(schema=BY_DISTRICT),
        findings=(),
    )


def one_list(codes: list[str], hazard: str, stage: str, dice: random.Random) -> pl.DataFrame:
    """Return the rows of one list, ranked by a score that its two parts add up to."""
    n, k = len(codes), max(1, len(codes) // 10)
    frame = pl.DataFrame(
        {
            "village_code": codes,
            "village": [f"Desa Rekaan {i * 7919 % 10**6}" for i in range(n)],
            "a": [dice.gauss(0, 1) for _ in codes],
            "b": [dice.gauss(0, 1) for _ in codes],
            "coverage": [round(dice.random(), 2) for _ in codes],
        }
    ).with_columns(score=pl.col("a") + pl.col("b"))
    rank = pl.col("score").rank("min", descending=True).cast(pl.Int64)
    chance = 1 / (1 + ((pl.col("rank") - k) / (1 + k / 4)).exp())
    is_index = hazard == "logistics"
    return frame.with_columns(rank=rank).select(
        "village_code",
        "village",
        "rank",
        "score",
        "coverage",
        run_id=pl.lit("0" * 12),
        hazard=pl.lit(hazard),
        stage=pl.lit(stage),
        cutoff=pl.lit(CUTOFF),
        district=pl.lit("Kecamatan ") + pl.col("village_code").str.slice(6, 2),
        polsek=pl.lit("Polsek ") + pl.col("village_code").str.slice(6, 2),
        rank_low=(pl.col("rank") - 40).clip(1),
        rank_high=(pl.col("rank") + 40).clip(upper_bound=n),
        tied_with=pl.lit(0),
        risk=pl.lit(None, pl.Float64) if is_index else chance.clip(0.001, 0.9),
        index=(chance * 100) if is_index else pl.lit(None, pl.Float64),
        top_k_probability=chance,
        band=pl.when(chance >= 0.8)
        .then(pl.lit("sangat_rawan"))
        .when(chance >= 0.3)
        .then(pl.lit("rawan"))
        .otherwise(pl.lit("kurang_rawan")),
        blind_spot=pl.col("coverage") < 0.1,
        rank_if_like_neighbours=pl.lit(None, pl.Int64),
        rank_change=pl.lit(None, pl.Int64),
        share_imputed=pl.lit(0.1),
        baseline_rank=pl.col("a").rank("min", descending=True).cast(pl.Int64),
        components=pl.struct("a", "b").struct.json_encode(),
        incidents_used=pl.lit(2),
        reports_used=pl.lit(0),
        tps=pl.lit(9),
        tps_source=pl.lit("Pilkada rekaan 2020"),
        model_beats_baseline=pl.lit(True),
        data_origin=pl.lit("SIMULASI"),
    )


def reasons(codes: list[str], dice: random.Random) -> pl.DataFrame:
    """Return six reasons a hazard and village, three of them in sentences."""
    return pl.DataFrame(
        [
            {
                "village_code": code,
                "hazard": hazard,
                "position": position + 1,
                "group": group,
                "label_id": f"Alasan {group}",
                "label_en": f"Reason {group}",
                "contribution": 0.5,
                "relative": dice.gauss(0, 1),
                "is_told": position < 4,
                "sentence_id": f"Alasan {group}: 2 kejadian. Menaikkan." if position < 3 else None,
                "sentence_en": f"Reason {group}: 2 incidents. Raises." if position < 3 else None,
            }
            for hazard in ("conflict", "logistics")
            for code in codes
            for position, group in enumerate(GROUPS)
        ]
    )


def incidents(codes: list[str], dice: random.Random) -> pl.DataFrame:
    """Return two incidents in every second village."""
    return pl.DataFrame(
        [
            {
                "village_code": code,
                "event_id": f"{code}-{which}",
                "occurred_on": (CUTOFF - timedelta(days=dice.randint(2, 2000))).isoformat(),
                "known_on": CUTOFF - timedelta(days=1),
                "type": "bentrok_pendukung",
                "label_id": "Bentrok pendukung",
                "label_en": "Clash of supporters",
                "is_outcome": True,
                "source_url": "https://contoh.invalid/berita",
            }
            for code in codes[::2]
            for which in range(2)
        ]
    )


def run_facts(n: int) -> RunFacts:
    """Return what is told of the whole run."""
    return RunFacts(
        region="Kabupaten Rekaan",
        election=Words("Pemilihan rekaan", "Invented election"),
        cutoff=CUTOFF,
        run_id="0" * 12,
        made_on=datetime(2024, 9, 1, tzinfo=UTC),
        data_origin="SIMULASI",
        top_k=max(1, n // 10),
        lists=tuple(
            ListInfo(
                hazard=hazard,
                stage=stage,
                hazard_label=Words.same(hazard),
                stage_label=Words.same(stage),
                horizon_days=88,
                start=CUTOFF,
                end=CUTOFF + timedelta(days=87),
                model=Words.same("rekaan"),
                model_note=Words.same("rekaan"),
                score_basis="stage",
            )
            for hazard, stage in LISTS
        ),
        warnings=(),
        component_labels={"a": Words.same("a"), "b": Words.same("b")},
        inputs=(),
    )


def as_text(answer: dict[str, Any]) -> str:
    """Return the figures as lines for people."""
    lines = [
        heading(answer),
        f"{answer['villages']} villages, median of {answer['repeat']}: the page "
        f"({answer['page_mb']} MB) against a bare table ({answer['bare_mb']} MB)",
    ]
    for name, figure in answer["figures"].items():
        lines.append(
            f"  {name:12} {figure['page_ms']:8.0f} ms {figure['bare_ms']:8.0f} ms"
            f"   ratio {figure['ratio']:.2f}"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
