# Страницы внутри портала: расписания, часы поддержки, сроки, люди, чаты, данные, сайты, согласие, лицензия.

menu-schedules = Расписания
menu-hours = Часы поддержки
menu-levels = Сроки
menu-calls = Кого звать
menu-people = Роли
menu-chats = Чаты
menu-privacy = Данные гостей
menu-sites = Форма на сайте
menu-consent = Согласие
menu-licence = Лицензия

# Расписания

schedule-brief = каждые { $minutes } мин, полностью в { $at }
schedule-title = { $hotel }: расписание
schedule-clock = Синхронизация с Fidelio
schedule-window = Окно: какие заезды читать, считая от сегодня.
schedule-trouble = Когда что-то не так
schedule-morning = Утренняя картина дня
schedule-alerts = Кого встретить особо
field-hotel-warn-share = Предупреждать, если не записалось больше, %
field-hotel-warn-share-hint = Доля записей одного запуска. Сообщение получат управляющие
field-hotel-alerts = О ком предупреждать до заезда
field-hotel-alert-days = За сколько дней
field-hotel-alert-chats = Где предупреждать
field-hotel-alert-chats-hint = По одному в строке: bitrix24:chat77 или telegram:-100… Пусто: управляющим лично

# Часы поддержки

hours-week = Часы работы
hours-text = Часы словами
hours-text-hint = Например: Пн-Пт 09:00-13:00, 14:00-18:00; Сб 10:00-14:00
hours-hint = Вторая пара — после перерыва. Пусто: выходной. Ночная смена: до 24:00 и со следующего дня с 00:00.
hours-from-0 = с
hours-to-0 = до
hours-from-1 = после перерыва с
hours-to-1 = после перерыва до
day-of-mon = Понедельник
day-of-tue = Вторник
day-of-wed = Среда
day-of-thu = Четверг
day-of-fri = Пятница
day-of-sat = Суббота
day-of-sun = Воскресенье
hours-half = Укажите и начало, и конец
hours-no-time = Время пишется как 09:00
hours-backwards = Конец раньше начала
hours-overlap = Часы одного дня пересекаются
hours-never = Хотя бы один день должен быть рабочим
hours-unreadable = Часы не читаются: напишите, например, Пн-Пт 09:00-18:00
hours-days = Особые дни
hours-days-hint = Сильнее производственного календаря: свой выходной, рабочая суббота, короткий день. Чтобы убрать, сотрите дату.
hours-day-row = Особый день { $n }
day-date = Дата
day-what = Какой это день
day-own-hours = Часы этого дня
day-kind-off = выходной
day-kind-work = рабочий
day-kind-short = короче на час
day-kind-hours = свои часы
day-no-date = Дата не читается
day-twice = Этот день уже есть выше
day-kind = Выберите, какой это день
day-hours = Часы пишутся как 10:00-15:00
hours-rest = Обращения
field-support-timezone = Часовой пояс
field-support-calendar = Производственный календарь
field-support-prefix = Префикс номера
field-support-prefix-hint = Номера новых обращений: FB-2026-000123. Прежние не изменятся
field-support-reopen-days = Вернуть закрытое можно, дней
field-support-responsible = За кем новая задача
field-support-responsible-hint = Пока никто не взял обращение
support-first-of-support = первый из поддержки
calendar-ru = Россия
calendar-by = Беларусь
calendar-kz = Казахстан
calendar-uz = Узбекистан
calendar-am = Армения
calendar-ge = Грузия
calendar-az = Азербайджан
calendar-tr = Турция
calendar-none = без праздников
sample-title = Если обратиться сейчас
sample-see = Посмотреть, что получится
sample-now = Сейчас { $at } ({ $zone }), поддержка
sample-open = работает
sample-closed = закрыта
sample-request = Обращение
sample-first = Первый ответ
sample-solution = Решение
sample-until = до { $at } ({ $zone })
sample-special = Ближайшие особые дни
sample-day = { $day }
sample-unreadable = Эти часы не читаются, посчитать нечего.

# Сроки

levels-lead = Сколько рабочего времени поддержки есть на первый ответ и на решение. Пишите 30м, 4ч, 1д 2ч; день — полный день поддержки. Пустая клетка: как подсказано в ней.
levels-priority = Приоритет
level-unreadable = Срок пишется как 30м, 4ч или 1д 2ч
level-backwards = Решение раньше первого ответа

# Кого звать

calls-lead = Кого позвать, если обращение стоит. Время — рабочее время поддержки. То же меняют в чате командой /escalation.
calls-rule = Правило { $n }
calls-hint-not-taken = Обращение никто не взял столько времени.
calls-hint-due-soon = Срок близко: израсходована доля (75%) или осталось времени (1ч).
calls-hint-overdue = Срок прошёл столько времени назад; 0 — сразу.
calls-when-not-taken = Через
calls-when-due-soon = Когда
calls-when-overdue = Спустя
calls-whom = Кого позвать
calls-to-thread = тему обращения
calls-to-responsible = ответственного
calls-to-support = поддержку
calls-to-manager = управляющего
calls-to-admin = администратора
calls-to-managers-chat = чат управляющих
calls-users = и сотрудников (id через пробел)
calls-default = Вернуть обычные
call-nobody = Выберите, кого позвать
call-when = Время пишется как 30м, 4ч или 75%

# Роли

people-lead = Роль открывает команды бота и страницы, уровень — сколько видно о гостях. Остальные сотрудники портала заводят обращения и видят основное.
people-add = Дать роль
people-who = Кому
people-role = Роль
people-hotels = Отели
people-level = Видит о госте
people-department = отдел
people-user-number = Сотрудник { $number }
people-department-number = Отдел { $number }
people-number = Сотрудник { $number }
people-all-hotels = все
people-by-role = по роли
people-fixed = задано в concierge.toml
people-take = Отобрать
people-empty = Ролей пока никому не дали.
people-by-role-title = Что видно по роли
people-to-privacy = Все поля и места
people-search = Найти сотрудника или отдел
people-search-hint = Имя, должность, название отдела или номер сотрудника
people-find = Найти
people-found = Найденные
people-none-found = Никого не нашли. Попробуйте фамилию.
people-more = Уточнить
people-hotels-hint = Ничего не отмечено: во всех отелях
people-level-by-role = как у роли
people-give = Дать роль
people-nobody = Найдите и отметьте, кому
people-no-role = Выберите роль
people-no-level = Такого уровня нет
role-staff = сотрудник
role-front-desk = служба приёма
role-marketing = маркетинг
role-manager = управляющий
role-representative = представитель заказчика
role-support = поддержка
role-admin = администратор
role-hint-front-desk = гости и номера
role-hint-marketing = контакты согласившихся
role-hint-manager = отчёты, цифры, синхронизация
role-hint-representative = подтверждает закрытие обращений
role-hint-support = берёт обращения и отвечает
role-hint-admin = эти настройки и все данные
level-basic = основное
level-contact = и контакты
level-money = и суммы
level-all = всё
told-grant-given = Роль дана.
told-grant-taken = Роль отобрана.
error-grant-gone = Этой роли уже нет, или она задана в concierge.toml.

# Чаты

field-telegram-support-chat = Супергруппа поддержки
field-telegram-support-chat-hint = Номер группы с темами, например -1001234567890. Бот в ней администратор с правом управлять темами. Пусто: без зеркала
field-telegram-managers-chat = Чат управляющих
field-telegram-managers-chat-hint = Сюда приходят отчёты о синхронизации и сводки
chats-levels = Сколько показывать в группах
chats-levels-hint = В группе видно меньшее из двух: уровень того, кто спросил, и уровень группы. Не названные здесь видят основное.
chats-row = Группа { $n }
chats-where = Мессенджер
chats-number = Номер чата
chats-number-hint = В Битрикс24 номер чата — chat77, в Telegram — число с минусом. Чтобы убрать, сотрите номер.
chat-no-number = Номер чата: chat77 или 77 в Битрикс24, число в Telegram
chat-twice = Этот чат уже есть выше

# Данные гостей

field-privacy-telegram = Больше всего можно показать в Telegram
field-privacy-telegram-hint = Telegram — иностранный мессенджер: это трансграничная передача данных
field-privacy-marketing = Контакты для маркетинга
field-privacy-card-minutes = Прятать карточки гостей в чатах через, минут
field-privacy-card-minutes-hint = 0: не прятать
field-privacy-retention-days = Забывать журнал и прошлые брони через, дней
field-privacy-retention-days-hint = 0: хранить. Не меньше окна синхронизации
marketing-opt-in = только тех, кто согласился
marketing-not-opted-out = всех, кто не отказался
privacy-table = Роль и поле
privacy-table-lead = Что видит роль с её обычным уровнем. Уровень человека можно изменить на странице «Роли».
privacy-field = Поле
privacy-agreed = согласившихся
privacy-never = не показывается никому
privacy-places = Место
place-bitrix24-private = Личный чат в Битрикс24
place-bitrix24-group = Группа в Битрикс24
place-telegram-private = Личный чат в Telegram
place-telegram-group = Группа в Telegram
place-own = уровень самого человека
place-at-most = не больше чем «{ $level }»
place-or-chat = или как задано чату
privacy-field-name = Имя
privacy-field-vip = VIP
privacy-field-room = Номер
privacy-field-moves = Переезды
privacy-field-arrival = Заезд
privacy-field-departure = Выезд
privacy-field-nights = Ночи
privacy-field-state = Состояние брони
privacy-field-room-type = Категория
privacy-field-party = Сколько человек
privacy-field-firm = Компания
privacy-field-group = Группа
privacy-field-numbers = Номера брони
privacy-field-previous = Прошлые визиты
privacy-field-masked-contacts = Контакты со звёздочками
privacy-field-crm-link = Ссылка в CRM
privacy-field-freshness = Свежесть данных
privacy-field-phones = Телефоны
privacy-field-emails = Почта
privacy-field-rate = Тариф
privacy-field-amount = Сумма
privacy-field-revenue = Выручка
privacy-field-folio = Счёт
privacy-field-birthday = День рождения
privacy-field-preferences = Предпочтения
privacy-field-comments = Комментарии
privacy-field-language = Язык
privacy-field-nationality = Гражданство
privacy-field-address = Адрес
privacy-field-memberships = Карты гостя
privacy-field-passport = Паспорт
privacy-field-document = Документы
privacy-field-card-number = Номер банковской карты
privacy-field-extra = Прочие поля

# Форма на сайте

sites-form = Форма обратного звонка
field-callback-enabled = Принимать обращения с сайта
field-callback-operator = Кому даётся согласие
field-callback-operator-hint = Оператор данных: название, адрес, ИНН. Попадёт в текст согласия
field-callback-operator-contact = Куда писать об отзыве согласия
field-callback-per-ip = Форм с одного адреса за 10 минут
field-callback-per-site = Форм с одного сайта за час
sites-title = Сайты
sites-hint = Чьи страницы могут показать форму. Ключ попадает в адрес формы. Чтобы убрать сайт, сотрите ключ и адреса.
sites-row = Сайт { $n }
site-key = Ключ
site-origins = Адреса сайта, по одному в строке
site-code = Код для вставки на сайт:
site-no-key = Ключ: латинские буквы, цифры, «-» и «_»
site-twice = Такой ключ уже есть выше
site-no-origin = Адрес: https://grand.hotel.example, без пути
sites-no-address = Адрес службы снаружи не задан ([service] public_url), поэтому кода для вставки нет.

# Согласие

consent-in-force = Действует сейчас
consent-version-of = версия { $version }
consent-from-file = Текст берётся из файла { $file }, здесь не меняется
consent-since = с
consent-built-in = наш текст
consent-agreed = согласий: { $count }
consent-read = Прочитать
consent-new = Новая версия
consent-new-hint = Начнёт действовать сразу. Кто согласился раньше, согласился с тем текстом: он хранится, пока хранится согласие.
consent-version-name = Версия
consent-version-hint = Обычно дата: 2026-11-23
consent-text = Текст
consent-text-hint = Абзацы через пустую строку. Назовите оператора, цели, сроки и как отозвать согласие
consent-publish = Ввести в действие
consent-sure = Точно ввести?
consent-earlier = Прежние версии
consent-none-earlier = Прежних версий нет.
consent-version-missing = Назовите версию
consent-version-long = Название версии длиннее 40 знаков
consent-version-taken = Такая версия уже была, с другим текстом
consent-text-short = Текст согласия слишком короткий
consent-text-long = Текст согласия слишком длинный
consent-text-same = Это тот же текст, что действует
told-consent-published = Новая версия действует.

# Лицензия

licence-state-none = Лицензия без срока
licence-state-active = Лицензия действует
licence-state-grace = Оплаченный срок вышел
licence-state-ended = Лицензия закончилась
licence-badge-none = без срока
licence-badge-active = оплачена
licence-badge-grace = льготные дни
licence-badge-ended = закончилась
licence-means-none = Срока нет: всё работает.
licence-means-active = Всё работает.
licence-means-grace = Пока всё работает. Когда выйдут льготные дни, остановится синхронизация; обращения в поддержку останутся.
licence-means-ended = Синхронизация остановлена. Обращения, сроки и карточки гостей работают как прежде, данные от Fidelio сохраняются и попадут в CRM после продления.
licence-paid-until = Оплачена до
licence-grace-until = Льготные дни до
licence-days-left = Осталось дней
licence-note = Пометка
licence-whom = Кого спросить
licence-ask = Продлевает поставщик. Напишите ему или заведите обращение: отправьте боту /new. Поддержка отвечает при любой лицензии.
deed-data = Подробности
