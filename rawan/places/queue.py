"""What waits for a person: writes `staging.review_items` from what placing could not decide.

How a person answers is in `rawan.review`.
"""

from collections.abc import Mapping
