# Слова для оператора: переезд базы, страница состояния.
error-move-not-empty = База назначения не пуста: переезжают только в новую.
error-move-differs = Прочитанное в новой базе отличается от записанного: ничего не перенесено.
error-move-unreadable = В файле лежит значение не того рода, что у столбца: ничего не перенесено.

status-title = Concierge: состояние
status-well = Всё работает
status-ill = Есть неисправность
status-schema = схема { $number }
status-other-language = English
status-parts = Части
status-broken = не в порядке
status-figures = Сейчас
status-troubles = На что посмотреть
status-no-troubles = Ничего не отложено, синхронизации идут.
status-processes = Процессы
status-this = этот
status-portals = { $number ->
    [one] { $number } портал
    [few] { $number } портала
   *[many] { $number } порталов
 }
status-since = с { $at }
status-figure-portals = порталов в базе
status-figure-owned = обслуживает этот процесс
status-figure-events = событий ждут
status-figure-event-age = старшее событие ждёт
status-figure-deliveries = доставок ждут
status-figure-delivery-age = старшая доставка ждёт
status-figure-dead = доставок отложено
status-figure-parked = отложено восстановлением
status-figure-requests = обращений открыто
status-figure-late = просрочено обращений
status-figure-syncs-failing = отелей со сбоем синхронизации
status-figure-sync-lag = самая давняя синхронизация
status-figure-licences-ended = лицензий кончилось
status-figure-webhooks-disabled = вебхуков выключено
status-why-portal = портал не отвечает или не пускает: { $detail }
status-why-dead = { $count ->
    [one] { $count } доставка отложена
    [few] { $count } доставки отложены
   *[many] { $count } доставок отложено
 }: { $code }
status-why-sync = { $count ->
    [one] { $count } запись не в CRM
    [few] { $count } записи не в CRM
   *[many] { $count } записей не в CRM
 }: { $code }
status-why-failures = { $count ->
    [one] { $count } прогон
    [few] { $count } прогона
   *[many] { $count } прогонов
 } подряд без успеха
status-why-paused = расписание остановлено
