"""The published page: one HTML file that works offline and asks nobody for anything.

Owns what goes into the file and how it is made safe. What the page knows is put together in
`page_data.py`; its shape is in `templates/page.html.jinja` and `page.css`, its work in the
scripts `SCRIPTS`; the words are in `words/`. Every value from outside is untrusted: it
travels as JSON and reaches the page as text, never as markup.
"""

import base64
import hashlib
import json
import re
from collections.abc import Iterable
from importlib.resources import files

import polars as pl
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from rawan.publishing.page_data import Json, PageFacts, StageInfo, payload
from rawan.publishing.texts import date_text, text
from rawan.settings import Language

__all__ = ["PageFacts", "StageInfo", "content_policy", "render_page", "safe_json"]

# Five files make one module, since a module that stands inline cannot import another. The order
# counts: each needs the constants of those before it, and the last one starts the page.
SCRIPTS = ("base.js", "table.js", "map.js", "panel.js", "page.js")


def render_page(
    ranking: pl.DataFrame,
    villages: pl.DataFrame,
    evidence: pl.DataFrame,
    facts: PageFacts,
    lang: Language,
) -> str:
    """Return the whole page as one string of HTML; the same input gives the same string.

    Parameters
    ----------
    ranking : the columns of `data/contracts/ranking.v1.json`, any number of lists.
    villages : `village_code, lat, lon`; villages without a place are not drawn.
    evidence : `village_code, occurred_on, known_on, type_label, event_id, source_url`,
        one row for each incident and source; `occurred_on` is a day or, where only a part of
        the date is known, an ISO 8601 interval such as `2023-12-01/2023-12-31`.
        Only http and https addresses travel on; any other source is counted, not named.
    facts : what to say about the run and its lists; lists appear in this order.
    lang : language of the page.

    Raises
    ------
    ValueError
        If a list is missing on either side, mixes probability and index, or has
        components that do not sum to its score: such a list must not be published.
    """
    data = payload(ranking, villages, evidence, facts, lang)
    origins = {facts.data_origin, *ranking["data_origin"].unique().to_list()}
    template = _environment().get_template("page.html.jinja")
    scripts = [_datatables_script(), "".join(_own(name) for name in SCRIPTS)]
    styles = [_itables("dt_bundle.css"), _own("page.css")]
    return template.render(
        lang=lang,
        facts=facts,
        cutoff=date_text(facts.cutoff, lang),
        is_simulation="SIMULASI" in origins,
        t=lambda key, **fill: text(f"page.{key}", lang).format(**fill),
        policy=content_policy(scripts),
        # Our own files and safe JSON: the only things that may stand unescaped.
        styles=[Markup(style) for style in styles],  # noqa: S704
        scripts=[Markup(script) for script in scripts],  # noqa: S704
        data=Markup(safe_json(data)),  # noqa: S704
    )


def safe_json(value: Json) -> str:
    r"""Write JSON that can stand inside a script element: nothing in it can close or open one.

    Examples
    --------
    >>> safe_json({"village": "</script>"})
    '{"village":"\\u003c/script\\u003e"}'
    """
    out = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        out = out.replace(character, f"\\u{ord(character):04x}")
    return out


def content_policy(scripts: Iterable[str]) -> str:
    """Content-Security-Policy: only these scripts run, and nothing is ever fetched."""
    hashes = " ".join(
        "'sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() + "'"
        for script in scripts
    )
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("rawan.publishing"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _own(name: str) -> str:
    return (files("rawan.publishing") / "templates" / name).read_text(encoding="utf-8")


def _itables(name: str) -> str:
    return (files("itables") / "html" / name).read_text(encoding="utf-8")


def _datatables_script() -> str:
    """Return the bundle of itables, its table class put where `table.js` finds it.

    The bundle is an ES module. A file opened from disk cannot import another, so the
    export at its end becomes a global name and the whole stands inline.
    """
    bundle = _itables("dt_bundle.js").replace("\r\n", "\n")
    exports = re.search(r"export\s*\{[^}]*\b([\w$]+) as default\b[^}]*\};?", bundle)
    if exports is None:
        raise ValueError(
            "itables' dt_bundle.js exports no default any more; "
            "install an itables 2.5 to 2.9 or adapt _datatables_script."
        )
    handover = f"globalThis.DataTable={exports[1]};"
    bundle = bundle[: exports.start()] + handover + bundle[exports.end() :]
    # Inside a script element these two begin markup; the escapes mean the same.
    return re.sub(r"<(?=!--|/?script)", r"\\x3C", bundle, flags=re.IGNORECASE)
