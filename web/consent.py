"""The text of consent to the processing of personal data: ours with the operator's name, or the operator's own file."""

from pathlib import Path

_HERE = Path(__file__).parent / "pages"
VERSION = "1"
"""The version of our own text; it goes up with every change of its words."""


def builtin(language: str, operator: str, contact: str) -> str:
    """Our text in Russian (the one that counts) or English (a translation)."""
    text = (_HERE / f"consent.{language}.txt").read_text(encoding="utf-8")
    return text.replace("{operator}", operator).replace("{contact}", contact).strip()
