"""Why a village has its rank: what each reason adds to its score, beside the average village.

Owns which reasons are told where: the table of a run and the one line of the list. The numbers
are in `numbers.py`, the sentences in `sentences.py`.
"""

import json
from collections.abc import Mapping
from functools import cache

import numpy as np
import polars as pl

from models.additive import INTERCEPT, Scale
from rawan.features import declared
from rawan.publishing.audiences import is_open
from rawan.publishing.reasons.checks import LANGUAGES
from rawan.publishing.reasons.numbers import reason_numbers
from rawan.publishing.reasons.sentences import Teller
from rawan.publishing.reasons.words import Contract, contract
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
    scales: Mapping[str, Scale],
    words: Contract | None = None,
) -> pl.DataFrame:
    """Return every reason of every village, with sentences for those that are read first.

    As `reason_numbers`, with columns label_id, label_en [what the reason is called], is_open
    [everybody may know what it is made of], sentence_id and sentence_en: for the first three
    reasons of each village and all of the top k, as far as they differ enough to be reasons; else
    null.
    """
    words = words or contract()
    table = reason_numbers(ranking, features_now, evidence, scales, words)
    is_first = pl.col("position") <= SENTENCES_A_VILLAGE
    read = table.select(pl.col("is_told") & (is_first | pl.col("is_in_top_k"))).to_series()
    to_tell = table.filter(read)
    groups = table["group"].unique(maintain_order=True).to_list()
    closed = _closed(ranking, words)
    columns = [pl.Series("is_open", ~table["group"].is_in(sorted(closed)))]
    for lang in LANGUAGES:
        teller = Teller(words, lang)
        labels = {
            name: text("reasons.intercept", lang) if name == INTERCEPT else teller.label(name)
            for name in groups
        }
        sentences = np.full(table.height, None, dtype=object)
        sentences[read.to_numpy()] = teller.sentences(to_tell)
        columns += [
            table["group"].replace_strict(labels, return_dtype=pl.String).alias(f"label_{lang}"),
            pl.Series(f"sentence_{lang}", sentences.tolist(), dtype=pl.String),
        ]
    return table.with_columns(columns)


def _closed(ranking: pl.DataFrame, words: Contract) -> set[str]:
    """Return the reasons that some feature goes into of which not everybody may know."""
    return {words.of_feature(name).name for name in features_of(ranking) if not is_open(name)}


def features_of(ranking: pl.DataFrame) -> set[str]:
    """Return every feature that goes into a score of a ranking."""
    # By pattern, since reading the JSON of many villages takes seconds.
    keys = ranking["components"].unique().str.extract_all(r'"(?:[^"\\]|\\.)*":')
    return {json.loads(key[:-1]) for key in keys.explode().unique() if key is not None}


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
