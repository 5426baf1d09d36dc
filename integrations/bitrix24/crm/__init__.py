"""The portal's CRM: layout, look-ups and bulk writes that answer per item."""
