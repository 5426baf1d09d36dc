"""One folder per outside party, both directions inside; vendor errors end here."""
