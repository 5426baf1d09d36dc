error-ohip-no-events = Changes from OPERA Cloud need an external system with events.
reason-ohip-no-events = the hotel has no external system of OPERA Cloud set: changes can't be known, only a full sync helps
remedy-ohip-unreachable = Check [hotels.source] url of the OHIP gateway (each tenant has its own) and this server's way to the internet.
remedy-ohip-refused = Check client_id, client_secret, app_key and hotel_id, and that the application has access to this hotel in the Developer Portal.
remedy-ohip-answer = The OHIP gateway answered otherwise than described: try again in a minute; if it stays so, send us this line.
error-oxi-no-label = That is no OXI message: it has no label of hotel and module.
