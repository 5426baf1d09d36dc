"""The conversation, with no idea which messenger it is in."""
