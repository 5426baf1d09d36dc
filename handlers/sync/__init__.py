"""The sync: orders and their cards, and one run from the PMS's rows to confirmed items in the CRM."""
