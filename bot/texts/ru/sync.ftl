# Синхронизация, как ею управляют из чата и терминала.

fresh-today = данные Fidelio на { $at }
fresh-earlier = данные Fidelio на { $at } — это не сегодня
fresh-never = данных Fidelio ещё нет
