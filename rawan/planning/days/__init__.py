"""People over days, and what checks them."""
