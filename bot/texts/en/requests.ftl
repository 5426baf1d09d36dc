# Requests: filing, cards, history, support's threads.

type-incident = Incident
type-problem = Problem
type-service = Service
type-development = Development
priority-low = low
priority-normal = normal
priority-high = high
priority-critical = critical
status-registered = registered
status-in-progress = in progress
status-waiting = waiting for information
status-answered = answered
status-completed = completed
status-closed = closed
closed-confirmed = closed, confirmed
closed-withdrawn = closed, withdrawn
closed-not-needed = closed, not needed
closed-merged = closed, merged into another
part-requester = the requester
part-support = support
part-representative = the representative
or = or
channel-bitrix24 = Bitrix24
channel-telegram = Telegram
channel-callback = web form
channel-phone = phone
channel-api = API

new-head = <b>New request</b> · step { $step } of { $steps }{ $part }
new-part = · part { $part } of { $total }
new-description = What happened? In your own words, one problem at a time.
new-description-empty = Please write a few words about the problem.
new-split =
    This looks like { $count ->
        [one] { $count } question
       *[other] { $count } questions
    }:
    { $parts }

    Separate requests are solved faster. Split?
new-type =
    What is it?

    • <b>Incident</b> — a failure for one person
    • <b>Problem</b> — work has stopped
    • <b>Service</b> — information or set-up wanted
    • <b>Development</b> — an improvement wanted
new-subject =
    Subject: <b>{ $subject }</b>

    Keep it, or write your own?
new-subject-empty = The subject can't be empty.
new-screenshot = { $count ->
        [0] Send a screenshot or a screen recording, if you have one.
        [one] Got { $count } file:
       *[other] Got { $count } files:
    }
    { $names }
new-screenshot-wanted = A file is wanted here. If there is none — “Skip”.
new-file-kept = The file goes with the request.
new-conditions = Under which conditions does it happen? For example: only at night, only in one room, since the update.
new-login = Who has the problem? Your login is { $login }.
new-login-empty = Write a login, or press “My login”.
new-portal = On which portal? This one is { $portal }
new-portal-wrong = That doesn't look like a link. For example: hotel.bitrix24.com
new-review =
    Please check:

    <b>{ $subject }</b>{ $described ->
       *[no] { "" }
        [yes] { "" }
    { $description }
    }

    Type: { $type }
    Conditions: { $conditions }
    Login: { $login }
    Portal: { $portal }
    Files: { $files }
new-fix = What shall we correct?
new-cancelled = All right, cancelled. Nothing was sent.

field-description = Description
field-type = Type
field-subject = Subject
field-screenshot = Screenshot
field-conditions = Conditions
field-login = Login
field-portal = Portal

registered =
    <b>Request { $number } is registered</b>
    { $subject }

    Type: { $type }, priority: { $priority }
    First reply by <b>{ $first_reply }</b> ({ $zone })
    Solution by <b>{ $solution }</b> ({ $zone })

    <i>{ $why }</i>

    I'll write here whatever happens with it.
hours = { $n } h
minutes = { $n } min
moscow = Moscow
done-at = given { $at }

my-none = You have no requests yet.
my-list = Your requests, open ones first:
my-line = <b>{ $number }</b> · { $status } · { $subject }

card =
    <b>{ $number } · { $subject }</b>

    State: { $status }{ $round ->
        [1] { "" }
       *[other] , round { $round }
    }
    Type: { $type }, priority: { $priority }
    First reply: { $first_reply }
    Solution: { $solution } ({ $zone })
    { $clock }

    { $description }

    <b>History</b>{ $earlier ->
        [0] { "" }
       *[other] { " " }({ $earlier } earlier)
    }
    { $history }
history-line = { $at } — { $what }

support-card =
    <b>{ $number } · { $subject }</b>

    { $description }

    State: { $status }{ $round ->
        [1] { "" }
       *[other] , round { $round }
    }
    Type: { $type }, priority: { $priority }
    First reply: { $first_reply }
    Solution: { $solution } ({ $zone })
    { $clock }
    Conditions: { $conditions }
    Requester: { $requester } · { $channel }
    Login: { $login }
    Portal: { $portal }
    { $task }

    <i>{ $hint }</i>
support-hint = What you write here reaches the requester. For us only: // or “Note:”.
task-link = The task in the portal
task-description =
    { $description }

    <b>Conditions:</b> { $conditions }
    <b>Type:</b> { $type } · <b>Priority:</b> { $priority }
    <b>Requester:</b> { $requester } · { $channel }
    <b>Login:</b> { $login }
    <b>Portal:</b> { $portal }
    <b>First reply by:</b> { $first_reply } ({ $zone })
    <b>Solution by:</b> { $solution } ({ $zone })
    { $why }
task-title = Request { $number } · { $subject }

do-new = New request
do-my = My requests
do-take = Take
do-ask = Ask for information
do-offer = Options
do-reply = Reply
do-choose = Choose
do-answer = Answer
do-confirm = Solved
do-object = Not solved
do-close = Close
do-withdraw = Withdraw
do-not-needed = Not needed
do-merge = Merge
do-reopen = Reopen

done-take = { $number } is yours now.
done-ask = The question went to the requester; { $number } waits for the answer.
done-answer = The answer to { $number } went to the requester.
done-confirm = Great! { $number } is completed.
done-object = Understood. { $number } is in progress again — support has your reason.
done-close = { $number } is closed. Thank you!
done-withdraw = { $number } is withdrawn and closed.
done-not-needed = { $number } is closed: not needed.
done-reopen = { $number } is in progress again.
done-reply = Passed on to support.

words-reply = Write your reply to { $number } — I pass it on to support. Files are welcome.
words-ask = What do you need to know about { $number }? Write the question — it goes to the requester.
words-answer = Write the answer to { $number } — it goes to the requester, who is asked to confirm.
words-object = What is still not solved in { $number }? Write the reason — work goes on.
words-reopen = Why do we reopen { $number }? Write the reason.
words-not-needed = Why is { $number } not needed? The requester sees the reason.
words-cancelled = All right, nothing was sent for { $number }.
words-empty = I'm waiting for your words.
words-kept = I am waiting for your words on { $number }.
which-request = Which request do you mean?
reply-sent = Passed on to support, { $number }.

told-taken = { $who } has taken your request <b>{ $number }</b> “{ $subject }”.
told-asked =
    Request <b>{ $number }</b> needs information:
    <q>{ $text }</q>
    Please reply — by the button or just with a message.
told-offered =
    There are options for request <b>{ $number }</b>:
    <q>{ $text }</q>
told-answered =
    The answer to request <b>{ $number }</b> “{ $subject }”:
    <q>{ $text }</q>
    Did it help?
told-not-needed =
    Request <b>{ $number }</b> is closed: not needed.
    <q>{ $text }</q>
told-merged = Request <b>{ $number }</b> was merged into another: { $text }
told-closed = Request <b>{ $number }</b> is closed. Thank you! How did we do? 1 is bad, 5 is excellent.
told-support-wrote =
    <b>{ $who }</b> on { $number }:
    <q>{ $text }</q>
asked-to-close = Request <b>{ $number }</b> “{ $subject }” is completed. Close it?
support-copied =
    <b>{ $who }</b> (support):
    <q>{ $text }</q>
note-copied =
    <b>{ $who }</b> (note, for us only):
    <q>{ $text }</q>
requester-copied =
    <b>{ $who }</b> (requester):
    <q>{ $text }</q>
thread-support-only = Requesters are answered by support — this message went nowhere. The portal's administrator gives roles.

fact-filed = { $who } filed the request
fact-taken = { $who } took it
fact-asked = { $who } asked for information
fact-offered = { $who } offered options
fact-replied = { $who } replied
fact-chosen = { $who } chose an option
fact-answered = { $who } answered
fact-confirmed = { $who } confirmed the solution
fact-objected = { $who } disagrees
fact-closed = { $who } closed the request
fact-withdrawn = { $who } withdrew the request
fact-not-needed = { $who } closed it: not needed
fact-merged = { $who } merged it into another
fact-reopened = { $who } reopened it
fact-support-wrote = { $who } wrote to the requester
fact-requester-wrote = { $who } (requester) wrote
fact-note = { $who } left a note
fact-file = { $who } added a file
file-unnamed = file
