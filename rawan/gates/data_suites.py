"""What must hold of what came in and of the typed tables."""

from rawan.gates.checks import Suite
from rawan.settings import Settings
from rawan.sources.mapping import contract
from rawan.warehouse import Warehouse


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
    totals = Suite(
        "reference.totals",
        "SELECT total, observed, expected FROM reference.totals",
    ).hard(
        "ExpectColumnPairValuesToBeEqual",
        "each table adds up to its known total",
        "setiap tabel sesuai jumlah yang diketahui",
        column_A="observed",
        column_B="expected",
    )
    sheets = (
        Suite("raw.sheets", "SELECT sheet_id, file_hash, rows FROM raw.sheets")
        .hard(
            "ExpectColumnValuesToBeUnique",
            "each sheet that came in is stored once",
            "setiap lembar masuk disimpan sekali",
            column="sheet_id",
        )
        .hard(
            "ExpectColumnValuesToNotBeNull",
            "each sheet knows the hash of its file",
            "setiap lembar mencatat hash berkasnya",
            column="file_hash",
        )
    )
    return [villages, polsek, totals, sheets, *_stored(warehouse)]


def _stored(warehouse: Warehouse) -> list[Suite]:
    """Return a suite for each kind of input: rows are counted in SQL, however many there are."""
    return [
        Suite(
            f"raw.{kind}",
            'SELECT count(*) - count(DISTINCT row_id) AS twice, count(*) FILTER ("row" < 1)'
            f" AS unnumbered FROM raw.{kind}",
        )
        .hard(
            "ExpectColumnValuesToBeInSet",
            "each row that came in is stored once",
            "setiap baris masuk disimpan sekali",
            column="twice",
            value_set=[0],
        )
        .hard(
            "ExpectColumnValuesToBeInSet",
            "each row knows its number in the file",
            "setiap baris mencatat nomornya di berkas",
            column="unnumbered",
            value_set=[0],
        )
        for kind in contract()["kinds"]
        if warehouse.value(f"SELECT count(*) FROM raw.{kind}")
    ]


def staging_suites(warehouse: Warehouse, settings: Settings) -> list[Suite]:
    """Return the suites of the typed tables."""
    limit = settings.gates.warn_quarantined_share
    conservation = Suite("staging.conservation", "FROM staging.conservation").hard(
        "ExpectColumnValuesToBeInSet",
        "placed + excluded + quarantined = input, at each join and for each file",
        "ditempatkan + dikecualikan + dikarantina = masuk, di setiap langkah dan setiap berkas",
        column="holds",
        value_set=[True],
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
    incidents = _counted(
        "staging.incidents",
        {
            "no_known_type": (
                "count(*) FILTER (type NOT IN (SELECT type FROM reference.incident_types))",
                "each incident has a known type",
                "setiap insiden berjenis yang dikenal",
            ),
            "no_known_district": (
                "count(*) FILTER (district_code NOT IN"
                " (SELECT district_code FROM reference.districts))",
                "each incident lies in a kecamatan of the region",
                "setiap insiden berada di kecamatan wilayah ini",
            ),
            "no_known_village": (
                "count(*) FILTER (village_code NOT IN"
                " (SELECT village_code FROM reference.villages))",
                "each village named is one of the region's",
                "setiap desa yang disebut termasuk wilayah ini",
            ),
            "no_day": (
                "count(*) FILTER (occurred_on IS NULL OR occurred_from > occurred_on)",
                "each incident has a day, or an interval in order",
                "setiap insiden bertanggal, atau rentangnya berurutan",
            ),
            "twice": (
                "count(*) - count(DISTINCT (event_key, district_code, village_code))",
                "each event stands once at each place",
                "setiap peristiwa hanya sekali di setiap tempat",
            ),
        },
    ).soft(
        "ExpectColumnValuesToBeInSet",
        "no incident was known before it began",
        "tidak ada insiden yang diketahui sebelum terjadi",
        column="known_before",
        value_set=[0],
    )
    reports = _counted(
        "staging.reports",
        {
            "wrong_grade": (
                "count(*) FILTER (source_grade NOT SIMILAR TO '[A-F]'"
                " OR information_grade NOT SIMILAR TO '[1-6]')",
                "each report has grades A to F and 1 to 6",
                "setiap laporan bernilai A sampai F dan 1 sampai 6",
            ),
            "wrong_weight": (
                "count(*) FILTER (weight NOT BETWEEN 0 AND 1)",
                "each report weighs between 0 and 1",
                "bobot setiap laporan antara 0 dan 1",
            ),
        },
    )
    stations = Suite(
        "staging.polling_stations",
        "SELECT o.district_code, o.tps AS official, sum(p.tps)::BIGINT AS given"
        " FROM reference.polling_stations AS o JOIN reference.villages AS v USING (district_code)"
        " JOIN (SELECT election, village_code, arg_max(tps, known_on) AS tps"
        " FROM staging.polling_stations GROUP BY ALL) AS p"
        " ON p.village_code = v.village_code AND p.election = o.election"
        " WHERE o.village_code IS NULL GROUP BY o.district_code, o.tps, o.election"
        " HAVING count(*) = (SELECT count(*) FROM reference.villages AS w"
        " WHERE w.district_code = o.district_code)",
    ).soft(
        "ExpectColumnPairValuesToBeEqual",
        "the polling stations of its villages add up to each kecamatan's official number",
        "jumlah TPS desa sesuai angka resmi setiap kecamatan",
        column_A="given",
        column_B="official",
    )
    people = Suite("staging.demographics", "FROM staging.demographics").soft(
        "ExpectColumnValuesToBeBetween",
        "each village has between 50 and 100,000 inhabitants",
        "penduduk setiap desa antara 50 dan 100.000",
        column="population",
        min_value=50,
        max_value=100_000,
    )
    return [conservation, quarantine, incidents, reports, stations, people]


def _counted(table: str, rules: dict[str, tuple[str, str, str]]) -> Suite:
    """Return a suite whose rules are counted in SQL: one row, a column a rule, each 0."""
    counts = [f"{count} AS {name}" for name, (count, *_) in rules.items()]
    if table == "staging.incidents":
        counts.append("count(*) FILTER (known_on < occurred_from) AS known_before")
    suite = Suite(table, f"SELECT {', '.join(counts)} FROM {table}")
    for name, (_, meaning_en, meaning_id) in rules.items():
        suite.hard(
            "ExpectColumnValuesToBeInSet", meaning_en, meaning_id, column=name, value_set=[0]
        )
    return suite
