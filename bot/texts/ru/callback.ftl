# Другие каналы: форма на сайте, звонок, который записала поддержка, и «это были вы».

callback-title = Заказать обратный звонок
callback-lead = Оставьте телефон и вопрос — поддержка перезвонит.
callback-name = Имя
callback-name-hint = Как к вам обращаться
callback-phone = Телефон
callback-phone-hint = Например: 8 900 123-45-67
callback-question = Вопрос
callback-question-hint = Что случилось или что нужно. Пароли и данные карт не пишите.
callback-required = обязательно
callback-optional = можно не заполнять
callback-consent-before = Я согласен на обработку моих персональных данных (152-ФЗ) на условиях и для целей, указанных в
callback-consent-link = тексте согласия
callback-consent-opens = откроется в новой вкладке
callback-send = Отправить
callback-report-link = Сообщить о нарушении
callback-back-to-form = Заказать обратный звонок
callback-other-language = English
callback-trap = Не заполняйте это поле

violation-title = Сообщить о нарушении
violation-lead = Расскажите, что было не так: с данными, со звонком или с работой поддержки. Сообщение прочитает поддержка, оно получит номер.
violation-question = Что произошло
violation-question-hint = Когда и где это было, что именно нарушено.
violation-contacts = Имя и телефон — только если хотите ответа. С ними нужно и согласие.
violation-subject = Нарушение: { $subject }

callback-errors = Проверьте, пожалуйста:
callback-error-title = Ошибка
callback-error-phone-missing = Укажите телефон — по нему мы перезвоним.
callback-error-phone-wrong = Не получилось прочитать номер. Напишите его целиком, с кодом: 8 900 123-45-67 или +7 495 123-45-67.
callback-error-name-long = Имя длиннее { $limit } знаков — сократите, пожалуйста.
callback-error-question-long = Вопрос длиннее { $limit } знаков — сократите, пожалуйста; подробности расскажете по телефону.
callback-error-question-missing = Напишите, что произошло.
callback-error-consent = Без согласия на обработку персональных данных мы не можем принять телефон — отметьте согласие, пожалуйста.
callback-error-consent-changed = Текст согласия обновился, пока страница была открыта. Прочитайте его, пожалуйста, и отметьте ещё раз.
callback-error-stale = Страница была открыта слишком долго. Всё, что вы написали, на месте — нажмите «Отправить» ещё раз.
callback-error-fast = Это было очень быстро. Проверьте, всё ли верно, и нажмите «Отправить» ещё раз.
callback-error-trap = Заполнено поле, которое люди не видят: возможно, это сделал браузер. Мы его очистили — нажмите «Отправить» ещё раз.
callback-error-limit = Слишком много обращений подряд. Всё, что вы написали, на месте — попробуйте, пожалуйста, через { $minutes } мин или позвоните нам.

callback-done-title = Спасибо, приняли
callback-done-number = Номер вашего обращения
callback-done-first-reply = Первый ответ — до <b>{ $at }</b> ({ $zone }).
callback-done-call = Перезвоним по указанному телефону. Номер обращения пригодится, если позвоните сами.
callback-done-blanked = В тексте были пароль, номер карты или паспорта — мы их скрыли и не сохранили.
callback-done-report = Сообщение о нарушении принято.
callback-done-again = Отправить ещё одно обращение
callback-no-question = Просьба перезвонить
callback-not-found-title = Такой страницы нет
callback-not-found = Проверьте адрес. Если вы пришли по ссылке с сайта, сообщите, пожалуйста, его владельцу.
callback-unreadable-title = Не получилось прочитать форму
callback-unreadable = Вернитесь назад и отправьте её ещё раз, пожалуйста.
callback-away-title = Сейчас не получилось
callback-away = У нас небольшая неполадка, обращение не записано. Вернитесь назад и попробуйте ещё раз через минуту.

consent-title = Согласие на обработку персональных данных
consent-version = Версия { $version }
consent-hash = Отпечаток текста (SHA-256)
consent-old = Это прежний текст. Он действует для тех, кто согласился с ним.
consent-translation = Перевод для удобства. Соглашаетесь вы с русским текстом — он ниже.

typed-new-for = новое обращение для
new-login-caller = Логин заявителя, если он его назвал? Иначе — «Пропустить».
new-for-whom = Обращение по звонку: { $caller }
error-caller-contact-needed = Для кого обращение? Укажите телефон или почту: /new for Иван Петров 8 900 123-45-67. Дальше можно сразу написать, что случилось.
error-not-a-caller = У заявителя по { $number } есть мессенджер — он подтверждает сам.
error-claimed-already = Обращение { $number } уже взял на себя другой.

caller-hint = Заявитель без мессенджера — позвоните. Что вы пишете здесь, записывается как сказанное ему; для своих: // или «Заметка:».
do-phone-confirm = Подтверждено по телефону
do-phone-object = Не решено (по телефону)
do-phone-reply = Ответил по телефону
do-phone-reopen = Вернуть в работу (по телефону)
words-phone-object = Что, по словам заявителя, осталось не решено по { $number }? Напишите причину.
words-phone-reply = Что заявитель ответил по { $number }? Запишите его слова.
words-phone-reopen = Почему заявитель просит вернуть { $number } в работу? Напишите причину.
done-phone-confirm = Записал: { $number } подтверждено по телефону.
done-phone-object = Записал. { $number } снова в работе.
done-phone-reply = Записал ответ по { $number }.
done-phone-reopen = Записал. { $number } снова в работе.

fact-consented = Согласие на обработку персональных данных, версия текста
fact-confirmed-by-phone = { $who }: подтверждено по телефону
fact-by-phone-confirmed = Завершено со слов заявителя, записал { $who }
fact-by-phone-closed = Закрыто со слов заявителя, записал { $who }
fact-by-phone-objected = Не решено, со слов заявителя; записал { $who }
fact-by-phone-replied = Ответ заявителя по телефону, записал { $who }
fact-by-phone-reopened = Возвращено в работу со слов заявителя, записал { $who }
fact-claimed = { $who }: обращение стало его — это был его звонок

claim-offer = С вашим телефоном или почтой обращались в поддержку: <b>{ $number }</b> ({ $channel }, { $at }). Это были вы?
button-mine = Да, это я
button-not-mine = Нет
claim-declined = Хорошо, { $number } оставил как есть.
told-claimed = Обращение <b>{ $number }</b> «{ $subject }» стало вашим: ответы придут сюда, отвечать можно тоже здесь.
