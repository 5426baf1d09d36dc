# Pages inside the portal: schedules, support hours, terms, people, chats, data, sites, consent, licence.

menu-schedules = Schedules
menu-hours = Support hours
menu-levels = Terms
menu-calls = Whom to call
menu-people = Roles
menu-chats = Chats
menu-privacy = Guests' data
menu-sites = Form on the site
menu-consent = Consent
menu-licence = Licence

# Schedules

schedule-brief = every { $minutes } min, whole at { $at }
schedule-title = { $hotel }: schedule
schedule-clock = Sync with Fidelio
schedule-window = The window: which arrivals to read, counted from today.
schedule-trouble = When something is wrong
schedule-morning = The morning picture of the day
schedule-alerts = Whom to meet with care
field-hotel-warn-share = Warn when more than this wasn't written, %
field-hotel-warn-share-hint = Share of one run's records. Managers get the message
field-hotel-alerts = Whom to announce before the arrival
field-hotel-alert-days = How many days ahead
field-hotel-alert-chats = Where to announce
field-hotel-alert-chats-hint = One per line: bitrix24:chat77 or telegram:-100… Empty: to the managers in private

# Support hours

hours-week = Working hours
hours-text = Hours in words
hours-text-hint = For example: Mon-Fri 09:00-13:00, 14:00-18:00; Sat 10:00-14:00
hours-hint = The second pair is after a break. Empty: a day off. A night shift: up to 24:00, and from 00:00 on the next day.
hours-from-0 = from
hours-to-0 = to
hours-from-1 = after the break from
hours-to-1 = after the break to
day-of-mon = Monday
day-of-tue = Tuesday
day-of-wed = Wednesday
day-of-thu = Thursday
day-of-fri = Friday
day-of-sat = Saturday
day-of-sun = Sunday
hours-half = Give both the beginning and the end
hours-no-time = A time is written as 09:00
hours-backwards = The end is before the beginning
hours-overlap = Hours of one day overlap
hours-never = At least one day must be worked
hours-unreadable = The hours can't be read: write, for example, Mon-Fri 09:00-18:00
hours-days = Special days
hours-days-hint = Stronger than the production calendar: a day off of your own, a worked Saturday, a short day. Clear the date to remove one.
hours-day-row = Special day { $n }
day-date = Date
day-what = What day it is
day-own-hours = Hours of this day
day-kind-off = day off
day-kind-work = worked
day-kind-short = an hour less
day-kind-hours = hours of its own
day-no-date = The date can't be read
day-twice = This day stands above already
day-kind = Choose what day it is
day-hours = Hours are written as 10:00-15:00
hours-rest = Requests
field-support-timezone = Time zone
field-support-calendar = Production calendar
field-support-prefix = Prefix of numbers
field-support-prefix-hint = Numbers of new requests: FB-2026-000123. Earlier ones stay
field-support-reopen-days = A closed one may be reopened for, days
field-support-responsible = Who has a new task
field-support-responsible-hint = Until somebody takes the request
support-first-of-support = the first of support
calendar-ru = Russia
calendar-by = Belarus
calendar-kz = Kazakhstan
calendar-uz = Uzbekistan
calendar-am = Armenia
calendar-ge = Georgia
calendar-az = Azerbaijan
calendar-tr = Turkey
calendar-none = no holidays
sample-title = If a request were filed now
sample-see = See what it comes to
sample-now = It is { $at } ({ $zone }), support is
sample-open = open
sample-closed = closed
sample-request = Request
sample-first = First reply
sample-solution = Solution
sample-until = by { $at } ({ $zone })
sample-special = Special days ahead
sample-day = { $day }
sample-unreadable = These hours can't be read, there is nothing to reckon.

# Terms

levels-lead = How much support time there is for the first reply and for the solution. Write 30m, 4h, 1d 2h; a day is one full support day. An empty cell: as its hint says.
levels-priority = Priority
level-unreadable = A term is written as 30m, 4h or 1d 2h
level-backwards = The solution is before the first reply

# Whom to call

calls-lead = Whom to call when a request stands still. Times are support time. The same is changed in chat by /escalation.
calls-rule = Rule { $n }
calls-hint-not-taken = Nobody has taken the request for so long.
calls-hint-due-soon = The deadline is near: a share is used up (75%) or so much time is left (1h).
calls-hint-overdue = The deadline passed so long ago; 0: at once.
calls-when-not-taken = After
calls-when-due-soon = When
calls-when-overdue = Later by
calls-whom = Whom to call
calls-to-thread = the request's thread
calls-to-responsible = the responsible
calls-to-support = support
calls-to-manager = the manager
calls-to-admin = the admin
calls-to-managers-chat = the managers' chat
calls-users = and colleagues (ids apart by spaces)
calls-default = Back to the usual
call-nobody = Choose whom to call
call-when = A time is written as 30m, 4h or 75%

# Roles

people-lead = A role opens the bot's commands and pages, a level says how much of guests is shown. The portal's other people file requests and see the basics.
people-add = Give a role
people-who = Whom
people-role = Role
people-hotels = Hotels
people-level = Sees of a guest
people-department = department
people-user-number = Colleague { $number }
people-department-number = Department { $number }
people-number = Colleague { $number }
people-all-hotels = all
people-by-role = by role
people-fixed = set in concierge.toml
people-take = Take back
people-empty = Nobody has been given a role yet.
people-by-role-title = What a role shows
people-to-privacy = All fields and places
people-search = Find a colleague or a department
people-search-hint = A name, a position, a department's name or a colleague's number
people-find = Find
people-found = Found
people-none-found = Nobody found. Try the surname.
people-more = In particular
people-hotels-hint = Nothing ticked: in all hotels
people-level-by-role = as the role has it
people-give = Give the role
people-nobody = Find and tick whom
people-no-role = Choose a role
people-no-level = There is no such level
role-staff = staff
role-front-desk = front desk
role-marketing = marketing
role-manager = manager
role-representative = customer's representative
role-support = support
role-admin = administrator
role-hint-front-desk = guests and rooms
role-hint-marketing = contacts of who has agreed
role-hint-manager = reports, figures, sync
role-hint-representative = confirms that requests are closed
role-hint-support = takes requests and answers
role-hint-admin = these settings and all data
level-basic = the basics
level-contact = contacts, too
level-money = amounts, too
level-all = everything
told-grant-given = The role is given.
told-grant-taken = The role is taken back.
error-grant-gone = This role is gone already, or set in concierge.toml.

# Chats

field-telegram-support-chat = Support's supergroup
field-telegram-support-chat-hint = The number of a group with topics, for example -1001234567890. The bot is an admin there with the right to manage topics. Empty: no mirror
field-telegram-managers-chat = The managers' chat
field-telegram-managers-chat-hint = Reports of syncs and digests go here
chats-levels = How much groups may show
chats-levels-hint = A group shows the lower of two: the asker's level and the group's. Those not named here show the basics.
chats-row = Group { $n }
chats-where = Messenger
chats-number = Number of the chat
chats-number-hint = In Bitrix24 a chat's number is chat77, in Telegram a number with a minus. Clear the number to remove one.
chat-no-number = A chat's number: chat77 or 77 in Bitrix24, a number in Telegram
chat-twice = This chat stands above already

# Guests' data

field-privacy-telegram = The most that Telegram may show
field-privacy-telegram-hint = Telegram is a foreign messenger: this is a cross-border transfer of data
field-privacy-marketing = Contacts for marketing
field-privacy-card-minutes = Hide guests' cards in chats after, minutes
field-privacy-card-minutes-hint = 0: never
field-privacy-retention-days = Forget the journal and past stays after, days
field-privacy-retention-days-hint = 0: keep. Not less than the sync's window
marketing-opt-in = only of those who agreed
marketing-not-opted-out = of all who haven't refused
privacy-table = Role and field
privacy-table-lead = What a role sees with its usual level. A person's level can be changed on the page "Roles".
privacy-field = Field
privacy-agreed = who agreed
privacy-never = shown to nobody
privacy-places = Place
place-bitrix24-private = Private chat in Bitrix24
place-bitrix24-group = Group in Bitrix24
place-telegram-private = Private chat in Telegram
place-telegram-group = Group in Telegram
place-own = the person's own level
place-at-most = at most "{ $level }"
place-or-chat = or as set for the chat
privacy-field-name = Name
privacy-field-vip = VIP
privacy-field-room = Room
privacy-field-moves = Moves
privacy-field-arrival = Arrival
privacy-field-departure = Departure
privacy-field-nights = Nights
privacy-field-state = State of the stay
privacy-field-room-type = Room type
privacy-field-party = Party
privacy-field-firm = Company
privacy-field-group = Group
privacy-field-numbers = Numbers of the stay
privacy-field-previous = Earlier visits
privacy-field-masked-contacts = Masked contacts
privacy-field-crm-link = Link to the CRM
privacy-field-freshness = Freshness of data
privacy-field-phones = Phones
privacy-field-emails = E-mails
privacy-field-rate = Rate
privacy-field-amount = Amount
privacy-field-revenue = Revenue
privacy-field-folio = Folio
privacy-field-birthday = Birthday
privacy-field-preferences = Preferences
privacy-field-comments = Comments
privacy-field-language = Language
privacy-field-nationality = Nationality
privacy-field-address = Address
privacy-field-memberships = Memberships
privacy-field-passport = Passport
privacy-field-document = Documents
privacy-field-card-number = Number of a bank card
privacy-field-extra = Other fields

# Form on the site

sites-form = Callback form
field-callback-enabled = Take requests from the site
field-callback-operator = Who gets the consent
field-callback-operator-hint = The operator of the data: name, address, tax number. Goes into the text of consent
field-callback-operator-contact = Where to withdraw a consent
field-callback-per-ip = Forms from one address in 10 minutes
field-callback-per-site = Forms from one site in an hour
sites-title = Sites
sites-hint = Whose pages may show the form. The key goes into the form's address. Clear key and addresses to remove a site.
sites-row = Site { $n }
site-key = Key
site-origins = Addresses of the site, one per line
site-code = Code to put into the site:
site-no-key = Key: Latin letters, digits, "-" and "_"
site-twice = This key stands above already
site-no-origin = Address: https://grand.hotel.example, without a path
sites-no-address = The service's address from outside isn't set ([service] public_url), so there is no code to put in.

# Consent

consent-in-force = In force now
consent-version-of = version { $version }
consent-from-file = The text comes from the file { $file }, it can't be changed here
consent-since = since
consent-built-in = our text
consent-agreed = consents: { $count }
consent-read = Read
consent-new = New version
consent-new-hint = Takes effect at once. Who agreed earlier has agreed to that text: it is kept as long as the consent is.
consent-version-name = Version
consent-version-hint = Usually a date: 2026-11-23
consent-text = Text
consent-text-hint = Paragraphs apart by an empty line. Name the operator, the purposes, the terms and how to withdraw
consent-publish = Put in force
consent-sure = Really put in force?
consent-earlier = Earlier versions
consent-none-earlier = There are no earlier versions.
consent-version-missing = Give the version a name
consent-version-long = The version's name is longer than 40 characters
consent-version-taken = There was such a version already, with another text
consent-text-short = The text of consent is too short
consent-text-long = The text of consent is too long
consent-text-same = This is the very text that is in force
told-consent-published = The new version is in force.

# Licence

licence-state-none = Licence without a term
licence-state-active = The licence is valid
licence-state-grace = The paid term is over
licence-state-ended = The licence has ended
licence-badge-none = no term
licence-badge-active = paid
licence-badge-grace = days of grace
licence-badge-ended = ended
licence-means-none = There is no term: everything works.
licence-means-active = Everything works.
licence-means-grace = Everything still works. When the days of grace are over, syncs stop; requests to support stay.
licence-means-ended = Syncs are stopped. Requests, deadlines and guests' cards work as before; what Fidelio tells is kept and reaches the CRM after a renewal.
licence-paid-until = Paid until
licence-grace-until = Grace until
licence-days-left = Days left
licence-note = Note
licence-whom = Whom to ask
licence-ask = The vendor renews it. Write to them or file a request: send /new to the bot. Support answers whatever the licence says.
deed-data = Particulars
