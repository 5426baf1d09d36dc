# Releases: what is new for the hotel, whose request a release closes.

release-told =
    <b>Concierge was updated to version { $version }</b>
    { $lines }
told-released =
    What you asked for in request <b>{ $number }</b> “{ $subject }” is out in version { $version }, and works for you now.
    If it doesn't after all, answer this message or open the request again.
fact-released = { $who }: out in version { $version }, the requester was told
fact-release-marked = { $who }: comes in version { $version }
release-marked = Marked: <b>{ $number }</b> comes in version { $version }. The requester will hear of it when it works.
typed-release = comes in version
command-release = Mark in which version it comes
params-release = a version, like 1.4.0
error-release-version = Write a version: /release 1.4.0 in the request's thread, or /release FB-2026-000123 1.4.0.
