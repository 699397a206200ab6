"""The published page: one HTML file that works offline and asks nobody for anything.

Owns what goes into the file and how it is made safe. What the page knows is put together in
`data.py` and `details.py`; its shape is in `templates/page.html.jinja` and `page.css`,
its work in the scripts `SCRIPTS`; the words are in `words/`. Every value from outside is
untrusted: it travels as JSON and reaches the page as text, never as markup.
"""

import base64
import hashlib
import json
import re
from collections.abc import Iterable
from datetime import date
from functools import partial
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from rawan.publishing.edition import Edition
from rawan.publishing.page.data import Json, payload
from rawan.publishing.page.details import details
from rawan.publishing.texts import date_text, text
from rawan.settings import Language

__all__ = ["content_policy", "render_page", "safe_json"]

# These files make one module, since a module that stands inline cannot import another. The order
# counts: each needs the constants of those before it, and the last one starts the page.
SCRIPTS = (
    *("base.js", "search.js", "chosen.js", "table.js", "map.js", "reasons.js", "timeline.js"),
    *("questions.js", "panel.js", "cutline.js", "sides.js", "summary.js", "changes.js", "page.js"),
)


def render_page(edition: Edition, lang: Language) -> str:
    """Return the whole page as one string of HTML; the same input gives the same string.

    Parameters
    ----------
    edition : what this audience may read of the run; nothing else reaches the page.
        Villages without a place are not drawn. Only http and https addresses travel on; any
        other source is counted, not named.
    lang : language the page opens in; the other one is a switch away.

    Raises
    ------
    ValueError
        If a list is missing on either side, mixes probability and index, lacks a column that no
        page can be without, or has components that do not sum to its score: such a list must
        not be published.
    """
    facts = edition.facts
    origins = {facts.data_origin}
    if "data_origin" in edition.ranking.columns:
        origins |= set(edition.ranking["data_origin"].unique().to_list())
    template = _environment().get_template("page.html.jinja")
    scripts = [_datatables_script(), "".join(_own(name) for name in SCRIPTS)]
    styles = [_itables("dt_bundle.css"), *(_own(f"page{part}.css") for part in ("", "_print"))]
    return template.render(
        lang=lang,
        facts=facts,
        standing=edition.standing,
        reader=f"reader.{edition.audience}",
        is_simulation="SIMULASI" in origins,
        t=lambda key, **fill: _said(key, lang, fill),
        w=partial(_switched, lang),
        a=partial(_switched_attribute, lang),
        policy=content_policy(scripts),
        # Our own files and safe JSON: the only things that may stand unescaped.
        styles=[Markup(style) for style in styles],  # noqa: S704
        scripts=[Markup(script) for script in scripts],  # noqa: S704
        data=Markup(safe_json(payload(edition, lang))),  # noqa: S704
        details=Markup(safe_json(details(edition))),  # noqa: S704
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


def _said(key: str, lang: Language, fill: dict[str, str | int | date]) -> str:
    told = {
        name: date_text(value, lang) if isinstance(value, date) else value
        for name, value in fill.items()
    }
    return text(f"page.{key}", lang).format(**told)


def _switched(lang: Language, key: str, **fill: str | int | date) -> Markup:
    """Return words in a span that the switch of languages finds: key, and what fills it in."""
    return Markup('<span data-t="{}" data-fill="{}">{}</span>').format(
        key, _fill(fill), _said(key, lang, fill)
    )


def _switched_attribute(lang: Language, name: str, key: str, **fill: str | int | date) -> Markup:
    """Return an attribute whose words the switch of languages finds."""
    filled = Markup(' data-fill="{}"').format(_fill(fill)) if fill else ""
    return Markup('{0}="{2}" data-t-{0}="{1}"{3}').format(name, key, _said(key, lang, fill), filled)


def _fill(fill: dict[str, str | int | date]) -> str:
    return json.dumps(fill, ensure_ascii=False, default=date.isoformat)


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
