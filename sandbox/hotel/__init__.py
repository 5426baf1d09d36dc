"""A stand-in Fidelio Suite 8 hotel: real bookings, invented people, a living day and its XML Interface."""
