"""Why a village has its rank: what each reason adds to its score, beside the average village.

Owns which reasons are told where: the table of a run and the one line of the list. The numbers
are in `reason_numbers.py`, the sentences in `reason_sentences.py`.
"""

from collections.abc import Mapping
from functools import cache

import numpy as np
import polars as pl

from models.additive import INTERCEPT, Scale
from rawan.features import declared
from rawan.publishing.reason_numbers import reason_numbers
from rawan.publishing.reason_sentences import Teller
from rawan.publishing.reason_words import Contract, contract
from rawan.publishing.texts import text
from rawan.settings import Language

SENTENCES_A_VILLAGE = 3


@cache
def component_label(name: str, lang: Language) -> str:
    """Return what a component is called, by its name in `components`."""
    return text("reasons.intercept", lang) if name == INTERCEPT else declared(name).labels[lang]


def signed(value: float, lang: Language, digits: int = 3) -> str:
    """Return a contribution with its sign and so many digits after the decimal mark."""
    written = f"{value:+.{digits}f}"
    return written.replace(".", ",") if lang == "id" else written


def reasons(
    ranking: pl.DataFrame,
    features_now: pl.DataFrame | None,
    evidence: pl.DataFrame,
    lang: Language,
    scales: Mapping[str, Scale],
    words: Contract | None = None,
) -> pl.DataFrame:
    """Return every reason of every village, with sentences for those that are read first.

    As `reason_numbers`, with a column `sentence`: for the first three reasons of each village
    and all of the top k, as far as they differ enough to be reasons; else null.
    """
    table = reason_numbers(ranking, features_now, evidence, scales, words)
    is_first = pl.col("position") <= SENTENCES_A_VILLAGE
    read = table.select(pl.col("is_told") & (is_first | pl.col("is_in_top_k"))).to_series()
    sentences = np.full(table.height, None, dtype=object)
    sentences[read.to_numpy()] = Teller(words or contract(), lang).sentences(table.filter(read))
    return table.with_columns(pl.Series("sentence", sentences.tolist(), dtype=pl.String))


def driver_lines(
    table: pl.DataFrame, lang: Language, words: Contract | None = None
) -> pl.DataFrame:
    """Return one line a hazard and village: what raises it most above the average village.

    Parameters
    ----------
    table : as `reasons` returns it.

    Returns
    -------
    Columns village_code, hazard, drivers.
    """
    teller = Teller(words or contract(), lang)
    keys = ["village_code", "hazard"]
    raising = table.filter(pl.col("is_told") & (pl.col("relative") > 0))
    first = raising.filter(pl.int_range(pl.len()).over(keys) < SENTENCES_A_VILLAGE)
    lines = first.with_columns(pl.Series("short", teller.shorts(first), dtype=pl.String))
    lines = lines.group_by(keys, maintain_order=True).agg(
        pl.col("short").str.join("; ").alias("drivers")
    )
    everyone = table.select(keys).unique(maintain_order=True)
    return everyone.join(lines, on=keys, how="left", maintain_order="left").with_columns(
        pl.col("drivers").fill_null(text("reasons.none", lang))
    )
