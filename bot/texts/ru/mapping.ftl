# Соответствие полей: ошибки в файле, проверка, лента сделки.

mapping-fault-file-unreadable = файл не открывается ({ $why })
mapping-fault-file-encoding = файл должен быть в UTF-8
mapping-fault-toml = это не TOML: { $why }
mapping-fault-unknown-key = такого ключа нет
mapping-fault-missing = не хватает этого ключа
mapping-fault-from-or-template = нужен ровно один ключ из двух: from или template
mapping-fault-choice = может быть только { $expected }
mapping-fault-number = нужно целое число
mapping-fault-too-small = не меньше { $ge }
mapping-fault-too-big = не больше { $le }
mapping-fault-too-long = не длиннее { $max_length } знаков
mapping-fault-empty = не может быть пустым
mapping-fault-form = значение не того вида
mapping-fault-yes-or-no = нужно true или false
mapping-fault-table = здесь нужна таблица
mapping-fault-list = здесь нужен список
mapping-fault-text = здесь нужен текст
mapping-fault-field-name = такого имени поля в CRM быть не может (lastName, UF_CRM_…)
mapping-fault-field-ours = это поле ведёт сама синхронизация
mapping-fault-fixed-field = это поле нужно самой синхронизации: оставьте его как есть
mapping-fault-fixed-source = { $name } пишется только в поле { $field }
mapping-fault-source-unknown = источника { $name } нет. Есть: { $known }
mapping-fault-source-fixed = источник { $name } здесь не подходит. Есть: { $known }
mapping-fault-list-of-texts = в списке могут быть только текстовые источники
mapping-fault-transform-unknown = преобразования { $name } нет. Есть: { $known }
mapping-fault-transform-kind = преобразование { $name } не подходит к значению вида { $kind }
mapping-fault-transform-parameter = у преобразования { $name } неверный параметр
mapping-fault-transform-shape = шаг — это имя или таблица с одним именем, например cut = 50 в фигурных скобках
mapping-fault-too-many-steps = не больше { $most } шагов
mapping-fault-multifield = телефоны и почта — список: закончите на phone_e164, email или list
mapping-fault-type-kind = тип { $type } не подходит к значению вида { $kind }
mapping-fault-template = шаблон не разбирается: проверьте фигурные скобки
mapping-fault-template-format = у { $name } не может быть формата { $format }
mapping-fault-pipeline-name = в фигурных скобках имени воронки может стоять только hotel
mapping-fault-stage-twice = код { $name } уже у другой стадии, описанной иначе

error-mapping-unknown = В соответствии полей названо то, чего на портале нет.
reason-mapping-unknown = в соответствии полей названо то, чего на портале нет
remedy-mapping = Исправьте файл соответствия (docs/mapping.md) или заведите это на портале.
remedy-mapping-file = Исправьте файл соответствия: docs/mapping.md.
mapping-fine = соответствие полей в порядке
mapping-own = файл { $file }
mapping-default = встроенное
mapping-lost = поле { $field } портал принимает, но не хранит
mapping-unusable = поле { $field } не удалось завести или оно другого типа: оно не пишется
mapping-no-user = [[responsible]] user = { $user }: такого сотрудника на портале нет

mapping-column-field = поле CRM
mapping-column-from = откуда
mapping-column-as = преобразования
mapping-column-owner = хозяин
mapping-column-before = в Fidelio
mapping-column-after = в CRM
mapping-nothing-staged = Показать не на чем: сначала нужна синхронизация.
mapping-left-out = не переносится

# --- лента сделки ---

timeline-room = Переезд: { $before } → { $after }
timeline-room-given = Назначен номер { $after }
timeline-room-taken = Номер снят, был { $before }
timeline-room-type = Категория: { $before } → { $after }
timeline-dates = Даты: { $before } → { $after }
timeline-state = { $before } → { $after }
timeline-reinstated = Бронь восстановлена: { $before } → { $after }
timeline-checkout-undone = Выезд отменён, гость снова проживает
timeline-checkin-undone = Заезд отменён: { $before } → { $after }
timeline-when = Бизнес-дата { $day }, по часам отеля { $at }
timeline-when-local = По часам отеля { $at }
