# Support's desk: options, handing over, priority, merging, joining, templates, outages.

status-waiting-choice = waiting for a choice
thread-confirmed = closed
thread-withdrawn = withdrawn
thread-not-needed = not needed
thread-merged = merged

do-more = More
do-priority = Priority
do-type = Type
do-hand-over = Hand over
do-template = Templates
more = More for { $number }:

standing-anyone = anybody of the portal
standing-colleague = a colleague of the same hotel
standing-requester = the requester
standing-representative = the customer's representative
standing-support = support
standing-manager = a manager
standing-admin = an administrator

choice-made = Chosen for { $number }: <b>{ $option }</b>. Support knows.
ask-solved = If it is solved, press “Solved”.
ask-not-solved = It seems not solved yet. Send { $number } back to work with this reason?
ask-separate = This looks like another question. File a request of its own? It gets solved sooner, and this one isn't held up.
button-separate = A request of its own
button-stay = Keep it here
button-sure = Yes, solved
doubt =
    You wrote about { $number }:
    <q>{ $text }</q>
    Is it really solved? If not, I'll send it back to work with this reason.

new-known =
    { $count ->
        [one] This seems to be known:
       *[other] This seems to be known. There are:
    }
    { $lines }

    Join — support sees that it hit you too, and I'll tell you the answer. Or we file a request of its own.
known-outage = Known outage
outages-known =
    <b>Known right now:</b>
    { $lines }
button-it-is = That's it — join
button-it-is-number = That's it — { $n }
button-other = Something else — go on
button-join = Same here — join
joined =
    You joined <b>{ $number }</b> “{ $subject }”. Support has your words; I'll tell you the answer.
joined-before = You had joined <b>{ $number }</b> “{ $subject }” already. Support has your new words.
joined-own = That is your own request <b>{ $number }</b> “{ $subject }” — added there, support has it.
joined-outage = Noted: the outage “{ $text }” hit you too. I'll tell you when it is over.
card-summary =
    <b>{ $number } · { $subject }</b>
    Status: { $status }{ $votes ->
        [0] { "" }
        [one] { " " }· { $votes } person joined
       *[other] { " " }· { $votes } people joined
    }
card-related = Related requests: { $numbers }
support-card-votes = Joined: { $votes }
told-joined = Request <b>{ $number }</b> “{ $subject }”, which you joined: { $status }.
told-joined-answered =
    Request <b>{ $number }</b> “{ $subject }”, which you joined, has an answer:
    <q>{ $text }</q>
told-objected =
    Request <b>{ $number }</b> was objected to and is worked on again:
    <q>{ $text }</q>

change-priority = The priority of { $number } is { $priority }. Which shall it be?
change-priority-reason = { $number }: the new priority is { $priority }. Why? The requester sees the reason.
change-type = Which type is { $number } really?
change-hand-over = Who takes over { $number }?
change-nobody = There is nobody else in support to take over { $number }.
change-merge = { $count ->
        [0] Which request is { $number } a copy of? Write its number.
       *[other] Which request is { $number } a copy of? Similar ones:
    }
    { $similar }
change-cancelled = Fine, { $number } stays as it is.
done-priority = { $number }: priority { $priority }. Deadlines reckoned anew, the requester told.
done-type = { $number }: type { $type }, priority { $priority }.
done-hand-over = { $number } handed over.
done-merge = { $number } merged into { $target }: its people and votes are there now.
done-offer = The options for { $number } went to the requester as buttons.
words-offer =
    Write the options for { $number } as a list:
    1. the first
    2. the second
    The requester gets buttons.
handed-to-you = Request <b>{ $number }</b> “{ $subject }” was handed over to you.
told-handed-over = Request <b>{ $number }</b> is now worked on by { $to }.
told-priority =
    The priority of request <b>{ $number }</b> is { $to ->
        [low] low
        [normal] normal
        [high] high
       *[critical] critical
    }:
    <q>{ $text }</q>
told-retyped = The type of request <b>{ $number }</b> was made precise: { $to ->
        [incident] incident
        [problem] problem
        [service] service
       *[development] development
    }.
fact-priority = { $who }: priority { $to ->
        [low] low
        [normal] normal
        [high] high
       *[critical] critical
    }
fact-retyped = { $who }: type { $to ->
        [incident] incident
        [problem] problem
        [service] service
       *[development] development
    }
fact-joined = { $who }: same here (joined: { $votes })
fact-merged-in = { $who }: { $from } joined to it
fact-outage-declared = { $who }: outage declared
fact-outage-ended = { $who }: outage over

template-list = { $count ->
        [0] No templates yet.
       *[other] Templates:
    }
template-how = A new one: <code>/template add Name</code> and the text on the next line; %number%, %name%, %subject% are filled in. Remove: <code>/template delete Name</code>.
template-shown =
    <q>{ $text }</q>
    Send it to the requester?
template-saved = Template “{ $name }” saved.
template-removed = Template “{ $name }” removed.
template-sent =
    Sent to the requester:
    <q>{ $text }</q>
button-template-say = Send
button-template-answer = Send as the answer

outage-declared = Outage declared: “{ $text }”. Everybody who starts a request sees it.
outage-ended = The outage “{ $text }” is over. Whoever joined is told.
outage-over-told = The outage “{ $text }” is over. If it still isn't right for you, file a request: /new.
outage-none = No known outages. Declare one: <code>/outage what is down</code>.
outage-list =
    Known outages: { $count }
    { $lines }
button-outage-end = The outage is over
button-outage-end-of = Over: { $text }

help-desk =
    <b>For support</b> — in the request's thread or with a number:
    /take, /handover, /priority, /type
    /ask for information, /options as a list, /answer
    /merge NUMBER, /notneeded
    /template — usual answers, /outage — known outages
help-requester = /solved, /unsolved, /withdraw, /reopen

typed-take = take request
typed-ask = ask for information
typed-options = offer options
typed-answer = give answer
typed-solved = confirm solution
typed-unsolved = send back to work
typed-close = close request
typed-withdraw = withdraw request
typed-reopen = reopen request
typed-notneeded = close as not needed
typed-priority = change priority
typed-type = change type
typed-handover = hand over request
typed-merge = merge requests
typed-template = templates
typed-outage = known outages

command-take = Take a request
command-ask = Ask for information
command-options = Offer options
command-answer = Give the answer
command-solved = Solved
command-unsolved = Not solved
command-close = Close a request
command-withdraw = Withdraw a request
command-reopen = Reopen a request
command-notneeded = Close: not needed
command-priority = Change the priority
command-type = Change the type
command-handover = Hand over to a colleague
command-merge = Merge into another
command-template = Usual answers
command-outage = Known outages
params-take = number
params-ask = number and question
params-options = 1. … 2. …
params-answer = number and answer
params-solved = number
params-unsolved = number and reason
params-close = number
params-withdraw = number
params-reopen = number and reason
params-notneeded = number and reason
params-priority = high reason
params-type = incident
params-handover = colleague's name
params-merge = the other's number
params-template = name; add, delete
params-outage = what is down

error-not-yours = Only { $who } can do that.
error-only-in-thread = That is done in the request's thread or in private with me.
error-offer-over = This choice was made already, or the options for { $number } have changed.
error-options-needed = A list of two to { $most } different options is needed: 1. … and on the next line 2. …
error-merge-into-itself = { $number } is the very request. Give another one.
error-merge-into-closed = { $number } is closed — merge into an open one.
error-not-of-support = There is no such person in support.
error-already-responsible = { $name } works on it already.
error-same-priority = The priority is that already.
error-same-type = The type is that already.
error-template-incomplete = A name and a text are needed: /template add Name and the text on the next line.
error-no-such-template = There is no such template: “{ $name }”. All: /template.
error-template-in-thread = A template is sent in the request's thread.
error-outage-text-needed = Write what is down: /outage no bookings arrive.
error-outage-over = That outage is over already.
error-which-number-needed = Give its number: /{ $command } { $prefix }-2026-000123 — or do it in the request's thread.
error-nothing-fits = No request of yours can be changed that way now (“{ $what }”). All: /my.
