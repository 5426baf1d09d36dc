"""How each kind of outbox row is delivered; one file per sort of destination."""
