# Установка приложения в портал и ключи шифрования

error-secret-keys-missing = Нет ключа шифрования: задайте [service] secret_keys в concierge.toml (см. docs/installation.md).
error-secret-unreadable = Зашифрованное значение не читается: ключ другой или запись изменена. Верните прежний ключ в [service] secret_keys.
reason-secret = токен или пароль не расшифровался: ключ в [service] secret_keys другой или его нет
error-bitrix-not-installed = Приложение на этом портале не установлено.
error-bitrix-grant-dead = Портал больше не принимает наши токены: пусть администратор установит приложение заново, данные останутся.
error-bitrix-client-refused = Сервер авторизации не принимает client_id и client_secret: проверьте их в [bitrix24].
error-bitrix-payment-required = На портале кончилась подписка: пусть администратор её продлит, служба подключится сама.
error-bitrix-auth-unavailable = Сервер авторизации Битрикс24 не отвечает.
error-bitrix-auth-server = Этому серверу авторизации мы не доверяем: см. [bitrix24] oauth_servers.
error-bitrix-move-unproven = Портал отправляет на другой адрес, а сервер авторизации этого не подтверждает: попробую позже.
error-install-forged = Установка не подтвердилась на сервере авторизации Битрикс24.
error-install-unreadable = Запрос установки не читается.
error-install-no-app = Приложение не настроено: задайте [bitrix24] client_id и client_secret.
error-install-unknown = Этот портал у нас не установлен.
app-tab-title = Гость
install-title = Установка Консьержа
install-working = Консьерж подключается к порталу: бот, события, вкладки в CRM. Это займёт несколько секунд.
install-ready = Готово. Окно сейчас закроется.
install-script = Для установки нужен JavaScript.
install-refused = Установка не удалась: { $reason }
install-again = Закройте окно и установите приложение ещё раз. Если не поможет, напишите тому, кто его обслуживает.
remedy-app-public-url = Задайте [service] public_url: адрес, по которому порталы найдут службу (https). Без него нет событий и вкладок, бот работает сам.
remedy-app-portal = Если само не пройдёт, пусть администратор установит приложение заново: данные останутся (docs/installation.md).
remedy-app-scopes = Добавьте приложению права { $scopes } и установите его заново (docs/installation.md).
remedy-app-not-finished = Установка на портале не закончена: администратор должен открыть приложение и дождаться слова «Готово».
error-app-no-public-url = Не задан [service] public_url: событий и вкладок в CRM не будет.
