"""The reserve of voting day at its posts, and which of its own rules give way with it."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from models.near_places import Floats, straight_km
from models.reserves import Reserves, place_reserves
from rawan.planning.voting.giving_way import GaveWay
from rawan.planning.voting.inputs import Options, PlanImpossible, Post, Unit
from rawan.planning.voting.spots import Spots


def wait_at_posts(
    spots: Spots, posts: Sequence[Post], officers: int, options: Options
) -> tuple[Reserves, tuple[GaveWay, ...]]:
    """Place the reserve; where it gave way, fixed posts that it cannot man give way with it."""
    if not posts:
        nobody = Reserves(np.zeros(0, np.int64), np.full(len(spots.code), -1), 0.0, 0.0, False)
        return nobody, ()
    lat, lon = points_of(posts)
    apart = options.detour_factor * straight_km(lat, lon, spots.lat, spots.lon)
    minutes = 60 * apart / options.speed_kmh
    # Nobody drives over water.
    minutes[:, [bool(row["is_cut_off"]) for row in spots.rows]] = np.inf
    fixed = np.array([post.is_fixed for post in posts])
    is_candidate, least, most = np.ones(len(posts), dtype=bool), options.least_at_post, len(posts)
    gave: list[GaveWay] = []
    if 0 < officers < options.reserve_officers:
        if officers < least:
            gave.append(GaveWay("least_at_post", "", least, officers))
            least = officers
        most = officers // least
        if fixed.sum() > most:
            gave.append(GaveWay("fixed_posts", "", int(fixed.sum()), most))
            is_candidate, fixed = fixed, np.zeros(len(posts), dtype=bool)
    chosen = np.flatnonzero(is_candidate)
    try:
        found = place_reserves(
            spots.weight,
            minutes[chosen],
            fixed[chosen],
            officers,
            options.reserve_minutes,
            min(options.most_posts, most),
            least,
            options.effort,
        )
    except ValueError:
        needed = max(int(fixed.sum()), 1) * least
        raise PlanImpossible(
            f"reserve: {officers} officers cannot man the {int(fixed.sum())} fixed posts with at "
            f"least {least} each, or most_posts = {options.most_posts} is fewer. "
            "Add people, let fewer posts be fixed, or raise most_posts.",
            "reserve",
            ", ".join(post.name for post in posts if post.is_fixed),
            max(needed - officers, 0),
        ) from None
    at_posts = np.zeros(len(posts), dtype=np.int64)
    at_posts[chosen] = found.officers
    nearest = np.where(found.post >= 0, chosen[found.post], -1)
    return replace(found, officers=at_posts, post=nearest), tuple(gave)


def points_of(where: Sequence[Unit] | Sequence[Post]) -> tuple[Floats, Floats]:
    """Return latitudes and longitudes."""
    return (
        np.array([place.lat for place in where], dtype=float),
        np.array([place.lon for place in where], dtype=float),
    )
