"""What must hold before data moves a floor up: one suite a table, hard checks and soft ones.

A hard check stops the run; a soft one warns in the run and on the page. Each says in
both languages what holds when it passes. The suites of a floor are made when it is
checked, since some depend on what the warehouse holds.
"""

from rawan.gates.data_suites import raw_suites, staging_suites
from rawan.gates.score_suites import feature_suites, mart_suites

FLOORS = {
    "raw": raw_suites,
    "staging": staging_suites,
    "features": feature_suites,
    "marts": mart_suites,
}
