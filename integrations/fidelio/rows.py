"""A row of any door that can't be used: told with the column's name, never with what stood in it."""

from domain.stays import RowProblem


class BadRow(Exception):
    """The row can't be used. ``code`` as RowProblem wants it, ``detail`` free of personal data."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code)
        self.code, self.detail = code, detail


def problem(entity: str, known_key: str | None, fault: BadRow) -> RowProblem:
    """The row as a listed problem."""
    return RowProblem(entity, known_key, fault.code, fault.detail)
