"""The plan as workbook, page and files."""
