# Guests and syncs.

guest-found = { $count ->
        [0] Nobody found for “{ $query }”. Try the name in Latin letters, the end of the phone or a reservation number.
        [10] The first 10. If your guest isn't here, say more: full name, phone or reservation.
       *[other] Found { $count }:
    }
room-guests = { $count ->
        [0] Nobody is in room { $room } now, and nobody is about to come.
       *[other] <b>Room { $room }</b>
    }
list-arrivals = <b>Arrivals, { $day }</b>: { $count }
list-departures = <b>Departures, { $day }</b>: { $count }
list-inhouse = <b>In house</b>: { $count }
list-more = …and { $count } more
guest-line = <b>{ $name }</b>{ $has_vip ->
        [yes] { " " }★ { $vip }
       *[no] { "" }
    } · { $room } · { $dates } · { $state }
guest-contact = phone: { $phones } · e-mail: { $emails }
guest-money = total: { $amount } { $currency }
no-room = no room yet
stay-tentative = tentative
stay-confirmed = confirmed
stay-in-house = in house
stay-checked-out = checked out
stay-cancelled = cancelled
stay-no-show = no-show

sync-which-hotel = Which hotel shall I refresh?
sync-status =
    <b>{ $hotel }</b>: the last runs
    { $lines }
sync-never = none yet
sync-line = { $at } · { $state } · { $fetched } records: { $created } new, { $updated } changed, { $failed } failed
sync-state-running = running
sync-state-done = done
sync-state-failed = failed
sync-state-interrupted = interrupted
sync-no-errors = { $hotel }: no errors.
sync-errors =
    <b>{ $hotel }</b>: not written to the CRM
    { $lines }
sync-error-line = • { $entity } { $key } — { $reason }
sync-entity-profile = profile
sync-entity-stay = reservation
sync-entity-posting = posting

sync-queued = <b>{ $hotel }</b>: queued…
sync-card =
    <b>{ $hotel }</b>: refreshing from Fidelio
    { $bar } { $percent }%
    { $phase }: { $done } of { $total }
sync-phase-reading = reading Fidelio
sync-phase-planning = comparing with the CRM
sync-phase-companies = companies
sync-phase-contacts = guests
sync-phase-deals = reservations
sync-reading =
    <b>{ $hotel }</b>: reading Fidelio…
    Records so far: { $done }
sync-report =
    <b>{ $hotel }</b>: { $dry ->
        [yes] checked without writing
       *[no] refreshed
    } in { $duration }

    From Fidelio: { $fetched }
    { $created } new · { $updated } changed · { $unchanged } unchanged{ $bad ->
        [0] { "" }
       *[other] { "" }
    Not written: { $failed }, rejected: { $rejected }
    }
    Calls to the portal: { $calls } · data as of { $fresh }
sync-report-problems = Reasons:
sync-problem-line = • { $reason } — { $count }
sync-unchanged = <b>{ $hotel }</b>: nothing new, the CRM agrees with Fidelio. { $fetched } records checked in { $duration }.
sync-failed =
    <b>{ $hotel }</b>: the refresh failed
    { $reason }
seconds = { $n ->
        [0] a moment
       *[other] { $n } s
    }
chart-title = { $hotel }: reservations by arrival date
chart-arrivals = arrivals
chart-in-house = in house

reason-pms-unreachable = Fidelio doesn't answer. Check the address and that the XML interface runs.
reason-pms-refused = Fidelio refuses the interface's user name or password.
reason-pms-answer = Fidelio sent an answer that can't be read.
reason-portal-unreachable = the Bitrix24 portal doesn't answer
reason-portal-refused = the portal doesn't allow it: the webhook lacks rights
reason-row-unreadable = Fidelio's record can't be read
reason-crm-field = the CRM refuses a field's value
reason-crm-required = the CRM wants a field that Fidelio doesn't have
reason-unclear = the portal's answer was lost; the next run looks
reason-interrupted = the run was interrupted by the service stopping; it goes on with the next one
reason-internal = a fault on our side; the service's log has the details
reason-other = { $detail }
