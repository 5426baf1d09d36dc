# The doors into Fidelio: what `concierge check` says about them.
door-listened = the running service has the link
door-told = told last { $at }
door-lag = to the store { $store } s (worst { $worst } s)
door-lag-crm = to the CRM { $crm } s (worst { $worst } s)
door-same = its numbers are the first door's
door-own = it has numbers of its own, records are matched
door-undecided = not clear yet whose numbers it has: records are matched
door-alone = not matched: { $n }
error-door-not-built = This version has no such door yet.
error-exports-map = The column map can't be read.
error-exports-folder = The exports' folder isn't there, or can't be written to.
error-exports-sftp = The exports' server doesn't answer or doesn't let us in.
remedy-fias-unreachable = Check [hotels.sources] url: address and port of IFC8 in the hotel's network.
remedy-fias-listen = The port for IFC8 is taken: put another into url, or free it.
remedy-exports-map = Check the file named by map; `concierge source guess FILE` proposes one from a sample.
remedy-exports-folder = Make the folder named by path and let the service read and write in it.
remedy-exports-sftp = Check [hotels.sources.sftp]: address, user, key or password, and host_key.
