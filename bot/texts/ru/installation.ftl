# Установка приложения в портал и ключи шифрования

error-secret-keys-missing = Нет ключа шифрования: задайте [service] secret_keys в concierge.toml (см. docs/installation.md).
error-secret-unreadable = Зашифрованное значение не читается: ключ другой или запись изменена. Верните прежний ключ в [service] secret_keys.
reason-secret = токен или пароль не расшифровался: ключ в [service] secret_keys другой или его нет
