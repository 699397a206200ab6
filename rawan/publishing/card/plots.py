"""Pictures of the model card, as SVG: drawn on this machine, the same bytes each time.

Owns the drawing. The numbers come in as arrays; what they mean is `models`.
"""

from typing import Any

import vl_convert

from models.calibration_bins import CalibrationBins
from rawan.publishing.texts import text
from rawan.settings import Language

_VEGA_LITE = "5.20"
# Liberation Sans comes with vl-convert: no font of the machine moves a letter.
_FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
_INK, _PALE, _LINE = "#1a1a1a", "#8c8c8c", "#bdbdbd"  # told apart in print without colour


def calibration_svg(bins: CalibrationBins, lang: Language) -> str:
    """Return the calibration plot as SVG: stated against what happened, and places below.

    The dashed line is where the points of a probability that means what it says would lie.
    Bars are 90 % intervals. Both axes end where the values do, so that rare outcomes can be
    read.
    """
    svg = vl_convert.vegalite_to_svg(
        calibration_spec(bins, lang),
        vl_version=_VEGA_LITE,
        allowed_base_urls=[],
        format_locale=_locale(lang),
    )
    return svg if svg.endswith("\n") else svg + "\n"


def calibration_spec(bins: CalibrationBins, lang: Language) -> dict[str, Any]:
    """Return the plot in Vega-Lite."""
    end = _axis_end(max(max(bins.stated), max(bins.high)))
    scale = {"domain": [0, end], "nice": False, "padding": 0}
    form = ".0%" if end >= 0.1 else ".1%"
    stated = {
        "field": "stated",
        "type": "quantitative",
        "scale": scale,
        "axis": {"title": text("card.plot.stated", lang), "format": form, "tickCount": 5},
    }
    happened = {
        "field": "happened",
        "type": "quantitative",
        "scale": scale,
        "axis": {"title": text("card.plot.happened", lang), "format": form, "tickCount": 5},
    }
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "description": text("card.plot.title", lang),
        "title": {
            "text": text("card.plot.title", lang),
            "subtitle": text("card.plot.subtitle", lang),
            "anchor": "start",
        },
        "data": {
            "values": [
                dict(zip(("stated", "happened", "low", "high", "places"), row, strict=True))
                for row in bins.rows()
            ]
        },
        "vconcat": [
            {
                "width": 360,
                "height": 300,
                "layer": [
                    {
                        "data": {"values": [{"at": 0.0}, {"at": end}]},
                        "mark": {"type": "line", "color": _PALE, "strokeDash": [5, 4]},
                        "encoding": {
                            "x": {"field": "at", "type": "quantitative", "scale": scale},
                            "y": {"field": "at", "type": "quantitative", "scale": scale},
                        },
                    },
                    {
                        "mark": {"type": "rule", "color": _INK, "strokeWidth": 1.5},
                        "encoding": {
                            "x": stated,
                            "y": {**happened, "field": "low"},
                            "y2": {"field": "high"},
                        },
                    },
                    {
                        "mark": {
                            "type": "point",
                            "filled": True,
                            "opacity": 1,
                            "color": _INK,
                            "size": 45,
                        },
                        "encoding": {"x": stated, "y": happened},
                    },
                ],
            },
            {
                "width": 360,
                "height": 80,
                "layer": [
                    {"mark": {"type": "bar", "color": _LINE, "stroke": _INK, "size": 12}},
                    {
                        "mark": {"type": "text", "dy": -6, "fontSize": 9, "color": _INK},
                        "encoding": {"text": {"field": "places", "format": ",d"}},
                    },
                ],
                "encoding": {
                    "x": {**stated, "axis": {"title": None, "format": form, "tickCount": 5}},
                    "y": {
                        "field": "places",
                        "type": "quantitative",
                        "scale": {"domain": [0, 1.25 * max(bins.places)], "nice": False},
                        "axis": {
                            "title": text("card.plot.places", lang),
                            "format": ",d",
                            "tickCount": 2,
                        },
                    },
                },
            },
        ],
        "config": {
            "font": _FONT,
            "background": "white",
            "axis": {"labelColor": _INK, "titleColor": _INK, "gridColor": "#e6e6e6"},
            "title": {"color": _INK, "subtitleColor": _INK, "fontSize": 13},
            "view": {"stroke": _LINE},
        },
    }


def _axis_end(greatest: float) -> float:
    """Return the end of both axes: the next of a few round shares, so that points fill them."""
    ends = (0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8)
    return next((end for end in ends if greatest <= end), 1.0)


def _locale(lang: Language) -> dict[str, Any]:
    """Return how numbers are written."""
    decimal, thousands = (",", ".") if lang == "id" else (".", ",")
    return {"decimal": decimal, "thousands": thousands, "grouping": [3], "currency": ["", ""]}
