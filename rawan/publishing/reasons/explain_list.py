"""What one list says of one village: rank, reasons, what would change it, and since when.

Takes a published run's tables and gathers one village's share of them; the sentences come from
`sentences.py`, the sensitivity from `models/sensitivity.py`.
"""

import json
import math
from dataclasses import dataclass
from typing import Any

import polars as pl

from models.additive import INTERCEPT
from models.sensitivity import distance_to_cut, moves
from rawan.features import declared
from rawan.publishing.change.lines import change_line, new_incidents
from rawan.publishing.reasons.checks import LANGUAGES
from rawan.publishing.reasons.numbers import by_group
from rawan.publishing.reasons.sentences import Teller
from rawan.publishing.reasons.table import component_label, signed
from rawan.publishing.reasons.words import contract
from rawan.publishing.texts import number, text
from rawan.settings import Language

_MOVES = 3
# Words that the table of reasons holds already; told anew here, both languages together.
_TOLD = {"sentence_id", "sentence_en", "label_id", "label_en"}
Row = dict[str, Any]


@dataclass(frozen=True)
class Explained:
    """One score of one village, with all that explains it.

    Attributes
    ----------
    rows : its rows of the ranking, one a stage; stages that share the score stand together.
    reasons : its rows of the table of reasons, in their order, without the intercept.
    would_change : groups and the rank if the group were as in the median village, largest first.
    gap, villages : distance to the cut, as `models.sensitivity.Distance`; the gap is None if all
        villages are above the cut.
    change : its row of the changes since the last list, or None.
    new_incidents : incidents of the kinds that the score counts, not known for the last list.
    """

    rows: list[Row]
    reasons: list[Row]
    would_change: list[tuple[str, int]]
    gap: float | None
    villages: int
    change: Row | None
    new_incidents: int

    def as_json(self) -> list[Row]:
        """Return one entry a stage for programs."""
        tellers = {lang: Teller(contract(), lang) for lang in LANGUAGES}
        reasons = [
            {name: value for name, value in reason.items() if name not in _TOLD}
            | {"sentence": {lang: tellers[lang].sentence(reason) for lang in LANGUAGES}}
            for reason in self.reasons
        ]
        more = {
            "reasons": reasons,
            "would_change": [
                {"group": group, "rank_if_usual": rank} for group, rank in self.would_change
            ],
            "cut": {"score_gap": self.gap, "villages": self.villages},
            "change": self.change and {**self.change, "new_incidents": self.new_incidents},
        }
        return [{**row, "components": json.loads(row["components"]), **more} for row in self.rows]

    def lines(self, teller: Teller, lang: Language) -> list[str]:
        """Return it as lines for a terminal."""
        return [
            self._title(lang),
            *(f"  {line}" for line in [*self._standing(lang), *self._places(lang)]),
            f"  {text('explain.why', lang)}",
            *(f"    {line}" for line in self._told(teller, lang)),
            f"  {text('explain.moves', lang)}",
            *(f"    {line}" for line in self._moving(teller, lang)),
            f"  {text('explain.parts', lang)}",
            *(f"  {line}" for line in self._parts(lang)),
        ]

    def _title(self, lang: Language) -> str:
        stages = ", ".join(text(f"stage.{row['stage']}", lang) for row in self.rows)
        return f"{text('hazard.' + self.rows[0]['hazard'], lang)} – {stages}"

    def _standing(self, lang: Language) -> list[str]:
        row = self.rows[0]
        lines = [
            text("explain.rank", lang).format(
                rank=row["rank"],
                low=row["rank_low"],
                high=row["rank_high"],
                tied=row["tied_with"],
                baseline=row["baseline_rank"],
            )
        ]
        if row["risk"] is not None:
            risk = number(100 * row["risk"], lang, 2)
            lines.append(text("explain.risk", lang).format(risk=risk, days=row["horizon_days"]))
        if row["index"] is not None:
            lines.append(text("explain.index", lang).format(index=number(row["index"], lang, 1)))
        if row["score_basis"] == "window":
            lines.append(text("notes.window.meaning", lang))
        return lines

    def _places(self, lang: Language) -> list[str]:
        """Return how far it is from the cut, from the last list, and from its neighbours."""
        row = self.rows[0]
        lines = [self._cut(lang)]
        if self.change is None:
            lines.append(text("explain.change.nothing", lang))
        else:
            lines.append(change_line(self.change, self.new_incidents, lang))
        if row["blind_spot"] and row.get("rank_if_like_neighbours") is not None:
            rank = row["rank_if_like_neighbours"]
            lines.append(text("explain.neighbours", lang).format(rank=rank))
        return lines

    def _cut(self, lang: Language) -> str:
        k = self.rows[0]["top_k"]
        if self.gap is None:
            return text("explain.cut.everyone", lang).format(k=k)
        if self.villages == 0:
            return text("explain.cut.tied", lang).format(k=k)
        side = "inside" if self.villages > 0 else "outside"
        return text(f"explain.cut.{side}", lang).format(
            k=k, villages=abs(self.villages), gap=signed(self.gap, lang, 6)
        )

    def _told(self, teller: Teller, lang: Language) -> list[str]:
        told = [reason for reason in self.reasons if reason["is_told"]]
        if not told:
            return [text("explain.no_reasons", lang)]
        lines = [f"{place}. {teller.sentence(reason)}" for place, reason in enumerate(told, 1)]
        if len(told) < len(self.reasons):
            others = len(self.reasons) - len(told)
            lines.append(text("explain.other_reasons", lang).format(number=others))
        if told[0]["scale"] == "log_odds":
            lines.append(text("explain.odds", lang))
        return lines

    def _moving(self, teller: Teller, lang: Language) -> list[str]:
        if not self.would_change:
            return [text("explain.no_moves", lang)]
        return [
            text("explain.move", lang).format(name=teller.label(group), rank=rank)
            for group, rank in self.would_change
        ]

    def _parts(self, lang: Language) -> list[str]:
        row = self.rows[0]
        components: dict[str, float] = json.loads(row["components"])
        lines = []
        for name, value in sorted(components.items(), key=lambda item: (-abs(item[1]), item[0])):
            unit = "" if name == INTERCEPT else f" [{declared(name).unit}]"
            lines.append(f"{signed(value, lang, 6):>15}  {component_label(name, lang)}{unit}")
        total, shown = sum(components.values()), signed(row["score"], lang, 6)
        lines.append(f"{signed(total, lang, 6):>15}  = {text('explain.score', lang)} {shown}")
        return lines


def explain_lists(
    code: str,
    ranking: pl.DataFrame,
    reasons: pl.DataFrame,
    incidents: pl.DataFrame,
    changes: pl.DataFrame | None,
) -> list[Explained]:
    """Return what each score of a run says of a village.

    Parameters
    ----------
    ranking, reasons, changes : tables of the run, all villages.
    incidents : its rows of the run's evidence.
    """
    rows = ranking.filter(pl.col("village_code") == code).to_dicts()
    alike: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        alike.setdefault((row["hazard"], row["components"]), []).append(row)
    return [
        _explained(
            shared,
            ranking.filter(pl.col("hazard") == hazard),
            reasons.filter(pl.col("hazard") == hazard),
            incidents,
            changes,
        )
        for (hazard, _), shared in alike.items()
    ]


def _explained(
    rows: list[Row],
    ranking: pl.DataFrame,
    reasons: pl.DataFrame,
    incidents: pl.DataFrame,
    changes: pl.DataFrame | None,
) -> Explained:
    row = rows[0]
    code = row["village_code"]
    listed = ranking.unique(["village_code"], keep="first", maintain_order=True)
    codes = reasons["village_code"].unique(maintain_order=True)
    score = pl.DataFrame({"village_code": codes}).join(
        listed.select("village_code", "score"), on="village_code", maintain_order="left"
    )["score"]
    unit = codes.to_list().index(code)
    groups = {name: part for name, part in by_group(reasons).items() if name != INTERCEPT}
    distance = distance_to_cut(score.to_numpy(), row["top_k"])
    gap = float(distance.gap[unit])
    own = reasons.filter((pl.col("village_code") == code) & (pl.col("group") != INTERCEPT))
    change, new = None, 0
    if changes is not None:
        here = (pl.col("village_code") == code) & (pl.col("hazard") == row["hazard"])
        change = next(changes.filter(here).iter_rows(named=True), None)
    if change is not None:
        evidence = {contract().named(group).evidence for group in own["group"]}
        kinds = {kind for kind in evidence if kind is not None}
        new = new_incidents(incidents, change["cutoff_before"], kinds)
    return Explained(
        rows=rows,
        reasons=own.sort("position").to_dicts(),
        would_change=moves(score.to_numpy(), groups).largest(unit, _MOVES),
        gap=None if math.isnan(gap) else gap,
        villages=int(distance.villages[unit]),
        change=change,
        new_incidents=new,
    )
