# Гости и синхронизация.


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
