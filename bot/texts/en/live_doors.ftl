# The live door into Fidelio (FIAS): what managers are told, and what `concierge resync` answers.
door-away = The link to Fidelio of { $hotel } (door { $door }) has been down since { $at }. Check-ins show only after an ordinary sync. See whether IFC8 runs and can be reached; what it has kept will come by itself.
door-back = The link to Fidelio of { $hotel } (door { $door }) is up again; it was away for { $minutes } min.
door-fias-displaced = The link to Fidelio of { $hotel } (door { $door }) is taken by another program: IFC8 serves one connection. Concierge gives way and tries less often. Find who else connects to that port, or order an interface of its own.
door-fias-codepage = Guests' names of { $hotel } (door { $door }) come in { $detail }, another encoding is set. Put encoding = "{ $detail }" into the door's settings.
door-fias-clock = Fidelio's clock of { $hotel } (door { $door }) is { $detail } s off ours. Check the time of the IFC8 server and the hotel's timezone.
door-fias-swap-empty = A resync with Fidelio of { $hotel } (door { $door }) came empty: nobody was checked out. Check that the interface was given the hotel's rooms.
door-fias-unreadable = Records that can't be read come from Fidelio of { $hotel } (door { $door }): { $detail }. These events don't show; check the fields of the FIAS interface.
door-fias-missing = Fidelio of { $hotel } (door { $door }) never sends fields we ask for: { $detail }. Have them put into the records GI and GC of the FIAS interface (or take the A-fields out of fields).
