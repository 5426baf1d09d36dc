# Один и тот же гость? Карточки в чате управляющих.
identity-card = <b>Это один гость?</b> { $hotel } · баллов { $points } (сами объединяем от { $join })
identity-ours = В Fidelio: { $who }
identity-theirs = В CRM: { $who }
identity-born = р. { $day }
identity-mark = { $good ->
        [yes] +
       *[no] −
    } { $told } ({ $points })
identity-mark-email-equal = почта совпала
identity-mark-email-role = общий ящик совпал
identity-mark-phone-equal = телефон совпал
identity-mark-name-equal = имя совпало
identity-mark-name-variant = имя то же в другой форме
identity-mark-name-typo = имя похоже, есть опечатка
identity-mark-name-initial = фамилия совпала, имя неполное
identity-mark-name-given = имя совпало, фамилия другая
identity-mark-name-family = однофамильцы, имена разные
identity-mark-name-different = имена разные
identity-mark-middle-equal = отчество совпало
identity-mark-middle-different = отчества разные
identity-mark-birthday-equal = дата рождения совпала
identity-mark-birthday-near = дата рождения почти совпала
identity-mark-birthday-different = даты рождения разные
identity-mark-gender-different = пол разный
identity-mark-city-equal = город совпал
identity-mark-country-different = страны разные
identity-join = Объединить
identity-apart = Не объединять
identity-later = Позже
identity-undo = Отменить решение
identity-put-off = Отложено: напомню через { $days } дня.
identity-joined = Объединено: { $who }.
identity-joining = Объединяем: { $who }. Готово после ближайшего обмена, он уже заказан.
identity-apart-done = Это разные гости: { $who }.
identity-splitting = Разъединяем: { $who }. Готово после ближайшего обмена, он уже заказан.
identity-by-points = сами, по баллам
identity-by-person = сотрудник
identity-by-pms = так объединил Fidelio
identity-state-open = ждёт решения
identity-state-joined = объединены
identity-state-joining = объединяются
identity-state-apart = разные гости
identity-state-splitting = разъединяются
identity-settled = Вопрос снят: в CRM или в Fidelio с тех пор всё изменилось.
identity-more = { $hotel }: ждут вашего решения ещё { $count }. Это похожие гости, которых мы не объединили сами.
identity-one-by-one = Показать по одному
identity-last-joined = Последние объединения
identity-overview = <b>Сверка гостей</b> · { $hotel }
    Ждут решения: { $open }
    Объединено за { $days } дней: { $joined }
identity-all-seen = { $hotel }: больше вопросов нет.
identity-none-joined = { $hotel }: отменять нечего.
identity-orphan = (дубль, см. № { $number })
identity-orphan-note = Профиль этого гостя объединён в Fidelio. Основной контакт: { $url }
identity-erased = Гость удалён
error-identity-decided = Здесь уже решено: { $state }.
error-identity-gone = Этого вопроса больше нет: данные с тех пор изменились.
error-identity-too-late = Отменить можно в течение { $days } дней; срок прошёл.
error-identity-not-undone = Это решение не отменяется.
typed-asks = сверка гостей
command-asks = Похожие гости: один или разные
params-asks = отель
