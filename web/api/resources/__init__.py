"""What each operation does: from the call to the use case and back, a few lines each."""
