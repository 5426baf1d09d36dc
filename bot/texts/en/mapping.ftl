# The mapping of fields: faults of a file, its check, the deal's timeline.

mapping-fault-file-unreadable = the file can't be opened ({ $why })
mapping-fault-file-encoding = the file must be UTF-8
mapping-fault-toml = this is no TOML: { $why }
mapping-fault-unknown-key = no such key
mapping-fault-missing = this key is missing
mapping-fault-from-or-template = give exactly one of from and template
mapping-fault-choice = must be { $expected }
mapping-fault-number = must be a whole number
mapping-fault-too-small = at least { $ge }
mapping-fault-too-big = at most { $le }
mapping-fault-too-long = at most { $max_length } characters
mapping-fault-empty = must not be empty
mapping-fault-form = the value has the wrong form
mapping-fault-yes-or-no = must be true or false
mapping-fault-table = a table is wanted here
mapping-fault-list = a list is wanted here
mapping-fault-text = a text is wanted here
mapping-fault-field-name = no CRM field can have such a name (lastName, UF_CRM_…)
mapping-fault-field-ours = the sync itself writes this field
mapping-fault-fixed-field = the sync itself needs this field: leave it as it is
mapping-fault-fixed-source = { $name } goes only into the field { $field }
mapping-fault-source-unknown = there is no source { $name }. There is: { $known }
mapping-fault-source-fixed = the source { $name } doesn't fit here. There is: { $known }
mapping-fault-list-of-texts = a list may name sources of text only
mapping-fault-transform-unknown = there is no transform { $name }. There is: { $known }
mapping-fault-transform-kind = the transform { $name } doesn't take a { $kind }
mapping-fault-transform-parameter = the transform { $name } has a wrong parameter
mapping-fault-transform-shape = a step is a name or a table with one name, like cut = 50 in braces
mapping-fault-too-many-steps = at most { $most } steps
mapping-fault-multifield = phones and e-mails are lists: end with phone_e164, email or list
mapping-fault-type-kind = the type { $type } doesn't fit a { $kind }
mapping-fault-template = the template can't be read: look at its braces
mapping-fault-template-format = { $name } can't have the format { $format }
mapping-fault-pipeline-name = in braces a pipeline's name may hold only hotel
mapping-fault-stage-twice = another stage with another description has the code { $name } already

error-mapping-unknown = The mapping names what the portal doesn't have.
reason-mapping-unknown = the mapping names what the portal doesn't have
remedy-mapping = Correct the mapping file (docs/mapping.md), or make it in the portal.
remedy-mapping-file = Correct the mapping file: docs/mapping.md.
mapping-fine = the mapping is fine
mapping-own = file { $file }
mapping-default = built in
mapping-lost = the portal takes the field { $field } and doesn't keep it
mapping-unusable = the field { $field } can't be made or has another type: it isn't written
mapping-no-user = [[responsible]] user = { $user }: the portal has no such colleague

mapping-column-field = CRM field
mapping-column-from = from
mapping-column-as = transforms
mapping-column-owner = owner
mapping-column-before = in Fidelio
mapping-column-after = in the CRM
mapping-nothing-staged = Nothing to show it on: a sync is needed first.
mapping-left-out = stays out

# --- the deal's timeline ---

timeline-room = Moved: { $before } → { $after }
timeline-room-given = Room { $after } assigned
timeline-room-taken = No room any more, it was { $before }
timeline-room-type = Room type: { $before } → { $after }
timeline-dates = Dates: { $before } → { $after }
timeline-state = { $before } → { $after }
timeline-reinstated = Reinstated: { $before } → { $after }
timeline-checkout-undone = Check-out undone, the guest is in house again
timeline-checkin-undone = Check-in undone: { $before } → { $after }
timeline-when = Business date { $day }, { $at } by the hotel's clock
timeline-when-local = { $at } by the hotel's clock
