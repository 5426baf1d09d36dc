"""Why a part of a description begins where it does."""

from enum import StrEnum


class Reason(StrEnum):
    """Why a part begins where it does; the words for it live in the texts."""

    WHOLE = "whole"  # the beginning of the description
    LIST = "list"  # an item of a numbered or bulleted list
    OPENING = "opening"  # «и ещё», «кроме того», «второе», "another"
    QUESTION = "question"  # a further, independent question
    OBJECT = "object"  # another thing fails
    ANNOUNCED = "announced"  # «у меня два вопроса»: the person counted them


Start = tuple[int, Reason]  # where a part begins in the text, and why
