# API и исходящие вебхуки.

api-title-malformed = Запрос не читается
api-title-unauthenticated = Кто спрашивает?
api-title-forbidden = Не разрешено
api-title-not-found = Не найдено
api-title-method-not-allowed = Не этим методом
api-title-not-acceptable = Не в таком виде
api-title-conflict = Сейчас так нельзя
api-title-changed-meanwhile = Тем временем изменилось
api-title-too-large = Слишком большой
api-title-media-type = Не тот вид тела
api-title-invalid = В запросе что-то не так
api-title-too-many-requests = Слишком много запросов
api-title-internal = Наша ошибка
api-title-unavailable = Не сейчас

api-about-malformed = Тело запроса — не JSON.
api-about-unauthenticated = Нужен токен, а это не токен, или он отозван или просрочен.
api-about-forbidden = Токену это не открыто: не хватает области доступа, роли или уровня.
api-about-not-found = Такого нет, или этому токену его не видно.
api-about-method-not-allowed = У этого адреса другие методы: они названы в Allow.
api-about-not-acceptable = В таком виде ничего не отдаётся.
api-about-conflict = В нынешнем состоянии это невозможно.
api-about-changed-meanwhile = Всё уже не так, как вы видели: прочтите ещё раз и решите заново.
api-about-too-large = Тело запроса слишком большое.
api-about-media-type = Тело должно быть application/json.
api-about-invalid = Параметр или поле с ошибкой: какое — в errors.
api-about-too-many-requests = Лимит токена исчерпан; когда продолжать — в Retry-After.
api-about-internal = На нашей стороне что-то сломалось.
api-about-unavailable = Что-то нужное сейчас недоступно; повторите через Retry-After.

error-api-scope = Нет области { $scope }; есть: { $known }.
error-api-scope-operator = Область admin даёт только оператор службы: concierge tokens.
error-api-token-name = У токена должно быть имя.
error-api-token-hotel = Нет отеля { $hotel }.
error-api-token-expired = Токен был бы уже просрочен.
error-no-such-token = Такого токена нет, или он уже отозван.
error-api-words-needed = Нужен текст.
error-idempotency-key-reused = Этот Idempotency-Key уже был у другого запроса.
error-bad-cursor = Курсор не от этого списка, или изменились фильтры.
error-no-such-delivery = Такой доставки нет.
error-changed-meanwhile = Обращение уже не такое, каким вы его видели.
error-no-such-webhook = Такого вебхука нет.
error-webhook-url = На этот адрес ничего не отправляется: { $why ->
    [https] нужен https
    [private] он в частной сети
    [credentials] в нём не может быть имени, пароля и фрагмента
   *[other] он не читается
}.
error-webhook-event = Нет события { $event }.
error-webhook-limit = Вебхуков уже { $most }, больше не хранится.
error-webhook-not-active = Туда ничего не отправляется: вебхук на паузе или отключён.
error-webhook-unreachable = Адрес вебхука не отвечает.
error-webhook-address = Имя в адресе вебхука ведёт туда, куда нельзя.
error-webhook-gone = Вебхук удалили.
error-webhook-off = Вебхук на паузе или отключён.


webhook-disabled =
    ⚠️ Вебхук { $id } отключён: { $url } давно не принимает события ({ $code }).
    События туда больше не отправляются. Исправьте и включите снова через API: PATCH /api/v1/webhooks/{ $id } с "active": true.
