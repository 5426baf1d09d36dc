"""Other programs that want to hear of our events: one way out, and guarded, since people type the addresses."""
