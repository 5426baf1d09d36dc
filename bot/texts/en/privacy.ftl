# Guests' personal data: hidden cards, a request about a guest.

card-hidden = The card is hidden: its time is over. Open it again.
card-erased = The card is hidden: the guest's data were erased.
button-file-about-guest = Request
button-guest-card = The guest's card
button-not-this-guest = Not about this guest
new-about-guest = About: { $line }
draft-about-guest = Your draft is about this guest now: { $line }
about-guest = About: { $line }
about-guest-contacts = Contact: { $contacts }
about-guest-sync = { $fresh }; last sync: { $state }, { $at }
about-guest-sync-never = { $fresh }; no sync yet
about-guest-run-running = under way
about-guest-run-done = done
about-guest-run-failed = failed
about-guest-run-interrupted = interrupted
request-erased-subject = Request about a guest (data erased)
request-erased = The guest's data were erased at his demand.
