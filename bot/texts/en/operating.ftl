# The operator's words: moving the database, the status page.
error-move-not-empty = The target database isn't empty: one moves into a new one only.
error-move-differs = What was read back there differs from what was written: nothing has been moved.
error-move-unreadable = The file holds a value that doesn't fit its column: nothing has been moved.
