"""What must hold before data moves a floor up: one suite a table, hard checks and soft ones.

A hard check stops the run; a soft one warns in the run and on the page. Each says in
both languages what holds when it passes.
"""

from dataclasses import dataclass, field
from typing import Any

from rawan.settings import Settings
from rawan.warehouse import Warehouse


@dataclass(frozen=True)
class Check:
    """One expectation on a batch.

    `expectation` is the name of a Great Expectations class; `meaning` says, by language,
    what holds when it passes.
    """

    expectation: str
    arguments: dict[str, Any]
    meaning: dict[str, str]
    is_hard: bool = True


@dataclass(frozen=True)
class Suite:
    """The checks of one table; `query` draws the batch from the warehouse."""

    table: str
    query: str
    checks: list[Check] = field(default_factory=list)

    def hard(self, expectation: str, meaning_en: str, meaning_id: str, **arguments: Any) -> "Suite":
        """Add a check that stops the run."""
        meaning = {"en": meaning_en, "id": meaning_id}
        self.checks.append(Check(expectation, arguments, meaning))
        return self

    def soft(self, expectation: str, meaning_en: str, meaning_id: str, **arguments: Any) -> "Suite":
        """Add a check that warns."""
        meaning = {"en": meaning_en, "id": meaning_id}
        self.checks.append(Check(expectation, arguments, meaning, is_hard=False))
        return self


def raw_suites(warehouse: Warehouse, settings: Settings) -> list[Suite]:
    """Return the suites of what came in and of the reference tables."""
    expected = settings.region.expected_villages
    villages = (
        Suite("reference.villages", "FROM reference.villages")
        .hard(
            "ExpectColumnValuesToBeUnique",
            "each village code stands once",
            "setiap kode desa hanya sekali",
            column="village_code",
        )
        .hard(
            "ExpectColumnValuesToMatchRegex",
            "village codes have the form 18.01.04.2001",
            "kode desa berbentuk 18.01.04.2001",
            column="village_code",
            regex=r"^\d{2}\.\d{2}\.\d{2}\.\d{4}$",
        )
        .hard(
            "ExpectColumnValuesToBeBetween",
            "latitudes lie on the globe",
            "lintang berada di bumi",
            column="lat",
            min_value=-90,
            max_value=90,
        )
        .hard(
            "ExpectColumnValuesToBeBetween",
            "longitudes lie on the globe",
            "bujur berada di bumi",
            column="lon",
            min_value=-180,
            max_value=180,
        )
    )
    for column in ("village_code", "village", "district_code", "lat", "lon"):
        villages.hard(
            "ExpectColumnValuesToNotBeNull",
            f"every village has its {column}",
            f"setiap desa memiliki {column}",
            column=column,
        )
    if expected is not None:
        villages.hard(
            "ExpectTableRowCountToEqual",
            f"there are {expected} villages",
            f"jumlah desa {expected}",
            value=expected,
        )
    polsek = (
        Suite(
            "reference.polsek",
            "SELECT d.district_code, count(p.polsek) AS polsek,"
            " coalesce(bool_or(p.assumed), false) AS assumed FROM reference.districts AS d"
            " LEFT JOIN reference.polsek AS p USING (district_code) GROUP BY d.district_code",
        )
        .hard(
            "ExpectColumnValuesToBeInSet",
            "each kecamatan has exactly one polsek",
            "setiap kecamatan memiliki tepat satu polsek",
            column="polsek",
            value_set=[1],
        )
        .soft(
            "ExpectColumnValuesToBeInSet",
            "the polsek of each kecamatan is known, not assumed",
            "polsek setiap kecamatan diketahui, bukan dianggap",
            column="assumed",
            value_set=[False],
        )
    )
    rows = (
        Suite("raw.rows", 'SELECT row_id, file_hash, "row" FROM raw.rows')
        .hard(
            "ExpectColumnValuesToBeUnique",
            "each row that came in is stored once",
            "setiap baris masuk disimpan sekali",
            column="row_id",
        )
        .hard(
            "ExpectColumnValuesToNotBeNull",
            "each row knows the hash of its file",
            "setiap baris mencatat hash berkasnya",
            column="file_hash",
        )
        .hard(
            "ExpectColumnValuesToBeBetween",
            "each row knows its number in the file",
            "setiap baris mencatat nomornya di berkas",
            column="row",
            min_value=1,
        )
    )
    return [villages, polsek, rows]


def staging_suites(warehouse: Warehouse, settings: Settings) -> list[Suite]:
    """Return the suites of the typed tables."""
    types = [name for (name,) in warehouse.rows("SELECT type FROM reference.incident_types")]
    districts = [
        code for (code,) in warehouse.rows("SELECT district_code FROM reference.districts")
    ]
    villages = [code for (code,) in warehouse.rows("SELECT village_code FROM reference.villages")]
    limit = settings.gates.warn_quarantined_share
    fates = (
        Suite("staging.fates", "SELECT row_id, fate FROM staging.fates")
        .hard(
            "ExpectColumnValuesToBeUnique",
            "each row has one fate",
            "setiap baris punya satu nasib",
            column="row_id",
        )
        .hard(
            "ExpectColumnValuesToBeInSet",
            "each row is placed, excluded or quarantined",
            "setiap baris ditempatkan, dikecualikan, atau dikarantina",
            column="fate",
            value_set=["placed", "excluded", "quarantined"],
        )
    )
    quarantine = Suite(
        "staging.fates (share)",
        "SELECT coalesce(avg((fate = 'quarantined')::DOUBLE), 0) AS quarantined_share"
        " FROM staging.fates",
    ).soft(
        "ExpectColumnValuesToBeBetween",
        f"at most {limit:.0%} of the rows are in quarantine",
        f"paling banyak {limit:.0%} baris dikarantina",
        column="quarantined_share",
        max_value=limit,
    )
    incidents = (
        Suite("staging.incidents", "FROM staging.incidents")
        .hard(
            "ExpectCompoundColumnsToBeUnique",
            "each event stands once at each place",
            "setiap peristiwa hanya sekali di setiap tempat",
            column_list=["event_key", "district_code", "village_code"],
        )
        .hard(
            "ExpectColumnValuesToBeInSet",
            "each incident has a known type",
            "setiap insiden berjenis yang dikenal",
            column="type",
            value_set=types,
        )
        .hard(
            "ExpectColumnValuesToBeInSet",
            "each incident lies in a kecamatan of the region",
            "setiap insiden berada di kecamatan wilayah ini",
            column="district_code",
            value_set=districts,
        )
        .hard(
            "ExpectColumnValuesToBeInSet",
            "each village named is one of the region's",
            "setiap desa yang disebut termasuk wilayah ini",
            column="village_code",
            value_set=villages,
        )
        .hard(
            "ExpectColumnValuesToNotBeNull",
            "each incident has a day",
            "setiap insiden bertanggal",
            column="occurred_on",
        )
        .soft(
            "ExpectColumnPairValuesAToBeGreaterThanB",
            "no incident was known before it began",
            "tidak ada insiden yang diketahui sebelum terjadi",
            column_A="known_on",
            column_B="occurred_from",
            or_equal=True,
        )
    )
    reports = (
        Suite(
            "staging.reports", "SELECT source_grade, information_grade, weight FROM staging.reports"
        )
        .hard(
            "ExpectColumnValuesToBeInSet",
            "each report has a source grade A to F",
            "setiap laporan bernilai sumber A sampai F",
            column="source_grade",
            value_set=list("ABCDEF"),
        )
        .hard(
            "ExpectColumnValuesToBeInSet",
            "each report has an information grade 1 to 6",
            "setiap laporan bernilai informasi 1 sampai 6",
            column="information_grade",
            value_set=list("123456"),
        )
        .hard(
            "ExpectColumnValuesToBeBetween",
            "each report weighs between 0 and 1",
            "bobot setiap laporan antara 0 dan 1",
            column="weight",
            min_value=0,
            max_value=1,
        )
    )
    people = Suite("staging.demographics", "FROM staging.demographics").soft(
        "ExpectColumnValuesToBeBetween",
        "each village has between 50 and 100,000 inhabitants",
        "penduduk setiap desa antara 50 dan 100.000",
        column="population",
        min_value=50,
        max_value=100_000,
    )
    return [fates, quarantine, incidents, reports, people]


def feature_suites(warehouse: Warehouse, settings: Settings) -> list[Suite]:
    """Return the suites of the one table that training and scoring share."""
    rows = warehouse.value(
        "SELECT (SELECT count(*) FROM reference.villages) * (SELECT count(*) FROM features.cutoffs)"
    )
    table = (
        Suite("features.village_cutoff", "FROM features.village_cutoff")
        .hard(
            "ExpectCompoundColumnsToBeUnique",
            "each village stands once at each cutoff",
            "setiap desa hanya sekali pada setiap batas waktu",
            column_list=["village_code", "cutoff"],
        )
        .hard(
            "ExpectTableRowCountToEqual",
            f"no village is missing at any cutoff ({rows} rows)",
            f"tidak ada desa yang hilang pada batas waktu mana pun ({rows} baris)",
            value=int(rows),
        )
        .hard(
            "ExpectColumnValuesToBeBetween",
            "decayed counts are never negative",
            "hitungan meluruh tidak pernah negatif",
            column="clash_decayed_long",
            min_value=0,
        )
        .hard(
            "ExpectColumnValuesToBeBetween",
            "coverage is a share",
            "cakupan berupa bagian 0 sampai 1",
            column="coverage",
            min_value=0,
            max_value=1,
        )
    )
    known = Suite(
        "features.village_cutoff (published)",
        "SELECT competitiveness, turnout, tps_count, population FROM features.village_cutoff"
        " WHERE cutoff = getvariable('published_cutoff')",
    )
    for column in ("competitiveness", "turnout", "tps_count", "population"):
        known.soft(
            "ExpectColumnValuesToNotBeNull",
            f"{column} is known of some village at the published cutoff; else it is left out",
            f"{column} diketahui di suatu desa pada batas waktu terbit; bila tidak, tidak dipakai",
            column=column,
        )
    future = Suite(
        "features.village_cutoff (future)",
        "SELECT outcome_count FROM features.village_cutoff"
        " WHERE cutoff = getvariable('published_cutoff')",
    ).hard(
        "ExpectColumnValuesToBeInSet",
        "nothing is known of what follows the published cutoff",
        "tidak ada yang diketahui tentang sesudah batas waktu terbit",
        column="outcome_count",
        value_set=[0],
    )
    return [table, known, future]


def mart_suites(warehouse: Warehouse, settings: Settings) -> list[Suite]:
    """Return the suites of the list as it will be published."""
    rows = warehouse.value(
        "SELECT (SELECT count(*) FROM reference.villages) * (SELECT count(*) FROM scores.stages)"
    )
    ranking = (
        Suite(
            "marts.ranking",
            "SELECT * EXCLUDE (components),"
            " abs(score - list_sum(CAST(json_extract(components, '$.*') AS DOUBLE[]))) AS residual"
            " FROM marts.ranking",
        )
        .hard(
            "ExpectCompoundColumnsToBeUnique",
            "each village stands once in each list",
            "setiap desa hanya sekali dalam setiap daftar",
            column_list=["hazard", "stage", "village_code"],
        )
        .hard(
            "ExpectTableRowCountToEqual",
            f"no village is missing from any list ({rows} rows)",
            f"tidak ada desa yang hilang dari daftar mana pun ({rows} baris)",
            value=int(rows),
        )
        .hard(
            "ExpectColumnPairValuesAToBeGreaterThanB",
            "no rank is better than its interval",
            "peringkat tidak lebih baik daripada rentangnya",
            column_A="rank",
            column_B="rank_low",
            or_equal=True,
        )
        .hard(
            "ExpectColumnPairValuesAToBeGreaterThanB",
            "no rank is worse than its interval",
            "peringkat tidak lebih buruk daripada rentangnya",
            column_A="rank_high",
            column_B="rank",
            or_equal=True,
        )
        .hard(
            "ExpectColumnValuesToBeBetween",
            "reasons add up to the score",
            "alasan berjumlah sama dengan skor",
            column="residual",
            max_value=1e-9,
        )
    )
    for column, least, most in (
        ("rank", 1, None),
        ("risk", 0, 1),
        ("index", 0, 100 + 1e-9),
        ("top_k_probability", 0, 1),
        ("share_imputed", 0, 1),
    ):
        ranking.hard(
            "ExpectColumnValuesToBeBetween",
            f"{column} keeps within its range",
            f"{column} berada dalam rentangnya",
            column=column,
            min_value=least,
            max_value=most,
        )
    for column in ("polsek", "baseline_rank", "coverage", "score"):
        ranking.hard(
            "ExpectColumnValuesToNotBeNull",
            f"every row has its {column}",
            f"setiap baris memiliki {column}",
            column=column,
        )
    limits = settings.gates
    shares = (
        Suite(
            "marts.ranking (shares)",
            "SELECT avg(blind_spot::DOUBLE) AS blind_spots, avg(share_imputed) AS imputed"
            " FROM marts.ranking",
        )
        .soft(
            "ExpectColumnValuesToBeBetween",
            f"at most {limits.warn_blind_spot_share:.0%} of the villages are blind spots",
            f"paling banyak {limits.warn_blind_spot_share:.0%} desa merupakan titik buta",
            column="blind_spots",
            max_value=limits.warn_blind_spot_share,
        )
        .soft(
            "ExpectColumnValuesToBeBetween",
            f"at most {limits.warn_imputed_share:.0%} of the inputs were filled in",
            f"paling banyak {limits.warn_imputed_share:.0%} masukan merupakan isian",
            column="imputed",
            max_value=limits.warn_imputed_share,
        )
    )
    return [ranking, shares]


FLOORS = {
    "raw": raw_suites,
    "staging": staging_suites,
    "features": feature_suites,
    "marts": mart_suites,
}
