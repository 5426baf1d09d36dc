# The pages inside the portal: what they share.
page-brand = Concierge
page-menu = Меню
page-skip = К содержанию
page-save = Сохранить
page-cancel = Отмена
page-back = Назад
page-add = Добавить
page-remove = Удалить
page-remove-sure = Точно удалить?
page-faults = Не сохранено. Поправьте, пожалуйста:
page-away = Сервис не отвечает. Ничего не потеряно: попробуйте ещё раз через минуту.
page-busy = Минуту, проверяем…
page-noscript = Этим страницам нужен JavaScript: без него сеанс не переходит со страницы на страницу.
page-closed = Страница закрыта
page-how-in = Откройте приложение из меню портала Битрикс24. Если приложения на портале нет, попросите у бота командой /settings ссылку или наберите на сервере «concierge settings».
page-not-done = Не получилось
page-to-overview = К обзору
page-link-title = Настройки Concierge
page-link-lead = Ссылка открывает страницы один раз. Дальше они работают, пока вы ими пользуетесь, до четырёх часов.
page-link-open = Открыть настройки
page-fault = Ошибка { $code }
page-wrong-empty = Заполните поле
page-wrong-number = Здесь нужно число
page-menu-hotel = Отель
page-menu-desk = Служба поддержки
page-menu-people = Люди и данные
page-menu-journals = Журналы

told-saved = Сохранено.
told-unchanged = Ничего не изменилось.

settings-fixed = Задано в concierge.toml или в окружении, здесь не меняется
settings-stale-here = Пока страница была открыта, это изменил другой человек: { $who }. Откройте страницу заново и проверьте
field-secret-set = задан, не показывается

error-settings-not-yours = Настройки меняют администраторы портала и те, у кого роль «администратор».
error-settings-fixed = Задано в concierge.toml, здесь не меняется.
error-settings-wrong = Так сохранить нельзя.
error-settings-stale = Настройки тем временем изменили. Откройте страницу заново.
error-page-not-yours = Эта страница не для вас: её открывают администраторы портала.
error-page-session = Сеанс закончился.
error-page-csrf = Форма устарела или пришла с чужой страницы. Откройте страницу заново.
error-page-link-spent = Ссылка уже использована или устарела: она действует 15 минут и один раз.
error-frame-not-genuine = Портал не подтвердил, кто открывает страницу.
error-frame-portal-away = Портал сейчас не отвечает, поэтому мы не знаем, кто открывает страницу. Попробуйте через минуту.
error-crm-tab-item = У вас нет доступа к этой карточке в CRM.
settings-link = Ссылка открывает настройки один раз, в течение { $minutes } минут:
command-settings = Настройки: ссылка для администратора
typed-settings = настройки
settings-link-here =
    <a href="{ $url }">Открыть настройки</a>
    Ссылка действует { $minutes } минут и открывает страницы один раз. Не пересылайте её: она открывает их вашим именем.
error-settings-no-address = У сервиса нет адреса, который открылся бы у вас в браузере: задайте [service] public_url или наберите на сервере «concierge settings».
