# Двери в Fidelio: что о них говорит `concierge check`.
door-listened = связь держит работающая служба
door-told = последнее сообщение { $at }
door-lag = до хранилища { $store } с (худшее { $worst } с)
door-lag-crm = до CRM { $crm } с (худшее { $worst } с)
door-same = номера те же, что у первой двери
door-own = номера свои, записи сопоставляются
door-undecided = ещё не ясно, те же ли номера: записи сопоставляются
door-alone = не сопоставлено: { $n }
error-door-not-built = Такой двери в этой версии ещё нет.
error-exports-map = Карту столбцов нельзя прочесть.
error-exports-folder = Папки с выгрузками нет, или в неё нельзя писать.
error-exports-sftp = Сервер с выгрузками не отвечает или не пускает.
remedy-fias-unreachable = Проверьте [hotels.sources] url: адрес и порт IFC8 в сети отеля.
remedy-fias-listen = Порт для IFC8 занят: поставьте в url другой или освободите его.
remedy-exports-map = Проверьте файл из ключа map; предложить карту по образцу может `concierge source guess ФАЙЛ`.
remedy-exports-folder = Создайте папку из ключа path и дайте службе право читать и писать в ней.
remedy-exports-sftp = Проверьте [hotels.sources.sftp]: адрес, имя, ключ или пароль и host_key.
