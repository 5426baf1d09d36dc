error-ohip-no-events = Для изменений из OPERA Cloud нужна внешняя система с событиями.
reason-ohip-no-events = у отеля не задана внешняя система OPERA Cloud: изменения узнать неоткуда, помогает только полное обновление
remedy-ohip-unreachable = Проверьте [hotels.source] url шлюза OHIP (свой у каждого арендатора) и выход этого сервера в интернет.
remedy-ohip-refused = Проверьте client_id, client_secret, app_key и hotel_id, и что приложению дан доступ к этому отелю в Developer Portal.
remedy-ohip-answer = Шлюз OHIP ответил не по описанию: повторите через минуту; если не проходит — пришлите нам эту строку.
error-oxi-no-label = Это не сообщение OXI: нет метки отеля и модуля.
