# Обращения: подача, карточки, история, треды поддержки.

type-incident = Инцидент
type-problem = Проблема
type-service = Обслуживание
type-development = Развитие
priority-low = низкий
priority-normal = обычный
priority-high = высокий
priority-critical = критический
status-registered = зарегистрировано
status-in-progress = в работе
status-waiting = ждёт сведений
status-answered = ответ дан
status-completed = завершено
status-closed = закрыто
closed-confirmed = закрыто, подтверждено
closed-withdrawn = закрыто, отозвано
closed-not-needed = закрыто, не требуется
closed-merged = закрыто, объединено с другим
part-requester = заявитель
part-support = поддержка
part-representative = представитель
or = или
channel-bitrix24 = Битрикс24
channel-telegram = Telegram
channel-callback = форма на сайте
channel-phone = телефон
channel-api = API

new-head = <b>Новое обращение</b> · шаг { $step } из { $steps }{ $part }
new-part = · часть { $part } из { $total }
new-description = Что случилось? Опишите своими словами — одну проблему за раз.
new-description-empty = Напишите пару слов о проблеме, пожалуйста.
new-split =
    Похоже, здесь { $count ->
        [one] { $count } вопрос
        [few] { $count } вопроса
       *[other] { $count } вопросов
    }:
    { $parts }

    Отдельные обращения решаются быстрее. Разделить?
new-type =
    Что это?

    • <b>Инцидент</b> — сбой у одного человека
    • <b>Проблема</b> — работа встала
    • <b>Обслуживание</b> — нужна справка или настройка
    • <b>Развитие</b> — хочется улучшения
new-subject =
    Тема: <b>{ $subject }</b>

    Оставим или напишете свою?
new-subject-empty = Тема не может быть пустой.
new-screenshot = { $count ->
        [0] Пришлите скриншот или запись экрана, если есть.
        [one] Получил { $count } файл:
        [few] Получил { $count } файла:
       *[other] Получил { $count } файлов:
    }
    { $names }
new-screenshot-wanted = Здесь жду файл. Если его нет — «Пропустить».
new-file-kept = Файл приложил к обращению.
new-conditions = При каких условиях это происходит? Например: только ночью, в одном номере, после обновления.
new-login = У кого это происходит? Ваш логин — { $login }.
new-login-empty = Напишите логин или нажмите «Мой логин».
new-portal = На каком портале? Этот — { $portal }
new-portal-wrong = Это не похоже на ссылку. Например: hotel.bitrix24.ru
new-review =
    Проверьте, пожалуйста:

    <b>{ $subject }</b>{ $described ->
       *[no] { "" }
        [yes] { "" }
    { $description }
    }

    Тип: { $type }
    Условия: { $conditions }
    Логин: { $login }
    Портал: { $portal }
    Файлов: { $files }
new-fix = Что исправить?
new-cancelled = Хорошо, отменил. Ничего не отправлено.

field-description = Описание
field-type = Тип
field-subject = Тема
field-screenshot = Скриншот
field-conditions = Условия
field-login = Логин
field-portal = Портал

registered =
    <b>Обращение { $number } зарегистрировано</b>
    { $subject }

    Тип: { $type }, приоритет: { $priority }
    Первый ответ — до <b>{ $first_reply }</b> ({ $zone })
    Решение — до <b>{ $solution }</b> ({ $zone })

    <i>{ $why }</i>

    Всё, что происходит по обращению, я напишу сюда.
hours = { $n } ч
minutes = { $n } мин
moscow = МСК
done-at = дан { $at }

my-none = У вас пока нет обращений.
my-list = Ваши обращения, открытые — первыми:
my-line = <b>{ $number }</b> · { $status } · { $subject }

card =
    <b>{ $number } · { $subject }</b>

    Состояние: { $status }{ $round ->
        [1] { "" }
       *[other] , круг { $round }
    }
    Тип: { $type }, приоритет: { $priority }
    Первый ответ: { $first_reply }
    Решение: { $solution } ({ $zone })
    { $clock }

    { $description }

    <b>История</b>{ $earlier ->
        [0] { "" }
       *[other] { " " }(ещё { $earlier } раньше)
    }
    { $history }
history-line = { $at } — { $what }

support-card =
    <b>{ $number } · { $subject }</b>

    { $description }

    Состояние: { $status }{ $round ->
        [1] { "" }
       *[other] , круг { $round }
    }
    Тип: { $type }, приоритет: { $priority }
    Первый ответ: { $first_reply }
    Решение: { $solution } ({ $zone })
    { $clock }
    Условия: { $conditions }
    Заявитель: { $requester } · { $channel }
    Логин: { $login }
    Портал: { $portal }
    { $task }

    <i>{ $hint }</i>
support-hint = Пишите сюда — заявитель получит. Для своих: // или «Заметка:».
task-link = Задача в портале
task-description =
    { $description }

    <b>Условия:</b> { $conditions }
    <b>Тип:</b> { $type } · <b>Приоритет:</b> { $priority }
    <b>Заявитель:</b> { $requester } · { $channel }
    <b>Логин:</b> { $login }
    <b>Портал:</b> { $portal }
    <b>Первый ответ до:</b> { $first_reply } ({ $zone })
    <b>Решение до:</b> { $solution } ({ $zone })
    { $why }
task-title = Обращение { $number } · { $subject }

do-new = Новое обращение
do-my = Мои обращения
do-take = Взять
do-ask = Запросить сведения
do-offer = Варианты
do-reply = Ответить
do-choose = Выбрать
do-answer = Ответ
do-confirm = Решено
do-object = Не решено
do-close = Закрыть
do-withdraw = Отозвать
do-not-needed = Не требуется
do-merge = Объединить
do-reopen = Вернуть в работу

done-take = { $number } в работе у вас.
done-ask = Вопрос отправлен заявителю, { $number } ждёт ответа.
done-answer = Ответ по { $number } отправлен заявителю.
done-confirm = Отлично! { $number } завершено.
done-object = Понял. { $number } снова в работе — передал поддержке вашу причину.
done-close = { $number } закрыто. Спасибо!
done-withdraw = { $number } отозвано и закрыто.
done-not-needed = { $number } закрыто: не требуется.
done-reopen = { $number } снова в работе.
done-reply = Передал поддержке.

words-reply = Напишите ответ по { $number } — передам поддержке. Можно приложить файлы.
words-ask = Какие сведения нужны по { $number }? Напишите вопрос — отправлю заявителю.
words-answer = Напишите ответ по { $number } — отправлю заявителю и попрошу подтвердить.
words-object = Что осталось не решено по { $number }? Напишите причину — обращение вернётся в работу.
words-reopen = Почему возвращаем { $number }? Напишите причину.
words-not-needed = Почему { $number } не требуется? Причину увидит заявитель.
words-cancelled = Хорошо, по { $number } ничего не отправил.
words-empty = Жду ваш текст.
words-kept = Жду ваш текст по { $number }.
which-request = По какому обращению?
reply-sent = Передал поддержке по { $number }.

told-taken = Ваше обращение <b>{ $number }</b> «{ $subject }» в работе. Занимается { $who }.
told-asked =
    По обращению <b>{ $number }</b> нужны сведения:
    <q>{ $text }</q>
    Ответьте, пожалуйста, — кнопкой или просто сообщением.
told-offered =
    По обращению <b>{ $number }</b> есть варианты:
    <q>{ $text }</q>
told-answered =
    Ответ по обращению <b>{ $number }</b> «{ $subject }»:
    <q>{ $text }</q>
    Помогло?
told-not-needed =
    Обращение <b>{ $number }</b> закрыто: не требуется.
    <q>{ $text }</q>
told-merged = Обращение <b>{ $number }</b> объединено с другим: { $text }
told-closed = Обращение <b>{ $number }</b> закрыто. Спасибо! Как мы справились? 1 — плохо, 5 — отлично.
told-support-wrote =
    <b>{ $who }</b> по { $number }:
    <q>{ $text }</q>
asked-to-close = Обращение <b>{ $number }</b> «{ $subject }» завершено. Закрываем?
support-copied =
    <b>{ $who }</b> (поддержка):
    <q>{ $text }</q>
note-copied =
    <b>{ $who }</b> (заметка для своих):
    <q>{ $text }</q>
requester-copied =
    <b>{ $who }</b> (заявитель):
    <q>{ $text }</q>
thread-support-only = Заявителю отвечает поддержка — это сообщение никуда не ушло. Роль даёт администратор портала.

fact-filed = { $who }: обращение заведено
fact-taken = { $who }: взято в работу
fact-asked = { $who }: запрошены сведения
fact-offered = { $who }: предложены варианты
fact-replied = { $who }: ответ получен
fact-chosen = { $who }: вариант выбран
fact-answered = { $who }: дан ответ
fact-confirmed = { $who }: решение подтверждено
fact-objected = { $who }: не решено
fact-closed = { $who }: обращение закрыто
fact-withdrawn = { $who }: обращение отозвано
fact-not-needed = { $who }: закрыто, не требуется
fact-merged = { $who }: объединено с другим
fact-reopened = { $who }: возвращено в работу
fact-support-wrote = { $who } — заявителю
fact-requester-wrote = { $who } (заявитель)
fact-note = { $who } (заметка для своих)
fact-file = { $who }: приложен файл
file-unnamed = файл
