"""A surrogate of the PMS's Oracle database: its tables' names and columns over SQLite, filled from the hotel's books.

It answers the SELECTs of a reader, dates as the driver gives them, the data dictionary and the faults by their
numbers. It is no Oracle: what a real server does with these statements nobody has seen yet.
"""
