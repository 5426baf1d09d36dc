# Персональные данные гостей: скрытые карточки, обращение о госте.

card-hidden = Карточка скрыта: прошло время. Откройте снова.
card-erased = Карточка скрыта: данные гостя удалены.
button-file-about-guest = Обращение
button-guest-card = Карточка гостя
button-not-this-guest = Не об этом госте
new-about-guest = О госте: { $line }
draft-about-guest = Ваш черновик теперь о госте: { $line }
about-guest = О госте: { $line }
about-guest-contacts = Связь: { $contacts }
about-guest-sync = { $fresh }; последняя синхронизация: { $state }, { $at }
about-guest-sync-never = { $fresh }; синхронизаций ещё не было
about-guest-run-running = идёт
about-guest-run-done = успешно
about-guest-run-failed = с ошибкой
about-guest-run-interrupted = прервана
request-erased-subject = Обращение о госте (данные удалены)
request-erased = Данные гостя удалены по его требованию.
