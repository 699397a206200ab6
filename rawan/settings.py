"""The configuration: one TOML file, checked whole in the first second.

Every mistake is collected and told at once, each with its key and the nearest right one.
Environment variables `RAWAN_<SECTION>__<KEY>` override single values.
"""

import os
import tomllib
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from rawan.errors import UsageError, did_you_mean

PROJECT_ROOT = Path(__file__).resolve().parents[1]
DEFAULT_CONFIG = Path("rawan.toml")

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
Days = Annotated[int, Field(ge=1)]
Count = Annotated[int, Field(ge=1)]
Period = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,4}(d|mo)$")]
StageName = Literal["campaign", "logistics", "quiet", "voting", "recap", "dispute"]
Language = Literal["id", "en"]
DataOrigin = Literal["publik", "internal", "SIMULASI"]
Audience = Literal["partner", "planner", "intel"]
CandidateName = Literal[
    "decayed_count",
    "mean_rate",
    "last_value",
    "scorecard",
    "shrunk_rate",
    "kernel_density",
    "effort_rate",
    "ridge_logistic",
    "count_regression",
    "boosted_steps",
    "explainable_boosting",
    "averaged",
]
MeasureName = Literal["capture", "pei", "pai", "precision", "auc", "ap", "onset_auc"]
SourceGrade = Literal["A", "B", "C", "D", "E", "F"]
InformationGrade = Literal["1", "2", "3", "4", "5", "6"]


class Section(BaseModel):
    """A table of the configuration; a key it does not know is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Region(Section):
    """The region and where its reference record lies; `polsek` replaces the record's polsek.csv."""

    name: str = "Kabupaten Lampung Selatan"
    reference: Path = Path("data/reference")
    data_origin: DataOrigin = "publik"
    expected_villages: Count | None = None
    polsek: Path | None = None


class Inputs(Section):
    """Where files arrive. `public_record` is the record that ships with the region.

    `after_ingest` says what becomes of a file of the inbox that came in: moved to done/, or
    deleted, since it may hold a report in clear text.
    """

    inbox: Path = Path("inbox")
    after_ingest: Literal["done", "delete"] = "done"
    public_record: Path = Path("data/reference/record")
    use_public_record: bool = True
    mappings: Path = PROJECT_ROOT / "data" / "mappings"


class Limits(Section):
    """What one file may cost before it is refused; `archive_ratio` is unpacked over packed size."""

    file_mb: Count = 4096
    rows: Count = 20_000_000
    columns: Count = 300
    cell_characters: Count = 1_000_000
    line_mb: Count = 16
    unpacked_mb: Count = 2048
    archive_ratio: Count = 200
    seconds: Count = 900


class Places(Section):
    """When a written place is taken, and when a person has to look.

    `nearest_km` is how far a point may lie from a village's point where no outlines are loaded.
    """

    nearest_km: Positive = 5.0


class Merging(Section):
    """From which likeness (0 to 1) two tellings are one event, and from which a person decides.

    `days` is how far apart the days may lie that two tellings give.
    """

    same: Share = 0.85
    review: Share = 0.6
    days: Annotated[int, Field(ge=0)] = 2

    @model_validator(mode="after")
    def _in_order(self) -> "Merging":
        if self.review > self.same:
            raise ValueError("review must not exceed same")
        return self


class Reports(Section):
    """Reports: how long they are kept, and when what their text says is taken without review.

    `alike` is the likeness of two texts (0 to 1) from which they count as one.
    """

    retention_days: Days = 3650
    least_confidence: Share = 0.7
    alike: Share = 0.9


class Window(Section):
    """A cutoff of its own, and the days it is asked about (both inclusive)."""

    cutoff: date
    start: date
    end: date

    @model_validator(mode="after")
    def _in_order(self) -> "Window":
        if self.start < self.cutoff:
            raise ValueError(f"start = {self.start} lies before cutoff = {self.cutoff}")
        if self.end < self.start:
            raise ValueError(f"end = {self.end} lies before start = {self.start}")
        return self


class Calendar(Section):
    """The election, the first day that is not known, and the windows that models learn from.

    A period is so many days or months: "182d", "6mo". A window of length `window` begins
    `embargo_days` after its cutoff. Past cutoffs lie `every` apart (as long as the window, if
    left out), counted back from `cutoff`; or they lie `lead_days` before each of
    `voting_days`, days or ids of the election calendar, where `stage` asks about the days of
    that stage instead; or they are the listed `windows`. `learn_every` adds cutoffs between
    them that are learned from and not tested.
    """

    election: str = "pilkada2024"
    cutoff: date = date(2024, 11, 20)
    window: Period = "182d"
    every: Period | None = None
    learn_every: Period | None = None
    embargo_days: Annotated[int, Field(ge=0, le=3650)] = 0
    voting_days: list[date | str] = []
    lead_days: Annotated[int, Field(ge=1, le=3650)] = 7
    stage: StageName | None = None
    windows: list[Window] = []
    history_from: date = date(2010, 1, 1)
    test_from: date = date(2016, 1, 1)

    @model_validator(mode="after")
    def _in_order(self) -> "Calendar":
        if not self.history_from < self.test_from < self.cutoff:
            raise ValueError(
                "history_from, test_from and cutoff must follow each other, and are "
                f"{self.history_from}, {self.test_from} and {self.cutoff}"
            )
        days = [self.history_from, self.cutoff]
        days += [day for day in self.voting_days if isinstance(day, date)]
        days += [day for window in self.windows for day in (window.cutoff, window.end)]
        if strange := [day for day in days if not 1900 <= day.year <= 2200]:
            raise ValueError(f"{strange[0]} is no day of the years 1900 to 2200")
        for name in ("window", "every", "learn_every"):
            period = getattr(self, name)
            if period and int(period.rstrip("dmo")) > (36500 if period.endswith("d") else 1200):
                raise ValueError(f'{name} = "{period}" is more than a hundred years')
        return self

    @model_validator(mode="after")
    def _one_kind_of_cutoffs(self) -> "Calendar":
        given = [key for key in ("every", "voting_days", "windows") if getattr(self, key)]
        if len(given) > 1:
            raise ValueError(f"give {' or '.join(given)}, not both: each says which days are asked")
        if self.stage and not self.voting_days:
            raise ValueError("stage needs voting_days: the elections whose stage is asked about")
        listed = [window.cutoff for window in self.windows]
        for name, entries in (("voting_days", self.voting_days), ("windows", listed)):
            written = [str(entry) for entry in entries]
            if twice := [entry for entry in written if written.count(entry) > 1]:
                raise ValueError(f"{name}: {twice[0]} stands twice")
        if late := [day for day in listed if day > self.cutoff]:
            raise ValueError(f"windows: {late[0]} lies after cutoff = {self.cutoff}")
        return self


class Record(Section):
    """A folder of units.csv and incidents.csv to backtest on instead of the region's tables.

    `types` are the types of incident that are the outcome; every other type is a feature.
    """

    folder: Path | None = None
    types: list[str] = []

    @model_validator(mode="after")
    def _whole(self) -> "Record":
        if self.folder is not None and not self.types:
            raise ValueError("types must name at least one type of incident that is the outcome")
        if self.types and self.folder is None:
            raise ValueError("folder is missing: where units.csv and incidents.csv lie")
        if twice := [kind for kind in self.types if self.types.count(kind) > 1]:
            raise ValueError(f'types: "{twice[0]}" stands twice')
        return self


class Publish(Section):
    """Which stages of the calendar are published for a hazard."""

    hazard: Literal["conflict", "logistics"]
    stages: Annotated[list[str], Field(min_length=1)]


class Planning(Section):
    """How many villages can be given more people: a number, or else a share."""

    top_k: Count | None = None
    top_share: Annotated[float, Field(gt=0, le=1)] = 0.1


class Bands(Section):
    """Least probability of belonging to the top k for each band."""

    sangat_rawan: Share = 0.8
    rawan: Share = 0.3

    @model_validator(mode="after")
    def _in_order(self) -> "Bands":
        if self.rawan > self.sangat_rawan:
            raise ValueError("rawan must not exceed sangat_rawan")
        return self


class Features(Section):
    """Half-lives, windows and reach of the features."""

    half_life_days: Days = 365
    long_half_life_days: Days = 1460
    half_lives_days: Annotated[list[Days], Field(min_length=1)] = [91, 365, 1460]
    report_half_life_days: Days = 90
    coverage_years: Count = 5
    neighbours: Count = 8
    neighbour_scale_km: Positive = 5.0


class Grades(Section):
    """Weights of the Admiralty grades. F and 6 mean "cannot be judged", not "bad"."""

    source: dict[SourceGrade, Share] = {
        "A": 1.0,
        "B": 0.8,
        "C": 0.6,
        "D": 0.4,
        "E": 0.2,
        "F": 0.5,
    }
    information: dict[InformationGrade, Share] = {
        "1": 1.0,
        "2": 0.8,
        "3": 0.6,
        "4": 0.4,
        "5": 0.2,
        "6": 0.5,
    }

    @model_validator(mode="after")
    def _complete(self) -> "Grades":
        missing = (set(get_args(SourceGrade)) - set(self.source)) | (
            set(get_args(InformationGrade)) - set(self.information)
        )
        if missing:
            raise ValueError(f"no weight for grade {', '.join(sorted(missing))}")
        return self


class Models(Section):
    """The candidates and their stated search space.

    `penalties` are those that a ridge tries, in units of what its rows know: with
    1 the weight of a feature on its own is halved. Where there are more villages than
    `tournament_villages` the candidates are compared on so many, whole kecamatan drawn by lot.
    """

    candidates: Annotated[list[CandidateName], Field(min_length=1)] = list(get_args(CandidateName))
    penalties: Annotated[list[Positive], Field(min_length=1)] = [0.3, 1.0, 3.0]
    recency_half_life_years: Positive = 6.0
    min_outcomes: Count = 5
    comparison_draws: Count = 1000
    tournament_villages: Count = 3000
    scorecard: dict[str, float] = {
        "clash_decayed_long": 3.0,
        "district_clash_decayed": 1.0,
        "neighbour_clash_decayed": 1.0,
        "land_decayed": 1.0,
        "protest_decayed": 0.5,
        "allegation_decayed": 0.5,
        "report_conflict_decayed": 1.5,
        "tps_count": 0.5,
    }

    @model_validator(mode="after")
    def _baseline_present(self) -> "Models":
        if "decayed_count" not in self.candidates:
            raise ValueError("decayed_count must be among the candidates: it is the yardstick")
        return self


class ChoiceRule(Section):
    """The rule by which one of the candidates is published.

    Contenders are those whose capture at k is within `within_standard_errors` of the best and
    that are worse than the decayed count beyond chance in none of `not_worse_in`. Of these the
    highest onset AUC leads (closer than `onset_tolerance` is equal), then the simplest. The
    leader is published if it is better than the decayed count beyond chance in one of
    `better_in`, and was not worse than the `champion`, what is published now, over the newest
    `shadow_cutoffs`; with fewer than `least_cutoffs` nothing is proven. Otherwise the champion
    stays if it passes the same tests, and else the decayed count is published.
    """

    champion: CandidateName = "decayed_count"
    within_standard_errors: Annotated[float, Field(ge=0)] = 1.0
    onset_tolerance: Annotated[float, Field(ge=0)] = 0.005
    better_in: Annotated[list[MeasureName], Field(min_length=1)] = ["capture", "onset_auc"]
    not_worse_in: list[MeasureName] = ["capture", "auc", "ap"]
    least_cutoffs: Count = 3
    shadow_cutoffs: Count = 4


class LogisticsIndex(Section):
    """Weights of the index of logistics held up; each input is scaled to 0..1."""

    weights: dict[str, Annotated[float, Field(ge=0)]] = {
        "water_crossing_share": 0.35,
        "ikg_access": 0.2,
        "ikg_infrastructure": 0.1,
        "distance_capital_km": 0.1,
        "distance_seat_km": 0.1,
        "logistics_decayed": 0.15,
    }
    weight_concentration: Positive = 50.0

    @model_validator(mode="after")
    def _some_weight(self) -> "LogisticsIndex":
        if sum(self.weights.values()) <= 0:
            raise ValueError("at least one weight must be above zero")
        return self


class Uncertainty(Section):
    """Draws for rank intervals and top-k probabilities.

    How uncertain a place's risk is beside its score no data can tell. The defaults make 90 %
    intervals hold about 90 % on simulated regions. In log-odds or log-rates: `base_spread` is
    the standard deviation that no evidence takes away, `unseen_variance` the variance, on top,
    of a place of which nothing was heard; an incident counted takes one unit of precision off
    it, full coverage by sources `heard_precision`.
    """

    draws: Annotated[int, Field(ge=50)] = 500
    base_spread: Annotated[float, Field(ge=0)] = 0.65
    unseen_variance: Positive = 0.9
    heard_precision: Annotated[float, Field(ge=0)] = 0.5
    interval: Annotated[float, Field(gt=0, lt=1)] = 0.9
    seed: int = 20241127


class Gates(Section):
    """Limits of the soft gates, as shares of rows, and of the gate against the future.

    A feature whose AUC alone reaches `leak_auc` over past windows with `leak_least_outcomes`
    outcomes or more holds the label, and stops the run.
    """

    warn_quarantined_share: Share = 0.05
    warn_blind_spot_share: Share = 0.5
    warn_imputed_share: Share = 0.3
    leak_auc: Share = 0.98
    leak_least_outcomes: Count = 10


class Warehouse(Section):
    """The encrypted DuckDB file. The key comes from RAWAN_KEY or from `key_file`.

    A second writer waits `wait_seconds` for the first to end.
    """

    path: Path = Path("var/rawan.duckdb")
    wait_seconds: Annotated[int, Field(ge=0)] = 30
    memory_mb: Count = 1024
    key_file: Path = Path("var/warehouse.key")


class Output(Section):
    """Where runs are published, for whom, and in which language.

    `folder` holds what `audience` may read: partner (election bodies, local government), planner
    or intel. `private` holds the complete runs and what people decided about them; it is handed
    to nobody; `plans` the deployment plans. Runs that are not approved are given up after
    `keep_days`, approved ones never. With `signing_key`, a file made by `rawan signing-key`,
    every issue is signed.
    """

    folder: Path = Path("out")
    private: Path = Path("private")
    plans: Path = Path("plans")
    audience: Audience = "partner"
    language: Language = "id"
    keep_days: Days = 730
    signing_key: Path | None = None


class Settings(BaseSettings):
    """The whole configuration of a run. Paths are relative to the configuration file."""

    model_config = SettingsConfigDict(
        env_prefix="RAWAN_",
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
    )

    config_version: Literal[1] = 1
    region: Region = Region()
    inputs: Inputs = Inputs()
    limits: Limits = Limits()
    places: Places = Places()
    merging: Merging = Merging()
    reports: Reports = Reports()
    calendar: Calendar = Calendar()
    record: Record = Record()
    publish: Annotated[list[Publish], Field(min_length=1)] = [
        Publish(hazard="conflict", stages=["logistics", "voting", "recap"]),
        Publish(hazard="logistics", stages=["logistics"]),
    ]
    planning: Planning = Planning()
    bands: Bands = Bands()
    features: Features = Features()
    grades: Grades = Grades()
    models: Models = Models()
    choice: ChoiceRule = ChoiceRule()
    logistics_index: LogisticsIndex = LogisticsIndex()
    uncertainty: Uncertainty = Uncertainty()
    gates: Gates = Gates()
    warehouse: Warehouse = Warehouse()
    output: Output = Output()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let the environment win over the file; nothing else is read."""
        return env_settings, init_settings


def load_settings(path: Path = DEFAULT_CONFIG, language: str | None = None) -> Settings:
    """Read and check a configuration file; `language` overrides that of the output.

    Raises
    ------
    UsageError
        If the file is missing or holds a mistake; the message lists every mistake.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise UsageError(
            f"{path}: no such configuration file. Give one with --config, "
            "or start in the folder that holds rawan.toml."
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot be read ({error}).") from None
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path}: is not valid TOML: {error}.") from None
    mistakes = _strange_variables()
    try:
        settings = Settings(**content)
        if language is not None:  # asked for by the command: it wins over the environment too
            output = Output.model_validate({**settings.output.model_dump(), "language": language})
            settings = settings.model_copy(update={"output": output})
    except SettingsError as error:
        raise UsageError(f"The environment (RAWAN_...) cannot be read: {error}.") from None
    except ValidationError as error:
        mistakes += [_explain(mistake) for mistake in error.errors()]
    if mistakes:
        listed = "\n".join(f"  {mistake}" for mistake in mistakes)
        raise UsageError(f"{path}: the configuration has mistakes:\n{listed}")
    return _with_elections(_anchored(settings, path.resolve().parent))


def _with_elections(settings: Settings) -> Settings:
    """Look up the elections that the calendar names by their ids, once: the rest sees days."""
    from rawan.calendar import with_days

    file = settings.region.reference / "calendar.toml"
    return settings.model_copy(update={"calendar": with_days(settings.calendar, file)})


def _explain(mistake: Any) -> str:
    """Put one of pydantic's findings into a sentence that names the key."""
    location = [part for part in mistake["loc"] if part != "[key]"]
    key = ".".join(str(part) for part in location)
    if mistake["type"] == "extra_forbidden":
        return f'"{key}" is not a key.{did_you_mean(str(location[-1]), _known_keys(location[:-1]))}'
    return f'"{key}" = {mistake.get("input")!r}: {mistake["msg"]}.'


def _strange_variables() -> list[str]:
    """Return what is wrong with the names of the variables that override single values."""
    names = [name for name in sorted(os.environ) if name.upper().startswith("RAWAN_")]
    sections = {n: n[len("RAWAN_") :].lower().split("__")[0] for n in names if "__" in n}
    return [
        f'"{name}" (environment) is not a key.{did_you_mean(section, Settings.model_fields)}'
        for name, section in sections.items()
        if section not in Settings.model_fields
    ]


def _known_keys(location: list[Any]) -> list[str]:
    """Return the keys that the table at `location` may hold."""
    fields = Settings.model_fields
    for part in location:
        if isinstance(part, int):
            continue
        if part not in fields:
            return []
        kind = fields[part].annotation
        inner = [t for t in (kind, *get_args(kind)) if isinstance(t, type)]
        models = [t for t in inner if issubclass(t, BaseModel)]
        if not models:
            return []
        fields = models[0].model_fields
    return list(fields)


def _anchored(settings: Settings, folder: Path) -> Settings:
    """Return the settings with every path made absolute from the configuration's folder."""
    values: dict[str, Any] = {}
    for name in type(settings).model_fields:
        section = getattr(settings, name)
        if isinstance(section, Section):
            paths = {
                key: folder / value
                for key in type(section).model_fields
                if isinstance(value := getattr(section, key), Path)
            }
            section = section.model_copy(update=paths)
        values[name] = section
    return settings.model_copy(update=values)
