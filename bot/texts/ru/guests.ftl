# Гости: поиск, карточка, списки, картина дня.

guest-found = { $count ->
        [0] По запросу «{ $query }» никого не нашёл. Попробуйте фамилию, конец телефона, почту или номер брони.
        [one] По запросу «{ $query }» — один гость
        [few] По запросу «{ $query }» — { $count } гостя
       *[other] По запросу «{ $query }» — { $count } гостей
    }
guest-near = Точно по запросу «{ $query }» никого нет. Похожи:
guest-found-more = По запросу «{ $query }» — первые { $count }. Если нужного нет, добавьте имя, телефон или номер.
room-guests = { $count ->
        [0] В номере { $room } сейчас никого, и ближайших заездов нет.
       *[other] <b>Номер { $room }</b>
    }
list-arrivals = <b>Заезды, { $day }</b>: { $count }
list-departures = <b>Выезды, { $day }</b>: { $count }
list-inhouse = <b>Проживают</b>: { $count }
list-vip = <b>VIP, { $day } и неделя вперёд</b>: { $count }
list-birthdays = <b>Дни рождения, { $day } и неделя вперёд</b>: { $count }
list-rooms = <b>Номера, { $day }</b>: заняты { $occupied }{ $known ->
        [yes] { " " }из { $rooms }, свободны { $free }
       *[no] { "" }
    }
list-hotel = { $hotel } · { $head }
list-page = Страница { $page } из { $pages }
list-filtered = Только: { $filter } — { $count }
list-nobody = Никого.
list-filter-which = Кого показать?
list-no-data = { $what }: нет данных — Fidelio этого отеля их не передаёт.
list-what-bookings = Будущие брони
list-what-inhouse = Кто проживает
list-what-birthday = Дни рождения
list-what-vip = VIP
list-what-room-status = Уборка номеров
button-list-back = Назад
button-list-on = Дальше
button-list-filter = Фильтр
button-list-all = Показать всех

guest-firm = { $kind ->
        [company] компания
        [agent] агентство
       *[other] источник
    }
guest-no-stay = броней в Fidelio нет
guest-birthday = день рождения { $day }
no-room = без номера
stay-tentative = предварительно
stay-confirmed = подтверждено
stay-in-house = проживает
stay-checked-out = выехал
stay-cancelled = отменено
stay-no-show = не заехал
nights = { $count ->
        [0] без ночёвки
        [one] { $count } ночь
        [few] { $count } ночи
       *[other] { $count } ночей
    }
adults = { $count ->
        [one] { $count } взрослый
       *[other] { $count } взрослых
    }
children = { $count ->
        [one] { $count } ребёнок
       *[other] { $count } детей
    }
room-count = { $count ->
        [one] { $count } номер
        [few] { $count } номера
       *[other] { $count } номеров
    }

card-room = номер { $room }
card-room-with-type = номер { $room }, { $type }
card-stay = { $arrival } — { $departure } · { $nights } · { $state }
card-moves = Переезды: { $moves }
card-move = с { $day } { $room }
card-with = Вместе: { $names }
card-firm = { $firm }
card-group = группа { $group }
card-contacts = Тел.: { $phones }
card-emails = Почта: { $emails }
card-rate = Тариф { $code } · { $rate } за ночь
card-rate-plain = Тариф { $code }
card-total = Проживание { $total }
card-folio = Начислено { $charged } · оплачено { $paid } · остаток { $left }
card-birthday = День рождения { $day }{ $in_stay ->
        [yes] { " " }— во время проживания
       *[no] { "" }
    }
card-preferences = Предпочтения: { $text }
card-comments = Комментарии: { $text }
card-about = Гость: { $text }
card-previous = { $count ->
        [one] Раньше: { $count } раз · { $dates }
        [few] Раньше: { $count } раза · { $dates }
       *[other] Раньше: { $count } раз · { $dates }
    }
card-first-time = Первое проживание
card-ahead = Ещё брони: { $dates }
card-requests = Обращения: { $requests }
card-request = { $number } «{ $subject }» — { $status }
card-numbers = Бронь { $reservation }{ $confirmation ->
        [none] { "" }
       *[other] { " " }· подтверждение { $confirmation }
    }
card-no-data = Нет данных (Fidelio не передаёт): { $what }
card-field-rate = тариф
card-field-total = сумма
card-field-room = номер
card-field-phones = телефон
card-field-emails = почта
card-field-birthday = день рождения
card-field-preferences = предпочтения
card-field-notes = комментарии
button-crm-deal = Сделка в CRM
button-crm-contact = Контакт в CRM
button-crm-company = Компания в CRM

room-occupied = занят до { $day }
room-leaves = выезд сегодня
room-comes = заезд сегодня
room-turns = выезд и заезд сегодня
room-dirty = не убран
room-clean = убран
room-inspected = проверен

morning-head = <b>{ $hotel }, { $day }</b>
morning-occupancy = Загрузка { $percent } % · занято { $occupied } из { $rooms }
morning-occupancy-plain = Занято номеров: { $occupied }
morning-moves = Заезды { $arrivals } · выезды { $departures } · гостей { $guests }
morning-vip = VIP сегодня: { $names }
morning-money = Выручка за номера { $revenue } · ADR { $adr }{ $has_revpar ->
        [yes] { " " }· RevPAR { $revpar }
       *[no] { "" }
    }
morning-money-none = Выручка: нет данных — тарифы по ночам из Fidelio не приходят.
morning-tomorrow = Завтра: занято { $occupied }, заездов { $arrivals }
morning-no-bookings = Брони вперёд: нет данных — Fidelio этого отеля их не передаёт.
day-making = Рисую картину дня…
picture-day-title = { $hotel }: { $day }
picture-day-occupancy = Загрузка
picture-day-occupied = Занято номеров
picture-day-of = из { $rooms }
picture-day-tomorrow = завтра { $count }
picture-day-arrivals = Заезды
picture-day-departures = Выезды
picture-day-guests = Гостей в отеле
picture-day-revenue = Выручка за номера
picture-day-adr = ADR
picture-day-bars-share = Загрузка по дням, %
picture-day-bars = Занято номеров по дням

reindex-done = { $hotel }: поисковый индекс построен заново, записей { $count }

command-vip = VIP-гости
command-birthdays = Дни рождения
command-rooms = Номера: занятость
command-day = Картина дня
typed-vip = вип
typed-birthdays = дни рождения
typed-rooms = номера
typed-day = картина дня
params-vip = дата
params-birthdays = дата
params-rooms = дата
params-day = дата

error-guest-query-short = Напишите хотя бы две буквы: /guest Иванов.
error-guest-gone = Этой брони в Fidelio больше нет — посмотрите список заново.
error-guest-level = Здесь это не показываю: нужен уровень «{ $level }». Спросите в личном чате Битрикс24 или у управляющего.
privacy-basic = основное
privacy-contact = контакты
privacy-money = суммы
privacy-all = всё

guest-name = <b>{ $name }</b>{ $vip }
guest-row = { $name } · { $room } · { $dates } · { $state }
room-line = <b>{ $room }</b> · { $state }
room-free = свободен
morning-guest = { $name } ({ $room })
