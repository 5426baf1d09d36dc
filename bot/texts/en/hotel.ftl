# Guests and syncs.


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
