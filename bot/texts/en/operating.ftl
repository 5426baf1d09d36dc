# The operator's words: moving the database, the status page.
error-move-not-empty = The target database isn't empty: one moves into a new one only.
error-move-differs = What was read back there differs from what was written: nothing has been moved.
error-move-unreadable = The file holds a value that doesn't fit its column: nothing has been moved.

status-title = Concierge: status
status-well = All is well
status-ill = Something is broken
status-schema = schema { $number }
status-other-language = Русский
status-parts = Parts
status-broken = broken
status-figures = Now
status-troubles = To look at
status-no-troubles = Nothing is given up, syncs run.
status-processes = Processes
status-this = this one
status-portals = { $number ->
    [one] { $number } portal
   *[other] { $number } portals
 }
status-since = since { $at }
status-figure-portals = portals in the database
status-figure-owned = served by this process
status-figure-events = events wait
status-figure-event-age = the oldest event waits
status-figure-deliveries = deliveries wait
status-figure-delivery-age = the oldest delivery waits
status-figure-dead = deliveries given up
status-figure-parked = parked by a restore
status-figure-requests = requests open
status-figure-late = requests late
status-figure-syncs-failing = hotels whose sync fails
status-figure-sync-lag = the sync furthest behind
status-figure-licences-ended = licences ended
status-figure-webhooks-disabled = webhooks disabled
status-why-portal = the portal doesn't answer or doesn't let us in: { $detail }
status-why-dead = { $count ->
    [one] { $count } delivery given up
   *[other] { $count } deliveries given up
 }: { $code }
status-why-sync = { $count ->
    [one] { $count } record isn't in the CRM
   *[other] { $count } records aren't in the CRM
 }: { $code }
status-why-failures = { $count ->
    [one] { $count } run
   *[other] { $count } runs
 } in a row failed
status-why-paused = the schedule is paused
