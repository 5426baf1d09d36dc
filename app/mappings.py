"""The hotels' mapping files: read with the settings, each fault one readable line that names file, table and key."""

from collections.abc import Iterable
from pathlib import Path

from domain.mapping import Fault, FieldMapping, MappingError, default_mapping, load, read


def mapping_of(file: Path | None, text: str = "") -> FieldMapping:
    """A hotel's mapping: of its file, else of the text the settings page keeps, else the default. Raises MappingError."""
    if file is not None:
        return load(file)
    return read(text, "") if text else default_mapping()


def fault_lines(file: Path, faults: Iterable[Fault], language: str) -> list[str]:
    """«mapping-grand.toml: [contact.lastName] owner: …» per fault."""
    from bot.texts import text  # noqa: PLC0415 - the texts are read only where something is wrong

    return [
        ": ".join(
            filter(
                None, (str(file), fault.place, text(f"mapping-fault-{fault.code}", language, **fault.params))
            )
        )
        for fault in faults
    ]


def faults_of(files: Iterable[Path | None], language: str) -> list[str]:
    """Everything that is wrong with these files."""
    found: list[str] = []
    for file in files:
        try:
            mapping_of(file)
        except MappingError as error:
            assert file is not None
            found += fault_lines(file, error.faults, language)
    return found
