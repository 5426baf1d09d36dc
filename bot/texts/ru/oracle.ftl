error-pms-timeout = База Fidelio не ответила вовремя.
error-oracle-can-write = Учётная запись базы может менять данные: с такой я не работаю.
error-oracle-columns = В базе нет таблиц или столбцов, без которых не обойтись.
error-oracle-needs-thick = Сервер Oracle старый или проверяет пароль по-старому: нужен толстый клиент.
error-oracle-no-client = Толстый клиент Oracle не найден.

reason-oracle-can-write = учётная запись базы Fidelio может менять данные, а читать нужно только читающей
reason-oracle-columns = в базе Fidelio нет нужных таблиц или столбцов
reason-oracle-client = к базе Fidelio не подойти без толстого клиента Oracle

remedy-oracle-can-write = Попросите администратора базы завести запись только с CREATE SESSION и SELECT на таблицы из docs/fidelio-oracle.md.
remedy-oracle-columns = Дайте записи SELECT на названные таблицы; если столбцов в этой версии нет, пришлите нам эту строку.
remedy-oracle-client = Поставьте Oracle Instant Client и [hotels.source] thick = true.
remedy-oracle-timeout = База занята: проверьте её нагрузку и статистику, повторите вне ночного аудита.
remedy-oracle-unreachable = Проверьте [hotels.source] dsn (хост:порт/служба), слушатель Oracle и сеть отеля.
remedy-oracle-refused = Проверьте [hotels.source] username и password и не заблокирована ли запись.
