# Зеркала: правки и удаления сообщений, потерянные треды, заблокированный бот, изменения в самой задаче, самопроверка.

mirror-edited =
    { $body }
    <i>(изменено)</i>
mirror-deleted = <i>Сообщение удалено.</i>
fact-edited = { $who }: сообщение изменено
fact-deleted = { $who }: сообщение удалено

thread-again = <b>Прежний тред удалили</b> — это новый. Вся история — в карточке обращения и в задаче.
thread-not-this = Это лишний тред по { $number }, отсюда ничего не уходит. Пишите, пожалуйста, в основной — «{ $title }».
thread-orphan = Это лишний тред по { $number }: разговор идёт в другом, этот закрываю.

requester-unreachable-elsewhere = Заявитель заблокировал бота в { $channel }. Дальше пишу ему в { $other }.
requester-unreachable = Заявитель заблокировал бота в { $channel }, другого мессенджера у него нет: мои сообщения до него не доходят. Свяжитесь с ним иначе, пожалуйста.
requester-reachable = Заявитель снова доступен в { $channel }.

task-history = <b>Прежнюю задачу удалили</b> — это новая. Что было по { $number }:
task-made-again = Задачу в портале удалили — завёл новую: { $task }
task-answer-default = Работа по обращению выполнена.
task-not-allowed = Состояние задачи вернул: обращение { $number } — «{ $status }». { $hint }
task-hint-waiting = Сначала нужен ответ заявителя.
task-hint-confirm = Закрыть его может только заявитель, подтвердив ответ.
task-hint-reopen = Вернуть в работу может заявитель, если не согласен с ответом.
task-hint-other = Из этого состояния так нельзя.
task-word-refused = Сообщение от { $who } заявителю не ушло: обращение { $number } закрыто.
fact-handed-over = { $who }: исполнитель — { $to }
fact-deadline-changed = { $who }: срок решения в задаче изменён
fact-deadline-removed = { $who }: срок решения в задаче убран
fact-task-paused = { $who }: задача в портале поставлена на паузу
deadline-from-to = было { $from }, стало { $to }

audit-title = <b>Самопроверка: не всё сошлось</b>
audit-unhandled = События, которые не обработаны: { $count }
audit-dead-events = События, с которыми не справился: { $count }
audit-dead = Не доставлено в { $place }: { $count } ({ $reasons })
audit-late = Ждёт доставки больше часа: { $count }
audit-no-task = Обращения без задачи: { $numbers }
audit-no-thread = Обращения без треда ({ $channel }): { $numbers }
audit-uncopied = Сообщения без копий на другой стороне: { $count } ({ $numbers })
audit-hint = Посмотреть и повторить: concierge deliveries --dead, --retry НОМЕР.
place-task = задачи
place-thread-bitrix24 = треды Битрикс24
place-thread-telegram = треды Telegram
place-bitrix24 = личные чаты Битрикс24
place-telegram = личные чаты Telegram
place-other = другое
