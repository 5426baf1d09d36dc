"""Every operation of the API on one page: the routes and the OpenAPI document are made from this table."""

from domain.api_tokens import ApiScope
from web.api import models as m
from web.api.resources import deliveries, guests, licences, me, requests, syncs, webhooks
from web.api.table import Operation
from web.api.types import PageQuery

_REQUESTS, _GUESTS, _SYNCS = "Requests", "Guests", "Hotels and syncs"
_DELIVERIES, _WEBHOOKS, _LICENCE, _TOKEN = "Deliveries", "Webhooks", "Licence", "Token"

TAGS = {
    _REQUESTS: "Support requests: filing, reading, writing in them, moving them through their life.",
    _GUESTS: "Guests by the token's privacy level. Every look-up is journalled with the token as asker.",
    _SYNCS: "Hotels, and the syncs that carry their guests and stays into the CRM.",
    _DELIVERIES: "What leaves the house: messages, tasks, threads.",
    _WEBHOOKS: "Where events are posted to, signed as Standard Webhooks say.",
    _LICENCE: "Until when the portal is paid: for the vendor's own programs.",
    _TOKEN: "The token itself.",
}

OPERATIONS: tuple[Operation, ...] = (
    Operation("me", "GET", "/me", _TOKEN, "The token that asks", me.me, m.Me),
    # requests
    Operation(
        "listRequests", "GET", "/requests", _REQUESTS, "List requests", requests.listed, m.Page[m.RequestLine],
        ApiScope.REQUESTS_READ, query=m.RequestsQuery, problems=(404,),
        description="Newest first. A token whose role reads the desk (support, manager, admin) sees all of its "
        "hotels, any other its own.",
    ),
    Operation(
        "fileRequest", "POST", "/requests", _REQUESTS, "File a request", requests.file, m.WholeRequest,
        ApiScope.REQUESTS_WRITE, 201, body=m.FilingIn, writes=True, keyed=True, tagged=True, problems=(404,),
        description="Registers it with number and deadlines, as the bot does; task and threads follow.",
    ),
    Operation(
        "getRequest", "GET", "/requests/{number}", _REQUESTS, "One request with its history", requests.get,
        m.WholeRequest, ApiScope.REQUESTS_READ, tagged=True, problems=(404,),
    ),
    Operation(
        "listFiles", "GET", "/requests/{number}/files", _REQUESTS, "The files of a request", requests.files,
        m.Page[m.FileShown], ApiScope.REQUESTS_READ, writes=True, problems=(404,),
        description="Each with a link that expires. It is made anew with each call: ask when you fetch, don't keep it.",
    ),
    Operation(
        "addWords", "POST", "/requests/{number}/words", _REQUESTS, "Write in a request", requests.say,
        m.WholeRequest, ApiScope.REQUESTS_WRITE, body=m.WordsIn, writes=True, keyed=True, tagged=True,
        problems=(404, 409),
        description="In a request of its own the token writes as the requester, else as support (its role).",
    ),
    Operation(
        "moveRequest", "POST", "/requests/{number}/moves", _REQUESTS, "Move a request", requests.move,
        m.WholeRequest, ApiScope.REQUESTS_WRITE, body=m.MoveIn, writes=True, keyed=True, tagged=True,
        matched=True, problems=(404, 409),
        description="`moves` of the request names what is possible. With `If-Match` only if it is as you saw it.",
    ),
    # guests
    Operation(
        "searchGuests", "POST", "/guests/search", _GUESTS, "Search guests", guests.search,
        m.Page[m.GuestFound], ApiScope.GUESTS_READ, body=m.GuestSearchIn, writes=True, problems=(404,),
        description="As the bot searches: beginnings, slips, other alphabets. Changes nothing but the journal.",
    ),
    Operation(
        "getGuest", "GET", "/guests/{hotel}/{profile}", _GUESTS, "A guest with all stays", guests.get,
        m.GuestWhole, ApiScope.GUESTS_READ, query=m.GuestQuery, writes=True, problems=(404,),
    ),
    # hotels and syncs
    Operation("listHotels", "GET", "/hotels", _SYNCS, "Hotels", syncs.hotels, m.Page[m.HotelShown], ApiScope.SYNCS_READ),
    Operation(
        "getHotel", "GET", "/hotels/{hotel}", _SYNCS, "One hotel", syncs.hotel, m.HotelShown,
        ApiScope.SYNCS_READ, problems=(404,),
    ),
    Operation(
        "orderSync", "POST", "/syncs", _SYNCS, "Order a sync", syncs.order, m.SyncOrder, ApiScope.SYNCS_WRITE,
        202, body=m.SyncIn, writes=True, keyed=True, problems=(404, 409),
    ),
    Operation(
        "listSyncs", "GET", "/syncs", _SYNCS, "A hotel's runs", syncs.listed, m.Page[m.SyncRun],
        ApiScope.SYNCS_READ, query=m.RunsQuery, problems=(404,),
    ),
    Operation(
        "getSync", "GET", "/syncs/{id}", _SYNCS, "One run", syncs.run, m.SyncRun, ApiScope.SYNCS_READ,
        problems=(404,),
    ),
    Operation(
        "listSyncItems", "GET", "/syncs/{id}/items", _SYNCS, "What became of a run's records", syncs.items,
        m.Page[m.SyncItem], ApiScope.SYNCS_READ, query=m.ItemsQuery, problems=(404,),
    ),
    Operation(
        "getSyncOrder", "GET", "/sync-orders/{id}", _SYNCS, "How an order stands", syncs.ordered, m.SyncOrder,
        ApiScope.SYNCS_READ, problems=(404,),
    ),
    Operation(
        "listSyncFailures", "GET", "/sync-failures", _SYNCS, "Records that are not in the CRM", syncs.failures,
        m.Page[m.SyncItem], ApiScope.SYNCS_READ, query=m.FailuresQuery, problems=(404,),
    ),
    Operation(
        "retrySyncFailures", "POST", "/sync-failures/retry", _SYNCS, "Try again what failed", syncs.retry,
        m.SyncOrder, ApiScope.SYNCS_WRITE, 202, body=m.RetryIn, writes=True, keyed=True, problems=(404, 409),
    ),
    # deliveries
    Operation(
        "listDeliveries", "GET", "/deliveries", _DELIVERIES, "List deliveries", deliveries.listed,
        m.Page[m.DeliveryShown], ApiScope.DELIVERIES_READ, query=m.DeliveriesQuery,
    ),
    Operation(
        "getDelivery", "GET", "/deliveries/{id}", _DELIVERIES, "One delivery", deliveries.get,
        m.DeliveryShown, ApiScope.DELIVERIES_READ, problems=(404,),
    ),
    Operation(
        "retryDelivery", "POST", "/deliveries/{id}/retry", _DELIVERIES, "Bring a dead delivery back",
        deliveries.retry, m.DeliveryShown, ApiScope.DELIVERIES_WRITE, writes=True, keyed=True,
        problems=(404, 409),
    ),
    # webhooks
    Operation(
        "listWebhooks", "GET", "/webhooks", _WEBHOOKS, "List webhooks", webhooks.listed,
        m.Page[m.WebhookShown], ApiScope.WEBHOOKS_WRITE, query=PageQuery,
    ),
    Operation(
        "addWebhook", "POST", "/webhooks", _WEBHOOKS, "Add a webhook", webhooks.add, m.WebhookSecret,
        ApiScope.WEBHOOKS_WRITE, 201, body=m.WebhookIn, writes=True, keyed=True, problems=(409,),
        description="The answer holds the secret; it is shown this once. Addresses in private networks are "
        "refused unless the service's settings allow them.",
    ),
    Operation(
        "getWebhook", "GET", "/webhooks/{id}", _WEBHOOKS, "One webhook", webhooks.get, m.WebhookShown,
        ApiScope.WEBHOOKS_WRITE, problems=(404,),
    ),
    Operation(
        "changeWebhook", "PATCH", "/webhooks/{id}", _WEBHOOKS, "Change, pause, resume a webhook",
        webhooks.change, m.WebhookShown, ApiScope.WEBHOOKS_WRITE, body=m.WebhookChange, writes=True,
        keyed=True, problems=(404,),
    ),
    Operation(
        "removeWebhook", "DELETE", "/webhooks/{id}", _WEBHOOKS, "Remove a webhook", webhooks.remove, None,
        ApiScope.WEBHOOKS_WRITE, 204, writes=True, problems=(404,),
    ),
    Operation(
        "rotateWebhookSecret", "POST", "/webhooks/{id}/secrets", _WEBHOOKS, "A new secret", webhooks.secret,
        m.WebhookSecret, ApiScope.WEBHOOKS_WRITE, 201, writes=True, keyed=True, problems=(404,),
        description="For a day messages carry two signatures, with the new secret and the one before.",
    ),
    Operation(
        "pingWebhook", "POST", "/webhooks/{id}/ping", _WEBHOOKS, "Send a test", webhooks.ping, m.Pinged,
        ApiScope.WEBHOOKS_WRITE, 202, writes=True, keyed=True, problems=(404, 409),
    ),
    Operation(
        "listWebhookDeliveries", "GET", "/webhooks/{id}/deliveries", _WEBHOOKS, "What was sent to a webhook",
        webhooks.deliveries, m.Page[m.WebhookDelivery], ApiScope.WEBHOOKS_WRITE, query=PageQuery,
        problems=(404,),
    ),
    # the licence; its use case opens its own transaction
    Operation(
        "getLicence", "GET", "/licence", _LICENCE, "The licence", licences.get, m.LicenceShown, ApiScope.ADMIN,
    ),
    Operation(
        "setLicence", "PUT", "/licence", _LICENCE, "Set the licence", licences.put, m.LicenceShown,
        ApiScope.ADMIN, body=m.LicenceIn,
        description="At once, on every replica; managers are told of a new state once.",
    ),
)  # fmt: skip
