error-pms-timeout = Fidelio's database didn't answer in time.
error-oracle-can-write = The database account can change data: I don't work with such a one.
error-oracle-columns = The database lacks tables or columns that can't be done without.
error-oracle-needs-thick = The Oracle server or its password check is old: the thick client is needed.
error-oracle-no-client = Oracle's thick client wasn't found.

reason-oracle-can-write = the account of Fidelio's database can change data, while it should only read
reason-oracle-columns = Fidelio's database lacks tables or columns that are needed
reason-oracle-client = Fidelio's database can't be reached without Oracle's thick client

remedy-oracle-can-write = Ask the database's administrator for an account with CREATE SESSION and SELECT on the tables of docs/fidelio-oracle.md only.
remedy-oracle-columns = Give the account SELECT on the tables named; if this version has no such columns, send us this line.
remedy-oracle-client = Install Oracle Instant Client and set [hotels.source] thick = true.
remedy-oracle-timeout = The database is busy: check its load and statistics, try again outside the night audit.
remedy-oracle-unreachable = Check [hotels.source] dsn (host:port/service), Oracle's listener and the hotel's network.
remedy-oracle-refused = Check [hotels.source] username and password, and whether the account is locked.
