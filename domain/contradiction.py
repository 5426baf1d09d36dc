"""«Решено» beside «всё ещё не работает»: which words contradict a confirmation, so that it is asked for once more."""

import re

_NOT = re.compile(
    r"""
    \b(?:все\ ещ[её]|всё\ ещ[её]|по-?прежнему|до\ сих\ пор|опять|снова|так\ и)\s+(?:\w+\s+){0,3}?(?:не|нет|пуст|ошибк|сбо|вис|зависа|падает|вылета|дубл)
    |\bне\s+(?:\w+\s+)?(?:решен|решил|работа|помогл|помог|исправ|получ|заработ|устран|починил|вышло|открыва|грузит|печата|выгружа|загружа|
        приход|появ|запуска|пуска|отправля|обновля|синхрон|создаёт|создает|отобража|вид[нея]|готов)
    |\bничего\s+не\b|\bбез\s+изменений\b|\bта\s+же\s+(?:ошибка|проблема|история|картина)\b|\bто\s+же\s+самое\b
    |\bпроблема\s+(?:осталась|вернулась|повторилась|не\b|та\s+же)|\bошибка\s+(?:осталась|вернулась|повтор|та\s+же)|\bстало\s+хуже\b
    |\b(?:осталось?|осталась)\s+(?:по-?прежнему|как\s+было|то\s+же|ошибк|проблем)|\b(?:опять|снова)\s+(?:сломал|упал|пропал|завис|ошибк|пуст)
    |\bstill\s+(?:\w+\s+){0,2}?(?:not|broken|fail|empty|wrong|doesn|isn|no\b|an?\ error|the\ same|crash|hang)
    |\b(?:not|n't|isn't|doesn't|didn't|hasn't|won't|cannot|can't)\s+(?:\w+\s+){0,2}?(?:solve|solved|fix|fixed|work|working|help|helped|print|printing|open|load|sync|resolved)
    |\b(?:same|the\ same)\s+(?:error|problem|issue)|\bno\s+(?:change|difference|luck|effect)\b|\b(?:broken|fails)\s+again\b|\bunsolved\b
    """,
    re.VERBOSE | re.IGNORECASE,
)
# «Больше не зависает», «ошибок больше нет», «раньше не работало, теперь…»: a negation that tells of a success.
_GOOD = re.compile(
    r"""
    \bбольше\s+не\s+(?:\w+\s+)?(?:виснет|зависает|падает|вылетает|повтор|появля|теря|дубл|ругается|выда[её]т)
    |\b(?:ошиб\w+|проблем\w+|сбо\w+|дубл\w+)\s+(?:\w+\s+)?(?:больше\s+)?(?:нет|не\s+(?:вижу|видно|появля\w*|повтор\w*))
    |\b(?:раньше|до\s+этого|вчера|утром|сначала|было)[^.!?;]{0,40}?не\s+\w+[^.!?;]{0,60}?(?:теперь|сейчас|сегодня|стало|но\s+потом)[^.!?;]*
    |\bне\s+(?:только|за\s+что)\b|\bесли\s+[^.!?;]*|\bкогда\s+не\b[^.!?;]*|\bпочему\s+не\b[^.!?;]*\bпонял\w*
    |\b(?:no\s+longer|doesn't|does\s+not|not)\s+(?:\w+\s+)?(?:crash|fail|hang|freez)\w*(?:\s+any\s?more)?|\bno\s+(?:more\s+)?(?:errors?|problems?|issues?)\b
    |\bif\s+[^.!?;]*|\bit\s+was\s+not\b[^.!?;]{0,60}\bnow\b[^.!?;]*
    """,
    re.VERBOSE | re.IGNORECASE,
)
_SAYS_SOLVED = re.compile(
    r"^\s*(?:да|ок|окей|ура|yes|ok|okay)?[\s,.!:—–-]*"
    r"(?:решено|решилось|проблема решена|вопрос решен|вопрос решён|заработало|все работает|всё работает|помогло|"
    r"solved|resolved|fixed|it works|works now)\b",
    re.IGNORECASE,
)


def says_not_solved(text: str) -> bool:
    """Whether words written about an answer say that it did not help."""
    return bool(_NOT.search(_GOOD.sub(" ", text)))


def says_solved(text: str) -> bool:
    """Whether a message begins as a confirmation does: «Решено, …»; what follows may still contradict it."""
    return bool(_SAYS_SOLVED.match(text))
