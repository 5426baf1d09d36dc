# Слова бота: приветствие, команды, кнопки, отказы.

greeting = Здравствуйте, { $name }! Я Консьерж. Помогу завести обращение в поддержку, найти гостя и обновить данные из Fidelio. С чего начнём?
help =
    <b>Что я умею</b>

    <b>Обращения</b>
    /new — новое: один вопрос — одно обращение
    /my — мои обращения
    /request FB-… — карточка

    <b>Гости</b>
    /guest Иванов — найти гостя
    /room 302 — кто в номере
    /arrivals, /departures, /inhouse — заезды, выезды, кто проживает
    /vip, /birthdays, /rooms — VIP-гости, дни рождения, номера{ $sync ->
        [yes] { "" }

    <b>Данные из Fidelio</b>
    /sync — обновить сейчас, /sync full — перечитать всё
    /sync status, /sync errors, /sync history — как дела, что не записалось, прошлые запуски
    /sync dry — проба без записи, /sync why Иванов — почему гостя нет в CRM

    <b>Поддержка</b>
    /queue — очередь, всегда верная
    /stats — цифры, /export — выгрузка в файл
    /day — картина дня: загрузка, заезды, выезды
    /escalation — кого звать, если обращение стоит
       *[no] { "" }
    }

    <b>Ещё</b>
    /link — подключить Telegram
    /lang — English

    Команды можно писать и словами: «новое обращение», «номер 302», «заезды».
unknown-command = Команды /{ $command } я не знаю. Напишите «помощь» — покажу, что умею.
unknown-button = Эта кнопка мне не знакома. Напишите «помощь» — начнём сначала.
what-to-do = Что сделать с этим сообщением?
fine = Хорошо. Если что — я здесь.
language-set = Говорим по-русски.
draft-kept = Черновик обращения сохранён.
draft-exists = У вас есть начатое обращение. Продолжим его или начнём заново?
stale-nothing = Эта кнопка уже отработала.
stale-step = Этот шаг уже пройден — смотрите ниже.
use-buttons = Пожалуйста, выберите кнопку под сообщением (или напишите её название).
nothing-to-cancel = Отменять нечего: сейчас ничего не заполняем.
nothing = ничего
nobody = не указан
not-given = не указано
the-bot = Консьерж
secrets-blanked = В тексте были пароль, номер карты или паспорта — я их скрыл и не сохранил.

link-first = Мы ещё не знакомы. Откройте бота «Консьерж» в Битрикс24, напишите ему /link — он покажет код. Затем отправьте мне сюда: /link КОД
link-code = Ваш код: <b>{ $code }</b>. Отправьте его боту в Telegram: /link { $code }. Код действует 10 минут и только один раз.
linked = Готово, { $name }! Этот Telegram теперь ваш. Напишите «помощь», чтобы увидеть, что я умею.

button-back = Назад
button-cancel = Отмена
button-skip = Пропустить
button-done = Готово
button-send = Отправить
button-fix = Исправить
button-keep = Оставить
button-my-login = Мой логин
button-this-portal = Этот портал
button-split = Разделить
button-one-problem = Это одна проблема
button-resume = Продолжить
button-start-over = Начать заново
button-reply = Ответить
button-nothing = Ничего
button-to-request = Ответ по { $number }
button-open-card = Открыть карточку
button-sync-now = Обновить сейчас
button-sync-errors = Ошибки

typed-new = новое обращение
typed-my = мои обращения
typed-request = обращение
typed-guest = гость
typed-room = номер
typed-arrivals = заезды
typed-departures = выезды
typed-inhouse = проживают
typed-sync = синхронизация
typed-link = привязать
typed-help = помощь
typed-cancel = отмена
typed-lang = язык
typed-back = назад

command-new = Новое обращение
command-my = Мои обращения
command-request = Карточка обращения
command-guest = Найти гостя
command-room = Кто в номере
command-arrivals = Заезды
command-departures = Выезды
command-inhouse = Кто проживает
command-sync = Обновить данные из Fidelio
command-link = Подключить Telegram
command-help = Что умеет бот
command-cancel = Отменить
command-lang = English
params-request = FB-2026-000123
params-guest = фамилия, телефон или бронь
params-room = 305
params-arrivals = дата
params-departures = дата
params-sync = full, dry, status, errors, history, reconcile, why Иванов
params-link = код

error-no-such-request = Такого обращения нет (или оно не ваше). Список ваших — /my.
error-request-number-needed = Укажите номер: /request { $prefix }-2026-000123. Список ваших обращений — /my.
error-move-not-allowed = Сейчас так нельзя: обращение в состоянии «{ $status }». Можно: { $possible }.
error-not-your-move = Сейчас это может сделать только { $who }: обращение в состоянии «{ $status }». Вам можно: { $possible }.
error-nothing-to-choose = По обращению { $number } вариантов нет — ответьте, пожалуйста, словами.
error-reason-needed = Напишите, пожалуйста, причину — без неё не получится.
error-merged-stays-closed = Обращение { $number } объединено с другим — напишите в то, основное.
error-too-late-to-reopen = Вернуть обращение можно в течение { $days } дней после закрытия. Заведите новое — я помогу.
error-request-closed = Обращение { $number } закрыто. Чтобы продолжить, откройте его карточку и верните в работу.
error-not-your-request = На обращение { $number } отвечает тот, кто его завёл.
error-only-in-private = Напишите мне об этом в личном чате, пожалуйста.
error-unknown-button = Эта кнопка мне не знакома. Напишите «помощь» — начнём сначала.
error-not-your-button = Эта кнопка для того, кого я спросил.
error-link-code-wrong = Код не подошёл: он неверный, уже использован или старше 10 минут. Новый код покажет /link в Битрикс24.
error-already-linked = Этот Telegram уже привязан: { $name }.
error-file-too-large = Файл «{ $name }» больше { $limit_mb } МБ — столько мессенджер не отдаёт. Пришлите ссылку или уменьшенную копию.
error-file-gone = Файла в мессенджере уже нет — пришлите его, пожалуйста, ещё раз.
error-sync-not-yours = Синхронизацию запускают управляющие и поддержка.
error-no-hotels = К этому порталу пока не подключён ни один отель.
error-no-such-hotel = Отеля «{ $hotel }» не знаю. Есть: { $known }.
error-room-needed = Укажите номер комнаты: /room 305.
error-date-wrong = Не понял дату «{ $text }». Напишите, например, 25.12 или «завтра».
error-internal = Что-то пошло не так у меня. Я записал это для поддержки — попробуйте ещё раз чуть позже.

bot-name = Консьерж
bot-position = Обращения, гости и данные из Fidelio

as-user = от имени пользователя
switched-off = выключен
remedy-database = Проверьте [service] database_url и права на папку.
remedy-webhook = Создайте входящий вебхук в портале (Разработчикам → Другое → Входящий вебхук) и впишите его в [bitrix24] webhook_url.
remedy-scopes = Добавьте вебхуку права: { $scopes }.
remedy-bot-token = Придумайте строку до 40 знаков и впишите её в [bitrix24] bot_token.
remedy-bot = Проверьте право imbot у вебхука и что bot_token не менялся с первой регистрации.
remedy-support-users = Впишите id сотрудников поддержки в [bitrix24] support_users.
remedy-telegram = Проверьте [telegram] token (его выдаёт @BotFather) и api_url.
remedy-source = Добавьте отелю [hotels.source], например kind = "suite8".

demo-open = — откройте в браузере: мессенджер портала с ботом
demo-config = — настройки демо
demo-ctrl-c = — остановить; при следующем запуске всё продолжится
demo-stopping = Останавливаюсь…
demo-starting = Поднимаю портал, Telegram и отель…
demo-first-start = Первый запуск: собираю отель из настоящих броней, секунд десять…
demo-runs-already = Демо уже запущено в этой папке.
demo-port-taken = Порт { $port } занят. Другой — так: .venv/bin/concierge demo --port 8091
