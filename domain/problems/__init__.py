"""One request, one problem: what a person's description says, in Russian or English.

The regulation wants one problem per request; people write three at once. These rules find the parts,
name each, and guess the type; the person always has the last word («Разделить» / «Это одна проблема»).
"""

from domain.problems.find import Part, find_problems, looks_like_new_question
from domain.problems.reasons import Reason
from domain.problems.subject import propose_subject
from domain.problems.types import propose_type

__all__ = [
    "Part",
    "Reason",
    "find_problems",
    "looks_like_new_question",
    "propose_subject",
    "propose_type",
]
