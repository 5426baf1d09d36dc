# One guest or two? The cards in the managers' chat.
identity-card = <b>Is this one guest?</b> { $hotel } · { $points } points (we join by ourselves from { $join })
identity-ours = In Fidelio: { $who }
identity-theirs = In the CRM: { $who }
identity-born = born { $day }
identity-mark = { $good ->
        [yes] +
       *[no] −
    } { $told } ({ $points })
identity-mark-email-equal = same e-mail
identity-mark-email-role = same shared mailbox
identity-mark-phone-equal = same phone
identity-mark-name-equal = same name
identity-mark-name-variant = same name in another form
identity-mark-name-typo = name alike, mistyped
identity-mark-name-initial = same family name, given name incomplete
identity-mark-name-given = same given name, another family name
identity-mark-name-family = same family name, another given name
identity-mark-name-different = different names
identity-mark-middle-equal = same middle name
identity-mark-middle-different = different middle names
identity-mark-birthday-equal = same birthday
identity-mark-birthday-near = almost the same birthday
identity-mark-birthday-different = different birthdays
identity-mark-gender-different = different gender
identity-mark-city-equal = same city
identity-mark-country-different = different countries
identity-join = Join
identity-apart = Keep apart
identity-later = Later
identity-undo = Undo the decision
identity-put-off = Put off: I'll remind you in { $days } days.
identity-joined = Joined: { $who }.
identity-joining = Being joined: { $who }. Done after the next sync, which is ordered.
identity-apart-done = Two guests: { $who }.
identity-splitting = Being parted: { $who }. Done after the next sync, which is ordered.
identity-by-points = by points, without asking
identity-by-person = a colleague
identity-by-pms = Fidelio merged them
identity-state-open = waiting
identity-state-joined = joined
identity-state-joining = being joined
identity-state-apart = two guests
identity-state-splitting = being parted
identity-settled = No question any more: the data has changed since.
identity-more = { $hotel }: { $count } more wait for your decision. These guests look alike, but not enough to join them unasked.
identity-one-by-one = Show one by one
identity-last-joined = Last joined
identity-overview = <b>Guests compared</b> · { $hotel }
    Waiting: { $open }
    Joined in { $days } days: { $joined }
identity-all-seen = { $hotel }: no more questions.
identity-none-joined = { $hotel }: nothing to undo.
identity-orphan = (double, see No. { $number })
identity-orphan-note = This guest's profile was merged in Fidelio. The main contact: { $url }
identity-erased = Guest erased
error-identity-decided = Decided already: { $state }.
error-identity-gone = This question is gone: the data has changed since.
error-identity-too-late = This can be undone within { $days } days; that time is over.
error-identity-not-undone = This decision can't be undone.
typed-asks = guests compared
command-asks = Similar guests: one or two
params-asks = hotel
