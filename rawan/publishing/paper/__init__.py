"""What is printed or opened by double-click: workbook, brief, one page a polsek."""
