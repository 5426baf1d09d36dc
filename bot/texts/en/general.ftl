# The bot's words: greeting, commands, buttons, refusals.

greeting = Hello, { $name }! I'm Concierge. I file support requests, find guests and refresh data from Fidelio. Where shall we start?
help =
    <b>What I can do</b>

    <b>Requests</b>
    /new — a new one: one question, one request
    /my — my requests
    /request FB-… — its card

    <b>Guests</b>
    /guest Smith — find a guest
    /room 302 — who is in the room
    /arrivals, /departures, /inhouse — today's lists
    /vip, /birthdays, /rooms — VIP guests, birthdays, rooms{ $sync ->
        [yes] { "" }

    <b>Data from Fidelio</b>
    /sync — refresh now, /sync full — read everything anew
    /sync status, /sync errors, /sync history — how it stands, what wasn't written, earlier runs
    /sync dry — a rehearsal, /sync why Ivanov — why a guest isn't in the CRM

    <b>Support</b>
    /queue — the queue, always true
    /stats — figures, /export — a file of all requests
    /day — the day's picture: occupancy, arrivals, departures
    /escalation — whom to call when a request stands still
       *[no] { "" }
    }

    <b>More</b>
    /link — connect Telegram
    /lang — Русский

    Commands also work as plain words: “new request”, “room 302”, “arrivals”.
unknown-command = I don't know the command /{ $command }. Write “help” to see what I can do.
unknown-button = I don't know this button. Write “help” and we start afresh.
what-to-do = What shall I do with this message?
fine = All right. I'm here if you need me.
language-set = English it is.
draft-kept = The draft of your request is kept.
draft-exists = You have a request in the making. Go on with it, or start over?
stale-nothing = This button has done its work already.
stale-step = This step is over — see below.
use-buttons = Please choose a button under the message (or type its name).
nothing-to-cancel = Nothing to cancel: nothing is being filled in.
nothing = nothing
nobody = not given
not-given = not given
the-bot = Concierge
secrets-blanked = There was a password, card or passport number in the text — I blanked it and did not store it.

link-first = We haven't met yet. Open the bot “Concierge” in Bitrix24 and write /link — it shows a code. Then send me here: /link CODE
link-code = Your code: <b>{ $code }</b>. Send it to the bot in Telegram: /link { $code }. It works once, for 10 minutes.
linked = Done, { $name }! This Telegram account is yours now. Write “help” to see what I can do.

button-back = Back
button-cancel = Cancel
button-skip = Skip
button-done = Done
button-send = Send
button-fix = Correct
button-keep = Keep
button-my-login = My login
button-this-portal = This portal
button-split = Split
button-one-problem = It is one problem
button-resume = Go on
button-start-over = Start over
button-reply = Reply
button-nothing = Nothing
button-to-request = Reply to { $number }
button-open-card = Open the card
button-sync-now = Refresh now
button-sync-errors = Errors

typed-new = new request
typed-my = my requests
typed-request = request
typed-guest = guest
typed-room = room
typed-arrivals = arrivals
typed-departures = departures
typed-inhouse = in house
typed-sync = sync
typed-link = link
typed-help = help
typed-cancel = cancel
typed-lang = language
typed-back = back

command-new = New request
command-my = My requests
command-request = A request's card
command-guest = Find a guest
command-room = Who is in the room
command-arrivals = Arrivals
command-departures = Departures
command-inhouse = In house
command-sync = Refresh data from Fidelio
command-link = Connect Telegram
command-help = What the bot can do
command-cancel = Cancel
command-lang = Русский
params-request = FB-2026-000123
params-guest = name, phone or reservation
params-room = 305
params-arrivals = date
params-departures = date
params-sync = full, dry, status, errors, history, reconcile, why Ivanov
params-link = code

error-no-such-request = There is no such request (or it isn't yours). Yours are under /my.
error-request-number-needed = Give its number: /request { $prefix }-2026-000123. Yours are under /my.
error-move-not-allowed = Not now: the request is “{ $status }”. Possible: { $possible }.
error-not-your-move = Now only { $who } can do that: the request is “{ $status }”. You can: { $possible }.
error-nothing-to-choose = { $number } has no options to choose from — please answer in words.
error-reason-needed = Please write the reason — it can't be done without one.
error-merged-stays-closed = Request { $number } was merged into another — please write to that one.
error-too-late-to-reopen = A request can be reopened within { $days } days after closing. File a new one — I'll help.
error-request-closed = Request { $number } is closed. To go on, open its card and reopen it.
error-not-your-request = Request { $number } is answered by whoever filed it.
error-only-in-private = Please write to me about this in our private chat.
error-unknown-button = I don't know this button. Write “help” and we start afresh.
error-not-your-button = This button is for the person I asked.
error-link-code-wrong = The code doesn't fit: wrong, used already, or older than 10 minutes. /link in Bitrix24 shows a new one.
error-already-linked = This Telegram account is tied already: { $name }.
error-file-too-large = The file “{ $name }” is over { $limit_mb } MB — more than the messenger hands over. Send a link or a smaller copy.
error-file-gone = The messenger no longer has the file — please send it again.
error-sync-not-yours = Syncs are started by managers and support.
error-no-hotels = No hotel is connected to this portal yet.
error-no-such-hotel = I don't know the hotel “{ $hotel }”. There is: { $known }.
error-room-needed = Give the room: /room 305.
error-date-wrong = I don't understand the date “{ $text }”. For example 25.12 or “tomorrow”.
error-internal = Something went wrong on my side. I noted it for support — please try again a little later.

bot-name = Concierge
bot-position = Requests, guests and data from Fidelio

as-user = as user
switched-off = off
remedy-database = Check [service] database_url and the rights on its folder.
remedy-webhook = Make an inbound webhook in the portal (Developer resources → Other → Inbound webhook) and put it into [bitrix24] webhook_url.
remedy-scopes = Give the webhook the rights: { $scopes }.
remedy-bot-token = Think of a string of up to 40 characters and put it into [bitrix24] bot_token.
remedy-bot = Check the webhook's right imbot, and that bot_token hasn't changed since the first registration.
remedy-support-users = Put the ids of the support staff into [bitrix24] support_users.
remedy-telegram = Check [telegram] token (given by @BotFather) and api_url.
remedy-source = Give the hotel a [hotels.source], for example kind = "suite8".

demo-open = — open it in a browser: the portal's messenger with the bot
demo-config = — the demo's configuration
demo-ctrl-c = — stops it; the next start goes on where it was
demo-stopping = Stopping…
demo-starting = Starting the portal, Telegram and the hotel…
demo-first-start = First start: building the hotel from real bookings, some ten seconds…
demo-runs-already = A demo runs in this folder already.
demo-port-taken = Port { $port } is taken. Another one: .venv/bin/concierge demo --port 8091
