# Синхронизация, как ею управляют из чата и терминала.

fresh-today = данные Fidelio на { $at }
fresh-earlier = данные Fidelio на { $at } — это не сегодня
fresh-never = данных Fidelio ещё нет
fresh-loading = данные Fidelio ещё загружаются

sync-which-hotel = Какой отель обновляем?
sync-hotel-gone = Этого отеля больше нет в настройках.
sync-begun = Начинаю. Ход — в сообщении ниже.

# Карточка, пока идёт

sync-queued = <b>{ $hotel }</b>: обновление поставлено в очередь…
sync-again = <b>{ $hotel }</b>: обновление прервалось вместе со службой. Продолжаю — сделанное не потеряно…
sync-card =
    <b>{ $hotel }</b>: обновляю данные из Fidelio
    { $bar } { $percent }%
    { $phase }: { $done } из { $total }
sync-reading =
    <b>{ $hotel }</b>: читаю Fidelio…
    Получено записей: { $done }
sync-phase-reading = читаю Fidelio
sync-phase-planning = сравниваю с CRM
sync-phase-companies = компании
sync-phase-contacts = гости
sync-phase-deals = брони
sync-ends = закончу около { $at }
sync-limits = Лимит портала: запросы { $requests }%{ $share ->
        [0] { "" }
       *[other] , время { $method } — { $share }%
    }
sync-resting = { " " }(метод отдыхает ещё { $seconds } с)

# Отчёт

sync-report =
    <b>{ $hotel }</b>: данные обновлены за { $duration }

    Из Fidelio: { $fetched }
    новых { $created } · изменено { $updated } · без изменений { $unchanged }{ $bad ->
        [0] { "" }
       *[other] { "" }
    Не записано: { $failed }, отклонено: { $rejected }
    }
    Запросов к порталу: { $calls } · { $fresh }
sync-unchanged =
    <b>{ $hotel }</b>: ничего нового, CRM совпадает с Fidelio. Проверено записей: { $fetched }, за { $duration }.
    { $fresh }
sync-retried =
    <b>{ $hotel }</b>: повтор окончен за { $duration }
    записано { $done } · снова не вышло { $failed }{ $rejected ->
        [0] { "" }
       *[other] { " " }· не читается { $rejected }
    }
    { $fresh }
sync-failed =
    <b>{ $hotel }</b>: обновить не получилось
    { $reason }
sync-alarm = ⚠️ <b>Не записалось { $share }% записей</b> — больше порога в { $limit }%. Посмотрите, в чём дело.
sync-asked = Ждут решения, тот ли это гость: { $count } — спросил в чате управляющих.
sync-report-problems = Причины:
sync-problem-line = • { $reason } — { $count } · <i>{ $cause }</i>

# Проба без записи

sync-preview = { $moved ->
        [cut] <b>{ $hotel }</b>: запись прервалась вместе со службой, часть уже в CRM. Осталось вот что (проверка без записи, { $duration })
        [yes] <b>{ $hotel }</b>: данные успели измениться, поэтому я ничего не записал. Вот что будет теперь (проверка без записи, { $duration })
       *[no] <b>{ $hotel }</b>: проверка без записи, { $duration }
    }

    Будет записано: новых { $created } · изменено { $updated } · без изменений { $unchanged }{ $rejected ->
        [0] { "" }
       *[other] { "" }
    Не читается в Fidelio: { $rejected }
    }
sync-kind = • { $kind }: новых { $created }, изменится { $updated }
sync-items-contact = гости
sync-items-company = компании
sync-items-deal = брони
sync-item-contact = гость
sync-item-company = компания
sync-item-deal = бронь
sync-new-one = новая запись
sync-samples = <b>Примеры</b>
sync-sample = <b>{ $name }</b> · { $item } { $key }
sync-change = – { $field }: { $before } → { $after }
sync-change-new = – { $field }: { $after }
sync-change-hidden = – { $field }: изменится (значение скрыто)
sync-more-fields = – …и ещё полей: { $count }
sync-apply-until = Запишу ровно это. Кнопка работает до { $at }.
sync-applied = Применено — ход в сообщении ниже.
sync-nothing-to-apply = Записывать нечего: CRM совпадает с Fidelio.
sync-preview-over = Прошло больше получаса, данные могли измениться. Посмотрим заново?

crm-field-name = Имя
crm-field-lastname = Фамилия
crm-field-secondname = Отчество
crm-field-title = Название
crm-field-stageid = Стадия
crm-field-opportunity = Сумма
crm-field-currencyid = Валюта
crm-field-begindate = Начало
crm-field-closedate = Завершение
crm-field-birthdate = День рождения
crm-field-contactids = Гости
crm-field-companyid = Компания
crm-field-phones = Телефоны
crm-field-emails = Почта
crm-field-assignedbyid = Ответственный
crm-field-comments = Комментарий
crm-field-honorific = Обращение
yes = да
no = нет

# Не записалось

sync-no-errors = { $hotel }: ошибок нет, всё записано в CRM.
sync-errors = <b>{ $hotel }</b>: не записаны в CRM — { $total } (показаны { $first }–{ $last })
sync-error-line = { $number }. { $entity } <b>{ $key }</b>{ $name } — { $reason }{ $retried ->
        [yes] { " " }· повторяю…
       *[no] { "" }
    }
sync-error-link = <a href="{ $url }">открыть в CRM</a>
sync-entity-profile = профиль
sync-entity-stay = бронь
sync-entity-posting = начисление
button-retry-one = Повторить { $number }
button-retry-key = Повторить { $key }
button-retry-all = Повторить все { $count }
button-file = Завести обращение
button-file-cause = Обращение: { $cause }
button-apply = Применить ({ $count })
button-dry = Проба без записи
button-sync-full = Перечитать всё
button-sync-errors-of = Ошибки ({ $count })
button-sync-history = История
button-resume-sync = Возобновить

# Состояние и история

sync-status =
    <b>{ $hotel }</b>
    { $fresh }
sync-every = Обновляю каждые { $minutes } мин
sync-next = следующее около { $at }
sync-is-paused = ⏸ <b>Расписание на паузе</b> с { $at }: { $count } раз подряд не вышло — { $reason }
sync-waits = Обновление ждёт своей очереди
sync-runs = Сейчас: { $phase }, { $done } из { $total }
sync-all-written = Всё, что пришло из Fidelio, записано в CRM
sync-unwritten = Не записано: { $count }
sync-incident-open = Поддержка занимается: { $number }
sync-last-runs = Последние обновления:
sync-never = ещё ни одного
sync-history =
    <b>{ $hotel }</b>: история обновлений
    { $lines }
sync-line = №{ $run } · { $at } · { $kind } · { $state }
sync-line-took = за { $duration }
sync-line-counts = записей { $fetched }: новых { $created }, изменено { $updated }, ошибок { $failed }
sync-state-running = идёт
sync-state-done = готово
sync-state-failed = не вышло
sync-state-interrupted = прервано
sync-kind-of-sync = обновление
sync-kind-of-full = всё окно
sync-kind-of-dry = проба
sync-kind-of-apply = применение пробы
sync-kind-of-retry = повтор
sync-kind-of-reread = повтор с чтением
sync-kind-of-reconcile = сверка
sync-kind-of-repair = исправление

# Пауза

sync-paused =
    ⏸ <b>{ $hotel }</b>: обновление по расписанию остановлено — не вышло { $count } раз подряд.
    { $reason }
    Когда причина устранена, нажмите «Возобновить» или обновите сейчас: удачный запуск снимет паузу сам.
sync-resumed = { $hotel }: расписание снова работает, обновляю каждые { $minutes } мин.
sync-not-paused = { $hotel }: расписание и так работает, каждые { $minutes } мин.
sync-resumed-itself = { $hotel }: данные снова обновляются, пауза снята.

# Обращение о причине

incident-subject = { $hotel }: { $words }
incident-what =
    Синхронизация с Fidelio, отель { $hotel }: { $words }
    Код причины: { $cause }. Записей: { $count }.
incident-record = • { $record }: { $reason }
incident-named = { $entity } { $key }
incident-also = Также: { $keys }{ $more ->
        [0] { "" }
       *[other] { " " }и ещё { $more }
    }
incident-conditions = Запуск №{ $run }, { $fresh }
incident-known = Об этом уже есть обращение { $number } — новые сбои дописываю туда.
incident-over = { $hotel }: чистый запуск №{ $run } — этой причины больше нет ({ $words }). Записи, что не проходили, теперь в CRM.
fact-sync-again = { $who }: повторилось, запуск №{ $run } — записей { $count }, всего раз: { $runs }
fact-sync-over = { $who }: чистый запуск №{ $run }

# Почему гостя нет в CRM

typed-why = почему нет гостя
why-head = <b>{ $hotel }</b>: что с «{ $query }»
why-record = <b>{ $name }</b> · { $entity } { $key }
why-in-crm = ✅ Есть в CRM, совпадает с Fidelio (записано { $at }).
why-changed = 🕒 Есть в CRM, но последние изменения ещё не записаны: { $next }.
why-waiting = 🕒 Прочитан из Fidelio, в CRM ещё не записан: { $next }.
why-failed = ⚠️ Не записался: { $detail }. Исправьте причину и нажмите «Повторить» — или это сделает следующий запуск ({ $next }).
why-asked = ❓ Похож на другого гостя: жду ответа управляющих, тот ли это человек. Карточка — в их чате.
why-merged = ↪️ В Fidelio объединён с профилем { $detail } — в CRM он под тем номером.
why-anonymised = В Fidelio обезличен — в CRM такие профили не попадают.
why-deleted = В Fidelio удалён — в CRM такие профили не попадают.
why-kind = Это не гость и не компания (тип профиля в Fidelio другой) — такие в CRM не переносятся. Если ошибка, поправьте тип в Fidelio.
why-nameless = В профиле Fidelio нет ни имени, ни названия. Заполните имя — следующий запуск его запишет.
why-pseudo = Псевдо-номер (служебная бронь) — в CRM такие не переносятся.
why-account = Финансовый счёт, а не проживание — в CRM такие не переносятся.
why-rules = По правилам переноса этого отеля такая запись в CRM не нужна.
why-window = Заезд { $detail } — вне окна, которое я читаю. Окно задаётся в настройках: days_back и days_ahead.
why-rejected = ⚠️ Fidelio его отдаёт, но запись не читается: { $detail }. Поправьте её в Fidelio и нажмите «Повторить».
why-absent =
    В том, что отдаёт Fidelio, «{ $query }» нет ({ $fresh }, заезды { $first }–{ $last }).
    Проверьте написание латиницей, номер брони или конец телефона. Если гость заведён только что — обновите; если давно — перечитайте всё.
why-never = Из Fidelio ещё ничего не прочитано. Запустите обновление — и спросите снова.
why-more = Показаны первые. Если нужного нет, уточните: имя и фамилия, телефон или номер брони.
why-retried = Уже повторяю…
next-at = следующее обновление около { $at }
next-first = запишется при первом обновлении
next-paused = расписание на паузе — нажмите «Возобновить» в /sync status

# Причины, которых раньше не было

reason-given-up = обновление прерывалось три раза подряд вместе со службой; больше сам не повторяю — посмотрите журнал службы
reason-crm-gone = записи больше нет в CRM: её удалили; следующий запуск создаст заново
reason-crm-deleted = запись удалили в CRM, а настройка велит не создавать её заново
reason-door = дверь в Fidelio не открывается: что именно, скажет concierge check
cause-other = причина без имени: смотрите слова у записи

error-sync-not-your-hotel = Синхронизацией отеля «{ $hotel }» управляют его управляющие и поддержка.
error-sync-cause-over = По этой причине сейчас ничего не стоит: следующий запуск уже прошёл чисто.
error-no-such-preview = Этой пробы больше нет. Запустите новую: /sync dry
error-preview-over = Проба старше { $minutes } минут: данные могли измениться. Запустите новую: /sync dry
error-preview-applied = Эта проба уже применена.
error-nothing-to-retry = Повторять нечего: всё уже записано.
error-why-query-short = Кого искать? Напишите имя (хотя бы две буквы) или номер брони: /sync why Иванов
error-fias-listen = Порт для связи с Fidelio не открывается: занят или не разрешён.
