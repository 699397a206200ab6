"""Lists, workbook, page, model card and manifest."""
