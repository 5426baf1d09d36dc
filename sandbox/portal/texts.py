"""What the portal itself writes into chats, in the portal's language."""

from __future__ import annotations

LANGUAGE = "ru"
TRUNCATED = " (...)"
CHAT_CREATED = "[USER={actor}]{actor_name}[/USER] создал(а) чат"
CHAT_JOINED = "[USER={actor}]{actor_name}[/USER] пригласил(а) в чат: {names}"
CHAT_LEFT = "[USER={user}]{user_name}[/USER] покинул(а) чат"
CHAT_REMOVED = "[USER={actor}]{actor_name}[/USER] исключил(а) из чата: {names}"
CHAT_RENAMED = "[USER={actor}]{actor_name}[/USER] изменил(а) название чата на «{title}»"
MESSAGE_DELETED = "Это сообщение было удалено."
BOT_SAYS = "[b]{bot}[/b]:[br]{text}"
CHAT_TITLE = "Чат с {names}"

TASK_CHAT_TITLE = "{title}"
TASK_CREATED = "{actor_name} создал(а) задачу"
TASK_STATUS = {
    2: "{actor_name} вернул(а) задачу в работу",
    3: "{actor_name} начал(а) выполнение задачи",
    4: "{actor_name} завершил(а) задачу, она ждёт контроля",
    5: "{actor_name} завершил(а) задачу",
    6: "{actor_name} отложил(а) задачу",
}
TASK_RESPONSIBLE = "{actor_name} назначил(а) исполнителя: {name}"
TASK_DEADLINE = "{actor_name} изменил(а) крайний срок: {deadline}"
TASK_TITLE = "{actor_name} изменил(а) название задачи: {title}"
TASK_FILE = "{actor_name} прикрепил(а) файл: {name}"
STORAGE_COMMON = "Общий диск"
STORAGE_APP = "bitrix.restapi"
