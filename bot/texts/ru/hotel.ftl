# Гости и синхронизация.

guest-found = { $count ->
        [0] По запросу «{ $query }» никого не нашёл. Попробуйте фамилию латиницей, конец телефона или номер брони.
        [10] Первые 10. Если нужного гостя нет, уточните: имя и фамилия, телефон или бронь.
       *[other] Нашёл { $count }:
    }
room-guests = { $count ->
        [0] В номере { $room } сейчас никого, и ближайших заездов нет.
       *[other] <b>Номер { $room }</b>
    }
list-arrivals = <b>Заезды, { $day }</b>: { $count }
list-departures = <b>Выезды, { $day }</b>: { $count }
list-inhouse = <b>Проживают</b>: { $count }
list-more = …и ещё { $count }
guest-line = <b>{ $name }</b>{ $has_vip ->
        [yes] { " " }★ { $vip }
       *[no] { "" }
    } · { $room } · { $dates } · { $state }
guest-contact = тел.: { $phones } · почта: { $emails }
guest-money = сумма: { $amount } { $currency }
no-room = без номера
stay-tentative = предварительно
stay-confirmed = подтверждено
stay-in-house = проживает
stay-checked-out = выехал
stay-cancelled = отменено
stay-no-show = не заехал

sync-which-hotel = Какой отель обновляем?
sync-status =
    <b>{ $hotel }</b>: последние обновления
    { $lines }
sync-never = ещё ни одного
sync-line = { $at } · { $state } · записей { $fetched }: новых { $created }, изменено { $updated }, ошибок { $failed }
sync-state-running = идёт
sync-state-done = готово
sync-state-failed = не вышло
sync-state-interrupted = прервано
sync-no-errors = { $hotel }: ошибок нет.
sync-errors =
    <b>{ $hotel }</b>: не записались в CRM
    { $lines }
sync-error-line = • { $entity } { $key } — { $reason }
sync-entity-profile = профиль
sync-entity-stay = бронь
sync-entity-posting = начисление

sync-queued = <b>{ $hotel }</b>: обновление поставлено в очередь…
sync-card =
    <b>{ $hotel }</b>: обновляю данные из Fidelio
    { $bar } { $percent }%
    { $phase }: { $done } из { $total }
sync-phase-reading = читаю Fidelio
sync-phase-planning = сравниваю с CRM
sync-phase-companies = компании
sync-phase-contacts = гости
sync-phase-deals = брони
sync-reading =
    <b>{ $hotel }</b>: читаю Fidelio…
    Получено записей: { $done }
sync-report =
    <b>{ $hotel }</b>: { $dry ->
        [yes] проверка без записи
       *[no] данные обновлены
    } за { $duration }

    Из Fidelio: { $fetched }
    новых { $created } · изменено { $updated } · без изменений { $unchanged }{ $bad ->
        [0] { "" }
       *[other] { "" }
    Не записано: { $failed }, отклонено: { $rejected }
    }
    Запросов к порталу: { $calls } · данные на { $fresh }
sync-report-problems = Причины:
sync-problem-line = • { $reason } — { $count }
sync-unchanged = <b>{ $hotel }</b>: ничего нового, CRM совпадает с Fidelio. Проверено записей: { $fetched }, за { $duration }.
sync-failed =
    <b>{ $hotel }</b>: обновить не получилось
    { $reason }
seconds = { $n ->
        [0] мгновение
       *[other] { $n } с
    }
chart-title = { $hotel }: брони по датам заезда
chart-arrivals = заезды
chart-in-house = проживают

reason-pms-unreachable = Fidelio не отвечает. Проверьте адрес и что сервис XML-интерфейса запущен.
reason-pms-refused = Fidelio не принял имя или пароль интерфейса.
reason-pms-answer = Fidelio прислал непонятный ответ.
reason-portal-unreachable = портал Битрикс24 не отвечает
reason-portal-refused = портал не разрешает: не хватает прав вебхука
reason-row-unreadable = запись Fidelio не читается
reason-crm-field = CRM не принимает значение поля
reason-crm-required = в CRM есть обязательное поле, которого нет в Fidelio
reason-unclear = ответ портала потерялся; проверю при следующем обновлении
reason-interrupted = обновление прервано остановкой службы; продолжится со следующего запуска
reason-internal = сбой на нашей стороне; подробности в журнале службы
reason-other = { $detail }
