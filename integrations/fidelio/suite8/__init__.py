"""The Suite 8 XML Interface (Oracle's F17639): profiles, reservations and postings, asked for over HTTP POST."""
