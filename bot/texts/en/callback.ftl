# Other channels: the form on a site, a call that support wrote down, and “that was you”.

callback-title = Ask for a call back
callback-lead = Leave your phone and your question — support will call you.
callback-name = Name
callback-name-hint = How to address you
callback-phone = Phone
callback-phone-hint = For example: +7 900 123-45-67
callback-question = Question
callback-question-hint = What happened or what you need. No passwords or card numbers, please.
callback-required = required
callback-optional = optional
callback-consent-before = I agree to the processing of my personal data (Federal Law 152-FZ) on the terms and for the purposes of the
callback-consent-link = text of consent
callback-consent-opens = opens in a new tab
callback-send = Send
callback-report-link = Report a violation
callback-back-to-form = Ask for a call back
callback-other-language = По-русски
callback-trap = Leave this field empty

violation-title = Report a violation
violation-lead = Tell us what went wrong: with data, with a call or with support's work. Support will read it, and it gets a number.
violation-question = What happened
violation-question-hint = When and where it was, and what was violated.
violation-contacts = Name and phone only if you want an answer. They need your consent, too.
violation-subject = Violation: { $subject }

callback-errors = Please check:
callback-error-title = Error
callback-error-phone-missing = Please give a phone number — we will call you on it.
callback-error-phone-wrong = We couldn't read that number. Please write it whole, with its code: +7 900 123-45-67 or 8 495 123-45-67.
callback-error-name-long = The name is longer than { $limit } characters — please shorten it.
callback-error-question-long = The question is longer than { $limit } characters — please shorten it; tell us the rest on the phone.
callback-error-question-missing = Please write what happened.
callback-error-consent = Without your consent to the processing of personal data we may not take your phone number — please tick it.
callback-error-consent-changed = The text of consent has changed while the page was open. Please read it and tick it again.
callback-error-stale = The page was open for too long. All you wrote is still here — please press “Send” again.
callback-error-fast = That was very quick. Please check that all is right and press “Send” again.
callback-error-trap = A field that people don't see was filled in, perhaps by the browser. We cleared it — please press “Send” again.
callback-error-limit = Too many requests in a row. All you wrote is still here — please try again in { $minutes } min, or call us.

callback-done-title = Thank you, we have it
callback-done-number = The number of your request
callback-done-first-reply = First reply by <b>{ $at }</b> ({ $zone }).
callback-done-call = We will call the number you gave. Keep the request's number in case you call us first.
callback-done-blanked = The text held a password, a card or a passport number — we blanked it and did not keep it.
callback-done-report = Your report of a violation is taken.
callback-done-again = Send another request
callback-no-question = Asks for a call back
callback-not-found-title = There is no such page
callback-not-found = Please check the address. If a link on a site brought you here, please tell the site's owner.
callback-unreadable-title = We couldn't read the form
callback-unreadable = Please go back and send it again.
callback-away-title = That didn't work just now
callback-away = We have a small trouble here, your request was not taken. Please go back and try again in a minute.

consent-title = Consent to the processing of personal data
consent-version = Version { $version }
consent-hash = Fingerprint of the text (SHA-256)
consent-old = This is an earlier text. It holds for those who agreed to it.
consent-translation = A translation for your convenience. What you agree to is the Russian text below.

typed-new-for = new request for
new-login-caller = The requester’s login, if they told it? Otherwise “Skip”.
new-for-whom = A request by phone: { $caller }
error-caller-contact-needed = For whom? Give a phone or an e-mail: /new for Ivan Petrov +7 900 123-45-67. What happened may follow at once.
error-not-a-caller = The requester of { $number } has a messenger and confirms for himself.
error-claimed-already = Somebody else has taken { $number } as his own already.

caller-hint = The requester has no messenger — please call. What you write here is recorded as told to them; for us only: // or “Note:”.
do-phone-confirm = Confirmed by phone
do-phone-object = Not solved (by phone)
do-phone-reply = Answered by phone
do-phone-reopen = Reopen (by phone)
words-phone-object = What is still unsolved in { $number }, by the requester's words? Write the reason.
words-phone-reply = What did the requester answer about { $number }? Write it down.
words-phone-reopen = Why does the requester want { $number } reopened? Write the reason.
done-phone-confirm = Recorded: { $number } is confirmed by phone.
done-phone-object = Recorded. { $number } is in progress again.
done-phone-reply = Recorded the answer about { $number }.
done-phone-reopen = Recorded. { $number } is in progress again.

fact-consented = Consent to the processing of personal data, version of the text
fact-confirmed-by-phone = { $who }: confirmed by phone
fact-by-phone-confirmed = Completed on the requester's word, recorded by { $who }
fact-by-phone-closed = Closed on the requester's word, recorded by { $who }
fact-by-phone-objected = Not solved, on the requester's word; recorded by { $who }
fact-by-phone-replied = The requester's answer by phone, recorded by { $who }
fact-by-phone-reopened = Reopened on the requester's word, recorded by { $who }
fact-claimed = { $who }: the request is theirs — it was their call

claim-offer = Somebody with your phone or e-mail asked support for help: <b>{ $number }</b> ({ $channel }, { $at }). Was it you?
button-mine = Yes, it was me
button-not-mine = No
claim-declined = All right, { $number } stays as it is.
told-claimed = Request <b>{ $number }</b> “{ $subject }” is yours now: answers come here, and you can reply here, too.
