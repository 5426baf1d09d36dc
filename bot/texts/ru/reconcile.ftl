# Сверка: всё, что есть в Fidelio, против всего нашего в CRM.

typed-reconcile = сверка
sync-phase-checking = сверяю с CRM

reconcile-same =
    <b>{ $hotel }</b>: сверка — Fidelio и CRM совпадают ✅
    { $sides }
    Дат заезда проверено: { $days } · за { $duration }
    { $fresh }
reconcile-differs =
    <b>{ $hotel }</b>: сверка нашла расхождения — { $count }
    { $sides }
reconcile-repaired =
    <b>{ $hotel }</b>: расхождения исправлены ✅
    { $kinds }
    Проверено ещё раз: Fidelio и CRM совпадают · за { $duration }
    { $fresh }
reconcile-repaired-partly =
    <b>{ $hotel }</b>: исправлено не всё, осталось { $count }
    { $sides }
reconcile-by = Исправляет: { $name }
reconcile-sides = { $sort }: в Fidelio { $pms }, в CRM { $crm }
reconcile-company = фирм
reconcile-contact = гостей
reconcile-deal = броней
reconcile-kind-missing = нет в CRM
reconcile-kind-extra = лишнее в CRM
reconcile-kind-differs = отличается
reconcile-kind-vanished = пропало из Fidelio
reconcile-kind-duplicate = задвоено в CRM
reconcile-kind = • { $kind } — { $count }
reconcile-days = По датам заезда (Fidelio / CRM):
reconcile-day = { $day }: { $pms } / { $crm }
reconcile-no-day = без даты
reconcile-more-days = … и ещё { $count } { $count ->
        [one] дата
        [few] даты
       *[many] дат
    }
reconcile-list = Расхождения:
reconcile-line = { $kind }: { $sort } <code>{ $key }</code>{ $fields ->
        [0] { "" }
       *[other] { " " }({ $names })
    }{ $linked ->
        [yes] { " " }{ $links }
       *[no] { "" }
    }
reconcile-item-company = фирма
reconcile-item-contact = гость
reconcile-item-deal = бронь
reconcile-more = … и ещё { $count }. Полный список: <code>concierge reconcile { $code } --json</code>
reconcile-extra-stays = Лишнее в CRM я не удаляю: решает человек.
button-repair = Исправить ({ $count })
error-repair-already = Исправление уже идёт. Дождитесь его отчёта.
