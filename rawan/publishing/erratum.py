"""The page that stands in the place of a list that was withdrawn."""

from jinja2 import Environment, PackageLoader, StrictUndefined

from rawan.publishing.edition import Edition
from rawan.publishing.texts import date_text, text
from rawan.settings import Language


def render_erratum(edition: Edition, lang: Language) -> str:
    """Return the page, in both languages, the reader's first.

    Raises
    ------
    ValueError
        If nobody withdrew the run.
    """
    erratum = edition.standing.erratum
    if erratum is None:
        raise ValueError(f"{edition.facts.run_id} was not withdrawn")
    languages: tuple[Language, Language] = ("id", "en") if lang == "id" else ("en", "id")
    told = [
        {
            "lang": code,
            "title": text("erratum.title", code),
            "lines": [
                text("erratum.run", code).format(
                    run=edition.facts.run_id,
                    region=edition.facts.region,
                    cutoff=date_text(edition.facts.cutoff, code),
                ),
                text("erratum.by", code).format(
                    by=erratum.by, day=date_text(erratum.on.date(), code)
                ),
                text("erratum.reason", code).format(reason=erratum.reason),
                text("erratum.what_now", code),
            ],
        }
        for code in languages
    ]
    environment = Environment(
        loader=PackageLoader("rawan.publishing"), autoescape=True, undefined=StrictUndefined
    )
    template = environment.get_template("erratum.html.jinja")
    is_simulation = edition.facts.data_origin == "SIMULASI"
    return template.render(told=told, is_simulation=is_simulation)
