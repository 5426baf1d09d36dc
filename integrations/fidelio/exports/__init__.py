"""Export files: what the hotel's own reports and exports write into a folder, read by a column map."""
