# Стол поддержки: варианты, передача, приоритет, объединение, присоединение, шаблоны, сбои.

status-waiting-choice = ждёт выбора варианта
thread-confirmed = закрыто
thread-withdrawn = отозвано
thread-not-needed = не требуется
thread-merged = объединено

do-more = Ещё
do-priority = Приоритет
do-type = Тип
do-hand-over = Передать
do-template = Шаблоны
more = Ещё по { $number }:

standing-anyone = любой сотрудник
standing-colleague = коллега из того же отеля
standing-requester = заявитель
standing-representative = представитель заказчика
standing-support = поддержка
standing-manager = управляющий
standing-admin = администратор

# Слова заявителя и что за ними
choice-made = Выбран вариант по { $number }: <b>{ $option }</b>. Передал поддержке.
ask-solved = Если вопрос решён, нажмите «Решено».
ask-not-solved = Похоже, ещё не решено. Вернуть { $number } в работу с этой причиной?
ask-separate = Похоже, здесь новый вопрос. Завести для него своё обращение? Так его решат быстрее, а это не затянется.
button-separate = Отдельное обращение
button-stay = Оставить здесь
button-sure = Да, решено
doubt =
    Вы писали по { $number }:
    <q>{ $text }</q>
    Точно решено? Если нет — верну в работу с этой причиной.

# Известное до подачи
new-known =
    { $count ->
        [one] Похоже, это уже известно:
       *[other] Похоже, это уже известно. Есть такие:
    }
    { $lines }

    Присоединитесь — поддержка увидит, что задело и вас, а я сообщу об ответе. Или заведём отдельное обращение.
known-outage = Известный сбой
outages-known =
    <b>Сейчас известно:</b>
    { $lines }
button-it-is = Это оно — присоединиться
button-it-is-number = Это оно — { $n }
button-other = Другое — продолжить
button-join = У меня то же — присоединиться
joined =
    Вы присоединились к <b>{ $number }</b> «{ $subject }». Ваши слова передал поддержке, об ответе сообщу.
joined-before = Вы уже присоединились к <b>{ $number }</b> «{ $subject }». Новые слова передал поддержке.
joined-own = Это ваше обращение <b>{ $number }</b> «{ $subject }» — добавил туда и передал поддержке.
joined-outage = Отметил, что сбой «{ $text }» задел и вас. Сообщу, когда он закончится.
card-summary =
    <b>{ $number } · { $subject }</b>
    Состояние: { $status }{ $votes ->
        [0] { "" }
        [one] { " " }· присоединился { $votes } человек
        [few] { " " }· присоединились { $votes } человека
       *[other] { " " }· присоединились { $votes } человек
    }
card-related = Связанные обращения: { $numbers }
support-card-votes = Присоединились: { $votes }
told-joined = Обращение <b>{ $number }</b> «{ $subject }», к которому вы присоединились: { $status }.
told-joined-answered =
    По обращению <b>{ $number }</b> «{ $subject }», к которому вы присоединились, дан ответ:
    <q>{ $text }</q>
told-objected =
    По обращению <b>{ $number }</b> есть возражение, оно снова в работе:
    <q>{ $text }</q>

# Изменения поддержки
change-priority = Приоритет { $number } сейчас — { $priority }. На какой сменить?
change-priority-reason = { $number }: новый приоритет — { $priority }. Почему? Причину увидит заявитель.
change-type = Какой тип у { $number } на самом деле?
change-hand-over = Кому передать { $number }?
change-nobody = Передать { $number } некому: больше никого нет в поддержке.
change-merge = { $count ->
        [0] С каким обращением объединить { $number }? Напишите его номер.
       *[other] С каким обращением объединить { $number }? Похожие:
    }
    { $similar }
change-cancelled = Хорошо, в { $number } ничего не изменил.
done-priority = { $number }: приоритет — { $priority }. Сроки пересчитал, заявителю сообщил.
done-type = { $number }: тип — { $type }, приоритет — { $priority }.
done-hand-over = { $number } передано.
done-merge = { $number } объединено с { $target }: люди и голоса теперь там.
done-offer = Варианты по { $number } отправлены заявителю кнопками.
words-offer =
    Напишите варианты по { $number } списком:
    1. первый
    2. второй
    Заявителю придут кнопки.
handed-to-you = Вам передали обращение <b>{ $number }</b> «{ $subject }».
told-handed-over = Обращением <b>{ $number }</b> теперь занимается { $to }.
told-priority =
    Приоритет обращения <b>{ $number }</b> — { $to ->
        [low] низкий
        [normal] обычный
        [high] высокий
       *[critical] критический
    }:
    <q>{ $text }</q>
told-retyped = Тип обращения <b>{ $number }</b> уточнён: { $to ->
        [incident] инцидент
        [problem] проблема
        [service] обслуживание
       *[development] развитие
    }.
fact-priority = { $who }: приоритет — { $to ->
        [low] низкий
        [normal] обычный
        [high] высокий
       *[critical] критический
    }
fact-retyped = { $who }: тип — { $to ->
        [incident] инцидент
        [problem] проблема
        [service] обслуживание
       *[development] развитие
    }
fact-joined = { $who }: у меня то же (присоединились: { $votes })
fact-merged-in = { $who }: присоединено { $from }
fact-outage-declared = { $who }: объявлен сбой
fact-outage-ended = { $who }: сбой закончился

# Шаблоны
template-list = { $count ->
        [0] Шаблонов пока нет.
       *[other] Шаблоны ответов:
    }
template-how = Новый: <code>/template add Имя</code> и с новой строки текст; можно %номер%, %имя%, %тема%. Удалить: <code>/template delete Имя</code>.
template-shown =
    <q>{ $text }</q>
    Отправить заявителю?
template-saved = Шаблон «{ $name }» сохранён.
template-removed = Шаблон «{ $name }» удалён.
template-sent =
    Отправлено заявителю:
    <q>{ $text }</q>
button-template-say = Отправить
button-template-answer = Отправить как ответ

# Сбои
outage-declared = Сбой объявлен: «{ $text }». Его увидит каждый, кто начнёт заводить обращение.
outage-ended = Сбой «{ $text }» закончился. Кто присоединился — узнает.
outage-over-told = Сбой «{ $text }» устранён. Если у вас всё ещё не так — заведите обращение, /new.
outage-none = Известных сбоев нет. Объявить: <code>/outage что не работает</code>.
outage-list =
    Известные сбои: { $count }
    { $lines }
button-outage-end = Сбой закончился
button-outage-end-of = Закончился: { $text }

help-desk =
    <b>Поддержке</b> — в теме обращения или с номером:
    /take — взять, /handover — передать, /priority, /type
    /ask — запросить сведения, /options — варианты списком, /answer — ответ
    /merge НОМЕР — объединить, /notneeded — не требуется
    /template — шаблоны, /outage — известные сбои
help-requester = /solved, /unsolved, /withdraw, /reopen — решено, не решено, отозвать, вернуть

typed-take = взять обращение
typed-ask = запросить сведения
typed-options = предложить варианты
typed-answer = дать ответ
typed-solved = подтвердить решение
typed-unsolved = вернуть на доработку
typed-close = закрыть обращение
typed-withdraw = отозвать обращение
typed-reopen = открыть снова
typed-notneeded = закрыть как ненужное
typed-priority = сменить приоритет
typed-type = сменить тип
typed-handover = передать обращение
typed-merge = объединить обращения
typed-template = шаблоны
typed-outage = известные сбои

command-take = Взять обращение
command-ask = Запросить сведения
command-options = Предложить варианты
command-answer = Дать ответ
command-solved = Решено
command-unsolved = Не решено
command-close = Закрыть обращение
command-withdraw = Отозвать обращение
command-reopen = Вернуть в работу
command-notneeded = Закрыть: не требуется
command-priority = Сменить приоритет
command-type = Сменить тип
command-handover = Передать коллеге
command-merge = Объединить с другим
command-template = Шаблоны ответов
command-outage = Известные сбои
params-take = номер
params-ask = номер и вопрос
params-options = 1. … 2. …
params-answer = номер и ответ
params-solved = номер
params-unsolved = номер и причина
params-close = номер
params-withdraw = номер
params-reopen = номер и причина
params-notneeded = номер и причина
params-priority = высокий причина
params-type = инцидент
params-handover = имя коллеги
params-merge = номер другого
params-template = имя; add, delete
params-outage = что не работает

error-not-yours = Это может { $who }.
error-only-in-thread = Это делают в теме обращения или в личном чате со мной.
error-offer-over = Этот выбор уже сделан или варианты по { $number } изменились.
error-options-needed = Нужен список из двух–{ $most } разных вариантов: 1. … и с новой строки 2. …
error-merge-into-itself = { $number } — это оно и есть. Укажите другое обращение.
error-merge-into-closed = { $number } закрыто — объединить можно с открытым.
error-not-of-support = Не нашёл такого человека в поддержке.
error-already-responsible = Этим и так занимается { $name }.
error-same-priority = Приоритет уже такой.
error-same-type = Тип уже такой.
error-template-incomplete = Нужны имя и текст: /template add Имя и с новой строки текст.
error-no-such-template = Такого шаблона нет: «{ $name }». Все — /template.
error-template-in-thread = Шаблон отправляют в теме обращения.
error-outage-text-needed = Напишите, что не работает: /outage не приходят брони.
error-outage-over = Этот сбой уже закончился.
error-which-number-needed = Укажите номер: /{ $command } { $prefix }-2026-000123 — или сделайте это в теме обращения.
error-nothing-fits = Сейчас ни одно ваше обращение так не изменить («{ $what }»). Все — /my.
