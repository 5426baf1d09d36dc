# Выпуски: что нового отелю, чьё обращение закрыто выпуском.

release-told =
    <b>Concierge обновлён до версии { $version }</b>
    { $lines }
told-released =
    То, о чём вы просили в обращении <b>{ $number }</b> «{ $subject }», вышло в версии { $version } и уже работает у вас.
    Если всё-таки не так — ответьте на это сообщение или откройте обращение снова.
fact-released = { $who }: вышло в версии { $version }, заявителю сообщено
fact-release-marked = { $who }: войдёт в версию { $version }
release-marked = Отмечено: <b>{ $number }</b> войдёт в версию { $version }. Когда она заработает, заявитель узнает сам.
typed-release = войдёт в версию
command-release = Отметить, в какой версии выйдет
params-release = версия, например 1.4.0
error-release-version = Напишите версию: /release 1.4.0 в теме обращения, или /release FB-2026-000123 1.4.0.
