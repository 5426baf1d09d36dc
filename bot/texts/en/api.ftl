# The API and webhooks out.

api-title-malformed = The call can't be read
api-title-unauthenticated = Who asks?
api-title-forbidden = Not allowed
api-title-not-found = Not found
api-title-method-not-allowed = Not with this method
api-title-not-acceptable = Not in this form
api-title-conflict = Not as things stand
api-title-changed-meanwhile = Changed in the meantime
api-title-too-large = Too large
api-title-media-type = Not this kind of body
api-title-invalid = Something in the call is wrong
api-title-too-many-requests = Too many calls
api-title-internal = Our mistake
api-title-unavailable = Not now

api-about-malformed = The body is no JSON.
api-about-unauthenticated = A token is needed, and this is none, or one that was revoked or is too old.
api-about-forbidden = The token doesn't open this: its scopes, its role or its level stand against it.
api-about-not-found = There is no such thing, or none this token may see.
api-about-method-not-allowed = This address knows other methods; they stand in Allow.
api-about-not-acceptable = Nothing is served in this form.
api-about-conflict = It can't be done as things stand now.
api-about-changed-meanwhile = It isn't as you saw it any more: read it again and decide anew.
api-about-too-large = The body is too large.
api-about-media-type = The body must be application/json.
api-about-invalid = A parameter or a field is wrong; errors says which.
api-about-too-many-requests = The token's bucket is empty; Retry-After says when to go on.
api-about-internal = Something broke on our side.
api-about-unavailable = Something we need is away; try again after Retry-After.

error-api-scope = No scope { $scope }; there are: { $known }.
error-api-scope-operator = The scope admin is given by the service's operator only: concierge tokens.
error-api-token-name = A token needs a name.
error-api-token-hotel = There is no hotel { $hotel }.
error-api-token-expired = The token would be too old already.
error-no-such-token = There is no such token, or it was revoked before.
error-api-words-needed = Words are needed.
error-idempotency-key-reused = This Idempotency-Key was used for another call.
error-bad-cursor = The cursor isn't one of this list, or its filters have changed.
error-no-such-delivery = There is no such delivery.
error-changed-meanwhile = The request isn't as you saw it any more.
error-no-such-webhook = There is no such webhook.
error-webhook-url = Nothing is posted to this address: { $why ->
    [https] it must be https
    [private] it lies in a private network
    [credentials] it may hold neither a name, nor a password, nor a fragment
   *[other] it can't be read
}.
error-webhook-event = There is no event { $event }.
error-webhook-limit = There are { $most } webhooks already, and no more are kept.
error-webhook-not-active = Nothing is sent there: it is paused or shut off.
error-webhook-unreachable = The webhook's address doesn't answer.
error-webhook-address = The webhook's name leads to an address that isn't allowed.
error-webhook-gone = The webhook was removed.
error-webhook-off = The webhook is paused or shut off.


webhook-disabled =
    ⚠️ Webhook { $id } was shut off: { $url } has been failing for long ({ $code }).
    Events are not sent there any more. Put it right and switch it on again by the API: PATCH /api/v1/webhooks/{ $id } with "active": true.
