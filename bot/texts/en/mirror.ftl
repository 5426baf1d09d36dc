# Mirrors: edits and deletions, lost threads, a blocked bot, changes in the task itself, the self-audit.

mirror-edited =
    { $body }
    <i>(edited)</i>
mirror-deleted = <i>Message deleted.</i>
fact-edited = { $who }: message edited
fact-deleted = { $who }: message deleted

thread-again = <b>The former thread was deleted</b> — this is the new one. The whole history is in the request's card and in the task.
thread-not-this = This is a spare thread of { $number }, nothing leaves it. Please write in the main one, “{ $title }”.
thread-orphan = This is a spare thread of { $number }: the talk goes on in another one, I'm closing this.

requester-unreachable-elsewhere = The requester has blocked the bot in { $channel }. From now on I write in { $other }.
requester-unreachable = The requester has blocked the bot in { $channel } and has no other messenger: my messages don't reach them. Please get in touch in another way.
requester-reachable = The requester can be reached in { $channel } again.

task-history = <b>The former task was deleted</b> — this is the new one. What happened in { $number }:
task-made-again = The task was deleted in the portal — I made a new one: { $task }
task-answer-default = The work on this request is done.
task-not-allowed = I put the task's status back: request { $number } is “{ $status }”. { $hint }
task-hint-waiting = The requester's reply is needed first.
task-hint-confirm = Only the requester can close it, by confirming the answer.
task-hint-reopen = The requester can return it to work if the answer doesn't help.
task-hint-other = That isn't possible from this state.
task-word-refused = The message from { $who } didn't go to the requester: request { $number } is closed.
fact-handed-over = { $who }: responsible is { $to }
fact-deadline-changed = { $who }: the solution's deadline was changed in the task
fact-deadline-removed = { $who }: the solution's deadline was removed in the task
fact-task-paused = { $who }: the task was paused in the portal
deadline-from-to = from { $from } to { $to }

audit-title = <b>Self-audit: not everything adds up</b>
audit-unhandled = Events not handled: { $count }
audit-dead-events = Events given up: { $count }
audit-dead = Not delivered to { $place }: { $count } ({ $reasons })
audit-late = Waiting for delivery for more than an hour: { $count }
audit-no-task = Requests without a task: { $numbers }
audit-no-thread = Requests without a thread ({ $channel }): { $numbers }
audit-uncopied = Messages without copies on the other side: { $count } ({ $numbers })
audit-hint = Look and retry: concierge deliveries --dead, --retry NUMBER.
place-task = tasks
place-thread-bitrix24 = Bitrix24 threads
place-thread-telegram = Telegram threads
place-bitrix24 = private Bitrix24 chats
place-telegram = private Telegram chats
place-other = elsewhere
