"""What is true whatever the messenger, the CRM or the database: plain Python."""
