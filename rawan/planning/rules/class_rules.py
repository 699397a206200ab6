"""From which figures a village or TPS belongs to which class of vulnerability: the thresholds.

They stand apart from `classes.py`, which applies them, so that the configuration can hold them.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Share = Annotated[float, Field(ge=0, le=1)]
Index = Annotated[float, Field(ge=0, le=100)]
Kilometres = Annotated[float, Field(gt=0, le=1000)]
Class = Literal["kurang_rawan", "rawan", "sangat_rawan"]


class ClassRules(BaseModel):
    """Least figures for a class; the highest class that any of them gives is taken.

    `risk_from` is what of the ranking counts: its `band`, or its probability of belonging to the
    top k against thresholds of their own. `rawan_index` and `sangat_rawan_index` are of the
    logistics index. A village is remote, and gets `remote_class`, where so large a share of its
    TPS lies behind water, or from so many straight kilometres from the seat of its kecamatan, or
    from so high an index of difficult access (IKG). `listed_share` is the share of a village's
    TPS from which a list of vulnerable TPS (Bawaslu's) makes the whole village `rawan`. `khusus`
    is set by people only.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    risk_from: Literal["band", "top_k_probability"] = "band"
    rawan_probability: Share = 0.3
    sangat_rawan_probability: Share = 0.8
    rawan_index: Index = 40.0
    sangat_rawan_index: Index = 75.0
    water_crossing_share: Share = 0.5
    distance_seat_km: Kilometres = 15.0
    ikg_access: Index = 30.0
    remote_class: Class = "rawan"
    listed_share: Share = 0.5

    @model_validator(mode="after")
    def _in_order(self) -> "ClassRules":
        if self.rawan_probability > self.sangat_rawan_probability:
            raise ValueError("rawan_probability must not exceed sangat_rawan_probability")
        if self.rawan_index > self.sangat_rawan_index:
            raise ValueError("rawan_index must not exceed sangat_rawan_index")
        for name in ("water_crossing_share", "listed_share"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must exceed 0: at 0 every village would reach it")
        return self
