# Guests: search, card, lists, the day's picture.

guest-found = { $count ->
        [0] Nobody found for “{ $query }”. Try the last name, the end of the phone, an e-mail or a reservation number.
        [one] “{ $query }”: one guest
       *[other] “{ $query }”: { $count } guests
    }
guest-near = Nobody is called exactly “{ $query }”. These look similar:
guest-found-more = “{ $query }”: the first { $count }. If your guest isn't here, add a first name, phone or number.
room-guests = { $count ->
        [0] Nobody is in room { $room } now, and nobody is about to come.
       *[other] <b>Room { $room }</b>
    }
list-arrivals = <b>Arrivals, { $day }</b>: { $count }
list-departures = <b>Departures, { $day }</b>: { $count }
list-inhouse = <b>In house</b>: { $count }
list-vip = <b>VIP, { $day } and the week ahead</b>: { $count }
list-birthdays = <b>Birthdays, { $day } and the week ahead</b>: { $count }
list-rooms = <b>Rooms, { $day }</b>: { $occupied } taken{ $known ->
        [yes] { " " }of { $rooms }, { $free } free
       *[no] { "" }
    }
list-hotel = { $hotel } · { $head }
list-page = Page { $page } of { $pages }
list-filtered = Only { $filter }: { $count }
list-nobody = Nobody.
list-filter-which = Whom shall I show?
list-no-data = { $what }: no data. The Fidelio of this hotel doesn't tell.
list-what-bookings = Future bookings
list-what-inhouse = Who is in house
list-what-birthday = Birthdays
list-what-vip = VIP
list-what-room-status = Housekeeping
button-list-back = Back
button-list-on = Next
button-list-filter = Filter
button-list-all = Show all

guest-name = <b>{ $name }</b>{ $vip }
guest-row = { $name } · { $room } · { $dates } · { $state }
guest-firm = { $kind ->
        [company] company
        [agent] agency
       *[other] source
    }
guest-no-stay = no bookings in Fidelio
guest-birthday = birthday { $day }
no-room = no room yet
stay-tentative = tentative
stay-confirmed = confirmed
stay-in-house = in house
stay-checked-out = checked out
stay-cancelled = cancelled
stay-no-show = no-show
nights = { $count ->
        [0] day use
        [one] { $count } night
       *[other] { $count } nights
    }
adults = { $count ->
        [one] { $count } adult
       *[other] { $count } adults
    }
children = { $count ->
        [one] { $count } child
       *[other] { $count } children
    }
room-count = { $count ->
        [one] { $count } room
       *[other] { $count } rooms
    }

card-room = room { $room }
card-room-with-type = room { $room }, { $type }
card-stay = { $arrival } — { $departure } · { $nights } · { $state }
card-moves = Moves: { $moves }
card-move = from { $day } { $room }
card-with = Together: { $names }
card-firm = { $firm }
card-group = group { $group }
card-contacts = Phone: { $phones }
card-emails = E-mail: { $emails }
card-rate = Rate { $code } · { $rate } a night
card-rate-plain = Rate { $code }
card-total = Stay { $total }
card-folio = Charged { $charged } · paid { $paid } · left { $left }
card-birthday = Birthday { $day }{ $in_stay ->
        [yes] { " " }— during the stay
       *[no] { "" }
    }
card-preferences = Preferences: { $text }
card-comments = Comments: { $text }
card-about = Guest: { $text }
card-previous = { $count ->
        [one] Before: { $count } stay · { $dates }
       *[other] Before: { $count } stays · { $dates }
    }
card-first-time = First stay
card-ahead = More bookings: { $dates }
card-requests = Requests: { $requests }
card-request = { $number } “{ $subject }” — { $status }
card-numbers = Reservation { $reservation }{ $confirmation ->
        [none] { "" }
       *[other] { " " }· confirmation { $confirmation }
    }
card-no-data = No data (Fidelio doesn't tell): { $what }
card-field-rate = rate
card-field-total = amount
card-field-room = room
card-field-phones = phone
card-field-emails = e-mail
card-field-birthday = birthday
card-field-preferences = preferences
card-field-notes = comments
button-crm-deal = Deal in the CRM
button-crm-contact = Contact in the CRM
button-crm-company = Company in the CRM

room-line = <b>{ $room }</b> · { $state }
room-free = free
room-occupied = taken until { $day }
room-leaves = leaves today
room-comes = arrives today
room-turns = one leaves, one arrives today
room-dirty = dirty
room-clean = clean
room-inspected = inspected

morning-head = <b>{ $hotel }, { $day }</b>
morning-occupancy = Occupancy { $percent } % · { $occupied } of { $rooms } rooms
morning-occupancy-plain = Rooms taken: { $occupied }
morning-moves = Arrivals { $arrivals } · departures { $departures } · guests { $guests }
morning-vip = VIP today: { $names }
morning-guest = { $name } ({ $room })
morning-money = Room revenue { $revenue } · ADR { $adr }{ $has_revpar ->
        [yes] { " " }· RevPAR { $revpar }
       *[no] { "" }
    }
morning-money-none = Revenue: no data. Fidelio doesn't tell rates per night.
morning-tomorrow = Tomorrow: { $occupied } rooms taken, { $arrivals } arrivals
morning-no-bookings = Bookings ahead: no data. The Fidelio of this hotel doesn't tell.
day-making = Drawing the day…
picture-day-title = { $hotel }: { $day }
picture-day-occupancy = Occupancy
picture-day-occupied = Rooms taken
picture-day-of = of { $rooms }
picture-day-tomorrow = tomorrow { $count }
picture-day-arrivals = Arrivals
picture-day-departures = Departures
picture-day-guests = Guests in house
picture-day-revenue = Room revenue
picture-day-adr = ADR
picture-day-bars-share = Occupancy by day, %
picture-day-bars = Rooms taken by day

reindex-done = { $hotel }: the search index is built anew, { $count } records

command-vip = VIP guests
command-birthdays = Birthdays
command-rooms = Rooms: who is in
command-day = The day's picture
typed-vip = vip
typed-birthdays = birthdays
typed-rooms = rooms
typed-day = day picture
params-vip = date
params-birthdays = date
params-rooms = date
params-day = date

error-guest-query-short = Write at least two letters: /guest Ivanov.
error-guest-gone = This booking is no longer in Fidelio. Please ask for the list again.
error-guest-level = I don't show that here: it takes the level “{ $level }”. Ask in your private chat in Bitrix24, or the manager.
privacy-basic = basics
privacy-contact = contacts
privacy-money = amounts
privacy-all = everything
