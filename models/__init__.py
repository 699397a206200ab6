"""The statistics: frames and arrays in and out; no files, no database, no Prefect."""
