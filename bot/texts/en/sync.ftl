# The sync as people operate it from chat and terminal.

fresh-today = Fidelio data as of { $at }
fresh-earlier = Fidelio data as of { $at } — not today's
fresh-never = no Fidelio data yet
