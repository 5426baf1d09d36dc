# The sync as people operate it from chat and terminal.

fresh-today = Fidelio data as of { $at }
fresh-earlier = Fidelio data as of { $at } — not today's
fresh-never = no Fidelio data yet
fresh-loading = Fidelio data are still being loaded

sync-which-hotel = Which hotel shall I refresh?
sync-hotel-gone = This hotel isn't in the settings any more.
sync-begun = Starting. Watch the message below.

# The card while it runs

sync-queued = <b>{ $hotel }</b>: queued…
sync-again = <b>{ $hotel }</b>: the run was cut off with the service. Going on — nothing done is lost…
sync-card =
    <b>{ $hotel }</b>: refreshing from Fidelio
    { $bar } { $percent }%
    { $phase }: { $done } of { $total }
sync-reading =
    <b>{ $hotel }</b>: reading Fidelio…
    Records so far: { $done }
sync-phase-reading = reading Fidelio
sync-phase-planning = comparing with the CRM
sync-phase-companies = companies
sync-phase-contacts = guests
sync-phase-deals = reservations
sync-ends = done at about { $at }
sync-limits = Portal limit: requests { $requests }%{ $share ->
        [0] { "" }
       *[other] , time of { $method } { $share }%
    }
sync-resting = { " " }(the method rests { $seconds } s more)

# The report

sync-report =
    <b>{ $hotel }</b>: refreshed in { $duration }

    From Fidelio: { $fetched }
    { $created } new · { $updated } changed · { $unchanged } unchanged{ $bad ->
        [0] { "" }
       *[other] { "" }
    Not written: { $failed }, rejected: { $rejected }
    }
    Calls to the portal: { $calls } · { $fresh }
sync-unchanged =
    <b>{ $hotel }</b>: nothing new, the CRM agrees with Fidelio. { $fetched } records checked in { $duration }.
    { $fresh }
sync-retried =
    <b>{ $hotel }</b>: tried again in { $duration }
    { $done } written · { $failed } failed again{ $rejected ->
        [0] { "" }
       *[other] { " " }· { $rejected } unreadable
    }
    { $fresh }
sync-failed =
    <b>{ $hotel }</b>: the refresh failed
    { $reason }
sync-alarm = ⚠️ <b>{ $share }% of the records weren't written</b> — above the threshold of { $limit }%. Please have a look.
sync-asked = Waiting for a decision whether it is the same guest: { $count } — asked in the managers' chat.
sync-report-problems = Reasons:
sync-problem-line = • { $reason } — { $count } · <i>{ $cause }</i>

# A rehearsal

sync-preview = { $moved ->
        [cut] <b>{ $hotel }</b>: the run was cut off with the service, some of it is in the CRM. This is left (checked without writing, { $duration })
        [yes] <b>{ $hotel }</b>: the data have changed meanwhile, so nothing was written. This is what it would be now (checked without writing, { $duration })
       *[no] <b>{ $hotel }</b>: checked without writing, { $duration }
    }

    Would be written: { $created } new · { $updated } changed · { $unchanged } unchanged{ $rejected ->
        [0] { "" }
       *[other] { "" }
    Unreadable in Fidelio: { $rejected }
    }
sync-kind = • { $kind }: { $created } new, { $updated } changed
sync-items-contact = guests
sync-items-company = companies
sync-items-deal = reservations
sync-item-contact = guest
sync-item-company = company
sync-item-deal = reservation
sync-new-one = new
sync-samples = <b>Examples</b>
sync-sample = <b>{ $name }</b> · { $item } { $key }
sync-change = – { $field }: { $before } → { $after }
sync-change-new = – { $field }: { $after }
sync-change-hidden = – { $field }: changes (the value is hidden)
sync-more-fields = – …and { $count } more fields
sync-apply-until = Exactly this will be written. The button works until { $at }.
sync-applied = Applied — watch the message below.
sync-nothing-to-apply = Nothing to write: the CRM agrees with Fidelio.
sync-preview-over = More than half an hour has passed, the data may have changed. Look again?

crm-field-name = First name
crm-field-lastname = Last name
crm-field-secondname = Second name
crm-field-title = Title
crm-field-stageid = Stage
crm-field-opportunity = Amount
crm-field-currencyid = Currency
crm-field-begindate = Begins
crm-field-closedate = Closes
crm-field-birthdate = Birthday
crm-field-contactids = Guests
crm-field-companyid = Company
crm-field-phones = Phones
crm-field-emails = E-mails
crm-field-assignedbyid = Responsible
crm-field-comments = Comment
crm-field-honorific = Salutation
yes = yes
no = no

# Not written

sync-no-errors = { $hotel }: no errors, all is written to the CRM.
sync-errors = <b>{ $hotel }</b>: not written to the CRM — { $total } (shown { $first }–{ $last })
sync-error-line = { $number }. { $entity } <b>{ $key }</b>{ $name } — { $reason }{ $retried ->
        [yes] { " " }· trying again…
       *[no] { "" }
    }
sync-error-link = <a href="{ $url }">open in the CRM</a>
sync-entity-profile = profile
sync-entity-stay = reservation
sync-entity-posting = posting
button-retry-one = Retry { $number }
button-retry-key = Retry { $key }
button-retry-all = Retry all { $count }
button-file = File a request
button-file-cause = Request: { $cause }
button-apply = Apply ({ $count })
button-dry = Rehearse
button-sync-full = Read everything again
button-sync-errors-of = Errors ({ $count })
button-sync-history = History
button-resume-sync = Resume

# Status and history

sync-status =
    <b>{ $hotel }</b>
    { $fresh }
sync-every = Refreshing every { $minutes } min
sync-next = next at about { $at }
sync-is-paused = ⏸ <b>The schedule is paused</b> since { $at }: failed { $count } times in a row — { $reason }
sync-waits = A run waits for its turn
sync-runs = Now: { $phase }, { $done } of { $total }
sync-all-written = All that Fidelio told is in the CRM
sync-unwritten = Not written: { $count }
sync-incident-open = Support is on it: { $number }
sync-last-runs = The last runs:
sync-never = none yet
sync-history =
    <b>{ $hotel }</b>: history of runs
    { $lines }
sync-line = #{ $run } · { $at } · { $kind } · { $state }
sync-line-took = in { $duration }
sync-line-counts = { $fetched } records: { $created } new, { $updated } changed, { $failed } failed
sync-state-running = running
sync-state-done = done
sync-state-failed = failed
sync-state-interrupted = interrupted
sync-kind-of-sync = refresh
sync-kind-of-full = whole window
sync-kind-of-dry = rehearsal
sync-kind-of-apply = rehearsal applied
sync-kind-of-retry = retry
sync-kind-of-reread = retry with reading
sync-kind-of-reconcile = reconciliation
sync-kind-of-repair = repair

# Paused

sync-paused =
    ⏸ <b>{ $hotel }</b>: the scheduled refresh has stopped — it failed { $count } times in a row.
    { $reason }
    When the reason is gone press “Resume”, or refresh now: a run that succeeds resumes it too.
sync-resumed = { $hotel }: the schedule works again, every { $minutes } min.
sync-not-paused = { $hotel }: the schedule works already, every { $minutes } min.
sync-resumed-itself = { $hotel }: data are refreshed again, the pause is over.

# A request about a cause

incident-subject = { $hotel }: { $words }
incident-what =
    Sync with Fidelio, hotel { $hotel }: { $words }
    Code of the cause: { $cause }. Records: { $count }.
incident-record = • { $record }: { $reason }
incident-named = { $entity } { $key }
incident-also = Also: { $keys }{ $more ->
        [0] { "" }
       *[other] { " " }and { $more } more
    }
incident-conditions = Run #{ $run }, { $fresh }
incident-known = Request { $number } is about this already — new failures are added there.
incident-over = { $hotel }: clean run #{ $run } — the cause is gone ({ $words }). The records that failed are in the CRM now.
fact-sync-again = { $who }: it came again, run #{ $run } — { $count } records, { $runs } times in all
fact-sync-over = { $who }: clean run #{ $run }

# Why a guest isn't in the CRM

typed-why = why is there no guest
why-head = <b>{ $hotel }</b>: what became of “{ $query }”
why-record = <b>{ $name }</b> · { $entity } { $key }
why-in-crm = ✅ In the CRM as in Fidelio (written { $at }).
why-changed = 🕒 In the CRM, but the last changes aren't written yet: { $next }.
why-waiting = 🕒 Read from Fidelio, not yet written to the CRM: { $next }.
why-failed = ⚠️ Not written: { $detail }. Mend the cause and press “Retry” — or the next run does it ({ $next }).
why-asked = ❓ Looks like another guest: the managers are asked whether it is the same person. The card is in their chat.
why-merged = ↪️ Merged in Fidelio with profile { $detail } — in the CRM under that number.
why-anonymised = Anonymised in Fidelio — such profiles don't go into the CRM.
why-deleted = Deleted in Fidelio — such profiles don't go into the CRM.
why-kind = Neither a guest nor a company (another profile type in Fidelio) — such profiles stay out. If that is wrong, change the type in Fidelio.
why-nameless = The profile has no name in Fidelio. Fill it in — the next run writes it.
why-pseudo = A pseudo room (a technical reservation) — such ones stay out of the CRM.
why-account = A financial account, no stay — such ones stay out of the CRM.
why-rules = By this hotel's rules such a record isn't needed in the CRM.
why-window = Arrival { $detail } lies outside the window that is read. The window is set by days_back and days_ahead.
why-rejected = ⚠️ Fidelio tells it, but the record can't be read: { $detail }. Mend it in Fidelio and press “Retry”.
why-absent =
    “{ $query }” isn't in what Fidelio tells ({ $fresh }, arrivals { $first }–{ $last }).
    Check the spelling in Latin letters, the reservation number or the end of the phone. Just entered? Refresh. Long ago? Read everything again.
why-never = Nothing was read from Fidelio yet. Refresh first, then ask again.
why-more = The first ones are shown. If yours is missing: full name, phone or reservation number.
why-retried = Trying again…
next-at = the next run is at about { $at }
next-first = the first run writes it
next-paused = the schedule is paused — press “Resume” in /sync status

# Causes

reason-given-up = the run was cut off with the service three times in a row; not tried again by itself — see the service's log
reason-crm-gone = the item isn't in the CRM any more: it was deleted; the next run makes it anew
reason-crm-deleted = the item was deleted in the CRM, and the setting says not to make it anew
reason-door = the door into Fidelio doesn't open: concierge check tells what is wrong
cause-other = a cause without a name: see the words beside the record

error-sync-not-your-hotel = The sync of “{ $hotel }” is operated by its managers and support.
error-sync-cause-over = Nothing fails for this cause now: a later run was clean.
error-no-such-preview = This rehearsal isn't there any more. Start a new one: /sync dry
error-preview-over = The rehearsal is older than { $minutes } minutes: the data may have changed. Start a new one: /sync dry
error-preview-applied = This rehearsal has been applied already.
error-nothing-to-retry = Nothing to retry: all is written.
error-why-query-short = Whom? A name (two letters at least) or a reservation number: /sync why Ivanov
error-fias-listen = The port for Fidelio's link can't be opened: taken, or not allowed.
