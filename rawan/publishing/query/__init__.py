"""A read-only session on an edition, for analysts who prefer a query."""
