# Сроки, предупреждения, эскалация, очередь, отчёты, оценка.

clock-why = Почему { $at }: { $amount } рабочего времени — { $days }
clock-why-zone = (часы поддержки — { $zone }: { $at })
clock-step = { $day } { $start }–{ $end } ({ $amount })
clock-idle = { $day } — { $what }
clock-idle-days = { $first } – { $last } — { $what }
clock-between = … ещё { $amount } …
clock-by-hand = Срок назначен в задаче: { $who }, { $at }
clock-stood = Часы стояли с { $start } до { $end }: { $what }
clock-stands = Часы стоят с { $start }: { $what }. Останется { $left } рабочего времени.
waited-information = ждали сведений от заявителя
waited-choice = ждали, какой вариант выберет заявитель
due-stands = часы стоят, ждём заявителя

day-weekend = выходной
day-holiday = праздник
day-moved-off = перенесённый выходной
day-closed = нерабочий день
day-after-hours = вне часов поддержки
day-short = короткий день
day-moved-work = рабочий день по переносу
day-work = рабочий день
day-pause = пауза
holiday-new-year = новогодние каникулы
holiday-christmas = Рождество
holiday-defender-day = День защитника Отечества
holiday-womens-day = Международный женский день
holiday-labour-day = Праздник Весны и Труда
holiday-victory-day = День Победы
holiday-russia-day = День России
holiday-unity-day = День народного единства

desk-closed = 🌙 Сейчас поддержка не работает ({ $why }). Вернётся <b>{ $back }</b> ({ $zone }) — всё, что вы напишете, дождётся её.

fact-breached = { $clock ->
        [first_reply] Срок первого ответа пропущен
       *[other] Срок решения пропущен
    }
fact-raised = Приоритет повышен: задело многих
fact-rated = { $who }: оценка { $score } из 5

alarm-not-taken = ⏳ <b>{ $number }</b> «{ $subject }» никто не взял уже { $amount } рабочего времени.
alarm-due-soon = ⏰ <b>{ $number }</b> «{ $subject }»: { $clock ->
        [first_reply] первый ответ
       *[other] решение
    } — до { $due } ({ $zone }), осталось { $amount }.
alarm-overdue = 🔴 <b>{ $number }</b> «{ $subject }»: { $clock ->
        [first_reply] срок первого ответа
       *[other] срок решения
    } прошёл { $due } ({ $zone }).
alarm-who = Работает: { $who }.
alarm-nobody = Никто не взял.
alarm-head = Обращения, которым нужно внимание: { $count }
alarm-more = …и ещё { $count }. Все — /queue.

queue-head = <b>Очередь поддержки</b>: открытых { $count } · время — { $zone }
queue-empty = <b>Очередь поддержки</b> пуста. Все обращения закрыты.
queue-overdue = 🔴 <b>Просрочено</b>: { $count }
queue-today = 🟠 <b>Сегодня</b>: { $count }
queue-later = 🟢 <b>Позже</b>: { $count }
queue-waiting = ⏸ <b>Ждём заявителя</b>: { $count }
queue-answered = ✅ <b>Ответ дан, ждём подтверждения</b>: { $count }
queue-line = <b>{ $number }</b>{ $when } · { $priority } · { $subject } · { $who }
queue-when = , до { $due }
queue-nobody = не взято
queue-more = …и ещё { $count }
queue-close = Убрать очередь
queue-closed = Очередь убрана. Вернуть — /queue.
queue-not-yours = Очередь видят поддержка и управляющие. Эта карточка больше не обновляется.

stats =
    <b>Поддержка: { $period }</b>
    { $first } – { $last } ({ $zone })

    Поступило: <b>{ $opened }</b> · закрыто: <b>{ $closed }</b> · открыто сейчас: <b>{ $open }</b>
    Сроки пропущены: <b>{ $breached }</b>
    По типам: { $types }
    Первый ответ, медиана: { $first_reply }
    Решение, медиана: { $solution }
    Оценка: { $rating }
stats-type = { $name } { $count }
stats-none = —
stats-rating = { $mean } из 5 (оценок: { $count })
stats-median = { $amount } рабочего времени
period-today = сегодня
period-week = неделя
period-month = месяц
period-last-week = прошлая неделя
button-today = Сегодня
button-week = Неделя
button-month = Месяц
button-export = Выгрузить XLSX

digest =
    <b>Неделя поддержки</b>, { $first } – { $last }

    Поступило: <b>{ $opened }</b> · закрыто: <b>{ $closed }</b> · открыто: <b>{ $open }</b>
    Сроки пропущены: <b>{ $breached }</b>
    По типам: { $types }
    Первый ответ, медиана: { $first_reply } · решение: { $solution }
    Оценка: { $rating }
picture-title = Поддержка, { $first } – { $last }
picture-opened = поступило
picture-closed = закрыто
picture-open = открыто
picture-breached = сроки пропущены
picture-types = Поступило по типам

export-making = Готовлю выгрузку обращений, пришлю файлом.
export-caption = Обращения на { $at }: { $count }
export-sheet = Обращения
export-number = Номер
export-type = Тип
export-priority = Приоритет
export-status = Состояние
export-closed-as = Закрыто как
export-round = Круг
export-subject = Тема
export-description = Описание
export-conditions = Условия
export-login = Логин
export-portal = Портал
export-channel = Канал
export-hotel = Отель
export-requester = Заявитель
export-responsible = Ответственный
export-created-at = Создано
export-first-replied-at = Первый ответ
export-answered-at = Ответ дан
export-closed-at = Закрыто
export-due-first-reply = Срок первого ответа
export-due-solution = Срок решения
export-breached = Сроки пропущены
export-rating = Оценка

rate-how = Как мы справились? 1 — плохо, 5 — отлично.
rated = Спасибо! Оценка по <b>{ $number }</b>: { $score } из 5. Передумаете — нажмите другую в течение суток.
error-rating-fixed = Оценку можно изменить в течение суток — по { $number } это время прошло. Спасибо, мы её учли.
error-rating-not-yet = Оценить можно закрытое обращение.

history-page = <b>{ $number }</b>: история, страница { $page } из { $pages }
button-earlier = Раньше
button-later = Позже
button-history = Вся история

escalation-rules =
    <b>Эскалация</b>: кого звать, если обращение стоит
    { $rules }

    Тред обращения предупреждаю всегда: когда израсходовано 75 % срока и когда срок прошёл. Время — рабочее, по часам поддержки.
    { $source }
escalation-occasion = <b>{ $name }</b>: { $rules }
escalation-off = никого не звать
escalation-rule-not-taken = через { $amount } → { $to }
escalation-rule-before = за { $amount } до срока → { $to }
escalation-rule-share = израсходовано { $share } % срока → { $to }
escalation-rule-overdue = { $now ->
        [yes] сразу
       *[no] через { $amount } после срока
    } → { $to }
escalation-from-file = Правила заданы в настройках службы ([support.escalation]); изменить их можно там.
escalation-from-chat = Изменил(а) { $who }, { $at }.
escalation-from-default = Это правила по умолчанию.
escalation-how = Кнопками ниже или словами, например:
    <code>/escalation не взято 30м поддержка; 2ч управляющий</code>
    <code>/escalation скоро 75% ответственный</code>
    <code>/escalation просрочено сразу ответственный, 17</code>
    <code>/escalation не взято нет</code>
    Кого: поддержка, ответственный, управляющий, администратор, тред, чат управляющих или id сотрудника в Битрикс24.
escalation-edit =
    <b>{ $name }</b>: { $rules }

    Нажмите срок или того, кого звать.
escalation-not-taken = Не взято
escalation-due-soon = Скоро срок
escalation-overdue = Просрочено
escalation-to-thread = тред
escalation-to-responsible = ответственный
escalation-to-support = поддержка
escalation-to-manager = управляющий
escalation-to-admin = администратор
escalation-to-managers-chat = чат управляющих
escalation-to-user = { $name }
escalation-typed-not-taken = не взято, не взяли, не принято, новое
escalation-typed-due-soon = скоро, скоро срок, до срока
escalation-typed-overdue = просрочено, срок прошёл, срок прошел
escalation-typed-off = нет, никого, выключить
escalation-typed-now = сразу, сейчас
escalation-typed-thread = тред, в тред
escalation-typed-responsible = ответственный, ответственному, исполнитель
escalation-typed-support = поддержка, поддержке
escalation-typed-manager = управляющий, управляющая, управляющему, управляющей, менеджер, менеджеру
escalation-typed-admin = администратор, администратору, админ, админу
escalation-typed-managers-chat = чат управляющих
button-escalation-off = Никого
button-escalation-default = По умолчанию
button-escalation-back = К правилам
mark-on = ✓ { $name }
error-escalation-fixed = Правила заданы в настройках службы ([support.escalation]), поэтому из чата их не изменить.
error-escalation-unclear = Не понял «{ $words }». Например: /escalation не взято 30м поддержка; 2ч управляющий
error-escalation-nobody = Кого звать? «{ $words }» я не знаю: поддержка, ответственный, управляющий, администратор, тред, чат управляющих или id сотрудника.

typed-queue = очередь
typed-stats = статистика
typed-export = выгрузка
typed-escalation = эскалация
command-queue = Очередь поддержки
command-stats = Поддержка в цифрах
command-export = Выгрузить обращения
command-escalation = Кого звать, если обращение стоит
params-stats = today, week, month
params-export = xlsx, csv
params-escalation = не взято 30м поддержка
