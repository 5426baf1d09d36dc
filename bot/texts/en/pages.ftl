# The pages inside the portal: what they share.
page-brand = Concierge
page-menu = Menu
page-skip = Skip to content
page-save = Save
page-cancel = Cancel
page-back = Back
page-add = Add
page-remove = Remove
page-remove-sure = Remove for good?
page-faults = Not saved. Please correct:
page-away = The service doesn't answer. Nothing is lost: try again in a minute.
page-busy = One moment, checking…
page-noscript = These pages need JavaScript: without it the session doesn't travel from page to page.
page-closed = This page is closed
page-how-in = Open the app from the menu of your Bitrix24 portal. If the portal has no such app, ask the bot for a link with /settings, or run “concierge settings” on the server.
page-not-done = That didn't work
page-to-overview = To the overview
page-link-title = Concierge settings
page-link-lead = The link opens the pages once. Then they stay open while you use them, up to four hours.
page-link-open = Open settings
page-fault = Error { $code }
page-wrong-empty = Fill in this field
page-wrong-number = A number is needed here
page-menu-hotel = Hotel
page-menu-desk = Support desk
page-menu-people = People and data
page-menu-journals = Journals

told-saved = Saved.
told-unchanged = Nothing has changed.

settings-fixed = Set in concierge.toml or the environment, can't be changed here
settings-stale-here = While the page was open somebody else changed this: { $who }. Open the page anew and check
field-secret-set = set, not shown

error-settings-not-yours = Settings are changed by the portal's administrators and by people with the role “admin”.
error-settings-fixed = Set in concierge.toml, can't be changed here.
error-settings-wrong = This can't be saved as it is.
error-settings-stale = The settings were changed in the meantime. Open the page anew.
error-page-not-yours = This page isn't for you: the portal's administrators open it.
error-page-session = Your session has ended.
error-page-csrf = The form is out of date or came from somebody else's page. Open the page anew.
error-page-link-spent = The link has been used or is too old: it works once, within 15 minutes.
error-frame-not-genuine = The portal didn't confirm who opens this page.
error-frame-portal-away = The portal doesn't answer now, so we can't know who opens this page. Try again in a minute.
error-crm-tab-item = You have no access to this item in the CRM.
settings-link = The link opens the settings once, within { $minutes } minutes:
command-settings = Settings: a link for an administrator
typed-settings = settings
settings-link-here =
    <a href="{ $url }">Open settings</a>
    The link works for { $minutes } minutes and opens the pages once. Don't pass it on: it opens them in your name.
error-settings-no-address = The service has no address that your browser could open: set [service] public_url, or run “concierge settings” on the server.
