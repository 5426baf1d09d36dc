"""The OXI side of the PMS: posts the hotel's changes to an address, in order, again and again until each is answered."""
