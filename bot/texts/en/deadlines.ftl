# Deadlines, warnings, escalation, queue, reports, satisfaction.

clock-why = Why { $at }: { $amount } of support time — { $days }
clock-why-zone = (support hours: { $zone }, { $at })
clock-step = { $day } { $start }–{ $end } ({ $amount })
clock-idle = { $day } — { $what }
clock-idle-days = { $first } – { $last } — { $what }
clock-between = … another { $amount } …
clock-by-hand = The deadline was set in the task: { $who }, { $at }
clock-stood = The clock stood from { $start } to { $end }: { $what }
clock-stands = The clock has stood since { $start }: { $what }. { $left } of support time will be left.
waited-information = waiting for the requester's information
waited-choice = waiting for the requester's choice
due-stands = the clock stands, waiting for the requester

day-weekend = weekend
day-holiday = holiday
day-moved-off = day off in lieu
day-closed = closed
day-after-hours = outside support hours
day-short = short day
day-moved-work = worked in lieu
day-work = working day
day-pause = pause
holiday-new-year = New Year holidays
holiday-christmas = Orthodox Christmas
holiday-defender-day = Defender of the Fatherland Day
holiday-womens-day = International Women's Day
holiday-labour-day = Spring and Labour Day
holiday-victory-day = Victory Day
holiday-russia-day = Russia Day
holiday-unity-day = Unity Day

desk-closed = 🌙 Support is closed right now ({ $why }). Back on <b>{ $back }</b> ({ $zone }); whatever you write will be waiting for them.

fact-breached = { $clock ->
        [first_reply] The first reply is overdue
       *[other] The solution is overdue
    }
fact-raised = Priority raised: many are affected
fact-rated = { $who }: rated { $score } of 5

alarm-not-taken = ⏳ Nobody has taken <b>{ $number }</b> “{ $subject }” for { $amount } of support time.
alarm-due-soon = ⏰ <b>{ $number }</b> “{ $subject }”: { $clock ->
        [first_reply] first reply
       *[other] solution
    } due { $due } ({ $zone }), { $amount } left.
alarm-overdue = 🔴 <b>{ $number }</b> “{ $subject }”: { $clock ->
        [first_reply] the first reply
       *[other] the solution
    } was due { $due } ({ $zone }).
alarm-who = In work with { $who }.
alarm-nobody = Nobody has taken it.
alarm-head = Requests that need attention: { $count }
alarm-more = …and { $count } more. All of them: /queue.

queue-head = <b>Support queue</b>: { $count } open · times: { $zone }
queue-empty = <b>Support queue</b>: empty. Every request is closed.
queue-overdue = 🔴 <b>Overdue</b>: { $count }
queue-today = 🟠 <b>Today</b>: { $count }
queue-later = 🟢 <b>Later</b>: { $count }
queue-waiting = ⏸ <b>Waiting for the requester</b>: { $count }
queue-answered = ✅ <b>Answered, to be confirmed</b>: { $count }
queue-line = <b>{ $number }</b>{ $when } · { $priority } · { $subject } · { $who }
queue-when = , by { $due }
queue-nobody = not taken
queue-more = …and { $count } more
queue-close = Put the queue away
queue-closed = The queue is put away. Bring it back with /queue.
queue-not-yours = The queue is for support and managers. This card is no longer updated.

stats =
    <b>Support: { $period }</b>
    { $first } – { $last } ({ $zone })

    Opened: <b>{ $opened }</b> · closed: <b>{ $closed }</b> · open now: <b>{ $open }</b>
    Deadlines missed: <b>{ $breached }</b>
    By type: { $types }
    First reply, median: { $first_reply }
    Solution, median: { $solution }
    Rating: { $rating }
stats-type = { $name } { $count }
stats-none = —
stats-rating = { $mean } of 5 (ratings: { $count })
stats-median = { $amount } of support time
period-today = today
period-week = week
period-month = month
period-last-week = last week
button-today = Today
button-week = Week
button-month = Month
button-export = Export XLSX

digest =
    <b>Support's week</b>, { $first } – { $last }

    Opened: <b>{ $opened }</b> · closed: <b>{ $closed }</b> · open: <b>{ $open }</b>
    Deadlines missed: <b>{ $breached }</b>
    By type: { $types }
    First reply, median: { $first_reply } · solution: { $solution }
    Rating: { $rating }
picture-title = Support, { $first } – { $last }
picture-opened = opened
picture-closed = closed
picture-open = open
picture-breached = deadlines missed
picture-types = Opened by type

export-making = Preparing the requests; the file follows.
export-caption = Requests as of { $at }: { $count }
export-sheet = Requests
export-number = Number
export-type = Type
export-priority = Priority
export-status = State
export-closed-as = Closed as
export-round = Round
export-subject = Subject
export-description = Description
export-conditions = Conditions
export-login = Login
export-portal = Portal
export-channel = Channel
export-hotel = Hotel
export-requester = Requester
export-responsible = Responsible
export-created-at = Created
export-first-replied-at = First reply
export-answered-at = Answered
export-closed-at = Closed
export-due-first-reply = First reply due
export-due-solution = Solution due
export-breached = Deadlines missed
export-rating = Rating

rate-how = How did we do? 1 is bad, 5 is excellent.
rated = Thank you! <b>{ $number }</b> is rated { $score } of 5. You may press another one within a day.
error-rating-fixed = A rating can be changed for a day; for { $number } that time is over. Thank you, it counts.
error-rating-not-yet = A closed request can be rated.

history-page = <b>{ $number }</b>: history, page { $page } of { $pages }
button-earlier = Earlier
button-later = Later
button-history = Whole history

escalation-rules =
    <b>Escalation</b>: who is called when a request stands still
    { $rules }

    The request's thread is always warned: when 75 % of the time is used up and when it has run out. Time is support time.
    { $source }
escalation-occasion = <b>{ $name }</b>: { $rules }
escalation-off = nobody is called
escalation-rule-not-taken = after { $amount } → { $to }
escalation-rule-before = { $amount } before → { $to }
escalation-rule-share = { $share } % of the time used → { $to }
escalation-rule-overdue = { $now ->
        [yes] at once
       *[no] { $amount } after
    } → { $to }
escalation-from-file = The service's settings hold these rules ([support.escalation]); change them there.
escalation-from-chat = Changed by { $who }, { $at }.
escalation-from-default = These are the default rules.
escalation-how = With the buttons below or in words, for example:
    <code>/escalation not taken 30m support; 2h manager</code>
    <code>/escalation due soon 75% responsible</code>
    <code>/escalation overdue now responsible, 17</code>
    <code>/escalation not taken nobody</code>
    Whom: support, responsible, manager, admin, thread, managers' chat, or a Bitrix24 user id.
escalation-edit =
    <b>{ $name }</b>: { $rules }

    Press a time, or whom to call.
escalation-not-taken = Not taken
escalation-due-soon = Due soon
escalation-overdue = Overdue
escalation-to-thread = thread
escalation-to-responsible = responsible
escalation-to-support = support
escalation-to-manager = manager
escalation-to-admin = admin
escalation-to-managers-chat = managers' chat
escalation-to-user = { $name }
escalation-typed-not-taken = not taken, not_taken, untaken, new
escalation-typed-due-soon = due soon, due_soon, soon
escalation-typed-overdue = overdue
escalation-typed-off = nobody, off, none
escalation-typed-now = now, at once
escalation-typed-thread = thread
escalation-typed-responsible = responsible
escalation-typed-support = support
escalation-typed-manager = manager, managers
escalation-typed-admin = admin, administrator
escalation-typed-managers-chat = managers' chat, managers chat, managers_chat
button-escalation-off = Nobody
button-escalation-default = Default
button-escalation-back = All rules
mark-on = ✓ { $name }
error-escalation-fixed = The service's settings hold the rules ([support.escalation]), so they can't be changed from chat.
error-escalation-unclear = I don't understand “{ $words }”. For example: /escalation not taken 30m support; 2h manager
error-escalation-nobody = Whom? I don't know “{ $words }”: support, responsible, manager, admin, thread, managers' chat, or a user's id.

typed-queue = queue
typed-stats = statistics
typed-export = export
typed-escalation = escalation
command-queue = Support's queue
command-stats = Support in numbers
command-export = Export requests
command-escalation = Who is called when a request stands still
params-stats = today, week, month
params-export = xlsx, csv
params-escalation = not taken 30m support
