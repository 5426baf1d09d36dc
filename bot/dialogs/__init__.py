"""One file per conversation; each step is a function from what the person did to a result, and sends nothing."""
