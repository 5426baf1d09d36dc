# The licence: banners, messages to managers, refusals.

licence-banner-soon =
    ⚠️ The licence is paid until { $until } ({ $days ->
        [one] { $days } day
       *[other] { $days } days
    } left). Renew it so that syncs go on.
licence-banner-grace = ⚠️ The licence ended on { $until }. Syncs go on until { $grace }, then they stop.
licence-banner-ended = ⛔ The licence ended on { $until }: syncs have stopped. Requests to support still work.
licence-told-soon =
    <b>Concierge's licence ends on { $until }</b>
    { $days ->
        [one] { $days } day is
       *[other] { $days } days are
    } left. { $tolerated ->
        [yes] After that syncs go on until { $grace }, then they stop.
       *[no] After that syncs stop.
    } To renew it, write to the vendor or file a request. Support works in any case.
licence-told-grace =
    <b>Concierge's licence ended on { $until }</b>
    Everything still works. { $grace } is the last day of syncs with Fidelio. To renew it, write to the vendor or file a request.
licence-told-ended =
    <b>Syncs with Fidelio have stopped: the licence ended on { $until }</b>
    Guests and stays in the CRM are no longer brought up to date. Requests, deadlines and guests' cards work as before; what Fidelio tells is kept and reaches the CRM once the licence is renewed. To renew it, write to the vendor or file a request.
licence-told-renewed =
    <b>Concierge's licence is paid until { $until }</b>
    Syncs work.
licence-told-unlimited =
    <b>Concierge's licence has no end</b>
    Syncs work.
error-licence-ended = Syncs have stopped: the paid time of the licence is over. Renew it with the vendor or by a request to support, which works as before.
error-licence-days = The day is out of bounds: from { $first } to { $last }.
error-licence-grace = Days of grace may be from 0 to { $most }.
